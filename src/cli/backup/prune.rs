//! A place and now in, copies that are too old thrown away: only what `backup` itself has made, and never the newest.

use super::places::Place;
use crate::calendar::{DateTime, Zoned};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;

/// Stands in each copy, so that nothing else is ever thrown away.
pub(super) const MARK: &str = ".otayori-backup";

/// Throws away copies of this place that are as old as it keeps them, and halves that a crash left; says which.
pub(super) fn old(place: &Place, now: &Zoned) -> Result<Vec<String>> {
    let mut copies: Vec<(DateTime, PathBuf)> = Vec::new();
    let mut gone = Vec::new();
    for entry in fs::read_dir(&place.dir).with_context(|| format!("{} を見られません", place.dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (stem, half) = name.strip_suffix(".part").map_or((name.as_str(), false), |stem| (stem, true));
        let Ok(taken) = DateTime::strptime("%Y-%m-%dT%H%M%S", stem) else { continue };
        // Another process may be at work on a young half.
        let lost = half && days(now, taken) >= 1;
        if lost {
            gone.push(path);
        } else if !half && path.join(MARK).is_file() {
            copies.push((taken, path));
        }
    }
    copies.sort();
    copies.pop();
    gone.extend(copies.into_iter().filter(|(taken, _)| days(now, *taken) >= i64::from(place.keep)).map(|(_, path)| path));
    gone.sort();
    gone.into_iter()
        .map(|path| {
            fs::remove_dir_all(&path).with_context(|| format!("古い控え {} を捨てられません", path.display()))?;
            Ok(format!("捨てました　{}", path.display()))
        })
        .collect()
}

fn days(now: &Zoned, taken: DateTime) -> i64 {
    now.datetime().duration_since(taken).as_hours() / 24
}

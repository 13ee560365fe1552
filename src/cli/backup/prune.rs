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
    // A name of a day to come is of a clock that was wrong: it is never the newest, and goes as soon as another copy is
    // there.
    let (mut copies, ahead): (Vec<_>, Vec<_>) = copies.into_iter().partition(|(taken, _)| days(now, *taken) > -1);
    if copies.pop().is_some() {
        gone.extend(ahead.into_iter().map(|(_, path)| path));
    }
    gone.extend(
        copies.into_iter().filter(|(taken, _)| days(now, *taken) >= i64::from(place.keep)).map(|(_, path)| path),
    );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeZone, date};

    /// What a copy is called and whether it stays; a name of a day to come is never "the newest".
    #[test]
    fn the_newest_of_today_stays() {
        let dir = std::env::temp_dir().join(format!("otayori-prune-{}", std::process::id()));
        let copy = |name: &str| {
            fs::create_dir_all(dir.join(name)).unwrap();
            fs::write(dir.join(name).join(MARK), "").unwrap();
        };
        for name in ["2026-10-01T033000", "2026-11-20T033000", "2026-11-24T033000", "2027-05-24T033000"] {
            copy(name);
        }
        fs::create_dir_all(dir.join("2026-01-01T000000")).unwrap();
        let place = Place { what: "鍵の置き場", dir: dir.clone(), keep: 7 };
        let now = date(2026, 11, 24).at(3, 30, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        assert_eq!(old(&place, &now).unwrap().len(), 2);
        let left = || {
            let mut left: Vec<String> =
                fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
            left.sort();
            left
        };
        assert_eq!(
            left(),
            ["2026-01-01T000000", "2026-11-20T033000", "2026-11-24T033000"],
            "what has no mark is nobody's"
        );
        // Alone it stays, whatever its name says.
        for name in ["2026-11-20T033000", "2026-11-24T033000"] {
            fs::remove_dir_all(dir.join(name)).unwrap();
        }
        copy("2027-05-24T033000");
        assert!(old(&place, &now).unwrap().is_empty());
        fs::remove_dir_all(&dir).unwrap();
    }
}

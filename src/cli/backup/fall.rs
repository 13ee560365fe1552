//! Earlier copies and what there is today in, whether far too much is gone out: then nothing old is thrown away,
//! because it may be all that is left.

use super::folders::SITE;
use super::places::Place;
use super::prune::MARK;
use crate::calendar::DateTime;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Fewer than this come and go by themselves.
const FEW: i64 = 10;
/// A folder of texts, beside the parts of the site as a whole.
const TEXTS: &str = "content";

/// How much there is of what a city loses with a disk: its households, and the files of each part of its site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Amounts {
    households: Option<i64>,
    files: BTreeMap<String, i64>,
}

impl Amounts {
    /// Those of today.
    pub(super) fn now(households: i64, root: &Path) -> Self {
        Self { households: Some(households), files: files(root) }
    }

    /// As a copy's mark says them; a copy of an earlier version says less, and what it holds is counted.
    fn of(mark: &str, copy: &Path) -> Self {
        let said = |line: &str, key: &str| Some(line.strip_prefix(key)?.parse::<i64>().ok()).flatten();
        let part = |line: &str| {
            let (name, n) = line.strip_prefix("files ")?.split_once(": ")?;
            Some((name.to_owned(), n.parse().ok()?))
        };
        let mut counted: BTreeMap<String, i64> = mark.lines().filter_map(part).collect();
        if counted.is_empty() {
            counted = files(&copy.join("site"));
        }
        Self { households: mark.lines().find_map(|line| said(line, "households: ")), files: counted }
    }
}

/// What a copy's mark says beside its kind: how much there was, and whether nothing was thrown away with it.
pub(super) fn note(now: &Amounts, fell: bool) -> String {
    let files = now.files.iter().map(|(part, n)| format!("files {part}: {n}\n")).collect::<String>();
    format!("households: {}\n{files}{}", now.households.unwrap_or_default(), if fell { "held\n" } else { "" })
}

/// The files of each part of a site: what is copied, and each folder of its texts.
fn files(root: &Path) -> BTreeMap<String, i64> {
    let folders = fs::read_dir(root.join(TEXTS)).into_iter().flatten().flatten().filter(|e| e.path().is_dir());
    let folders = folders.map(|e| format!("{TEXTS}/{}", e.file_name().to_string_lossy()));
    let parts = SITE.iter().filter(|part| !part.starts_with('.')).map(|part| (*part).to_owned()).chain(folders);
    parts
        .filter(|part| !part.contains('\n'))
        .map(|part| (count(&root.join(&part)), part))
        .filter(|(n, _)| *n > 0)
        .map(|(n, part)| (part, n))
        .collect()
}

fn count(path: &Path) -> i64 {
    if path.is_dir() {
        fs::read_dir(path).into_iter().flatten().flatten().map(|e| count(&e.path())).sum()
    } else {
        i64::from(path.is_file())
    }
}

/// Compares with the newest copy of these places that was as it should be. What the operator is told, if households or
/// the files of a part of the site fell to none or by more than a half.
pub(super) fn since(places: &[Place], now: &Amounts) -> Result<Option<String>> {
    let mut copies: Vec<(DateTime, String, String, PathBuf)> = Vec::new();
    for place in places.iter().filter(|place| place.dir.is_dir()) {
        for entry in fs::read_dir(&place.dir).with_context(|| format!("{} を見られません", place.dir.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let Ok(taken) = DateTime::strptime("%Y-%m-%dT%H%M%S", &name) else { continue };
            if let Ok(mark) = fs::read_to_string(path.join(MARK)) {
                copies.push((taken, name, mark, path));
            }
        }
    }
    // Of one instant, the data's: a copy of an earlier version has its files there.
    copies.sort_by_key(|(taken, _, _, path)| (*taken, path.join("site").is_dir()));
    let good = |mark: &str| !mark.lines().any(|line| line == "held");
    let Some((_, name, mark, path)) = copies.iter().rev().find(|(_, _, mark, _)| good(mark)) else { return Ok(None) };
    let before = Amounts::of(mark, path);
    let fell = |before: i64, now: i64| (before > 0 && now == 0) || (before >= FEW && now * 2 < before);
    let households = now.households.unwrap_or_default();
    if before.households.map_or(households == 0, |before| fell(before, households)) {
        let before = before.households.map_or_else(|| "数の記録はありません".to_owned(), |n| format!("{n} 世帯"));
        return Ok(Some(format!(
            "世帯が {households} になっています（前の控え {name} では {before}）。データをなくしたか、\
             別のデータベースを見ているかもしれないので、古い控えは1つも捨てていません。\n  \
             `otayori households list` と、データのディスク（マウント）、DATABASE_URL を確かめてください。\
             いまの数で正しければ、--fewer を付けて、もう一度取ってください"
        )));
    }
    let less = before
        .files
        .iter()
        .map(|(part, n)| (part, *n, now.files.get(part).copied().unwrap_or_default()))
        .filter(|(_, before, now)| fell(*before, *now));
    let less: Vec<String> =
        less.map(|(part, before, now)| format!("{part} のファイルが {now}（前の控え {name} では {before}）")).collect();
    Ok((!less.is_empty()).then(|| {
        format!(
            "{}になっています。フォルダがつながっていない（マウント）か、なくしたかもしれないので、\
             古い控えは1つも捨てていません。\n  \
             otayori.yaml の隣の content/ などを見て、なければ、つなぎ直すか、前の控えの site/ から戻してください。\
             わざと減らしたのなら、--fewer を付けて、もう一度取ってください",
            less.join("、")
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_good_copy_counts() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { what: "データ", dir: dir.path().to_owned(), keep: 30 };
        let copy = |name: &str, note: &str| {
            fs::create_dir_all(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join(MARK), format!("otayori backup: データ\n{note}")).unwrap();
        };
        let amounts = |n: i64| Amounts { households: Some(n), ..Amounts::default() };
        let note = |n: i64, fell: bool| note(&amounts(n), fell);
        let places = [place];
        let fell = |n: i64| since(&places, &amounts(n)).unwrap().is_some();
        assert!(!fell(0), "the first copy of an empty city");
        copy("2026-11-01T033000", "");
        assert!(fell(0) && !fell(1), "a copy of an earlier version");
        copy("2026-11-20T033000", &note(2600, false));
        copy("2026-11-21T033000", &note(3, true));
        assert!(fell(0) && fell(1299) && !fell(1300) && !fell(3000), "not the copy that was held");
        copy("2026-11-22T033000", &note(9, false));
        assert!(fell(0) && !fell(1), "few come and go");
        copy("2026-11-23T033000", &note(0, false));
        assert!(!fell(0) && !fell(5));
    }
}

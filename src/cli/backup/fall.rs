//! Earlier copies and the households of today in, whether far too many are gone out: then nothing old is thrown away, because it may be all that is left.

use super::places::Place;
use super::prune::MARK;
use crate::calendar::DateTime;
use anyhow::{Context as _, Result};
use std::fs;

/// Fewer households than this come and go by themselves.
const FEW: i64 = 10;

/// What a copy's mark says beside its kind: how many households, and whether nothing was thrown away with it.
pub(super) fn note(households: i64, fell: bool) -> String {
    format!("households: {households}\n{}", if fell { "held\n" } else { "" })
}

/// Compares with the newest copy that was as it should be. What the operator is told, if households fell to none or by more than a half.
pub(super) fn since(place: &Place, households: i64) -> Result<Option<String>> {
    let mut copies: Vec<(DateTime, String, String)> = Vec::new();
    if !place.dir.is_dir() {
        return Ok(None);
    }
    for entry in fs::read_dir(&place.dir).with_context(|| format!("{} を見られません", place.dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(taken) = DateTime::strptime("%Y-%m-%dT%H%M%S", &name) else { continue };
        if let Ok(mark) = fs::read_to_string(path.join(MARK)) {
            copies.push((taken, name, mark));
        }
    }
    copies.sort();
    let Some((_, name, mark)) = copies.iter().rev().find(|(_, _, mark)| !mark.lines().any(|line| line == "held")) else { return Ok(None) };
    // A copy of an earlier version does not say how many there were.
    let before = mark.lines().find_map(|line| line.strip_prefix("households: ")?.parse::<i64>().ok());
    let fell = match before {
        Some(before) => (before > 0 && households == 0) || (before >= FEW && households * 2 < before),
        None => households == 0,
    };
    let before = before.map_or_else(|| "数の記録はありません".to_owned(), |n| format!("{n} 世帯"));
    Ok(fell.then(|| {
        format!(
            "世帯が {households} になっています（前の控え {name} では {before}）。データをなくしたか、別のデータベースを見ているかもしれないので、古い控えは1つも捨てていません。\n  \
             `otayori households list` と、データのディスク（マウント）、DATABASE_URL を確かめてください。いまの数で正しければ、--fewer を付けて、もう一度取ってください"
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
        let fell = |n: i64| since(&place, n).unwrap().is_some();
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

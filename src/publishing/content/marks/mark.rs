//! What of a version is medical in, its mark out; a recorded mark and the version as it is in, whether and where they
//! differ out.
//!
//! `m2-0123456789abcdef.1a2b3c4d-AAAABBBBCCCCddee…`: the text (title, summary, `for`, body), then each picture's bytes,
//! then short marks of title, summary and `for` (four letters each) and of every block (two letters each). Only the
//! first two decide; the short ones say where.

use super::blocks::{Changes, MOST_BLOCKS, blocks, compare};
use super::text::{BLOCK_LETTERS, normal, old_mark, short};
use crate::markdown::shift_dates;
use crate::segment::Window;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt;

/// The first rule, of title, summary and body alone.
const OLD: &str = "m1-";
/// The rule of today.
const RULE: &str = "m2-";
/// Hexadecimal digits of the text's mark, and of a picture's.
const DIGITS: usize = 16;
const PICTURE_DIGITS: usize = 8;
/// Letters of the short marks of title, summary and `for`.
const HEAD_LETTERS: usize = 4;

/// What a reviewer answers for, beside the pictures' bytes.
#[derive(Debug, Clone, Copy)]
pub struct Medical<'a> {
    /// As written.
    pub title: &'a str,
    /// As written.
    pub summary: &'a str,
    /// Which weeks and ages read it; empty in a translation, whose original says it.
    pub windows: &'a [Window],
    /// As written.
    pub body: &'a str,
    /// Taken out of the dates again.
    pub shift_days: i32,
}

/// A mark as a review records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// By the rule of today?
    whole: bool,
    text: String,
    pictures: Vec<String>,
    /// Of title, summary and `for`; empty in an old mark.
    head: Vec<String>,
    /// Of every block; `None` where they were too many or the mark is old.
    blocks: Option<Vec<String>>,
}

impl Mark {
    /// The mark of a version with the marks of its pictures ([`picture_mark`]), in the order in which it shows them.
    pub fn of(medical: &Medical<'_>, pictures: Vec<String>) -> Self {
        let blocks = blocks(&medical.written(medical.body));
        let blocks = (1..=MOST_BLOCKS).contains(&blocks.len()).then(|| blocks.into_iter().map(|b| b.mark).collect());
        Self { whole: true, text: medical.mark(), pictures, head: medical.head().into(), blocks }
    }

    /// Reads what [`Mark::of`] wrote, of today's rule or of the old one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(old) = text.strip_prefix(OLD) {
            return is_hex(old, DIGITS).then(|| Self {
                whole: false,
                text: old.to_owned(),
                pictures: Vec::new(),
                head: Vec::new(),
                blocks: None,
            });
        }
        let text = text.strip_prefix(RULE)?;
        let (marks, places) = text.split_once('-').unwrap_or((text, ""));
        let mut marks = marks.split('.');
        let text = marks.next().filter(|m| is_hex(m, DIGITS))?.to_owned();
        let pictures: Vec<String> = marks.map(str::to_owned).collect();
        let good = pictures.iter().all(|p| is_hex(p, PICTURE_DIGITS))
            && places.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let (head, rest) = places.split_at_checked(HEAD_LETTERS * 3).unwrap_or(("", ""));
        let cut = |text: &str, letters: usize| {
            text.as_bytes().chunks(letters).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>()
        };
        let blocks = (!rest.is_empty()).then(|| cut(rest, BLOCK_LETTERS));
        good.then(|| Self { whole: true, text, pictures, head: cut(head, HEAD_LETTERS), blocks })
    }

    /// Is it of all that is medical, not of the text alone?
    pub fn is_whole(&self) -> bool {
        self.whole
    }
    /// The marks of its pictures.
    pub fn pictures(&self) -> &[String] {
        &self.pictures
    }

    /// Where the version differs from the one that has this mark, pictures aside; `None` if it does not.
    pub fn changes(&self, now: &Medical<'_>) -> Option<Changes> {
        if !self.whole {
            let same = self.text == old_mark(now.title, now.summary, now.body, now.shift_days);
            return (!same).then(Changes::default);
        }
        if self.text == now.mark() {
            return None;
        }
        let head = now.head();
        let differs = |n: usize| self.head.get(n).is_some_and(|was| *was != head[n]);
        let lines = self.blocks.as_ref().map(|was| compare(was, &blocks(&now.written(now.body)))).unwrap_or_default();
        Some(Changes { title: differs(0), summary: differs(1), windows: differs(2), lines, pictures: Vec::new() })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.whole { RULE } else { OLD }, self.text)?;
        self.pictures.iter().try_for_each(|p| write!(f, ".{p}"))?;
        if !self.head.is_empty() {
            write!(f, "-{}{}", self.head.concat(), self.blocks.as_ref().map(|b| b.concat()).unwrap_or_default())?;
        }
        Ok(())
    }
}

impl Medical<'_> {
    /// The text before the dates were moved.
    fn written(&self, text: &str) -> String {
        if self.shift_days == 0 { text.to_owned() } else { shift_dates(text, -self.shift_days) }
    }
    /// The same windows in another order are the same.
    fn ages(&self) -> String {
        let mut windows = self.windows.to_vec();
        windows.sort();
        windows.iter().map(|w| format!("{w};")).collect()
    }
    fn parts(&self) -> [String; 3] {
        [normal(&self.written(self.title)), normal(&self.written(self.summary)), self.ages()]
    }
    fn mark(&self) -> String {
        let [title, summary, ages] = self.parts();
        hex([title, summary, ages, normal(&self.written(self.body))].join("\u{1F}").as_bytes(), DIGITS)
    }
    fn head(&self) -> [String; 3] {
        self.parts().map(|part| short(&part, HEAD_LETTERS))
    }
}

/// The mark of a picture's bytes.
pub fn picture_mark(bytes: &[u8]) -> String {
    hex(bytes, PICTURE_DIGITS)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    digest(&SHA256, bytes).as_ref().iter().take(digits / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Unit;
    use proptest::prelude::*;

    const WEEKS: [Window; 2] =
        [Window { unit: Unit::PregnancyWeeks, from: 5, to: 16 }, Window { unit: Unit::ChildMonths, from: 1, to: 2 }];
    const BODY: &str = "> [!119]\n> - けいれん\n\n熱が38.5℃以上。\n\n## 目安\n\n- 水分\n- 休む\n\nおわり\n";

    fn of<'a>(title: &'a str, windows: &'a [Window], body: &'a str) -> Medical<'a> {
        Medical { title, summary: "まとめ", windows, body, shift_days: 0 }
    }

    fn told(body: &str) -> Option<String> {
        Mark::of(&of("題", &WEEKS, BODY), Vec::new()).changes(&of("題", &WEEKS, body)).map(|c| c.places(1))
    }

    #[test]
    fn what_is_medical_is_in_the_mark() {
        let mark = Mark::of(&of("題", &WEEKS, BODY), vec![picture_mark(b"a")]);
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark.clone()));
        assert_eq!(mark.changes(&of("**題**", &[WEEKS[1], WEEKS[0]], BODY)), None, "order and emphasis are forgiven");
        let changed = |medical: &Medical<'_>| mark.changes(medical).map(|c| c.places(1)).unwrap_or_default();
        assert_eq!(changed(&of("別の題", &WEEKS, BODY)), "題");
        assert_eq!(changed(&of("題", &WEEKS[..1], BODY)), "for（届ける時期）");
        assert_eq!(changed(&Medical { summary: "別", ..of("題", &WEEKS, BODY) }), "summary");
        assert_ne!(picture_mark(b"a"), picture_mark(b"b"));
    }

    #[test]
    fn it_says_where() {
        assert_eq!(told(BODY), None);
        assert_eq!(told(&BODY.replace("38.5", "38.0")).as_deref(), Some("4行目"));
        assert_eq!(told(&BODY.replace("- 休む", "- 休まない")).as_deref(), Some("8〜9行目"));
        assert_eq!(
            told(
                &BODY
                    .replace("38.5", "38.0")
                    .replace("休む", "x")
                    .replace("おわり", "はじめ")
                    .replace("けいれん", "熱")
            )
            .as_deref(),
            Some("1〜4行目ほか1か所")
        );
        assert_eq!(told(&BODY.replace("## 目安\n\n", "")).as_deref(), Some("6行目の前（消えた文）"));
        assert_eq!(told(&BODY.replace("おわり\n", "")).as_deref(), Some("終わり（消えた文）"));
        assert_eq!(told(&format!("{BODY}\n足した\n\n二つめ\n")).as_deref(), Some("13〜15行目"));
    }

    #[test]
    fn old_marks_hold_and_others_are_none() {
        let old = format!("m1-{}", old_mark("題", "まとめ", BODY, 0));
        let mark = Mark::parse(&old).unwrap();
        assert!(!mark.is_whole() && mark.to_string() == old);
        assert_eq!(mark.changes(&of("題", &WEEKS[..1], BODY)), None, "it knew nothing of `for`");
        assert_eq!(mark.changes(&of("題", &WEEKS, "別")), Some(Changes::default()));
        for text in [
            "m1-xyz",
            "0123456789abcdef",
            "m2-",
            "m2-0123456789abcdef.1-",
            "m3-0123456789abcdef",
            "m2-0123456789abcdef-あ",
        ] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_mark_that_is_read_again(text in "\\PC{0,80}|[{}|*>#~\n<!\\- a字]{0,80}", days in -9i32..9) {
            let medical = Medical { shift_days: days, ..of("題", &WEEKS, &text) };
            let mark = Mark::of(&medical, vec![picture_mark(text.as_bytes())]);
            prop_assert_eq!(Mark::parse(&mark.to_string()), Some(mark.clone()));
            prop_assert_eq!(mark.changes(&medical), None);
        }
        /// What changes is told, and lies in the text.
        #[test]
        fn a_changed_block_is_found(parts in prop::collection::vec("[ぁ-ん]{1,6}", 1..9),
            at in any::<prop::sample::Index>()) {
            // Two letters are alike once in four thousand.
            prop_assume!(parts.iter().all(|p| short(p, BLOCK_LETTERS) != short("999", BLOCK_LETTERS)));
            let at = at.index(parts.len());
            let before = parts.join("\n\n");
            let after = parts.iter().enumerate().map(|(n, p)| if n == at { "999".to_owned() } else { p.clone() })
                .collect::<Vec<_>>().join("\n\n");
            let changes = Mark::of(&of("題", &WEEKS, &before), Vec::new()).changes(&of("題", &WEEKS, &after)).unwrap();
            let line = at as u32 * 2 + 1;
            prop_assert!(changes.lines.iter().any(|l| l.from <= line && line <= l.to), "{:?}", changes);
        }
        #[test]
        fn nothing_falls_over(text in "m[12]-[0-9a-f.]{0,40}[-_A-Za-z0-9]{0,40}|\\PC{0,30}") {
            if let Some(mark) = Mark::parse(&text) {
                let _ = mark.changes(&of("題", &WEEKS, BODY));
            }
        }
    }
}

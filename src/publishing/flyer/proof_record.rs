//! The proof round of a flyer: `content/flyers/<id>.proof.yaml` in and out, with comments and the 校了 (who, when, of
//! which bytes).
//!
//! It stands beside the flyer, so that it goes wherever the texts go, with git or without.

use crate::config::Config;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What was said of a flyer, and who passed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRecord {
    /// Oldest first; none is ever taken away, so that a remark keeps its number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// 校了, newest last: an older one stays on record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
}

/// A remark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// `2026-11-21 14:05`, in the city.
    pub at: String,
    /// Who.
    pub by: String,
    /// Size that it is about; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub size: String,
    /// What.
    pub text: String,
    /// The digest of the PDFs that were looked at; empty where it was not recorded or nothing could be made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// What was done about it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// A remark is closed, or opened again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When and who, and what was done or why it is open again.
    #[serde(flatten)]
    pub word: Word,
    /// Opened again?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopened: bool,
}

/// Who said what, when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// `2026-11-21 14:05`, in the city.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// 校了.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// `2026-11-21 14:05`, in the city.
    pub at: String,
    /// Who.
    pub by: String,
    /// The digest of the PDFs that were passed.
    pub sha256: String,
    /// Remarks that were open and left so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left: usize,
    /// Why they were left.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Taken back, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Word>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl Comment {
    /// Nobody has closed it yet, or somebody opened it again.
    pub fn is_open(&self) -> bool {
        self.answers.last().is_none_or(|a| a.reopened)
    }
}

const HEAD: &str =
    "# 校正の記録です（otayori preview の「チラシ」で書きます）。チラシの .md といっしょに保管してください。\n";
/// Longest name and remark that are kept, in characters.
pub const LONGEST_NAME: usize = 60;
/// Longest remark.
pub const LONGEST_TEXT: usize = 2000;
const NO_NAME: &str = "お名前を書いてください";

impl ProofRecord {
    /// Where a flyer's round is kept.
    pub fn path(config: &Config, id: &str) -> PathBuf {
        config.root.join("content/flyers").join(format!("{id}.proof.yaml"))
    }

    /// Reads it; a flyer without one has an empty round.
    pub fn load(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(&text).with_context(|| format!("校正の記録 {} を読めません", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(e).with_context(|| format!("校正の記録 {} を読めません", path.display())),
        }
    }

    fn read(text: &str) -> Result<Self> {
        let read: Option<Self> = serde_yaml::from_str(text.trim_start_matches('\u{FEFF}'))?;
        Ok(read.unwrap_or_default())
    }

    /// Writes it as a whole or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = format!("{HEAD}{}", serde_yaml::to_string(self)?);
        // Hidden while it is written: whoever reads the folder passes over it.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let new = path.with_file_name(format!(".{name}.new"));
        std::fs::write(&new, text).with_context(|| format!("{} に書けません", new.display()))?;
        std::fs::rename(&new, path).with_context(|| format!("{} に置けません", path.display()))
    }

    /// The 校了 of exactly these PDFs, unless it was taken back.
    pub fn passed(&self, digest: &str) -> Option<&Passed> {
        self.passed.iter().rev().find(|p| p.sha256 == digest && p.undone.is_none())
    }

    /// The last 校了 that stands, when the PDFs are others by now.
    pub fn void(&self, digest: &str) -> Option<&Passed> {
        self.passed.iter().rev().find(|p| p.undone.is_none()).filter(|_| self.passed(digest).is_none())
    }

    /// How many remarks are open.
    pub fn open(&self) -> usize {
        self.comments.iter().filter(|c| c.is_open()).count()
    }

    /// Closes remark number `n` (from 0) that was made `at`, or opens it again; the error says why not.
    pub fn answer(&mut self, n: usize, at: &str, answer: Answer) -> Result<(), String> {
        let Some(comment) = self.comments.get_mut(n).filter(|c| c.at == at) else {
            return Err("その指摘が見つかりません。記録が書きかえられたようです".into());
        };
        if answer.word.by.is_empty() {
            return Err(NO_NAME.into());
        }
        if answer.word.text.is_empty() {
            return Err(if answer.reopened {
                "もう一度開くわけを、ひとこと書いてください"
            } else {
                "どうしたかを、ひとこと書いてください"
            }
            .into());
        }
        if comment.is_open() == answer.reopened {
            return Err(if answer.reopened {
                "この指摘は、もう開いています"
            } else {
                "この指摘は、もう終わっています"
            }
            .into());
        }
        comment.answers.push(answer);
        Ok(())
    }

    /// 校了 of the PDFs that are there now. With open remarks `passed.left` must be their number, as the page showed
    /// it, with a reason.
    pub fn pass(&mut self, now: &str, passed: Passed) -> Result<(), String> {
        let open = self.open();
        match () {
            () if now.is_empty() => Err("まちがいがあって組めないので、校了にできません".into()),
            () if passed.by.is_empty() => Err(NO_NAME.into()),
            () if passed.sha256 != now => {
                Err("見ているあいだに、チラシが変わりました。いまの版を見てから、もう一度押してください".into())
            }
            () if self.passed(now).is_some() => Err("この版は、もう校了になっています".into()),
            () if open > 0 && passed.left != open => Err(format!(
                "残っている指摘が{open}件あります。終わりにするか、そのままにすることと理由を書いてください"
            )),
            () if open > 0 && passed.reason.is_empty() => Err("指摘をそのままにする理由を書いてください".into()),
            () => {
                self.passed.push(if open > 0 { passed } else { Passed { left: 0, reason: String::new(), ..passed } });
                Ok(())
            }
        }
    }

    /// Takes back the 校了 of these PDFs; it stays on record.
    pub fn undo(&mut self, digest: &str, word: Word) -> Result<(), String> {
        if word.by.is_empty() {
            return Err(NO_NAME.into());
        }
        if word.text.is_empty() {
            return Err("校了を取り消す理由を書いてください".into());
        }
        let Some(passed) = self.passed.iter_mut().rev().find(|p| p.sha256 == digest && p.undone.is_none()) else {
            return Err("取り消す校了がありません".into());
        };
        passed.undone = Some(word);
        Ok(())
    }
}

/// SHA-256 of a flyer's PDFs: of their names and bytes, in the order of the names.
pub fn digest<'a>(pdfs: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    use aws_lc_rs::digest::{Context, SHA256, digest};
    let mut all: Vec<(&str, &[u8])> = pdfs.into_iter().collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    let mut context = Context::new(&SHA256);
    for (name, bytes) in all {
        context.update(name.as_bytes());
        context.update(&[0]);
        context.update(digest(&SHA256, bytes).as_ref());
    }
    context.finish().as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passed(by: &str, sha256: &str) -> Passed {
        Passed { at: "2026-11-21 14:05".into(), by: by.into(), sha256: sha256.into(), ..Passed::default() }
    }

    #[test]
    fn a_pass_is_of_its_bytes() {
        let round =
            ProofRecord { passed: vec![passed("佐藤", "aa"), passed("鈴木", "bb")], ..ProofRecord::default() };
        assert_eq!(round.passed("aa").unwrap().by, "佐藤", "what was passed once stays passed");
        assert_eq!(round.void("bb"), None);
        assert_eq!((round.passed("cc"), round.void("cc").unwrap().by.as_str()), (None, "鈴木"));
        assert_ne!(digest([("a", b"1".as_slice())]), digest([("a", b"2".as_slice())]));
        assert_eq!(
            digest([("b", b"1".as_slice()), ("a", b"2".as_slice())]),
            digest([("a", b"2".as_slice()), ("b", b"1".as_slice())])
        );
    }

    fn word(by: &str, text: &str) -> Word {
        Word { at: "2026-11-22 09:00".into(), by: by.into(), text: text.into() }
    }
    fn remark(text: &str) -> Comment {
        Comment { at: "2026-11-21 14:05".into(), by: "佐藤".into(), text: text.into(), ..Comment::default() }
    }

    #[test]
    fn a_remark_is_closed_with_a_word_and_opened_again() {
        let mut round =
            ProofRecord { comments: vec![remark("電話を大きく"), remark("色")], ..ProofRecord::default() };
        let at = "2026-11-21 14:05";
        let close = |by: &str, text: &str| Answer { word: word(by, text), reopened: false };
        assert!(
            round.answer(1, at, close("", "直した")).is_err() && round.answer(1, at, close("鈴木", "")).is_err(),
            "a name and a word"
        );
        assert!(
            round.answer(2, at, close("鈴木", "直した")).is_err()
                && round.answer(1, "2026-11-21 14:06", close("鈴木", "直した")).is_err(),
            "no other remark"
        );
        assert_eq!(round.open(), 2);
        round.answer(1, at, close("鈴木", "K 100 にした")).unwrap();
        assert_eq!((round.open(), round.comments[1].is_open()), (1, false));
        assert!(round.answer(1, at, close("鈴木", "また")).is_err(), "closed once");
        round.answer(1, at, Answer { word: word("佐藤", "まだ赤い"), reopened: true }).unwrap();
        assert_eq!((round.open(), round.comments[1].answers.len()), (2, 2));
    }

    #[test]
    fn open_remarks_are_not_passed_over() {
        let mut round =
            ProofRecord { comments: vec![remark("電話を大きく"), remark("色")], ..ProofRecord::default() };
        let with = |left: usize, reason: &str| Passed { left, reason: reason.into(), ..passed("佐藤", "aa") };
        assert_eq!(
            round.pass("aa", with(0, "")).unwrap_err(),
            "残っている指摘が2件あります。終わりにするか、そのままにすることと理由を書いてください"
        );
        assert!(round.pass("aa", with(1, "来年直す")).is_err(), "one came since the page was opened");
        assert_eq!(round.pass("aa", with(2, "")).unwrap_err(), "指摘をそのままにする理由を書いてください");
        assert!(
            round.pass("bb", with(2, "来年直す")).is_err()
                && round.pass("", with(2, "来年直す")).is_err()
                && round.passed.is_empty()
        );
        round.pass("aa", with(2, "来年直す")).unwrap();
        assert_eq!((round.passed("aa").unwrap().left, round.pass("aa", with(2, "また")).is_err()), (2, true));
    }

    #[test]
    fn a_pass_is_taken_back_and_stays_on_record() {
        let mut round =
            ProofRecord { passed: vec![passed("佐藤", "aa"), passed("鈴木", "bb")], ..ProofRecord::default() };
        assert!(round.undo("bb", word("鈴木", "")).is_err() && round.undo("cc", word("鈴木", "まちがえた")).is_err());
        round.undo("bb", word("鈴木", "部数をまちがえた")).unwrap();
        assert_eq!((round.passed("bb"), round.passed.len()), (None, 2));
        assert_eq!(round.void("bb").unwrap().by, "佐藤", "the one before it stands, and is of other PDFs");
        round.undo("aa", word("佐藤", "同じく")).unwrap();
        assert_eq!(round.void("bb"), None);
        round.pass("bb", passed("佐藤", "bb")).unwrap();
        assert_eq!(round.passed("bb").unwrap().by, "佐藤");
    }

    /// What an earlier release wrote.
    #[test]
    fn an_old_record_is_read() {
        let old = "# 記録\ncomments:\n- at: 2026-10-01 10:00\n  by: 佐藤\n  size: a5\n  text: 大きく\npassed:\n- at: \
            2026-10-02 10:00\n  by: 鈴木\n  sha256: aa\n";
        let round = ProofRecord::read(old).unwrap();
        assert_eq!(
            (round.open(), round.comments[0].sha256.as_str(), round.passed("aa").unwrap().by.as_str()),
            (1, "", "鈴木")
        );
    }

    proptest! {
        /// What people write comes back as it was, whatever it is.
        #[test]
        fn it_is_read_as_it_was_written(by in "\\PC{0,20}", text in "(?s).{0,60}", size in "[a-z0-9]{0,6}") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.proof.yaml");
            let answers = vec![Answer { word: word(&by, &text), reopened: true }];
            let comment = Comment { by: by.clone(), size, sha256: "aa".into(), answers, ..remark(&text) };
            let round = ProofRecord { comments: vec![comment], passed: vec![Passed { left: 2, reason: text.clone(),
                undone: Some(word(&by, &text)), ..passed(&by, "aa") }] };
            round.save(&path).unwrap();
            prop_assert_eq!(ProofRecord::load(&path).unwrap(), round);
        }
        #[test]
        fn no_text_is_too_strange(text in "(?s).{0,80}") {
            let _ = ProofRecord::read(&text);
        }
    }
}

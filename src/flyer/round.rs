//! The proof round of a flyer: `content/flyers/<id>.proof.yaml` in and out, with comments and the 校了 (who, when, of which bytes).
//!
//! It stands beside the flyer, so that it goes wherever the texts go, with git or without.

use crate::config::Config;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What was said of a flyer, and who passed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// 校了, newest last: an older one stays on record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// 校了.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// `2026-11-21 14:05`, in the city.
    pub at: String,
    /// Who.
    pub by: String,
    /// The digest of the PDFs that were passed.
    pub sha256: String,
}

const HEAD: &str = "# 校正の記録です（otayori preview の「チラシ」で書きます）。チラシの .md といっしょに保管してください。\n";
/// Longest name and remark that are kept, in characters.
pub const LONGEST_NAME: usize = 60;
/// Longest remark.
pub const LONGEST_TEXT: usize = 2000;

impl Round {
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

    /// The 校了 of exactly these PDFs.
    pub fn passed(&self, digest: &str) -> Option<&Passed> {
        self.passed.iter().rev().find(|p| p.sha256 == digest)
    }

    /// The last 校了, when the PDFs are others by now.
    pub fn void(&self, digest: &str) -> Option<&Passed> {
        self.passed.last().filter(|_| self.passed(digest).is_none())
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
        Passed { at: "2026-11-21 14:05".into(), by: by.into(), sha256: sha256.into() }
    }

    #[test]
    fn a_pass_is_of_its_bytes() {
        let round = Round { passed: vec![passed("佐藤", "aa"), passed("鈴木", "bb")], ..Round::default() };
        assert_eq!(round.passed("aa").unwrap().by, "佐藤", "what was passed once stays passed");
        assert_eq!(round.void("bb"), None);
        assert_eq!((round.passed("cc"), round.void("cc").unwrap().by.as_str()), (None, "鈴木"));
        assert_ne!(digest([("a", b"1".as_slice())]), digest([("a", b"2".as_slice())]));
        assert_eq!(digest([("b", b"1".as_slice()), ("a", b"2".as_slice())]), digest([("a", b"2".as_slice()), ("b", b"1".as_slice())]));
    }

    proptest! {
        /// What people write comes back as it was, whatever it is.
        #[test]
        fn it_is_read_as_it_was_written(by in "\\PC{0,20}", text in "(?s).{0,60}", size in "[a-z0-9]{0,6}") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.proof.yaml");
            let round = Round { comments: vec![Comment { at: "2026-11-21 14:05".into(), by: by.clone(), size, text }], passed: vec![passed(&by, "aa")] };
            round.save(&path).unwrap();
            prop_assert_eq!(Round::load(&path).unwrap(), round);
        }
        #[test]
        fn no_text_is_too_strange(text in "(?s).{0,80}") {
            let _ = Round::read(&text);
        }
    }
}

//! What addresses answered lately, in `data/cache/links.json`.

use super::ask::Answer;
use crate::calendar::Timestamp;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was fine is not asked again for a week, what was not for a day.
const FINE: i64 = 7 * 86_400;
const OTHER: i64 = 86_400;

/// Answers with their times.
#[derive(Debug, Default)]
pub struct Kept {
    file: PathBuf,
    answers: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    checked: i64,
    #[serde(flatten)]
    answer: Answer,
}

impl Kept {
    /// Of the site folder `root`; empty if there is nothing that can be read.
    pub fn of(root: &Path) -> Self {
        let file = root.join("data").join("cache").join("links.json");
        let answers =
            std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { file, answers }
    }

    /// What an address answered, if that is not too long ago. No answer is none.
    pub fn get(&self, url: &str, now: Timestamp) -> Option<&Answer> {
        let Entry { checked, answer } = self.answers.get(url)?;
        let age = now.as_second() - checked;
        let longest = match answer {
            Answer::Fine { .. } => FINE,
            Answer::Silent { .. } => 0,
            Answer::Moved { .. } | Answer::Gone { .. } | Answer::Closed { .. } => OTHER,
        };
        (0..longest).contains(&age).then_some(answer)
    }

    /// What it answered last, and when.
    pub fn last(&self, url: &str) -> Option<(Answer, i64)> {
        self.answers.get(url).map(|e| (e.answer.clone(), e.checked))
    }

    /// It answered now.
    pub fn put(&mut self, url: String, answer: Answer, now: Timestamp) {
        self.answers.insert(url, Entry { checked: now.as_second(), answer });
    }

    /// Forgets the others.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.answers.retain(|url, _| keep(url));
    }

    /// Writes it down.
    pub fn save(&self) -> Result<()> {
        let write = || {
            self.file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            let part = self.file.with_extension(format!("part-{}", std::process::id()));
            std::fs::write(&part, serde_json::to_vec_pretty(&self.answers)?)?;
            std::fs::rename(&part, &self.file)
        };
        write().with_context(|| format!("{} に書けません", self.file.display()))
    }
}

//! The site that a command reads, and the week of letters that it is about.

use super::print::say;
use crate::calendar::Date;
use crate::config::Config;
use crate::content::Library;
use anyhow::Result;
use std::path::PathBuf;

/// The folder of the site, of every command that reads one.
#[derive(clap::Args, Debug, Clone)]
pub struct Root {
    /// サイトのフォルダ（otayori.yaml がある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
}

impl Root {
    /// The settings; problems are printed one by one.
    pub fn config(&self) -> Result<Config> {
        Config::load(&self.root).map_err(|problems| {
            let lines: Vec<String> = problems.sorted().iter().map(ToString::to_string).collect();
            anyhow::anyhow!("設定に直すところがあります\n{}", lines.join("\n"))
        })
    }
}

/// A letter week of a site and how to print it: `plan`, `send`, `explain`.
#[derive(clap::Args, Debug, Clone)]
pub struct Week {
    #[command(flatten)]
    pub(super) root: Root,
    /// この日を含む配信週のおたより（例 2026-11-24）
    #[arg(long, value_name = "D")]
    pub(super) date: Date,
    /// 結果を JSON で出す
    #[arg(long)]
    pub(super) json: bool,
}

impl Week {
    /// What is written for that day, with its settings.
    pub(super) fn read(&self) -> Result<(Config, Library)> {
        let config = self.root.config()?;
        let library = crate::engine::written(&config, self.date)?;
        Ok((config, library))
    }

    /// Prints the result: as JSON, or as a person reads it.
    pub(super) fn print<T: serde::Serialize>(&self, result: &T, as_text: impl FnOnce(&T) -> String) -> Result<()> {
        say(&if self.json { serde_json::to_string(result)? + "\n" } else { as_text(result) })
    }
}

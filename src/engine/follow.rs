//! A site's folder in, what changed in it since taken up by the process that serves it: what a build has published; and
//! what needs a restart is said.
//!
//! It goes by the build, not by the texts: pages, codes and theme are those that `public/` holds. What a run sends is
//! read when it runs.

use super::{log_lines, read, refusal};
use crate::site::Published;
use crate::stamp::Digest;
use crate::web::Shared;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Pause between two looks: some files' times.
const LOOK: Duration = Duration::from_secs(5);

/// Pause before what could not be read is read again.
const AGAIN: Duration = Duration::from_secs(30);

/// What was seen the last time.
#[derive(Debug)]
pub struct Follow {
    app: Shared,
    built: Built,
    settings: Option<Digest>,
    /// What is published has not been read yet, and what was said of that.
    behind: Option<String>,
}

/// What a look has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// A build has published something, and it is in use now.
    pub published: bool,
    /// The settings were changed: this process goes on with those that it began with.
    pub needs_restart: bool,
}

/// When which build ended last: the press writes its ledger then.
type Built = BTreeSet<(std::ffi::OsString, Option<SystemTime>)>;

impl Follow {
    /// From what stands in the folder now.
    pub fn new(app: &Shared) -> Self {
        Self { app: app.clone(), built: built(&app.config.root), settings: settings(&app.config.root), behind: None }
    }

    /// Of a process that could not read the content when it began: it is tried again until it can.
    pub fn behind(self) -> Self {
        Self { behind: Some(String::new()), ..self }
    }

    /// Takes up what changed since the last look. What cannot be read leaves everything as it was, and is tried again.
    pub fn look(&mut self) -> Result<Found> {
        let (built, settings) = (built(&self.app.config.root), settings(&self.app.config.root));
        let found =
            Found { published: built != self.built || self.behind.is_some(), needs_restart: settings != self.settings };
        (self.built, self.settings) = (built, settings);
        if found.needs_restart {
            tracing::warn!(
                "otayori.yaml が変わりました。動いているこのプログラムは、前の設定のままです。効かせるには、\
                 止めて動かし直してください（sudo systemctl restart otayori）"
            );
        }
        if found.published {
            let loaded = read((*self.app.config).clone(), self.app.today()).map_err(|p| {
                self.behind.get_or_insert_default();
                refusal(p, "新しく作られたサイトを読めません。前のものを使い続けます")
            })?;
            self.behind = None;
            self.app.publish(Published::new(loaded.library, loaded.theme));
            tracing::info!("新しく作られたサイトに替えました");
        }
        Ok(found)
    }

    /// Looks again and again, until the process ends.
    pub async fn keep(mut self) {
        loop {
            tokio::time::sleep(if self.behind.is_some() { AGAIN } else { LOOK }).await;
            let looked = tokio::task::spawn_blocking(move || {
                let failed = self.look().err().map(|e| format!("{e:#}"));
                // The same mistakes are said once.
                if let (Some(said), Some(before)) = (failed, &mut self.behind)
                    && *before != said
                {
                    let (what, mistakes) = said.split_once('\n').unwrap_or((&said, ""));
                    log_lines(what, mistakes);
                    *before = said;
                }
                self
            });
            match looked.await {
                Ok(own) => self = own,
                Err(e) => return tracing::error!(error = %e, "builds are followed no more"),
            }
        }
    }
}

fn built(root: &Path) -> Built {
    let Ok(entries) = std::fs::read_dir(root.join("data").join("cache")) else { return Built::new() };
    let ledgers = entries
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with("public-") && e.path().extension().is_none());
    ledgers.map(|e| (e.file_name(), e.metadata().and_then(|m| m.modified()).ok())).collect()
}

fn settings(root: &Path) -> Option<Digest> {
    std::fs::read(root.join("otayori.yaml")).ok().map(|bytes| Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::*;
    use crate::calendar::date;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::engine::new;
    use crate::household::known_code;
    use crate::press::Press;
    use crate::site::Edition;
    use std::fs;
    use std::sync::Arc;

    /// As `otayori build` does, without flyers' sheets.
    fn build(config: &Config) {
        let loaded = read(config.clone(), date(2026, 11, 24)).unwrap();
        let press = Press::open(&config.public, &config.root.join("data").join("cache")).unwrap();
        Edition::new(&loaded.config, &loaded.library, &loaded.theme, loaded.today)
            .build(&press, &|_, _, _| {})
            .unwrap();
        press.commit().unwrap();
    }

    /// A new code and new words are in use after a build; a mistake, or settings that were changed, leave what was.
    #[tokio::test]
    async fn what_a_build_published_is_taken_up() {
        let dir = tempfile::tempdir().unwrap();
        new::create(dir.path(), date(2026, 11, 24)).unwrap();
        let config = Config::load_with(dir.path(), &|_| None).unwrap();
        build(&config);
        let loaded = read(config.clone(), date(2026, 11, 24)).unwrap();
        let noon = date(2026, 11, 24).at(12, 0, 0, 0).to_zoned(config.zone.clone()).unwrap().timestamp();
        let published = Published::new(loaded.library, loaded.theme);
        let engine = Engine::open(Arc::new(config.clone()), published, Clock::Fixed(noon)).await.unwrap();
        let knows = |code: &str| known_code(&engine.app.published().library, code);
        let mut follow = Follow::new(&engine.app);
        let nothing = Found::default();
        assert_eq!(follow.look().unwrap(), nothing);

        let flyer = "---\ntitle: 春のチラシ\nsummary: 二次元コードがのっています。\ntemplate: cards\nsizes: [cards]\n\
            lang: ja\ncode: harunohi\n---\n妊娠中から6歳まで。\n";
        fs::create_dir_all(dir.path().join("content/flyers")).unwrap();
        fs::write(dir.path().join("content/flyers/haru.md"), flyer).unwrap();
        assert_eq!((follow.look().unwrap(), knows("harunohi")), (nothing, false), "not published yet");
        build(&config);
        assert_eq!(
            (follow.look().unwrap(), knows("harunohi")),
            (Found { published: true, needs_restart: false }, true)
        );
        assert_eq!(follow.look().unwrap(), nothing, "once");

        // Built, and broken again before the look: the last good one stays.
        build(&config);
        fs::write(dir.path().join("content/flyers/haru.md"), "---\nwhat: is this\n---\n").unwrap();
        assert!(follow.look().unwrap_err().to_string().contains("前のものを使い続けます"));
        assert!(knows("harunohi") && follow.look().is_err(), "it is tried again");
        fs::write(dir.path().join("content/flyers/haru.md"), flyer.replace("harunohi", "natsunohi")).unwrap();
        assert_eq!(
            follow.look().unwrap(),
            Found { published: true, needs_restart: false },
            "and taken up when it can be read"
        );
        assert!(knows("natsunohi") && follow.look().unwrap() == nothing);

        let settings = dir.path().join("otayori.yaml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{text}# 直した\n")).unwrap();
        assert_eq!(follow.look().unwrap(), Found { published: false, needs_restart: true });
        assert_eq!(follow.look().unwrap(), nothing, "said once");
        engine.close().await;
    }
}

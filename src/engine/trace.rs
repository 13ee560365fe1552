//! A site's folder in, whether its registrations were already kept somewhere out: so that a disk which is not there is
//! not taken for a new city.
//!
//! The trace stands beside `otayori.yaml`, outside of `data/`, where the registrations usually are. It names places,
//! nothing else.

use crate::config::Config;
use crate::content::sample::is_sample_city;
use crate::db::{file_of, shown};
use crate::press::MARK;
use anyhow::{Result, bail};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file of the trace.
pub const TRACE: &str = ".otayori-data";
const HEAD: &str = "# otayori は、ここに書いた場所に登録を置いています。その場所が空のとき、\
    まちがえて新しく始めないための控えです。\n# 登録を捨てて、はじめから作り直すときだけ、\
    このファイルを消してください。\n";

/// Where a database is, as the trace names it: below the site's folder by the way there, so that the whole may be
/// moved.
fn place(config: &Config) -> String {
    let url = &config.services.database_url;
    let below = |file: PathBuf| match file.strip_prefix(&config.root) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => file.display().to_string(),
    };
    file_of(url).map_or_else(|| shown(url), below)
}

fn file(config: &Config) -> PathBuf {
    config.root.join(TRACE)
}

/// An error where the file of a database that was in use is not there: the disk is not mounted, or it was lost.
/// Whatever were written beside it (a build's records, pictures, PDFs) would make the place look used.
pub fn refuse_missing(config: &Config) -> Result<()> {
    if file_of(&config.services.database_url).is_some_and(|file| !file.exists())
        && let Some(said) = named(config)
    {
        bail!("{said}");
    }
    Ok(())
}

/// Why an empty database is none of a new city: it was used before, or `data/` is empty though a site was built.
/// `None`: nothing says so.
pub fn used_before(config: &Config) -> Option<String> {
    named(config).or_else(|| built(config))
}

/// What is said of a place that the trace names.
fn named(config: &Config) -> Option<String> {
    let place = place(config);
    let named = !is_sample_city(config)
        && fs::read_to_string(file(config)).is_ok_and(|text| text.lines().any(|line| line == place));
    named.then(|| {
        let file = file(config);
        format!(
            "登録の置き場（{place}）が空ですが、このサイトは、前にそこを使っています（{}）。何も書いていません。\n  \
             データのディスクがつながっているか（マウント）、DATABASE_URL、PostgreSQL を確かめてください。\
             なくしたのなら、控えから戻します（docs/はじめての設置.md「控えと戻し方」）。\n  \
             前の登録を使わず、はじめから作るなら、{} を消してください",
            file.display(),
            file.display()
        )
    })
}

/// What is said of an empty `data/` beside a site that was built.
fn built(config: &Config) -> Option<String> {
    if is_sample_city(config) {
        return None;
    }
    let data = config.root.join("data");
    let own = file_of(&config.services.database_url).is_some_and(|file| file.starts_with(&data));
    let empty = |folder: &Path| fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    // Every build leaves something in `data/`.
    (own && config.public.join(MARK).is_file() && empty(&data)).then(|| {
        format!(
            "{} は空ですが、サイト（{}）は作ってあります。何も書いていません。\n  \
             データのディスクがつながっているか（マウント）を確かめてください。なくしたのなら、\
             控えから戻します（docs/はじめての設置.md「控えと戻し方」）。\n  \
             はじめて動かすのなら、`otayori build` をもう一度動かしてから、同じ命令をどうぞ",
            data.display(),
            config.public.display()
        )
    })
}

/// Leaves the trace of a database that is in use.
pub fn leave(config: &Config) {
    let (place, file) = (place(config), file(config));
    let text = fs::read_to_string(&file).unwrap_or_default();
    // The demo's people are made up, wherever it runs.
    let demo = Path::new(&place).starts_with("data/demo");
    if is_sample_city(config) || demo || text.lines().any(|line| line == place) {
        return;
    }
    let head = if text.is_empty() { HEAD } else { "" };
    let written = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut open| open.write_all(format!("{head}{place}\n").as_bytes()));
    if let Err(error) = written {
        tracing::warn!(%error, "{} に書けません。登録の置き場がなくなったとき、\
            気づけないかもしれません", file.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_below_the_site_is_known_wherever_the_site_is() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        crate::engine::new::create(&at("city"), crate::calendar::date(2026, 11, 21)).unwrap();
        let config = |name: &str, url: Option<&str>| {
            Config::load_with(&at(name), &|n| url.filter(|_| n == "DATABASE_URL").map(str::to_owned)).unwrap()
        };
        assert_eq!(used_before(&config("city", None)), None);
        leave(&config("city", None));
        leave(&config("city", None));
        leave(&config("city", Some("postgres://otayori:secret@db/otayori")));
        fs::rename(at("city"), at("moved")).unwrap();
        let text = fs::read_to_string(at("moved").join(TRACE)).unwrap();
        assert!(
            text.ends_with("data/otayori.db\npostgres://otayori:***@db/otayori\n") && !text.contains("secret"),
            "{text}"
        );
        assert!(used_before(&config("moved", None)).unwrap().contains("前にそこを使っています"));
        assert!(used_before(&config("moved", Some("postgres://otayori:other@db/otayori"))).is_some());
        assert_eq!(used_before(&config("moved", Some("postgres://otayori@db/another"))), None);
        assert_eq!(used_before(&config("moved", Some("sqlite:/elsewhere/x.db"))), None);
    }
}

//! A site's folder in, settings, content and theme out, or all that is wrong with them.

use crate::calendar::Date;
use crate::clock::Clock;
use crate::config::Config;
use crate::content::{Library, LoadOptions, Shelf, sample};
use crate::diag::{Diagnostics, Place, Severity};
use crate::site::Theme;
use anyhow::{Result, anyhow};
use std::path::Path;

/// What a site's folder holds, without errors.
#[derive(Debug)]
pub struct Loaded {
    /// Settings.
    pub config: Config,
    /// What people wrote.
    pub library: Library,
    /// Templates and words.
    pub theme: Theme,
    /// The day of the edition.
    pub today: Date,
    /// Warnings.
    pub problems: Diagnostics,
}

/// Reads settings, content and theme. With errors in any of them: all problems.
pub fn load(root: &Path, date: Option<Date>) -> Result<Loaded, Diagnostics> {
    load_with(root, date, &mut Shelf::default())
}

/// As [`load`], with what was read before.
pub fn load_with(root: &Path, date: Option<Date>, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    load_for(root, None, date, shelf)
}

/// As [`load_with`], for a site that stands at `out`.
pub fn load_for(root: &Path, out: Option<&Path>, date: Option<Date>, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    let mut config = Config::load(root)?;
    out.into_iter().for_each(|out| config.public = out.to_owned());
    let today = date_or_today(date, &config);
    read_with(config, today, shelf)
}

/// Today in the city, for commands whose `--date` was left out.
pub fn date_or_today(date: Option<Date>, config: &Config) -> Date {
    date.unwrap_or_else(|| Clock::of(config.services.now).zoned(&config.zone).date())
}

/// What people wrote, with all that is wrong with it.
pub(super) fn content(config: &Config, today: Date, shelf: &mut Shelf) -> (Library, Diagnostics) {
    let (library, mut problems) = shelf.load(config, &LoadOptions::on(config, today));
    emptied(config, &library, &mut problems);
    sample::lists(config, &library, &mut problems);
    sample::address(config, &mut problems);
    sample::secrets(config, &mut problems);
    (library, problems)
}

/// Reads content and theme with settings that are there already.
pub fn read(config: Config, today: Date) -> Result<Loaded, Diagnostics> {
    read_with(config, today, &mut Shelf::default())
}

/// As [`read`], with what was read before.
pub fn read_with(config: Config, today: Date, shelf: &mut Shelf) -> Result<Loaded, Diagnostics> {
    let (library, mut problems) = content(&config, today, shelf);
    match Theme::load(&config) {
        Ok(theme) if !problems.has_errors() => Ok(Loaded { config, library, theme, today, problems }),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

/// Errors of a site as an operator's error.
pub fn refusal(problems: Diagnostics, what: &str) -> anyhow::Error {
    anyhow!("{what}\n{}", mistakes(problems))
}

/// The errors among problems, one after the other.
pub(super) fn mistakes(problems: Diagnostics) -> String {
    let lines: Vec<String> =
        problems.sorted().iter().filter(|d| d.severity == Severity::Error).map(ToString::to_string).collect();
    lines.join("\n")
}

/// What people wrote, as of a day; errors in it are printed one by one.
pub fn written(config: &Config, today: Date) -> Result<Library> {
    written_with(config, today, &mut Shelf::default())
}

/// As [`written`], with what was read before.
pub fn written_with(config: &Config, today: Date, shelf: &mut Shelf) -> Result<Library> {
    let (library, mut problems) = shelf.load(config, &LoadOptions::on(config, today));
    emptied(config, &library, &mut problems);
    if problems.has_errors() {
        let lines: Vec<String> =
            problems.sorted().into_iter().filter(|p| p.severity == Severity::Error).map(|p| p.to_string()).collect();
        anyhow::bail!("記事や設定に直すところがあります（otayori check）\n{}", lines.join("\n"));
    }
    Ok(library)
}

/// A mistake where the published site has articles or bulletins and the folder none: it is not there, or not to be
/// read, and nobody took them all out. And where what every city has is not there at all.
pub fn emptied(config: &Config, library: &Library, problems: &mut Diagnostics) {
    let page = |entry: std::fs::DirEntry| entry.path().join("index.html").is_file();
    let stands =
        |folder: &str| std::fs::read_dir(config.public.join(folder)).is_ok_and(|entries| entries.flatten().any(page));
    let hint = "フォルダがつながっているか（マウント）、中を読む権利があるかを確かめてください。\
        わざと全部消したのなら、public/ を消してから作り直してください";
    if library.articles.is_empty() && stands("articles") {
        problems.error(
            "content/articles",
            Place::default(),
            "公開中のサイトには記事があるのに、ここには1本もありません",
            hint,
        );
    }
    // As the program names them: others may have been put there by hand.
    let pdf = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".print.pdf");
    let prints = || std::fs::read_dir(config.public.join("flyers")).is_ok_and(|entries| entries.flatten().any(pdf));
    for (folder, what, published) in [("bulletins", "お知らせ", stands("bulletins")), ("flyers", "チラシ", prints())]
    {
        if published && !config.root.join("content").join(folder).is_dir() {
            let hint = "フォルダがつながっているか（マウント）、中を読む権利があるかを確かめてください。\
                わざと全部消したのなら、空のフォルダを作ってください";
            problems.error(
                &format!("content/{folder}"),
                Place::default(),
                format!("公開中のサイトには{what}があるのに、このフォルダがありません"),
                hint,
            );
        }
    }
    // What was told of a place already is not told again.
    let told: Vec<String> = problems.iter().map(|p| p.file.clone()).collect();
    let missing = [
        (
            "content/contacts.yaml",
            library.contacts.is_empty(),
            "急ぐときの連絡先が、1つもありません",
            "119 などの番号は、どの市にも要ります",
        ),
        (
            "content/pages",
            library.pages.is_empty(),
            "ページ（個人情報の取り扱いなど）が、1つもありません",
            "登録のページから、ここにリンクしています",
        ),
        (
            "segments",
            library.segments.is_empty(),
            "だれに届けるか（segments/*.yaml）が、1つもありません",
            "お知らせが、だれにも届きません",
        ),
    ];
    for (place, _, what, why) in
        missing.into_iter().filter(|(place, missing, ..)| *missing && !told.iter().any(|file| file.starts_with(place)))
    {
        let hint = format!(
            "{why}。フォルダがつながっているか（マウント）を確かめるか、`otayori new` \
             が別の所に作るフォルダから写してください"
        );
        problems.error(place, Place::default(), what, hint);
    }
}

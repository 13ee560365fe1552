//! `otayori theme`: a site's theme in, the PNG icons of the home screen made of its `icon.svg` out.

use super::Root;
use crate::config::{Config, Themes};
use crate::diag::{Diagnostics, Place, shown};
use crate::flyer;
use crate::paper::Engine;
use crate::stamp::Digest;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// テーマを作る人のための道具です。
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// テーマの static/icon.svg から、ホーム画面のしるし（icon-180.png、icon-192.png、icon-512.png）を作ります
    Icons(Root),
}

/// Pixels of the icons that pages and the manifest name.
const SIDES: [u32; 3] = [180, 192, 512];
const MARK: &str = "icon.svg";

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let What::Icons(root) = args.what;
    let config = root.config()?;
    for path in icons(&config)? {
        out!("{}", path.display());
    }
    out!("前の絵と変わったときは、前の絵を data/replaced/ に残してあります");
    out!("まん中の8割に絵があるか、見てください（端末によって、丸く切られます）");
    Ok(ExitCode::SUCCESS)
}

/// Writes the icons beside the nearest theme's `icon.svg`; their paths.
pub fn icons(config: &Config) -> Result<Vec<PathBuf>> {
    let (_, folder) = owner(&config.themes, MARK).with_context(|| format!("テーマに static/{MARK} がありません"))?;
    let svg = folder.join("static").join(MARK);
    let text = std::fs::read_to_string(&svg).with_context(|| format!("{} を読めません", svg.display()))?;
    let engine = Engine::of(config)?;
    let made: Vec<(PathBuf, Vec<u8>)> = SIDES
        .iter()
        .map(|side| {
            Ok((
                folder.join("static").join(name(*side)),
                flyer::icon(&engine, &text, *side).with_context(|| format!("{} を描けません", svg.display()))?,
            ))
        })
        .collect::<Result<_>>()?;
    crate::engine::trace::refuse_missing(config)?;
    let drawn = config.root.join("data").join("replaced");
    for (path, bytes) in &made {
        let before = std::fs::read(path).ok();
        // What is as it was keeps its time.
        if before.as_ref() != Some(bytes) {
            if let Some(before) = before {
                set_aside(&drawn, path, &before)?;
            }
            std::fs::write(path, bytes).with_context(|| format!("{} に書けません", path.display()))?;
        }
    }
    Ok(made.into_iter().map(|(path, _)| path).collect())
}

/// An icon may have been drawn by hand: what stood there is kept in `data/replaced/`, by its name and its bytes.
fn set_aside(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let kept = folder.join(format!("{name}-{}.png", &Digest::of(bytes).hex()[..8]));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&kept, bytes))
        .with_context(|| format!("{} に書けません", kept.display()))
}

/// The theme that came with another version of the program: pages may lack what this one puts into them, or cannot be
/// made at all.
fn not_of_this_version(config: &Config, problems: &mut Diagnostics) {
    let Some((_, folder)) = config.themes.folders().find(|(name, _)| *name == "default") else { return };
    let differs = |(path, bytes): &&(&str, &[u8])| std::fs::read(folder.join(path)).ok().as_deref() != Some(*bytes);
    let differing: Vec<&str> = crate::engine::new::THEME_FILES.iter().filter(differs).map(|(path, _)| *path).collect();
    let Some(first) = differing.first() else { return };
    problems.warning(
        &shown(&config.root, &folder.join(first)),
        Place::default(),
        format!("この版のプログラムに付いているテーマと違います（ほかに {} 個）", differing.len() - 1),
        "themes/default は、プログラムと一緒に入れ替えるものです（docs/はじめての設置.md の 9）。市で変える所は、\
         市のテーマに書いてください（docs/テーマの作り方.md）",
    );
}

/// A theme with a mark of its own, but whose home screen would show another theme's; and icons of a wrong size.
pub(super) fn check(config: &Config, problems: &mut Diagnostics) {
    not_of_this_version(config, problems);
    let Some((theme, folder)) = owner(&config.themes, MARK) else { return };
    for side in SIDES {
        let name = name(side);
        let file = shown(&config.root, &folder.join("static").join(&name));
        let Some((other, its)) = owner(&config.themes, &name) else {
            problems.warning(&file, Place::default(), format!("ホーム画面のしるし {name} がありません"), MAKE);
            continue;
        };
        if other != theme && !is_below(config, other, theme) {
            let message =
                format!("{MARK} はテーマ {theme} のものですが、ホーム画面のしるし {name} は {other} のものです");
            problems.warning(&file, Place::default(), message, MAKE);
        }
        let path = its.join("static").join(&name);
        if image::image_dimensions(&path).is_ok_and(|size| size != (side, side)) {
            problems.warning(
                &shown(&config.root, &path),
                Place::default(),
                format!("ホーム画面のしるしが {side}×{side} 画素ではありません"),
                MAKE,
            );
        }
    }
}

const MAKE: &str = "`otayori theme icons` で、icon.svg から作れます";

fn name(side: u32) -> String {
    format!("icon-{side}.png")
}

/// The nearest theme that has a static file: its name and its folder.
fn owner<'t>(themes: &'t Themes, file: &str) -> Option<(&'t str, &'t Path)> {
    themes.folders().find(|(_, folder)| folder.join("static").join(file).is_file())
}

/// Is a theme nearer than another?
fn is_below(config: &Config, near: &str, far: &str) -> bool {
    let at = |name: &str| config.themes.folders().position(|(n, _)| n == name);
    at(near) < at(far)
}

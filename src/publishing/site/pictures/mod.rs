//! Pictures below `content/` in, lossy WebP (and AVIF, if it is wanted) in three widths out; an `<img>` of a body gets
//! its `srcset`.
//!
//! Resized files are kept in `data/cache/images/` under the hash of what they were made from, so a second build copies
//! only.

mod format;

use super::Progress;
use crate::config::Config;
use crate::content::{Library, Version};
use crate::press::Press;
use crate::stamp::Digest;
use anyhow::{Context as _, Result};
use format::Format;
use image::ImageDecoder as _;
use image::imageops::FilterType;
use image::metadata::Orientation;
use rayon::prelude::*;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Widths in CSS pixels times density; a picture is never enlarged.
const WIDTHS: [u32; 3] = [480, 960, 1440];

/// How wide a picture is shown: the column of text, or a telephone's width without its margins.
const SIZES: &str = "(min-width: 42rem) 38rem, calc(100vw - 2rem)";

/// The resized pictures of a library, by path below `content/`.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    by_path: BTreeMap<String, Picture>,
    cache: PathBuf,
}

/// One picture in its widths.
#[derive(Debug, Clone)]
struct Picture {
    /// File name (in the cache and below `/images/`) and its width in pixels, the narrowest first.
    webp: Vec<(String, u32)>,
    /// As AVIF; empty if it is not wanted, or no smaller.
    avif: Vec<(String, u32)>,
    /// Of the widest file.
    width: u32,
    /// Of the widest file.
    height: u32,
}

impl Pictures {
    /// Resizes every picture that a body uses and that is not in the cache. A missing file is a diagnostic of the
    /// content room and left out here; a file that is no picture is an error.
    pub fn prepare(config: &Config, library: &Library, progress: Progress<'_>) -> Result<Self> {
        let cache = config.root.join("data").join("cache").join("images");
        let used: BTreeSet<&String> = versions(library).flat_map(|v| &v.images).collect();
        let (of, done) = (used.len() as u64, AtomicU64::new(0));
        let by_path = used
            .par_iter()
            .map(|path| {
                let file = config.root.join("content").join(path);
                let picture = if file.is_file() {
                    Some(
                        prepare(&file, &cache, config.site.avif)
                            .with_context(|| format!("画像 content/{path} を変換できません"))?,
                    )
                } else {
                    None
                };
                progress("images", done.fetch_add(1, Ordering::Relaxed) + 1, of);
                Ok(picture.map(|p| ((*path).clone(), p)))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { by_path: by_path.into_iter().flatten().collect(), cache })
    }

    /// The files as `images/…`; how many.
    pub(super) fn put(&self, press: &Press) -> Result<usize> {
        let names: BTreeSet<&String> =
            self.by_path.values().flat_map(|p| p.webp.iter().chain(&p.avif).map(|(name, _)| name)).collect();
        for name in &names {
            let (path, none) = (format!("images/{name}"), Digest::default());
            // The name holds the digest of what it was made from.
            if !press.keeps(&path, none, none) {
                press.put(&path, none, none, [(path.clone(), fs::read(self.cache.join(name))?)])?;
            }
        }
        Ok(names.len())
    }

    /// Of how a picture is shown.
    pub(super) fn digest(&self, path: &str) -> Digest {
        self.by_path.get(path).map_or(Digest::default(), |p| Digest::of_json(&(&p.webp, &p.avif, p.width, p.height)))
    }

    /// The folder of the resized files: what is served as `/images/` (preview).
    pub fn folder(&self) -> &Path {
        &self.cache
    }

    /// Gives the pictures of a body (`<img … data-image="images/x.png">`) their widths. One that is not known stays as
    /// it is.
    pub(super) fn complete(&self, html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        let mut rest = html;
        while let Some(at) = rest.find("<img ") {
            let (before, tag) = rest.split_at(at);
            let Some(end) = tag.find('>') else { break };
            let (tag, after) = tag.split_at(end + 1);
            out.push_str(before);
            match attribute(tag, "data-image").and_then(|path| self.by_path.get(path)) {
                Some(picture) => {
                    out.push_str(&picture.tag(attribute(tag, "alt").unwrap_or_default(), attribute(tag, "title")))
                }
                None => out.push_str(tag),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// The value of an attribute as it is written, still escaped.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value)
}

impl Picture {
    /// `alt` and `title` are escaped already.
    fn tag(&self, alt: &str, title: Option<&str>) -> String {
        let set = |files: &[(String, u32)]| {
            files.iter().map(|(name, width)| format!("/images/{name} {width}w")).collect::<Vec<_>>().join(", ")
        };
        let middle = self.webp.get(1).or(self.webp.first()).map_or("", |(name, _)| name);
        let title = title.map_or(String::new(), |t| format!(" title=\"{t}\""));
        let img = format!(
            "<img src=\"/images/{middle}\" srcset=\"{}\" sizes=\"{SIZES}\" width=\"{}\" height=\"{}\" loading=\"lazy\" \
             decoding=\"async\" alt=\"{alt}\"{title}>",
            set(&self.webp),
            self.width,
            self.height
        );
        if self.avif.is_empty() {
            return img;
        }
        format!("<picture><source type=\"image/avif\" srcset=\"{}\" sizes=\"{SIZES}\">{img}</picture>", set(&self.avif))
    }
}

fn versions(library: &Library) -> impl Iterator<Item = &Version> {
    let articles = library.articles.values().flat_map(|a| a.versions.values());
    let bulletins = library.bulletins.values().flat_map(|b| b.versions.values());
    let pages = library.pages.values().flat_map(|p| p.versions.values());
    articles.chain(bulletins).chain(pages).map(AsRef::as_ref)
}

/// A picture in its widths: what is not in the cache is made.
fn prepare(file: &Path, cache: &Path, avif: bool) -> Result<Picture> {
    let bytes = fs::read(file)?;
    let hash = short_hash(&bytes);
    let stem: String = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let stem: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let mut decoder = image::ImageReader::new(Cursor::new(&bytes)).with_guessed_format()?.into_decoder()?;
    // Telephones keep a picture as the sensor lay, and a note of how it was held.
    let held = decoder.orientation()?;
    let (width, height) = match decoder.dimensions() {
        (width, height) if lying(held) => (height, width),
        upright => upright,
    };
    drop(decoder);
    let mut widths: Vec<u32> = WIDTHS.into_iter().filter(|w| *w < width).collect();
    widths.push(width.min(WIDTHS[2]));
    widths.dedup();
    let decoded = OnceCell::new();
    let made = |format: Format| -> Result<Vec<(String, u32)>> {
        let files: Vec<(String, u32)> =
            widths.iter().map(|w| (format!("{stem}-{hash}-{w}.{}", format.extension()), *w)).collect();
        for (name, width) in files.iter().filter(|(name, _)| !cache.join(name).is_file()) {
            if decoded.get().is_none() {
                let mut picture = image::load_from_memory(&bytes)?;
                picture.apply_orientation(held);
                let _ = decoded.set(picture);
            }
            let picture = decoded.get().context("no picture")?;
            let resized = if *width == picture.width() {
                Cow::Borrowed(picture)
            } else {
                Cow::Owned(picture.resize(*width, u32::MAX, FilterType::Lanczos3))
            };
            keep(cache, name, &format.encode(&resized)?)?;
        }
        Ok(files)
    };
    let webp = made(Format::WebP)?;
    let avif = if avif { made(Format::Avif)? } else { Vec::new() };
    // Drawings of few colours are smaller as WebP: then nobody is offered the other.
    let weight = |files: &[(String, u32)]| {
        files.iter().map(|(name, _)| fs::metadata(cache.join(name)).map_or(0, |m| m.len())).sum::<u64>()
    };
    let avif = if weight(&avif) < weight(&webp) { avif } else { Vec::new() };
    let widest = widths.last().copied().unwrap_or(width);
    Ok(Picture {
        webp,
        avif,
        width: widest,
        height: (u64::from(height) * u64::from(widest) / u64::from(width.max(1))).max(1) as u32,
    })
}

/// Width and height are exchanged.
fn lying(held: Orientation) -> bool {
    matches!(
        held,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// Another build may be writing the same file: only whole files get the name.
fn keep(cache: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(cache)?;
    let whole = cache.join(format!("{name}.{}.part", std::process::id()));
    fs::write(&whole, bytes)?;
    Ok(fs::rename(&whole, cache.join(name))?)
}

/// The first half of the SHA-256 of what the file is made from, as hexadecimal, with the settings that shape it.
fn short_hash(bytes: &[u8]) -> String {
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    digest.update(format!("{WIDTHS:?} {} upright", format::SETTINGS).as_bytes());
    digest.update(bytes);
    digest.finish().as_ref()[..8].iter().map(|b| format!("{b:02x}")).collect()
}

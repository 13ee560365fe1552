//! The static files of a theme and of those that it extends in, their bytes and addresses out; an address changes with
//! the bytes.

use crate::config::Themes;
use crate::diag::{Diagnostics, Place};
use crate::stamp::Digest;
use std::collections::BTreeMap;

/// Style rules of one city: of all files, this one is joined and not replaced, the eldest theme's rules first.
const OWN: &str = "own.css";

/// All static files of a site, read once.
#[derive(Debug, Default)]
pub struct Assets(BTreeMap<String, Asset>);

#[derive(Debug)]
struct Asset {
    bytes: Vec<u8>,
    mark: String,
}

impl Assets {
    /// Reads `static/` of all themes. A file that cannot be read is a diagnostic.
    pub(super) fn read(themes: &Themes, problems: &mut Diagnostics) -> Self {
        let mut found = BTreeMap::new();
        for (name, path) in themes.files("static") {
            match std::fs::read(&path) {
                Ok(bytes) => drop(found.insert(name, bytes)),
                Err(e) => problems.error(
                    &themes.place("static").0,
                    Place::default(),
                    format!("{name} を読めません（{e}）"),
                    "",
                ),
            }
        }
        let own: Vec<Vec<u8>> = themes
            .folders()
            .rev()
            .filter_map(|(_, folder)| std::fs::read(folder.join("static").join(OWN)).ok())
            .collect();
        if own.len() > 1 {
            found.insert(OWN.to_owned(), own.join(&b'\n'));
        }
        let asset = |bytes: Vec<u8>| Asset { mark: Digest::of(&bytes).hex()[..10].to_owned(), bytes };
        Self(found.into_iter().map(|(name, bytes)| (name, asset(bytes))).collect())
    }
    /// Name below `/static/` and bytes of each file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, asset)| (name.as_str(), asset.bytes.as_slice()))
    }
    /// The bytes of a file.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(|asset| asset.bytes.as_slice())
    }
    /// Where a page finds a file: `/static/style.css?v=…`. The same for ever as long as the bytes are the same.
    pub fn address(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|asset| format!("/static/{name}?v={}", asset.mark))
    }
    /// The addresses of all files, by name.
    pub(super) fn addresses(&self) -> BTreeMap<&str, String> {
        self.0.keys().filter_map(|name| Some((name.as_str(), self.address(name)?))).collect()
    }
    /// Is this the address of what the file is now? Then whoever asks may keep it for good.
    pub fn lasts(&self, path: &str, query: Option<&str>) -> bool {
        let mark = query.and_then(|q| q.strip_prefix("v="));
        path.strip_prefix("/static/")
            .and_then(|name| self.0.get(name))
            .is_some_and(|asset| mark == Some(asset.mark.as_str()))
    }
}

/// The type of a static file by its name.
pub fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

//! `picture:` of a flyer's front matter in, the photograph for its templates out; and what is said when its shape does
//! not fit its room.

use crate::content::{Flyer, Library};
use crate::diag::Diagnostics;
use crate::diag::form::meant;
use crate::paper::source::Source;
use serde::Serialize;
use serde_yaml::Value;
use std::path::Path;

/// A photograph or a drawing of `content/images/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Photo {
    /// As Typst finds it.
    file: String,
    /// What it shows, for those who cannot see it.
    alt: String,
    /// Pixels.
    width: u32,
    height: u32,
    /// Which part stays where it is cut: `middle`, `top`, `bottom`, `left`, `right`; nothing: it is not cut.
    keep: Option<&'static str>,
    /// Whose it is.
    credit: String,
}

/// What the author may say of the part that stays.
const KEEP: [(&str, &str); 5] =
    [("まん中", "middle"), ("上", "top"), ("下", "bottom"), ("左", "left"), ("右", "right")];
const KEYS: [&str; 3] = ["file", "alt", "keep"];
const EXAMPLE: &str = "例: picture: {file: images/kyoshitsu.jpg, alt: 人形を抱く練習をする人たち}";

impl Photo {
    /// Reads the field; mistakes are told with their places.
    pub fn of(
        flyer: &Flyer,
        library: &Library,
        content: &Path,
        source: &Source,
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let mut wrong = |key: &str, message: String, hint: String| {
            let at = if key == "picture" { source.key("picture") } else { source.word_below("picture", key) };
            problems.error(&flyer.file, at, message, hint);
        };
        let Value::Mapping(said) = flyer.fields.get("picture")? else {
            wrong("picture", "写真（picture）の書き方が違います".into(), EXAMPLE.into());
            return None;
        };
        for key in said.keys().map(|k| k.as_str().unwrap_or_default()).filter(|k| !KEYS.contains(k)) {
            wrong(
                key,
                format!("写真（picture）に `{key}` という項目はありません"),
                meant(key, KEYS).unwrap_or_else(|| format!("使える項目: {}", KEYS.join("、"))),
            );
        }
        let text = |key: &str| said.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
        let (Some(file), Some(alt)) = (text("file"), text("alt")) else {
            let lacks = if text("file").is_none() {
                "file（どの写真か）"
            } else {
                "alt（見えない人のための説明）"
            };
            wrong("picture", format!("写真（picture）に {lacks} がありません"), EXAMPLE.into());
            return None;
        };
        let keep = text("keep").map(|word| KEEP.iter().find(|(said, _)| *said == word).map(|(_, id)| *id).ok_or(word));
        if let Some(Err(word)) = keep {
            let words = KEEP.map(|(word, _)| word);
            wrong(
                "keep",
                format!("残す所 `{word}` はありません"),
                meant(word, words).unwrap_or_else(|| format!("使えることば: {}", words.join("、"))),
            );
        }
        let inside = file.starts_with("images/") && !file.split('/').any(|part| part == ".." || part.is_empty());
        let path = content.join(file);
        if !inside || !path.is_file() {
            let names: Vec<String> = std::fs::read_dir(content.join("images"))
                .into_iter()
                .flatten()
                .flatten()
                .map(|e| format!("images/{}", e.file_name().to_string_lossy()))
                .collect();
            let hint = meant(file, names.iter().map(String::as_str))
                .unwrap_or_else(|| "content/images/ に置いて、`file: images/名前.jpg` と書いてください".into());
            wrong("file", format!("写真 `{file}` がありません"), hint);
            return None;
        }
        let Ok((width, height)) = image::image_dimensions(&path) else {
            wrong("file", format!("写真 `{file}` を読めません"), "PNG、JPEG、WebP のどれかにしてください".into());
            return None;
        };
        let credit = library.credits.get(file);
        if credit.is_none() {
            let name = file.trim_start_matches("images/");
            let hint = format!(
                "content/images/credits.yaml に `- {{file: {name}, source: 作った人, licence: 使ってよい条件}}` \
                 を足してください"
            );
            problems.warning(
                &flyer.file,
                source.word_below("picture", "file"),
                format!("写真 `{file}` の出典と、使ってよい条件がありません"),
                hint,
            );
        }
        let credit = credit.map(|c| c.source.clone()).unwrap_or_default();
        Some(Self {
            file: format!("/content/{file}"),
            alt: alt.to_owned(),
            width,
            height,
            keep: keep.and_then(Result::ok),
            credit,
        })
    }
}

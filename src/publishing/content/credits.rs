//! `images/credits.yaml` in, whose each picture is and under which terms it is shown out.

use super::{Credit, Credits};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, meant};
use std::path::Path;

/// Reads the file's text; `content` is the folder that the pictures are in.
pub(super) fn credits(file: &str, text: &str, content: &Path, problems: &mut Diagnostics) -> Credits {
    let mut all = Credits::new();
    for node in &super::lists::items(file, text, problems) {
        let Some(form) = Form::new(file, node, &["file", "source", "licence", "url"], problems) else { continue };
        let (name, source, licence) =
            (form.needed("file", problems), form.needed("source", problems), form.needed("licence", problems));
        let url = form.text("url", problems);
        if let Some(url) =
            url.as_ref().filter(|u| !url::Url::parse(&u.value).is_ok_and(|u| matches!(u.scheme(), "http" | "https")))
        {
            problems.error(
                file,
                url.at,
                format!("`{}` を URL として読めません", url.value),
                "https:// から書いてください",
            );
        }
        let (Some(name), Some(source), Some(licence)) = (name, source, licence) else { continue };
        let path = format!("images/{}", name.value);
        if !content.join(&path).is_file() {
            let there: Vec<String> = std::fs::read_dir(content.join("images"))
                .map(|d| d.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
                .unwrap_or_default();
            let hint = meant(&name.value, there.iter().map(String::as_str))
                .unwrap_or_else(|| "content/images/ にあるファイルの名前を書いてください".into());
            problems.error(file, name.at, format!("写真 `{}` がありません", name.value), hint);
        }
        let credit =
            Credit { source: source.value, licence: licence.value, url: url.map(|u| u.value).unwrap_or_default() };
        if all.insert(path, credit).is_some() {
            problems.error(
                file,
                name.at,
                format!("`{}` が2回あります", name.value),
                "1つの写真に1つだけ書いてください",
            );
        }
    }
    all
}

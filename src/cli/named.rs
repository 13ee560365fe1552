//! What an author types for an article, a page, a file, a folder or a person in, what is meant out; else a hint that
//! names what there is.

use crate::config::Config;
use crate::content::{Library, Person, Version, sample};
use crate::diag::form::meant;
use anyhow::{Context as _, Result, bail};
use std::path::Path;

/// All versions of articles and pages.
pub(super) fn versions(library: &Library) -> Vec<&Version> {
    library
        .articles
        .values()
        .flat_map(|a| a.versions.values())
        .chain(library.pages.values().flat_map(|p| p.versions.values()))
        .map(AsRef::as_ref)
        .collect()
}

/// A version by `slug`, `slug.en` or its file.
pub(super) fn version<'a>(library: &'a Library, config: &Config, name: &str) -> Result<&'a Version> {
    if let Some(version) = versions(library).into_iter().find(|v| is_at(config, &v.file, name)) {
        return Ok(version);
    }
    let main = config.main_language();
    // Who types the file's name means the file.
    let bare = name.strip_suffix(".md").unwrap_or(name);
    let (slug, language) = bare.split_once('.').unwrap_or((bare, main));
    let versions =
        library.articles.get(slug).map(|a| &a.versions).or_else(|| library.pages.get(slug).map(|p| &p.versions));
    if let Some(version) = versions.and_then(|v| v.get(language)) {
        return Ok(version);
    }
    let hint = match versions {
        Some(versions) => format!("ことばは {} があります", versions.keys().cloned().collect::<Vec<_>>().join("、")),
        None => meant(slug, library.articles.keys().chain(library.pages.keys()).map(String::as_str))
            .unwrap_or_else(|| "content/articles のファイルの名前（.md を除く）を書いてください".into()),
    };
    bail!("記事 `{name}` がありません。{hint}")
}

/// The files that are meant by names, files and folders.
pub(super) fn files(library: &Library, config: &Config, names: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for name in names {
        let below: Vec<String> = versions(library)
            .into_iter()
            .map(|v| v.file.clone())
            .filter(|file| {
                Path::new(file).ancestors().skip(1).any(|folder| is_at(config, &folder.to_string_lossy(), name))
            })
            .collect();
        if !below.is_empty() {
            all.extend(below);
        } else if let Some(article) = library.articles.get(name.as_str()) {
            // An article's name alone means all its languages.
            all.extend(article.versions.values().map(|v| v.file.clone()));
        } else {
            all.push(version(library, config, name)?.file.clone());
        }
    }
    Ok(all)
}

/// Is `name`, as typed, this path below the site's folder?
fn is_at(config: &Config, path: &str, name: &str) -> bool {
    let typed = name.trim_start_matches("./").trim_end_matches('/');
    !path.is_empty()
        && !typed.is_empty()
        && (typed == path || config.root.join(path) == Path::new(name) || config.root.join(path) == Path::new(typed))
}

/// Somebody of `people.yaml` by id or name.
pub(super) fn person<'a>(library: &'a Library, id: &str) -> Result<&'a Person> {
    let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let found = library
        .people
        .iter()
        .find(|p| p.id == id)
        .or_else(|| library.people.iter().find(|p| letters(&p.name) == letters(id)));
    found.with_context(|| {
        let near = meant(id, library.people.iter().map(|p| p.id.as_str()))
            .or_else(|| meant(id, library.people.iter().map(|p| p.name.as_str())));
        format!(
            "監修者 `{id}` が content/people.yaml にありません。{}{}",
            near.map(|n| format!("{n}\n")).unwrap_or_default(),
            people(library, &[])
        )
    })
}

/// Everybody who may review, one a line; who wrote the article is marked.
pub(super) fn people(library: &Library, authors: &[String]) -> String {
    if library.people.is_empty() {
        return "content/people.yaml に、監修する人を足してください（例: - \
            {id: natori, name: 名取 恵, profession: paediatrician}）"
            .into();
    }
    let widest = library.people.iter().map(|p| p.id.len()).max().unwrap_or_default();
    let row = |p: &Person| {
        let wrote = if authors.contains(&p.id) { "　← この記事を書いた人" } else { "" };
        format!("\n  {:widest$}  {}（{}）{wrote}", p.id, p.name, p.profession.title())
    };
    format!("監修できる人（content/people.yaml）:{}", library.people.iter().map(row).collect::<String>())
}

/// Who reviewed it: nobody who is made up for the sample, and nobody of a template, outside the sample city.
pub(super) fn reviewer<'a>(config: &Config, library: &'a Library, by: &str) -> Result<&'a Person> {
    let reviewer = person(library, by)?;
    if !sample::is_sample_city(config) && sample::is_sample_person(reviewer) {
        bail!(
            "{} は、見本の架空の人か、ひな型のままの人です。監修は記録しません。content/people.yaml \
             に、本当の監修者の名前と資格を書いてください",
            reviewer.name
        );
    }
    Ok(reviewer)
}

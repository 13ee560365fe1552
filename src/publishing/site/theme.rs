//! The folders of a theme and of those that it extends in, rendered templates out; every page, built or served, goes
//! through here.

use super::assets::Assets;
use crate::config::Config;
use crate::config::theme::files_below;
use crate::danger;
use crate::diag::{Diagnostics, Place};
use crate::stamp::{Digest, Digester};
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use tera::{Context, Tera, Value};

/// Words of the theme in one language.
type Words = BTreeMap<String, String>;

/// Templates and words of the configured theme.
#[derive(Debug)]
pub struct Theme {
    tera: Tera,
    words: BTreeMap<String, Words>,
    /// What every page gets, by language, made once: a page clones pointers, not two hundred words.
    shared: BTreeMap<String, Vec<(&'static str, Value)>>,
    site: SiteContext,
    assets: Assets,
    main_language: String,
    digest: Digest,
}

/// What every template knows of the site as `site`.
#[derive(Debug, Clone, Serialize)]
struct SiteContext {
    title: String,
    city: String,
    office: String,
    tel: String,
    hours: String,
    url: String,
    languages: Vec<String>,
    areas: Vec<crate::config::Area>,
    line_account: String,
    /// Letters come by e-mail, too.
    email: bool,
    sample: bool,
    /// The home page in each language, named in that language.
    language_links: Vec<LanguageLink>,
    /// The site is there as JSON, too.
    api: bool,
    /// Around the pages, by day and at night.
    color: String,
    color_dark: String,
    /// Slugs of the fixed pages, so that the frame links only to what is there.
    pages: Vec<String>,
}

/// A language of the site.
#[derive(Debug, Clone, Serialize)]
struct LanguageLink {
    code: String,
    /// BCP 47, as in `lang`.
    tag: String,
    name: String,
    path: String,
}

impl Theme {
    /// Reads `templates/`, `i18n/` and `static/` of the themes; a template's mistake is a diagnostic with its file.
    pub fn load(config: &Config) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let themes = &config.themes;
        let theme = format!("themes/{}", config.site.theme);
        let mut tera = Tera::default();
        tera.autoescape_on(vec![".html"]);
        super::filters::register(&mut tera);
        let mut templates = Vec::new();
        for (name, folder) in themes.folders() {
            for (file, path) in files_below(&folder.join("templates")) {
                match std::fs::read_to_string(path) {
                    Ok(text) => templates.push((format!("{name}/{file}"), text)),
                    // What editors and desktops leave behind is no template.
                    Err(_)
                        if file.rsplit('/').next().is_none_or(|name| name.starts_with('.') || name.ends_with('~')) => {}
                    // The elder theme's would take its place, and nobody would know.
                    Err(e) => problems.error(
                        &format!("themes/{name}/templates/{file}"),
                        Place::default(),
                        format!("読めません（{e}）"),
                        "ファイルの場所、権限、文字コード（UTF-8）を確かめてください",
                    ),
                }
            }
        }
        if templates.is_empty() {
            problems.error(
                &theme,
                Place::default(),
                "テーマにテンプレートがありません",
                "otayori.yaml の theme: を確かめるか、`otayori new` が作るフォルダの themes/default \
                 を、ここに写してください",
            );
        }
        // `base.html` is the nearest theme's, and so is each component; `default/base.html` is that theme's, so that a
        // template can extend it.
        let prefixes: Vec<String> = themes.folders().map(|(name, _)| format!("{name}/")).collect();
        let mut digest = Digest::of_json(&(&prefixes, &templates));
        if let Err(e) = tera.set_fallback_prefixes(prefixes) {
            problems.error(&theme, Place::default(), format!("テーマの名前が使えません: {e}"), "");
        }
        if let Err(e) = tera.add_raw_templates(templates) {
            problems.error(
                &format!("{theme}/templates"),
                Place::default(),
                format!("テンプレートが読めません: {e}"),
                "",
            );
        }
        let mut words: BTreeMap<String, Words> = BTreeMap::new();
        for language in &config.site.languages {
            // A word is the nearest theme's that has it.
            for (name, folder) in themes.folders().rev() {
                let text = match std::fs::read_to_string(folder.join("i18n").join(format!("{language}.yaml"))) {
                    Ok(text) => text,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(e) => {
                        problems.error(
                            &format!("themes/{name}/i18n/{language}.yaml"),
                            Place::default(),
                            format!("読めません（{e}）"),
                            "ファイルの場所、権限、文字コード（UTF-8）を確かめてください",
                        );
                        continue;
                    }
                };
                match serde_yaml::from_str::<Option<Words>>(&text) {
                    Ok(found) => words.entry(language.clone()).or_default().extend(found.unwrap_or_default()),
                    Err(e) => {
                        let at = e
                            .location()
                            .map_or(Place::default(), |l| Place { line: l.line() as u32, column: l.column() as u32 });
                        let file = format!("themes/{name}/i18n/{language}.yaml");
                        problems.error(
                            &file,
                            at,
                            format!("ことばのファイルが読めません: {e}"),
                            "`キー: ことば` の形で書いてください",
                        );
                    }
                }
            }
        }
        // What is said first in danger is the clinicians' and not the designers'.
        let steps = danger::city::steps_of(&config.root, &mut problems);
        for language in &config.site.languages {
            let own = words.entry(language.clone()).or_default();
            own.extend(steps.in_language(language).map(|(id, line)| (format!("first_{id}"), line.to_owned())));
        }
        let main_language = config.main_language().to_owned();
        let main = words.get(&main_language).cloned().unwrap_or_default();
        for language in &config.site.languages {
            let own = words.entry(language.clone()).or_default();
            for (key, word) in &main {
                // Its own name is no word to be taken from another language.
                own.entry(key.clone())
                    .or_insert_with(|| if key == "language_name" { language.clone() } else { word.clone() });
            }
        }
        let assets = Assets::read(themes, &mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let s = &config.site;
        let site = SiteContext {
            title: s.title.clone(),
            city: s.city.clone(),
            office: s.office.clone(),
            tel: s.tel.clone(),
            hours: s.hours.clone(),
            url: s.public_url.clone(),
            languages: s.languages.clone(),
            areas: s.areas.clone(),
            line_account: s.line.account.clone(),
            email: s.email.is_some(),
            sample: s.sample_date.is_some(),
            language_links: language_links(&s.languages, &words),
            api: s.api,
            color: themes.color.clone(),
            color_dark: themes.color_dark.clone(),
            pages: pages(config),
        };
        digest = Digester::default().digest(digest).digest(Digest::of_json(&(&words, &site, assets.addresses()))).end();
        let mut theme = Self { tera, words, shared: BTreeMap::new(), site, assets, main_language, digest };
        theme.shared = theme.site.languages.iter().map(|l| (l.clone(), theme.shared_in(l))).collect();
        Ok(theme)
    }

    fn shared_in(&self, language: &str) -> Vec<(&'static str, Value)> {
        vec![
            ("site", Value::from_serializable(&self.site)),
            ("t", Value::from_serializable(self.words(language))),
            ("paths", Value::from_serializable(&self.paths(language))),
            ("assets", Value::from_serializable(&self.assets.addresses())),
        ]
    }

    /// The static files.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Of templates, words and static files.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Renders a template in a language. `context` is a struct or map; `site`, `lang`, `t`, `paths` (`home`,
    /// `contacts`, `search` in this language; `own`, what is put behind the path of a fixed page), `assets` (name to
    /// address), empty `path`, `section` and `robots`, and `spared` (not) are added.
    pub fn render(&self, template: &str, language: &str, context: &impl Serialize) -> Result<String> {
        let mut all = Context::new();
        match self.shared.get(language) {
            Some(shared) => shared.iter().for_each(|(name, value)| all.insert_value(*name, value.clone())),
            // A letter may be in a language that the site no longer has.
            None => self.shared_in(language).into_iter().for_each(|(name, value)| all.insert_value(name, value)),
        }
        all.insert("lang", language);
        all.insert("path", "");
        all.insert("section", "");
        all.insert("robots", "");
        all.insert("spared", &false);
        all.extend(Context::from_serialize(context).with_context(|| format!("{template}: 文脈が作れません"))?);
        self.tera.render(template, &all).with_context(|| format!("テンプレート {template}"))
    }

    /// Where the frame's links lead in this language.
    fn paths(&self, language: &str) -> BTreeMap<&'static str, String> {
        let own = if language == self.main_language || !self.site.languages.iter().any(|l| l == language) {
            String::new()
        } else {
            format!("{language}/")
        };
        BTreeMap::from([
            ("home", format!("/{own}")),
            ("contacts", format!("/contacts/{own}")),
            ("search", format!("/search/{own}")),
            ("own", own),
        ])
    }

    /// The same for a page whose reader shall not be asked for a week at the next tap: its home is the quiet one, and
    /// so are the numbers.
    pub fn quiet_paths(&self, language: &str) -> BTreeMap<&'static str, String> {
        let mut paths = self.paths(language);
        paths.insert("home", format!("/quiet/{}", paths["own"]));
        paths.insert("contacts", format!("/quiet/contacts/{}", paths["own"]));
        paths
    }

    /// The theme's words in `language`, or in the main language.
    pub fn words(&self, language: &str) -> &Words {
        static NONE: Words = Words::new();
        self.words.get(language).or_else(|| self.words.get(&self.main_language)).unwrap_or(&NONE)
    }
}

fn language_links(languages: &[String], words: &BTreeMap<String, Words>) -> Vec<LanguageLink> {
    let name =
        |code: &str| words.get(code).and_then(|w| w.get("language_name")).cloned().unwrap_or_else(|| code.to_owned());
    let link = |(n, code): (usize, &String)| LanguageLink {
        code: code.clone(),
        tag: if code == "easy" { "ja".to_owned() } else { code.clone() },
        name: name(code),
        path: if n == 0 { "/".to_owned() } else { format!("/{code}/") },
    };
    languages.iter().enumerate().map(link).collect()
}

/// Slugs of `content/pages/*.md`, sorted.
fn pages(config: &Config) -> Vec<String> {
    let files = std::fs::read_dir(config.root.join("content").join("pages")).into_iter().flatten().flatten();
    let mut slugs: Vec<String> = files
        .filter_map(|f| f.file_name().to_str()?.strip_suffix(".md").filter(|s| !s.contains('.')).map(str::to_owned))
        .collect();
    slugs.sort();
    slugs
}

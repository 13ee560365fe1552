//! A site folder in, a `Library` and its problems out.

use super::front::{Draft, World};
use super::kinds::{self, Content};
use super::markdown::{Context, FarAnchor, Kind, Targets, render};
use super::source::{Source, read, read_folder};
use super::{Article, Bulletin, Library, Page, Version, aliases, lists};
use crate::calendar::Date;
use crate::config::Config;
use crate::diag::form::meant;
use crate::diag::{Diagnostics, Place};
use crate::segment::parse::{Known, parse};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How a site folder is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// All dates in the content move by this many days: whole weeks in the sample city, 0 elsewhere.
    pub shift_days: i32,
    /// For reviews and checks that have run out.
    pub today: Date,
}

impl LoadOptions {
    /// As the site is to be read on `today`.
    pub fn on(config: &Config, today: Date) -> Self {
        Self { shift_days: config.shift_days, today }
    }
}

/// Reads `content/` and `segments/` below the root. Whatever is wrong, the library holds all that could be read; drafts are in it.
pub fn load(config: &Config, options: &LoadOptions) -> (Library, Diagnostics) {
    let mut problems = Diagnostics::new();
    let root = config.root.as_path();
    let content = root.join("content");
    let languages = &config.site.languages;
    let main = config.main_language();
    let shift = options.shift_days;

    let list = |name: &str, problems: &mut Diagnostics| read(root, &content.join(name), shift, problems).unwrap_or_default();
    let topics = lists::topics("content/topics.yaml", &list("topics.yaml", &mut problems), &mut problems);
    let people = lists::people("content/people.yaml", &list("people.yaml", &mut problems), &mut problems);
    let contacts = lists::contacts("content/contacts.yaml", &list("contacts.yaml", &mut problems), shift, options.today, &mut problems);

    let known = Known { areas: config.site.areas.iter().map(|a| a.id.clone()).collect(), languages: languages.clone() };
    let rules = read_folder(root, &root.join("segments"), "yaml", languages, shift, &mut problems);
    let segment_ids: Vec<String> = rules.iter().map(|s| s.slug.clone()).collect();
    let segments = rules.iter().filter_map(|s| parse(&s.slug, &s.file, &s.text, &known, &mut problems)).map(|s| (s.id.clone(), s)).collect();

    let world = World { people: &people, topics: &topics, segments: &segment_ids, languages, shift_days: shift, today: options.today };
    let folder = |name: &str, problems: &mut Diagnostics| read_folder(root, &content.join(name), "md", languages, shift, problems);
    let flyer_files = folder("flyers", &mut problems);
    let flyers = flyer_files.iter().filter_map(|s| kinds::flyer(s, &world, &mut problems)).map(|f| (f.id.clone(), f)).collect();
    let articles: Unrendered<Article> = fronts(&folder("articles", &mut problems), main, &world, &mut problems);
    let bulletins: Unrendered<Bulletin> = fronts(&folder("bulletins", &mut problems), main, &world, &mut problems);
    let pages: Unrendered<Page> = fronts(&folder("pages", &mut problems), main, &world, &mut problems);

    let index = Index { articles: articles.names(), bulletins: bulletins.names(), pages: pages.names() };
    let place = Rendering { index: &index, main, content: &content };
    let mut far = Vec::new();
    let articles = place.bodies(articles, &mut far, &mut problems);
    let bulletins = place.bodies(bulletins, &mut far, &mut problems);
    let pages = place.bodies(pages, &mut far, &mut problems);
    let library = Library { articles, bulletins, pages, flyers, people, topics, contacts, segments };
    check_far(&library, main, &far, &mut problems);
    check_codes(&library, &mut problems);
    aliases::check(&library, &mut problems);
    (library, problems)
}

/// A link to a heading of another content, with the file and the language it stands in.
struct Far {
    file: String,
    language: String,
    anchor: FarAnchor,
}

/// Links to headings of other contents lead to headings that are there.
fn check_far(library: &Library, main: &str, far: &[Far], problems: &mut Diagnostics) {
    for Far { file, language, anchor: FarAnchor { kind, slug, anchor, at } } in far {
        let versions = match kind {
            Kind::Article => library.articles.get(slug).map(|a| &a.versions),
            Kind::Bulletin => library.bulletins.get(slug).map(|b| &b.versions),
            Kind::Page => library.pages.get(slug).map(|p| &p.versions),
        };
        let Some(version) = versions.and_then(|v| v.get(language).or_else(|| v.get(main))) else { continue };
        let ids = || version.body.headings.iter().map(|h| h.id.as_str());
        if !ids().any(|id| id == anchor) {
            let hint = meant(anchor, ids()).unwrap_or_else(|| format!("ある見出し: {}", ids().collect::<Vec<_>>().join("、")));
            problems.error(file, *at, format!("{} に `#{anchor}` という見出しはありません", version.file), hint);
        }
    }
}

/// Two flyers with one code could not be told apart by their registrations.
fn check_codes(library: &Library, problems: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for flyer in library.flyers.values() {
        if let Some(other) = seen.insert(&flyer.code, &flyer.file) {
            problems.error(&flyer.file, Place::default(), format!("コード `{}` は {other} と同じです", flyer.code), "`code` を、チラシごとに変えてください");
        }
    }
}

/// Contents of one kind before their bodies are rendered.
struct Unrendered<T> {
    /// By slug.
    contents: BTreeMap<String, T>,
    /// Slug and version, in the files' order.
    drafts: Vec<(String, Draft)>,
    /// Slug and language of every file, readable or not: a link to a broken file is not a second mistake.
    files: Vec<(String, String)>,
}

/// What may be linked of one kind.
#[derive(Default)]
struct Names {
    languages: BTreeMap<String, Vec<String>>,
    drafts: BTreeSet<String>,
}

impl<T: Content> Unrendered<T> {
    fn names(&self) -> Names {
        let mut names = Names::default();
        for (slug, language) in &self.files {
            names.languages.entry(slug.clone()).or_default().push(language.clone());
        }
        names.drafts = self.contents.iter().filter(|(_, c)| c.draft()).map(|(slug, _)| slug.clone()).collect();
        names
    }
}

/// Reads the front matter of all files of a kind.
fn fronts<T: Content>(sources: &[Source], main: &str, world: &World<'_>, problems: &mut Diagnostics) -> Unrendered<T> {
    let read: Vec<_> = sources
        .par_iter()
        .map(|source| {
            let mut problems = Diagnostics::new();
            (kinds::read::<T>(source, main, world, &mut problems), problems)
        })
        .collect();
    let files: Vec<(String, String)> = sources.iter().map(|s| (s.slug.clone(), s.language.clone())).collect();
    let (mut contents, mut drafts) = (BTreeMap::new(), Vec::new());
    for (file, found) in read {
        problems.extend(found);
        let Some(file) = file else { continue };
        if let Some(content) = file.content {
            contents.insert(file.slug.clone(), content);
        } else if !files.contains(&(file.slug.clone(), main.to_owned())) {
            problems.error(&file.draft.version.file, Place::default(), format!("{}.md がありません", file.slug), format!("もとになる{}を先に作ってください", T::TITLE));
        }
        drafts.push((file.slug, file.draft));
    }
    Unrendered { contents, drafts, files }
}

struct Rendering<'a> {
    index: &'a Index,
    main: &'a str,
    content: &'a Path,
}

impl Rendering<'_> {
    /// Renders the bodies and puts them into their contents.
    fn bodies<T: Content + Sync>(&self, unrendered: Unrendered<T>, far: &mut Vec<Far>, problems: &mut Diagnostics) -> BTreeMap<String, T> {
        let Unrendered { mut contents, drafts, .. } = unrendered;
        let rendered: Vec<(String, Version, Vec<FarAnchor>, Diagnostics)> = drafts
            .into_par_iter()
            .map(|(slug, Draft { mut version, body_line })| {
                let mut problems = Diagnostics::new();
                let context = Context {
                    file: &version.file,
                    first_line: body_line,
                    language: &version.language,
                    main_language: self.main,
                    targets: self.index,
                    content_dir: Some(self.content),
                    id_prefix: "",
                    draft: contents.get(&slug).is_some_and(Content::draft),
                    untrusted: false,
                };
                let (body, far) = render(&version.markdown, &context, &mut problems);
                version.body = body;
                (slug, version, far, problems)
            })
            .collect();
        for (slug, version, anchors, found) in rendered {
            problems.extend(found);
            far.extend(anchors.into_iter().map(|anchor| Far { file: version.file.clone(), language: version.language.clone(), anchor }));
            if let Some(content) = contents.get_mut(&slug) {
                content.versions().insert(version.language.clone(), version);
            }
        }
        contents
    }
}

/// What may be linked, by kind.
struct Index {
    articles: Names,
    bulletins: Names,
    pages: Names,
}

impl Index {
    fn of(&self, kind: Kind) -> &Names {
        match kind {
            Kind::Article => &self.articles,
            Kind::Bulletin => &self.bulletins,
            Kind::Page => &self.pages,
        }
    }
}

impl Targets for Index {
    fn languages(&self, kind: Kind, slug: &str) -> Option<Vec<&str>> {
        self.of(kind).languages.get(slug).map(|l| l.iter().map(String::as_str).collect())
    }
    fn slugs(&self, kind: Kind) -> Vec<&str> {
        self.of(kind).languages.keys().map(String::as_str).collect()
    }
    fn is_draft(&self, kind: Kind, slug: &str) -> bool {
        self.of(kind).drafts.contains(slug)
    }
}

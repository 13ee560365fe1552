//! What may be linked in, what a link finds out; recorded, so that it is known when it would find something else.

use super::again::markdown_of;
use super::folder::Folder;
use super::kinds::Content;
use super::shelf::Front;
use super::shelf::{Kept, Looked, Row};
use super::{Article, Bulletin, Credits, Library, Page, Triage};
use crate::markdown::Glossary;
use crate::markdown::{Context, Kind, Targets};
use crate::stamp::{Digest, Digester, Stamp};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What may be linked, by kind.
#[derive(Debug, Default)]
pub(super) struct Names {
    articles: OfKind,
    bulletins: OfKind,
    pages: OfKind,
}

/// What may be linked of one kind.
#[derive(Debug, Default)]
struct OfKind {
    /// By slug, of every file, readable or not: a link to a broken file is not a second mistake.
    languages: BTreeMap<String, Vec<String>>,
    drafts: HashSet<String>,
}

impl OfKind {
    fn of<T: Content>(row: &Row<T>) -> Self {
        let mut files: Vec<_> = row.values().collect();
        files.sort_by(|a, b| a.slug.cmp(&b.slug));
        let of_one =
            |files: &[&Kept<T>]| (files[0].slug.clone(), files.iter().map(|kept| kept.language.clone()).collect());
        Self {
            languages: files.chunk_by(|a, b| a.slug == b.slug).map(of_one).collect(),
            drafts: files.iter().filter(|kept| kept.is_draft()).map(|kept| kept.slug.clone()).collect(),
        }
    }
    fn digested(digester: Digester, names: &Self) -> Digester {
        let add = |digester: Digester, (slug, languages): (&String, &Vec<String>)| {
            let digester =
                digester.part(slug).number(u64::from(names.drafts.contains(slug))).number(languages.len() as u64);
            languages.iter().fold(digester, Digester::part)
        };
        names.languages.iter().fold(digester.number(names.languages.len() as u64), add)
    }
}

impl Names {
    pub(super) fn of(articles: &Row<Article>, bulletins: &Row<Bulletin>, pages: &Row<Page>) -> Self {
        Self { articles: OfKind::of(articles), bulletins: OfKind::of(bulletins), pages: OfKind::of(pages) }
    }
    /// Of all of them: as long as it is the same, no link finds anything else.
    pub(super) fn digest(&self) -> Digest {
        let kinds = [&self.articles, &self.bulletins, &self.pages].into_iter();
        kinds.fold(Digester::default(), OfKind::digested).end()
    }
    fn kind(&self, kind: Kind) -> &OfKind {
        match kind {
            Kind::Article => &self.articles,
            Kind::Bulletin => &self.bulletins,
            Kind::Page => &self.pages,
        }
    }
}

impl Targets for Names {
    fn languages(&self, kind: Kind, slug: &str) -> Option<Vec<&str>> {
        self.kind(kind).languages.get(slug).map(|l| l.iter().map(String::as_str).collect())
    }
    fn slugs(&self, kind: Kind) -> Vec<&str> {
        self.kind(kind).languages.keys().map(String::as_str).collect()
    }
    fn is_draft(&self, kind: Kind, slug: &str) -> bool {
        self.kind(kind).drafts.contains(slug)
    }
}

impl Targets for Library {
    fn languages(&self, kind: Kind, slug: &str) -> Option<Vec<&str>> {
        let versions = match kind {
            Kind::Article => &self.articles.get(slug)?.versions,
            Kind::Bulletin => &self.bulletins.get(slug)?.versions,
            Kind::Page => &self.pages.get(slug)?.versions,
        };
        Some(versions.keys().map(String::as_str).collect())
    }
    fn slugs(&self, kind: Kind) -> Vec<&str> {
        match kind {
            Kind::Article => self.articles.keys().map(String::as_str).collect(),
            Kind::Bulletin => self.bulletins.keys().map(String::as_str).collect(),
            Kind::Page => self.pages.keys().map(String::as_str).collect(),
        }
    }
    fn is_draft(&self, kind: Kind, slug: &str) -> bool {
        match kind {
            Kind::Article => self.articles.get(slug).is_some_and(|a| a.draft),
            Kind::Bulletin => self.bulletins.get(slug).is_some_and(|b| b.draft),
            Kind::Page => false,
        }
    }
}

/// What a body is about, for the explanation of words.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    title: String,
    topics: Vec<String>,
    explained: bool,
}

impl Subject {
    /// Of a file's front matter. Only the main language's file has topics, and only there words are explained.
    pub(super) fn of<T: Content>(front: &Front<T>) -> Self {
        let topics = front.content.as_ref().map_or_else(Vec::new, |c| c.topics().to_vec());
        Self { title: front.version.title.clone(), topics, explained: T::EXPLAINED }
    }
}

/// The folder that a library was read from, with all that its bodies are rendered with when they are asked for.
#[derive(Debug, Default)]
pub(super) struct BodySource {
    folder: Arc<Folder>,
    content: PathBuf,
    main: String,
    shift_days: i32,
    pub(super) names: Names,
    glossary: Glossary,
    /// Of the glossary, whose words stand on every page.
    pub(super) words: Digest,
    credits: Credits,
    triage: Triage,
}

impl BodySource {
    pub(super) fn new(
        root: &Path,
        main: &str,
        shift_days: i32,
        names: Names,
        glossary: Glossary,
        credits: Credits,
        triage: Triage,
    ) -> Self {
        Self {
            folder: Arc::new(Folder::new(root)),
            content: root.join("content"),
            main: main.to_owned(),
            shift_days,
            names,
            words: Digest::of_json(&glossary.terms()),
            glossary,
            credits,
            triage,
        }
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Arc<Folder> {
        &self.folder
    }

    /// How a body of a file is rendered; no draft.
    pub(super) fn context<'a>(
        &'a self,
        file: &'a str,
        language: &'a str,
        first_line: u32,
        subject: &'a Subject,
        targets: &'a dyn Targets,
    ) -> Context<'a> {
        let content_dir = Some(self.content.as_path());
        // The explanations are in the main language; the easy version explains in its own words.
        let glossary = Some(&self.glossary).filter(|g| subject.explained && !g.is_empty() && language == self.main);
        Context {
            file,
            first_line,
            language,
            main_language: &self.main,
            targets,
            content_dir,
            id_prefix: "",
            draft: false,
            untrusted: false,
            glossary,
            title: &subject.title,
            credited: Some(&self.credits),
            topics: &subject.topics,
        }
    }

    /// A file's body, read again. If the file is not what it was, that is remembered.
    pub(super) fn markdown(&self, file: &str, language: &str, digest: Digest) -> String {
        let read = markdown_of(self.folder.root(), file, language, &self.triage, self.shift_days);
        if read.as_ref().is_none_or(|(_, now)| *now != digest) {
            self.folder.has_moved(file);
        }
        read.map(|(markdown, _)| markdown).unwrap_or_default()
    }

    /// Of what is found now where a body looked.
    pub(super) fn answers(&self, looked: &Looked, draft: bool) -> Digest {
        let mut digester = Digester::default().number(u64::from(draft));
        for (kind, slug) in &looked.names {
            digester = digester.part(slug).number(u64::from(self.names.is_draft(*kind, slug)));
            for language in self.names.kind(*kind).languages.get(slug).into_iter().flatten() {
                digester = digester.part(language);
            }
        }
        for picture in &looked.pictures {
            digester = digester.digest(Digest::of_json(&Stamp::of(&self.content.join(picture))));
        }
        if looked.all {
            let every = [&self.names.articles, &self.names.bulletins, &self.names.pages]
                .into_iter()
                .flat_map(|k| k.languages.keys());
            digester = every.fold(digester, Digester::part);
        }
        digester.end()
    }
}

/// Writes down where a body looks.
pub(super) struct Recorder<'a> {
    names: &'a Names,
    looked: Mutex<Looked>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(source: &'a BodySource) -> Self {
        Self { names: &source.names, looked: Mutex::default() }
    }
    pub(super) fn looked(self) -> Looked {
        self.looked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
    fn note(&self, note: impl FnOnce(&mut Looked)) {
        note(&mut self.looked.lock().unwrap_or_else(PoisonError::into_inner));
    }
    fn name(&self, kind: Kind, slug: &str) {
        self.note(|looked| {
            if !looked.names.iter().any(|(k, s)| *k == kind && s == slug) {
                looked.names.push((kind, slug.to_owned()));
            }
        });
    }
}

impl Targets for Recorder<'_> {
    fn languages(&self, kind: Kind, slug: &str) -> Option<Vec<&str>> {
        self.name(kind, slug);
        self.names.languages(kind, slug)
    }
    fn slugs(&self, kind: Kind) -> Vec<&str> {
        self.note(|looked| looked.all = true);
        self.names.slugs(kind)
    }
    fn is_draft(&self, kind: Kind, slug: &str) -> bool {
        self.name(kind, slug);
        self.names.is_draft(kind, slug)
    }
    fn picture(&self, path: &str) {
        self.note(|looked| looked.pictures.push(path.to_owned()));
    }
}

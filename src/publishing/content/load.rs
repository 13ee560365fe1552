//! A site folder in, a `Library` and its problems out; with a [`Shelf`], only what changed is read.

mod across;
mod bodies;
mod fronts;

use super::day::Day;
use super::front::World;
use super::kinds::{self, Content};
use super::names::{BodySource, Names};
use super::sample::is_sample_city;
use super::shelf::{Kept, Row, Shelf};
use super::source::{names, read, read_folder};
use super::triage::{self, Triage};
use super::{Library, Version, aliases, lists, reserved};
use crate::calendar::Date;
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Place};
use crate::segment::parse::{Known, parse};
use crate::stamp::{Digest, Digester, Stamp};
use across::{check_codes, check_far, check_originals, far_of};
use bodies::Bodies;
use fronts::Fronts;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

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

/// Reads `content/` and `segments/` below the root. Whatever is wrong, the library holds all that could be read; drafts
/// are in it.
pub fn load(config: &Config, options: &LoadOptions) -> (Library, Diagnostics) {
    Shelf::default().load(config, options)
}

/// Lists that stand beside the folders of `content/`.
const LISTS: [&str; 8] = [
    "topics.yaml",
    "people.yaml",
    "contacts.yaml",
    "glossary.yaml",
    "brands.yaml",
    "images/credits.yaml",
    "triage.yaml",
    "search.yaml",
];

impl Shelf {
    /// Reads `content/` and `segments/` as [`load`] does, but only what is not as it was. Bodies of files that are as
    /// they were for another process are rendered when they are asked for.
    pub fn load(&mut self, config: &Config, options: &LoadOptions) -> (Library, Diagnostics) {
        let mut problems = Diagnostics::new();
        let root = config.root.as_path();
        let content = root.join("content");
        let languages = &config.site.languages;
        let main = config.main_language();
        let shift = options.shift_days;
        let now = self.moment();

        let texts: Vec<String> = LISTS
            .iter()
            .map(|name| read(root, &content.join(name), shift, &mut problems).unwrap_or_default())
            .collect();
        let [topics, people, contacts, glossary, brands, credits, limits, asked] = texts.as_slice() else {
            unreachable!("eight lists")
        };
        let (topics, people) = (
            lists::topics("content/topics.yaml", topics, &mut problems),
            lists::people("content/people.yaml", people, &mut problems),
        );
        let glossary = super::glossary::glossary("content/glossary.yaml", glossary, main, &topics, &mut problems);
        let brands = super::brands::brands("content/brands.yaml", brands, &mut problems);
        let credits = super::credits::credits("content/images/credits.yaml", credits, &content, &mut problems);
        let asked = super::asked::asked(asked, &mut problems);
        let contacts = lists::contacts("content/contacts.yaml", contacts, shift, options.today, &mut problems);

        let known =
            Known { areas: config.site.areas.iter().map(|a| a.id.clone()).collect(), languages: languages.clone() };
        let rules = read_folder(root, &root.join("segments"), "yaml", languages, shift, &mut problems);
        let segment_ids: Vec<String> = rules.iter().map(|s| s.slug.clone()).collect();
        let segments = rules
            .iter()
            .filter_map(|s| parse(&s.slug, &s.file, &s.text, &known, &mut problems))
            .map(|s| (s.id.clone(), s))
            .collect();

        let day = Day::new(options.today);
        let world = World {
            people: &people,
            topics: &topics,
            segments: &segment_ids,
            languages,
            triage: Triage::built_in(),
            shift_days: shift,
            sample_city: is_sample_city(config),
            day: &day,
        };
        let triage = if content.join("triage.yaml").exists() {
            Triage::read(triage::FILE, limits, Some(&world.reviewers()), &mut problems)
        } else {
            Triage::built_in().clone()
        };
        let world = World { triage: &triage, ..world };
        let flyer_files = read_folder(root, &content.join("flyers"), "md", languages, shift, &mut problems);
        let flyers = flyer_files
            .iter()
            .filter_map(|s| kinds::flyer(s, &world, &mut problems))
            .map(|f| (f.id.clone(), f))
            .collect();

        let digest = world_digest(config, options, &texts, &segment_ids);
        if self.world != digest {
            *self = Self { world: digest, changed: true, file: self.file.take(), ..Self::default() };
        }
        let fronts = Fronts { root, main, world, today: options.today, now };
        let mut found = |name: &str| names(root, &content.join(name), "md", languages, &mut problems);
        let (articles, bulletins, pages) = (found("articles"), found("bulletins"), found("pages"));
        self.changed |= fronts.refresh(&mut self.articles, articles);
        self.changed |= fronts.refresh(&mut self.bulletins, bulletins);
        self.changed |= fronts.refresh(&mut self.pages, pages);

        let nothing =
            self.articles.is_empty() && self.bulletins.is_empty() && self.pages.is_empty() && flyer_files.is_empty();
        if nothing && !problems.has_errors() {
            let (message, hint) = match std::fs::metadata(&content) {
                Ok(data) if data.is_dir() => (
                    "記事もページも、1つもありません".to_owned(),
                    "フォルダがつながっているか（マウント）、--root が合っているかを確かめてください",
                ),
                Ok(_) => ("フォルダではありません".to_owned(), "記事のフォルダに直してください"),
                Err(error) => {
                    (format!("読めません（{error}）"), "フォルダの場所と権限、--root が合っているかを確かめてください")
                }
            };
            problems.error("content", Place::default(), message, hint);
        }

        let names = Names::of(&self.articles, &self.bulletins, &self.pages);
        let of_names = names.digest();
        let same_names = std::mem::replace(&mut self.names, of_names) == of_names;
        let bodies = Bodies {
            body_source: Arc::new(BodySource::new(
                root,
                main,
                shift,
                names,
                glossary.clone(),
                credits.clone(),
                triage.clone(),
            )),
            same_names,
        };
        self.changed |= bodies.refresh(&mut self.articles);
        self.changed |= bodies.refresh(&mut self.bulletins);
        self.changed |= bodies.refresh(&mut self.pages);

        let last = std::mem::take(&mut self.last);
        let mut library = Library {
            articles: assemble(&mut self.articles, last.articles, main, &bodies, &mut problems),
            bulletins: assemble(&mut self.bulletins, last.bulletins, main, &bodies, &mut problems),
            pages: assemble(&mut self.pages, last.pages, main, &bodies, &mut problems),
            flyers,
            people,
            topics,
            contacts,
            glossary,
            brands,
            asked,
            triage,
            credits,
            segments,
            world: digest,
            folder: bodies.body_source.folder().clone(),
        };
        for row in [far_of(&self.articles), far_of(&self.bulletins), far_of(&self.pages)] {
            check_far(&library, main, &row, &mut problems);
        }
        check_codes(&library, &mut problems);
        super::opens::find(&mut library, config, options.today, &mut problems);
        check_originals(&library, main, &mut problems);
        aliases::check(&library, &mut problems);
        reserved::check(&library, languages, config.site.handouts, &mut problems);
        super::asked::check(&library, &mut problems);
        let problems = self.as_written(&library.triage, root, problems);
        self.last = library.clone();
        (library, problems)
    }
}

impl Shelf {
    /// With the columns of the files, where gaps were filled before the diagnostics were found.
    fn as_written(&self, triage: &Triage, root: &Path, problems: Diagnostics) -> Diagnostics {
        let with_gaps =
            |(file, slug, language): (&String, bool, &String)| slug.then(|| (file.clone(), language.clone()));
        let all = self
            .articles
            .iter()
            .map(|(f, k)| (f, k.gaps, &k.language))
            .chain(self.bulletins.iter().map(|(f, k)| (f, k.gaps, &k.language)));
        let all = all.chain(self.pages.iter().map(|(f, k)| (f, k.gaps, &k.language)));
        let languages: HashMap<String, String> = all.filter_map(with_gaps).collect();
        triage.as_written(root, problems, |file| languages.get(file).map(String::as_str))
    }
}

/// All that a file is read with, beside itself.
fn world_digest(config: &Config, options: &LoadOptions, lists: &[String], segments: &[String]) -> Digest {
    // Another build of the program may read otherwise.
    let program = std::env::current_exe().ok().and_then(|exe| Stamp::of(&exe));
    let settings = std::fs::read(config.root.join("otayori.yaml")).unwrap_or_default();
    let digester =
        Digester::default().digest(Digest::of_json(&(program, options.shift_days, &config.site.languages, segments)));
    lists.iter().fold(digester.part(settings), Digester::part).end()
}

/// Puts the versions into their contents; what nothing touched is the last library's.
fn assemble<T: Content>(
    row: &mut Row<T>,
    last: BTreeMap<String, Arc<T>>,
    main: &str,
    bodies: &Bodies,
    problems: &mut Diagnostics,
) -> BTreeMap<String, Arc<T>> {
    tell(row, main, problems);
    let mut done = untouched(row, last);
    let drafts: HashSet<String> = row.values().filter(|k| k.is_draft()).map(|k| k.slug.clone()).collect();
    let new: Vec<(&String, &mut Kept<T>)> = row.iter_mut().filter(|(_, kept)| !done.contains_key(&kept.slug)).collect();
    let new = new.into_par_iter().filter_map(|(file, kept)| {
        bodies.late(file, kept, drafts.contains(&kept.slug));
        let front = kept.front.as_ref()?;
        Some((&kept.slug, front.content.clone().map(Arc::new), front.version.clone()))
    });
    let mut contents: HashMap<&String, Arc<T>> = HashMap::new();
    let mut versions: Vec<(&String, Arc<Version>)> = Vec::new();
    for (slug, content, version) in new.collect::<Vec<_>>() {
        versions.push((slug, version));
        contents.extend(content.map(|content| (slug, content)));
    }
    for (slug, version) in versions {
        if let Some(content) = contents.get_mut(slug).and_then(Arc::get_mut) {
            content.versions().insert(version.language.clone(), version);
        }
    }
    done.extend(contents.into_iter().map(|(slug, content)| (slug.clone(), content)).collect::<BTreeMap<_, _>>());
    done
}

/// What was found in the files.
fn tell<T: Content>(row: &Row<T>, main: &str, problems: &mut Diagnostics) {
    let originals: HashSet<&str> = row.values().filter(|k| k.language == main).map(|k| k.slug.as_str()).collect();
    for (file, kept) in row {
        let inside = kept.inside.iter().flat_map(|i| &i.problems);
        let found: Vec<Diagnostic> = kept.problems.iter().chain(inside).cloned().collect();
        if !found.is_empty() {
            problems.extend(found.into());
        }
        if kept.front.is_some() && !originals.contains(kept.slug.as_str()) {
            problems.error(
                file,
                Place::default(),
                format!("{}.md がありません", kept.slug),
                format!("もとになる{}を先に作ってください", T::TITLE),
            );
        }
    }
}

/// Of the last library, what is still there and as it was.
fn untouched<T: Content>(row: &Row<T>, mut last: BTreeMap<String, Arc<T>>) -> BTreeMap<String, Arc<T>> {
    if !last.is_empty() {
        let (mut there, mut touched) = (HashSet::with_capacity(row.len()), HashSet::new());
        for kept in row.values() {
            there.insert(kept.slug.as_str());
            if kept.touched {
                touched.insert(kept.slug.as_str());
            }
        }
        last.retain(|slug, _| there.contains(slug.as_str()) && !touched.contains(slug.as_str()));
    }
    last
}

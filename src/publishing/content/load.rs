//! A site folder in, a `Library` and its problems out; with a [`Shelf`], only what changed is read.

use super::body::Body;
use super::day::Day;
use super::front::{Draft, World};
use super::kinds::{self, Content};
use super::marks::Changes;
use super::names::{BodySource, Names, Recorder, Subject};
use super::sample::is_sample_city;
use super::seen::Shown;
use super::shelf::{Front, Inside, Kept, Row, Shelf};
use super::source::{Named, Source, names, read, read_folder};
use super::triage::{self, Triage};
use super::{Library, ReviewedText, Version, aliases, lists, reserved};
use crate::calendar::Date;
use crate::config::Config;
use crate::diag::form::meant;
use crate::diag::{Diagnostic, Diagnostics, Place};
use crate::markdown::{Context, FarAnchor, Kind, Rendered, render};
use crate::segment::parse::{Known, parse};
use crate::stamp::{Digest, Digester, Stamp};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

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

/// A link to a heading of another content, with the file and the language it stands in.
struct Far<'a> {
    file: &'a str,
    language: &'a str,
    anchor: &'a FarAnchor,
}

fn far_of<T>(row: &Row<T>) -> Vec<Far<'_>> {
    row.iter()
        .flat_map(|(file, kept)| {
            let anchors = kept.inside.as_ref().map(|i| i.far.as_slice()).unwrap_or_default();
            anchors.iter().map(move |anchor| Far { file, language: &kept.language, anchor })
        })
        .collect()
}

/// Links to headings of other contents lead to headings that are there.
fn check_far(library: &Library, main: &str, far: &[Far<'_>], problems: &mut Diagnostics) {
    for Far { file, language, anchor: FarAnchor { kind, slug, anchor, at } } in far {
        let versions = match kind {
            Kind::Article => library.articles.get(slug).map(|a| &a.versions),
            Kind::Bulletin => library.bulletins.get(slug).map(|b| &b.versions),
            Kind::Page => library.pages.get(slug).map(|p| &p.versions),
        };
        let Some(version) = versions.and_then(|v| v.get(*language).or_else(|| v.get(main))) else { continue };
        if !version.anchors.contains(anchor) {
            let ids = || version.anchors.iter().map(String::as_str);
            let hint = meant(anchor, ids()).unwrap_or_else(|| format!("ある見出し: {}", version.anchors.join("、")));
            problems.error(file, *at, format!("{} に `#{anchor}` という見出しはありません", version.file), hint);
        }
    }
}

/// Where the reviewed text of the main language has changed, its translations say what it said before.
fn check_originals(library: &Library, main: &str, problems: &mut Diagnostics) {
    let articles = library.articles.values().map(|a| &a.versions);
    for versions in articles.chain(library.pages.values().map(|p| &p.versions)) {
        let changed = |v: &Version| v.review.as_ref().is_some_and(|r| r.text == ReviewedText::Changed);
        let Some(original) = versions.get(main).filter(|v| changed(v)) else { continue };
        // Other weeks are no other text, but hold for every version (`letter::rules`).
        let only_weeks =
            original.review.as_ref().is_some_and(|r| r.changes == Changes { windows: true, ..Changes::default() });
        let (message, hint) = if only_weeks {
            (
                "もとの版の `for`（届ける時期）が、監修のあとで変わっています",
                "もとの版が監修されるまで、この版も、おたよりでは送りません",
            )
        } else {
            (
                "もとの文が、監修のあとで変わっています。この版は、前の文のままです",
                "薬の量や受診の目安が食いちがわないよう、この版も合わせて直し、監修者に見直してもらってください",
            )
        };
        for version in versions.values().filter(|v| v.language != main && v.review.is_some() && !changed(v)) {
            problems.warning(&version.file, Place::default(), format!("{message}（{}）", original.file), hint);
        }
    }
}

/// Two flyers with one code could not be told apart by their registrations.
fn check_codes(library: &Library, problems: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for flyer in library.flyers.values() {
        if let Some(other) = seen.insert(&flyer.code, &flyer.file) {
            problems.error(
                &flyer.file,
                Place::default(),
                format!("コード `{}` は {other} と同じです", flyer.code),
                "`code` を、チラシごとに変えてください",
            );
        }
    }
}

/// Reads front matter.
struct Fronts<'a> {
    root: &'a Path,
    main: &'a str,
    /// For every file with a day of its own.
    world: World<'a>,
    today: Date,
    /// By the file system's clock, before anything was read.
    now: SystemTime,
}

impl Fronts<'_> {
    /// Makes `row` what is in the folder. Was anything else in it?
    fn refresh<T: Content>(&self, row: &mut Row<T>, found: Vec<Named>) -> bool {
        let (mut gone, mut other) = (Vec::new(), Vec::new());
        let mut rows = row.iter_mut().peekable();
        // Both in the order of their paths.
        for named in found {
            while let Some((file, kept)) = rows.next_if(|(file, _)| **file < named.file) {
                gone.push((file.clone(), kept.slug.clone()));
            }
            match rows.next_if(|(file, _)| **file == named.file) {
                Some((_, kept)) if kept.stamp == named.stamp && kept.settled && kept.days.has(self.today) => {
                    kept.touched = false
                }
                _ => other.push(named),
            }
        }
        gone.extend(rows.map(|(file, kept)| (file.clone(), kept.slug.clone())));
        let changed = !gone.is_empty() || !other.is_empty();
        gone.iter().for_each(|(file, _)| drop(row.remove(file)));
        let other: Vec<_> = other.into_iter().map(|named| (row.remove(&named.file), named)).collect();
        row.extend(other.into_par_iter().map(|(before, named)| self.read(named, before)).collect::<Vec<_>>());
        if !gone.is_empty() {
            // Of those that are gone, the other versions of the same content are no longer the last library's.
            let slugs: HashSet<&str> = gone.iter().map(|(_, slug)| slug.as_str()).collect();
            row.values_mut().filter(|kept| slugs.contains(kept.slug.as_str())).for_each(|kept| kept.touched = true);
        }
        changed
    }

    fn read<T: Content>(&self, named: Named, before: Option<Kept<T>>) -> (String, Kept<T>) {
        let Named { path, file, slug, language, stamp } = named;
        let settled = stamp.settled(self.now);
        let mut problems = Diagnostics::new();
        let text = read(self.root, &path, self.world.shift_days, &mut problems);
        let gaps = text.as_ref().is_some_and(|text| triage::has_gaps(text));
        let text = text.map(|text| {
            let (filled, unknown) = self.world.triage.filled(&text, &language);
            // Their columns are those of the file already: a gap that names nothing stays as it is.
            unknown.iter().for_each(|gap| gap.tell(&file, self.world.triage, &mut problems));
            filled
        });
        let digest = text.as_ref().map_or(Digest::default(), Digest::of);
        let day = Day::new(self.today);
        let world = World { day: &day, ..self.world };
        let front = text.and_then(|text| {
            let source = Source { file: file.clone(), slug: slug.clone(), language: language.clone(), text };
            let read = kinds::read::<T>(&source, self.main, &world, &mut problems)?;
            let Draft { version, markdown, body_line, reviewed } = read.draft;
            Some(Front {
                content: read.content,
                version: version.into(),
                body_line,
                reviewed,
                markdown: Some(markdown),
            })
        });
        let (days, problems) = (day.asked(), problems.into_found());
        match before.filter(|k| k.digest == digest && k.front.is_some() == front.is_some()) {
            // The text is the same; only its times and what the day finds in it are new.
            Some(kept) => (file, Kept { stamp, settled, gaps, days, problems, touched: false, ..kept }),
            None => (
                file,
                Kept {
                    slug,
                    language,
                    stamp,
                    settled,
                    gaps,
                    digest,
                    days,
                    front,
                    problems,
                    inside: None,
                    touched: true,
                },
            ),
        }
    }
}

/// Renders bodies.
struct Bodies {
    body_source: Arc<BodySource>,
    /// Every name that could be linked is as it was when the bodies were last looked at.
    same_names: bool,
}

impl Bodies {
    /// Renders what was read anew, and what has links that find something else than they did. Was there any?
    fn refresh<T: Content>(&self, row: &mut Row<T>) -> bool {
        let drafts: HashSet<String> = row.values().filter(|k| k.is_draft()).map(|k| k.slug.clone()).collect();
        let rendered: Vec<bool> = row
            .par_iter_mut()
            .map(|(file, kept)| {
                let draft = drafts.contains(&kept.slug);
                let stale = kept.inside.as_ref().is_none_or(|inside| {
                    let may_differ = !self.same_names || !inside.looked.pictures.is_empty();
                    may_differ && self.body_source.answers(&inside.looked, draft) != inside.answers
                });
                if stale {
                    self.render(file, kept, draft);
                }
                stale
            })
            .collect();
        rendered.contains(&true)
    }

    fn render<T: Content>(&self, file: &str, kept: &mut Kept<T>, draft: bool) {
        let Some(front) = &mut kept.front else {
            // Nothing to render; nothing that could change it but the file.
            kept.inside = Some(Inside {
                looked: Default::default(),
                answers: self.body_source.answers(&Default::default(), draft),
                far: Vec::new(),
                problems: Vec::new(),
            });
            return;
        };
        let markdown =
            front.markdown.take().unwrap_or_else(|| self.body_source.markdown(file, &kept.language, kept.digest));
        let recorder = Recorder::new(&self.body_source);
        let mut problems = Diagnostics::new();
        let subject = Subject::of(front);
        let context =
            Context { draft, ..self.body_source.context(file, &kept.language, front.body_line, &subject, &recorder) };
        let (rendered, far) = render(&markdown, &context, &mut problems);
        let looked = recorder.looked();
        let answers = self.body_source.answers(&looked, draft);
        let version = Arc::make_mut(&mut front.version);
        (version.minutes, version.images) = (rendered.minutes, rendered.images.clone());
        if let (Some(review), Some(reviewed)) = (&mut version.review, &front.reviewed) {
            let shown = Shown { pictures: &rendered.images, markdown: &markdown, body_line: front.body_line };
            reviewed.pictures(&shown, &self.body_source, file, review, &mut problems);
        }
        version.anchors = rendered.headings.iter().map(|h| h.id.clone()).collect();
        version.digest = Digester::default().digest(kept.digest).digest(answers).digest(self.body_source.words).end();
        version.body = Rendered { markdown, ..rendered }.into();
        kept.inside = Some(Inside { looked, answers, far, problems: problems.into_found() });
        kept.touched = true;
    }

    /// A body that was rendered in an earlier process, or nothing to do.
    fn late<T: Content>(&self, file: &str, kept: &mut Kept<T>, draft: bool) {
        let (source, language, digest) = (self.body_source.clone(), kept.language.clone(), kept.digest);
        let Some(front) = &mut kept.front else { return };
        if front.version.body.is_there() {
            return;
        }
        let (file, line, subject) = (file.to_owned(), front.body_line, Subject::of(front));
        Arc::make_mut(&mut front.version).body = Body::later(move || {
            let markdown = source.markdown(&file, &language, digest);
            let context = Context { draft, ..source.context(&file, &language, line, &subject, &source.names) };
            let (rendered, _) = render(&markdown, &context, &mut Diagnostics::new());
            Rendered { markdown, ..rendered }
        });
    }
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

//! A build of what changed is, byte by byte, a build of everything: random edits, additions, removals and renamings of
//! a small city.

use otayori::calendar::{Date, date, plus_days};
use otayori::config::Config;
use otayori::content::{LoadOptions, Shelf};
use otayori::press::Press;
use otayori::site::{Edition, Theme};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const DAY: Date = date(2026, 11, 24);
const TOPICS: [&str; 3] = ["からだ", "こころ", "ごはん"];

/// One thing that somebody does to the folder.
#[derive(Debug, Clone)]
enum Deed {
    Text {
        article: usize,
        text: String,
    },
    Title {
        article: usize,
        title: String,
    },
    Topics {
        article: usize,
        topics: Vec<usize>,
    },
    Window {
        article: usize,
        week: usize,
    },
    Draft {
        article: usize,
    },
    /// It is chosen before others.
    Essential {
        article: usize,
    },
    /// Another one wrote or reviewed it.
    By {
        article: usize,
        wrote: bool,
    },
    Link {
        article: usize,
        to: usize,
    },
    Add {
        article: usize,
    },
    Remove {
        article: usize,
    },
    Rename {
        article: usize,
        to: usize,
    },
    Translate {
        article: usize,
    },
    Touch {
        article: usize,
    },
    Bulletin {
        title: String,
        shown: bool,
    },
    /// A fixed page: the night's, or another.
    Page {
        title: String,
        night: bool,
        there: bool,
    },
    /// The glossary explains otherwise.
    Words {
        meaning: String,
    },
    Person {
        name: String,
    },
    TopicTitle {
        title: String,
    },
    Word {
        word: String,
    },
    Static {
        text: String,
    },
    /// The theme that extends the other has a colour of its own.
    Own {
        text: String,
    },
    /// It has a template of its own, or no longer.
    Template {
        own: bool,
    },
    /// It extends the other one or something else in between.
    Between {
        there: bool,
    },
    LoseOutput {
        file: usize,
    },
    /// The next build is of another day.
    Day {
        days: i32,
    },
}

fn deeds() -> impl Strategy<Value = Deed> {
    let (article, word) = (0usize..9, "[あ-んアイウ熱水咳]{1,6}");
    let one = prop_oneof![
        4 => (article.clone(), word).prop_map(|(article, text)| Deed::Text { article, text }),
        3 => (article.clone(), word).prop_map(|(article, title)| Deed::Title { article, title }),
        2 => (article.clone(), proptest::collection::vec(0usize..3, 1..3)).prop_map(|(article,
            topics)| Deed::Topics { article, topics }),
        2 => (article.clone(), 4usize..40).prop_map(|(article, week)| Deed::Window { article, week }),
        2 => article.clone().prop_map(|article| Deed::Draft { article }),
        2 => article.clone().prop_map(|article| Deed::Essential { article }),
        2 => (article.clone(), any::<bool>()).prop_map(|(article, wrote)| Deed::By { article, wrote }),
        2 => (article.clone(), 0usize..9).prop_map(|(article, to)| Deed::Link { article, to }),
        3 => article.clone().prop_map(|article| Deed::Add { article }),
        3 => article.clone().prop_map(|article| Deed::Remove { article }),
        2 => (article.clone(), 0usize..9).prop_map(|(article, to)| Deed::Rename { article, to }),
        2 => article.clone().prop_map(|article| Deed::Translate { article }),
    ];
    let other = prop_oneof![
        article.prop_map(|article| Deed::Touch { article }),
        (word, any::<bool>()).prop_map(|(title, shown)| Deed::Bulletin { title, shown }),
        (word, any::<bool>(), any::<bool>()).prop_map(|(title, night, there)| Deed::Page { title, night, there }),
        word.prop_map(|meaning| Deed::Words { meaning }),
        word.prop_map(|name| Deed::Person { name }),
        word.prop_map(|title| Deed::TopicTitle { title }),
        word.prop_map(|word| Deed::Word { word }),
        "[a-z]{1,5}".prop_map(|text| Deed::Static { text }),
        "[a-z]{1,5}".prop_map(|text| Deed::Own { text }),
        any::<bool>().prop_map(|own| Deed::Template { own }),
        any::<bool>().prop_map(|there| Deed::Between { there }),
        (0usize..200).prop_map(|file| Deed::LoseOutput { file }),
        (-90i32..400).prop_map(|days| Deed::Day { days }),
    ];
    prop_oneof![4 => one, 1 => other]
}

#[derive(Debug, Clone, Default)]
struct Article {
    title: String,
    text: String,
    topics: Vec<usize>,
    week: usize,
    draft: bool,
    essential: bool,
    /// Written and reviewed by the other person.
    others: [bool; 2],
    link: Option<usize>,
    easy: bool,
}

/// A city's folder, and what should be in it.
pub struct City {
    folder: tempfile::TempDir,
    articles: BTreeMap<usize, Article>,
    person: String,
    topic: String,
    day: Date,
}

impl City {
    fn new() -> Self {
        Self::with_theme("minato")
    }
    /// A city with both themes, of which it uses one.
    pub fn with_theme(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let theme = project.join("themes/default");
        copy(&project.join("tests/fixtures/themes/minato"), &root.join("themes/minato"));
        for part in ["templates", "i18n", "static"] {
            copy(&theme.join(part), &root.join("themes/default").join(part));
        }
        fs::create_dir_all(root.join("content/articles")).unwrap();
        fs::create_dir_all(root.join("content/bulletins")).unwrap();
        fs::write(
            root.join("otayori.yaml"),
            format!("theme: {name}\n")
                + "title: おたより\ncity: 見本市\noffice: 母子保健係\ntel: 0000-00-0000\nhours: 平日\npublic_url: \
                    https://example.jp\nlanguages: [ja, easy]\nhandouts: false\n\
             web_push:\n  contact: mailto:a@example.jp\nconsent:\n  version: \"2026-01-01\"\n",
        )
        .unwrap();
        fs::write(root.join("content/contacts.yaml"), "[]\n").unwrap();
        let mut city =
            Self {
                folder, articles: BTreeMap::new(), person: "佐伯みのり".into(), topic: TOPICS[0].into(), day: DAY
            };
        city.lists();
        for n in 0..6 {
            city.articles.insert(
                n,
                Article {
                    title: format!("題{n}"),
                    text: "水分をとります。".into(),
                    topics: vec![n % 3],
                    week: 5 + n * 6,
                    ..Article::default()
                },
            );
            city.write(n);
        }
        city
    }
    pub fn root(&self) -> &Path {
        self.folder.path()
    }
    fn lists(&self) {
        let titles = [self.topic.as_str(), TOPICS[1], TOPICS[2]];
        let topics: String = titles
            .iter()
            .enumerate()
            .map(|(n, title)| format!("- {{id: t{n}, title: {title}, summary: {title}のこと。}}\n"))
            .collect();
        fs::write(self.root().join("content/topics.yaml"), topics).unwrap();
        let person = &self.person;
        let people = format!(
            "- {{id: a, name: {person}, kana: さえき, profession: 助産師, licence: 助産師, affiliation: 見本市, bio: \
             見本。, conflicts: ありません}}\n"
        );
        let people = format!(
            "{people}- {{id: b, name: 高瀬, kana: たかせ, profession: 産婦人科医, licence: 医師, affiliation: 見本市, \
             bio: 見本。, conflicts: ありません}}\n"
        );
        fs::write(self.root().join("content/people.yaml"), people).unwrap();
    }
    fn file(&self, n: usize, end: &str) -> std::path::PathBuf {
        self.root().join(format!("content/articles/a{n}{end}"))
    }
    /// The files of an article as they should be.
    fn write(&self, n: usize) {
        let (file, easy) = (self.file(n, ".md"), self.file(n, ".easy.md"));
        let Some(a) = self.articles.get(&n) else {
            let _ = (fs::remove_file(file), fs::remove_file(easy));
            return;
        };
        let topics: Vec<&str> =
            a.topics.iter().map(|t| if *t == 0 { self.topic.as_str() } else { TOPICS[*t] }).collect();
        let link = a.link.map_or(String::new(), |to| format!("\nくわしくは[ここ](article:a{to})へ。\n"));
        let front = format!(
            "title: {}\nsummary: {}のこと\nfor:\n  - pregnancy_weeks: {}-{}\ntopics: [{}]\nauthors: [{}]\nsources: \
             [見本]\nreview: {{by: {}, on: 2026-10-01, next: 2027-09-30}}\nessential: {}\ndraft: {}\n",
            a.title,
            a.title,
            a.week,
            a.week + 1,
            topics.join(", "),
            ["a", "b"][usize::from(a.others[0])],
            ["a", "b"][usize::from(a.others[1])],
            a.essential,
            a.draft
        );
        fs::write(file, format!("---\n{front}---\n## 目安\n\n{}\n{link}", a.text)).unwrap();
        if a.easy {
            fs::write(easy, format!("---\ntitle: {}\nsummary: やさしい\n---\n{}\n", a.title, a.text)).unwrap();
        } else {
            let _ = fs::remove_file(easy);
        }
    }
    fn change(&mut self, n: usize, change: impl FnOnce(&mut Article)) {
        if let Some(article) = self.articles.get_mut(&n) {
            change(article);
            self.write(n);
        }
    }
    fn rewrite(&self) {
        self.lists();
        self.articles.keys().for_each(|n| self.write(*n));
    }

    fn do_it(&mut self, deed: Deed) {
        match deed {
            Deed::Text { article, text } => self.change(article, |a| a.text = text),
            Deed::Title { article, title } => self.change(article, |a| a.title = title),
            Deed::Topics { article, topics } => self.change(article, |a| a.topics = topics),
            Deed::Window { article, week } => self.change(article, |a| a.week = week),
            Deed::Draft { article } => self.change(article, |a| a.draft = !a.draft),
            Deed::Essential { article } => self.change(article, |a| a.essential = !a.essential),
            Deed::By { article, wrote } => self.change(article, |a| a.others[usize::from(wrote)] ^= true),
            Deed::Link { article, to } => self.change(article, |a| a.link = Some(to)),
            Deed::Translate { article } => self.change(article, |a| a.easy = !a.easy),
            Deed::Add { article } => {
                self.articles.entry(article).or_insert_with(|| Article {
                    title: format!("新しい{article}"),
                    text: "新しい文。".into(),
                    topics: vec![1],
                    week: 12,
                    ..Article::default()
                });
                self.write(article);
            }
            Deed::Remove { article } => {
                self.articles.remove(&article);
                self.write(article);
            }
            Deed::Rename { article, to } => {
                if let Some(a) = self.articles.remove(&article) {
                    self.articles.insert(to, a);
                    self.write(article);
                    self.write(to);
                }
            }
            Deed::Touch { article } => {
                if let Ok(file) = fs::File::options().append(true).open(self.file(article, ".md")) {
                    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000)).unwrap();
                }
            }
            Deed::Bulletin { title, shown } => {
                let publish = if shown { "2026-11-01" } else { "2026-12-24" };
                let text = format!("---\ntitle: {title}\nsummary: 知らせ\npublish: {publish}\n---\n本文です。\n");
                fs::write(self.root().join("content/bulletins/b.md"), text).unwrap();
            }
            Deed::Page { title, night, there } => {
                let file = self.root().join(if night { "content/pages/night.md" } else { "content/pages/about.md" });
                let _ = fs::remove_file(&file);
                if there {
                    fs::create_dir_all(self.root().join("content/pages")).unwrap();
                    fs::write(
                        file,
                        format!("---\ntitle: {title}\nsummary: 決まったページ\n---\n## {title}\n\n本文です。\n"),
                    )
                    .unwrap();
                }
            }
            Deed::Words { meaning } => {
                let words = format!(
                    "- {{term: 水分, reading: すいぶん, meaning: {meaning}, synonyms: [飲みもの{}]}}\n",
                    meaning.len()
                );
                fs::write(self.root().join("content/glossary.yaml"), words).unwrap();
            }
            Deed::Person { name } => {
                self.person = name;
                self.lists();
            }
            Deed::TopicTitle { title } => {
                self.topic = format!("{title}題");
                self.rewrite();
            }
            Deed::Word { word } => {
                let file = self.root().join("themes/default/i18n/ja.yaml");
                let text = fs::read_to_string(&file).unwrap();
                let text: String = text
                    .lines()
                    .map(|l| {
                        if l.starts_with("minutes:") {
                            format!("minutes: \"{{n}}分{word}\"\n")
                        } else {
                            format!("{l}\n")
                        }
                    })
                    .collect();
                fs::write(file, text).unwrap();
            }
            Deed::Static { text } => fs::write(self.root().join("themes/default/static/own.txt"), text).unwrap(),
            Deed::Own { text } => {
                fs::write(self.root().join("themes/minato/static/own.css"), format!(".{text}{{color:red}}")).unwrap()
            }
            Deed::Template { own } => {
                let file = self.root().join("themes/minato/templates/bulletins.html");
                let _ = fs::remove_file(&file);
                if own {
                    fs::write(
                        file,
                        "{% extends \"default/bulletins.html\" %}{% block foot %}<p>港</p>{{ super() \
                        }}{% endblock foot %}",
                    )
                    .unwrap();
                }
            }
            Deed::Between { there } => {
                let folder = self.root().join("themes/middle");
                fs::create_dir_all(folder.join("i18n")).unwrap();
                fs::write(folder.join("theme.yaml"), "extends: default\n").unwrap();
                fs::write(folder.join("i18n/ja.yaml"), "read: よみもの\n").unwrap();
                let parent = if there { "middle" } else { "default" };
                fs::write(self.root().join("themes/minato/theme.yaml"), format!("extends: {parent}\n")).unwrap();
            }
            Deed::LoseOutput { file } => {
                let files: Vec<_> = tree(&self.root().join("public")).into_keys().collect();
                if let Some(name) = files.get(file % files.len().max(1)) {
                    fs::remove_file(self.root().join("public").join(name)).unwrap();
                }
            }
            Deed::Day { days } => self.day = plus_days(DAY, days),
        }
    }

    /// Builds into `out`: how many pages were made anew; the problems if there are errors.
    pub fn build(&self, out: &str, shelf: &mut Shelf, exchange: bool) -> Result<usize, String> {
        self.told(out, shelf, exchange).map(|(fresh, _)| fresh)
    }

    /// As [`City::build`], with the warnings.
    fn told(&self, out: &str, shelf: &mut Shelf, exchange: bool) -> Result<(usize, String), String> {
        let config = Config::load(self.root()).unwrap();
        let (library, problems) = shelf.load(&config, &LoadOptions::on(&config, self.day));
        let said: String = problems.clone().sorted().iter().map(|p| format!("{p}\n")).collect();
        if problems.has_errors() {
            return Err(said);
        }
        let theme = Theme::load(&config).unwrap();
        let press = Press::open(&self.root().join(out), &self.root().join(format!("data/cache-{out}"))).unwrap();
        let press = if exchange { press.exchanging() } else { press };
        let report = Edition::new(&config, &library, &theme, self.day).build(&press, &|_, _, _| ()).unwrap();
        press.commit().unwrap();
        Ok((report.fresh, said))
    }

    /// Builds what changed and, elsewhere, everything, and compares.
    fn compare(&self, kept: Option<&mut Shelf>, exchange: bool) {
        let mut saved = Shelf::of(self.root());
        let shelf = match kept {
            Some(kept) => kept,
            None => &mut saved,
        };
        let before = tree(&self.root().join("public"));
        let part = self.told("public", shelf, exchange);
        shelf.save().unwrap();
        let _ =
            (fs::remove_dir_all(self.root().join("whole")), fs::remove_dir_all(self.root().join("data/cache-whole")));
        let whole = self.told("whole", &mut Shelf::default(), false);
        match (part, whole) {
            (Ok((_, part)), Ok((_, whole))) => {
                assert_eq!(part, whole, "warnings");
                let (part, whole) = (tree(&self.root().join("public")), tree(&self.root().join("whole")));
                assert_eq!(part.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
                for (name, bytes) in &whole {
                    assert!(
                        part[name] == *bytes,
                        "{name} is stale:\n{}\n--- a clean build has\n{}",
                        String::from_utf8_lossy(&part[name]),
                        String::from_utf8_lossy(bytes)
                    );
                }
            }
            (Err(part), Err(whole)) => {
                assert_eq!(part, whole);
                assert!(tree(&self.root().join("public")) == before, "a build with errors changed the site");
            }
            (part, whole) => panic!("one build failed: {part:?}, {whole:?}"),
        }
    }
}

pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(&next).into_iter().flatten().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        let to = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            fs::copy(&entry, &to).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn what_changed_is_all_that_changes(steps in proptest::collection::vec(proptest::collection::vec(deeds(), 1..4),
        1..7), in_memory in any::<bool>(), exchange in any::<bool>()) {
        let mut city = City::new();
        let mut kept = Shelf::of(city.root());
        city.compare(in_memory.then_some(&mut kept), exchange);
        for deeds in steps {
            deeds.into_iter().for_each(|deed| city.do_it(deed));
            city.compare(in_memory.then_some(&mut kept), exchange);
        }
    }
}

#[test]
fn an_edit_makes_only_what_shows_it() {
    let mut city = City::new();
    let all = city.build("public", &mut Shelf::of(city.root()), false).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(120));
    let mut shelf = Shelf::of(city.root());
    city.build("public", &mut shelf, false).unwrap();
    shelf.save().unwrap();
    let times = |city: &City| -> BTreeMap<String, std::time::SystemTime> {
        let public = city.root().join("public");
        tree(&public)
            .into_keys()
            .map(|name| (name.clone(), public.join(name).metadata().unwrap().modified().unwrap()))
            .collect()
    };
    let before = times(&city);
    city.do_it(Deed::Text { article: 2, text: "直した文です。".into() });
    let made = city.build("public", &mut Shelf::of(city.root()), false).unwrap();
    assert!((1..5).contains(&made) && all > 60, "{made} of {all} pages");
    let changed: Vec<String> = times(&city)
        .into_iter()
        .filter(|(name, time)| before[name] != *time && !name.starts_with("search/"))
        .map(|(name, _)| name)
        .collect();
    // The page in easy Japanese, which is missing, shows the text with a note.
    let shown = ["api/v1/articles/a2.json", "articles/a2/easy/index.html", "articles/a2/index.html"];
    assert_eq!(changed, shown, "unchanged files keep their times");
}

#[test]
fn a_build_killed_while_it_exchanges_is_ended_by_the_next() {
    let mut city = City::new();
    city.build("public", &mut Shelf::default(), true).unwrap();
    city.do_it(Deed::Title { article: 1, title: "新しい題".into() });
    city.do_it(Deed::Remove { article: 4 });
    // As a killed process leaves it: everything made, the journal written, one file moved.
    let config = Config::load(city.root()).unwrap();
    let (library, _) = Shelf::default().load(&config, &LoadOptions::on(&config, DAY));
    let theme = Theme::load(&config).unwrap();
    let cache = city.root().join("data/cache-public");
    let press = Press::open(&city.root().join("public"), &cache).unwrap().exchanging();
    Edition::new(&config, &library, &theme, DAY).build(&press, &|_, _, _| ()).unwrap();
    press.stop_after(1).unwrap();
    let journals = || {
        fs::read_dir(&cache)
            .unwrap()
            .filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "journal"))
            .count()
    };
    assert_eq!(journals(), 1);
    drop(Press::open(&city.root().join("public"), &cache).unwrap());
    assert_eq!(journals(), 0);
    let ended = tree(&city.root().join("public"));
    city.build("whole", &mut Shelf::default(), false).unwrap();
    assert!(ended == tree(&city.root().join("whole")));
}

//! Every page of the public site: what it is, where it is, in which file.

use super::Stage;
use crate::config::Config;

/// A page of the public site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `/`, and `/<language>/` for each other language.
    Home(String),
    /// `/weeks/24/`, `/months/3/`, `/years/2/`.
    Stage(Stage),
    /// `/articles/`: all of them by topic.
    Articles,
    /// `/articles/<slug>/` and `/articles/<slug>/<language>/`; where that version is missing, the main one with a note
    /// in the reader's language.
    Article(String, String),
    /// `/topics/<id>/`, `/topics/<id>/2/`: a part of its list, counted from 1.
    Topic(String, usize),
    /// `/bulletins/`.
    Bulletins,
    /// `/bulletins/<slug>/` and `/bulletins/<slug>/<language>/`, missing versions as for articles.
    Bulletin(String, String),
    /// `/people/`.
    People,
    /// `/people/<id>/`.
    Person(String),
    /// `/<slug>/` and `/<slug>/<language>/`: about, privacy, loss, night, …; missing versions as for articles.
    Page(String, String),
    /// `/contacts/` and `/contacts/<language>/`.
    Contacts(String),
    /// `/search/` and `/search/<language>/`.
    Search(String),
    /// `/articles/<old>/…` or `/bulletins/<old>/…`: where the content was once, and where it is. In no list of pages.
    Moved(String, Box<Address>),
    /// `/api/`: how the site is read as JSON.
    Api,
    /// `/quiet/`: what `/` shows to a household that has stopped letters; it does not open with weeks. In no list of
    /// pages.
    Quiet,
    /// `/quiet/contacts/` and `/quiet/contacts/<language>/`: what `/contacts/` shows there; it does not begin with a
    /// pregnancy. In no list of pages.
    QuietContacts(String),
    /// `/quiet/night/`, `/quiet/bulletins/`, `/quiet/weeks/24/`, …: what the page behind it shows there; in no list of
    /// pages.
    Spared(Box<Address>),
    /// `/404.html`.
    NotFound,
}

impl Address {
    /// Its path below the public URL.
    pub fn path(&self, config: &Config) -> String {
        let main = config.main_language();
        let with =
            |before: String, language: &str| if language == main { before } else { format!("{before}{language}/") };
        match self {
            Self::Home(language) => with("/".into(), language),
            Self::Stage(stage) => stage.path(),
            Self::Articles => "/articles/".into(),
            Self::Article(slug, language) => with(format!("/articles/{slug}/"), language),
            Self::Topic(id, 0 | 1) => format!("/topics/{id}/"),
            Self::Topic(id, part) => format!("/topics/{id}/{part}/"),
            Self::Bulletins => "/bulletins/".into(),
            Self::Bulletin(slug, language) => with(format!("/bulletins/{slug}/"), language),
            Self::People => "/people/".into(),
            Self::Person(id) => format!("/people/{id}/"),
            Self::Page(slug, language) => with(format!("/{slug}/"), language),
            Self::Contacts(language) => with("/contacts/".into(), language),
            Self::Search(language) => with("/search/".into(), language),
            Self::Moved(old, to) => match &**to {
                Self::Article(_, language) => Self::Article(old.clone(), language.clone()).path(config),
                Self::Bulletin(_, language) => Self::Bulletin(old.clone(), language.clone()).path(config),
                other => other.path(config),
            },
            Self::Api => "/api/".into(),
            Self::Quiet => "/quiet/".into(),
            Self::QuietContacts(language) => with("/quiet/contacts/".into(), language),
            Self::Spared(page) => format!("/quiet{}", page.path(config)),
            Self::NotFound => "/404.html".into(),
        }
    }

    /// Its file below the output folder.
    pub fn file(&self, config: &Config) -> String {
        let path = self.path(config);
        let below = path.trim_start_matches('/');
        if below.is_empty() || below.ends_with('/') { format!("{below}index.html") } else { below.to_owned() }
    }
}

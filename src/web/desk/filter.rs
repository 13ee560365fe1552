//! Which list of the desk, and the way back to the same place in it.

use crate::consult::Which;
use crate::content::Profession;
use crate::staff::Staff;
use serde::Deserialize;

/// Which list, and of which profession.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::web) struct Filter {
    /// An id, or `all`; empty: the own profession.
    #[serde(default)]
    pub(super) profession: String,
    /// `done`: answered and closed ones.
    #[serde(default)]
    pub(super) show: String,
    /// What was done just now, to be said once.
    #[serde(default)]
    pub(super) did: String,
    /// The thread that was closed just now.
    #[serde(default)]
    pub(super) closed: String,
    /// The page of the list, from 1.
    #[serde(default)]
    pub(super) page: String,
    /// The crowd that is listed.
    #[serde(default)]
    pub(super) crowd: String,
    /// The version of the thread that was on the page before: what came since is said.
    #[serde(default)]
    pub(super) since: String,
}

impl Filter {
    /// The profession whose threads are listed: as chosen, else the own.
    pub(super) fn of(&self, staff: &Staff) -> Option<Profession> {
        if self.profession.is_empty() { staff.profession } else { Profession::from_id(&self.profession) }
    }
    pub(super) fn which(&self) -> Which {
        match (self.show.as_str(), self.crowd.as_str()) {
            ("done", _) => Which::Done,
            (_, "") => Which::Waiting,
            (_, crowd) => Which::Crowd(crowd.to_owned()),
        }
    }
    /// The page of the list, from 0; what is no number is the first.
    pub(super) fn page(&self) -> usize {
        self.page.parse::<usize>().unwrap_or(1).saturating_sub(1)
    }
    /// What leads back to the same place in the list.
    pub(super) fn place(&self) -> String {
        let mut more = url::form_urlencoded::Serializer::new(String::new());
        if self.show == "done" {
            more.append_pair("show", "done");
        }
        for (name, value) in [("page", &self.page), ("crowd", &self.crowd)] {
            if !value.is_empty() {
                more.append_pair(name, value);
            }
        }
        let more = more.finish();
        if more.is_empty() { more } else { format!("&{more}") }
    }
    /// `?profession=…`, with the own one written out, for links and forms.
    pub(super) fn query(&self, staff: &Staff) -> String {
        format!("?profession={}{}", self.of(staff).map_or("all", Profession::id), self.place())
    }
    /// The same without its page, for the links to the pages.
    pub(super) fn list(&self, staff: &Staff) -> String {
        Self { page: String::new(), ..self.clone() }.query(staff)
    }
    pub(super) fn path(&self, path: &str, more: &str) -> String {
        let profession = Profession::from_id(&self.profession)
            .map_or(if self.profession.is_empty() { "" } else { "all" }, Profession::id);
        format!("{path}?profession={profession}{}{more}", self.place())
    }
    pub(super) fn to_thread(&self, id: &str, did: &str, anchor: &str) -> String {
        let more = if did.is_empty() { String::new() } else { format!("&did={did}") };
        format!("{}#{anchor}", self.path(&format!("/desk/q/{id}"), &more))
    }
    /// The same, with what came since that version.
    pub(super) fn to_news(&self, id: &str, did: &str, since: i64) -> String {
        format!("{}#talk", self.path(&format!("/desk/q/{id}"), &format!("&did={did}&since={since}")))
    }
    pub(super) fn to_list(&self, closed: &str) -> String {
        self.path("/desk", &format!("&closed={closed}"))
    }
    /// The same filter on the list of those who wait.
    pub(super) fn waiting(&self) -> Self {
        Self { show: String::new(), ..self.clone() }
    }
}

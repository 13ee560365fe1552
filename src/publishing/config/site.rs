//! `otayori.yaml` as it is written: its shape, and what holds where a line is missing.

use super::email::Email;
use crate::calendar::Date;
use serde::Deserialize;

/// `otayori.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name of the service, as in the header.
    pub title: String,
    /// The city.
    pub city: String,
    /// The office in charge.
    pub office: String,
    /// Its telephone number.
    pub tel: String,
    /// Its hours.
    pub hours: String,
    /// Where the site is reached, without a slash at the end.
    pub public_url: String,
    /// Folder below `themes/`.
    #[serde(default = "default_theme")]
    pub theme: String,
    /// IANA name.
    #[serde(default = "default_zone")]
    pub time_zone: String,
    /// Language codes; the first is the one that every article has.
    pub languages: Vec<String>,
    /// Areas that a household can choose.
    #[serde(default)]
    pub areas: Vec<Area>,
    /// Every article and bulletin also as a printed A4 handout (PDF).
    #[serde(default = "yes")]
    pub handouts: bool,
    /// Pictures also as AVIF: smaller photographs, seconds of work for each new one.
    #[serde(default)]
    pub avif: bool,
    /// Everything public also as JSON below `/api/v1/`.
    #[serde(default = "yes")]
    pub api: bool,
    /// Only in the sample: the day around which its dates are written.
    #[serde(default)]
    pub sample_date: Option<Date>,
    /// When letters go and how long they are.
    #[serde(default)]
    pub letters: Letters,
    /// When answers are due.
    #[serde(default)]
    pub desk: Desk,
    /// The LINE account.
    #[serde(default)]
    pub line: Line,
    /// Web Push.
    pub web_push: WebPush,
    /// Letters by e-mail; without it e-mail is offered nowhere.
    #[serde(default)]
    pub email: Option<Email>,
    /// Consent wording.
    pub consent: Consent,
    /// So many days after the last word in it a guest's thread is erased, and so many after its stop a household. As
    /// the privacy page promises.
    #[serde(default = "default_keep_days")]
    pub keep_days: i64,
    /// How much may come from one source and from everywhere before it has to wait.
    #[serde(default)]
    pub limits: Limits,
    /// Networks of proxies whose `X-Forwarded-For` is believed; this machine always is.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

/// How much may come before it has to wait. Nobody is refused for the address: many people may stand behind one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Questions (or registrations) from one source on one day that are taken at once.
    pub source_per_day: i64,
    /// Questions (or registrations) from everywhere in one hour that are taken at once.
    pub all_per_hour: i64,
    /// So long (seconds) each one beyond a source's limit takes, one after the other.
    pub wait_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { source_per_day: 20, all_per_hour: 600, wait_seconds: 3 }
    }
}

/// An area of the city.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// As in segments and in the database.
    pub id: String,
    /// As people say it.
    pub title: String,
}

/// When letters go and how long they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    /// `mon` … `sun`.
    pub day: String,
    /// `07:30`.
    pub at: String,
    /// Lead articles in one letter.
    pub max_leads: usize,
    /// Bulletins in one letter.
    pub max_bulletins: usize,
}

impl Default for Letters {
    fn default() -> Self {
        Self { day: "tue".into(), at: "07:30".into(), max_leads: 3, max_bulletins: 3 }
    }
}

/// When answers are due.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// `weekdays` or `all`.
    pub days: String,
    /// `09:00`, before `closes`: from when on somebody reads. Without it nine, or from midnight on where the desk
    /// closes before nine.
    pub opens: Option<String>,
    /// `17:00`.
    pub closes: String,
    /// Ranges of days without a desk, every year, as `12-29` to `01-03`.
    pub closed: Vec<Closed>,
    /// What staff do when somebody's life is in danger, in order: the city's own steps.
    pub danger_steps: Vec<String>,
}

impl Default for Desk {
    fn default() -> Self {
        let danger_steps = [
            "本人に、119などの番号を案内する返事を、すぐに書く",
            "責任者に知らせる",
            "子どもの危険は189（児童相談所）、いま危ないときは110（警察）へ",
        ]
        .map(str::to_owned)
        .to_vec();
        Self { days: "weekdays".into(), opens: None, closes: "17:00".into(), closed: Vec::new(), danger_steps }
    }
}

/// A range of days of every year.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// `12-29`.
    pub from: String,
    /// `01-03`.
    pub to: String,
}

/// The LINE account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Line {
    /// Its name.
    pub account: String,
    /// No matter, week or age outside the page.
    pub discreet: bool,
    /// Address that adds the account as a friend.
    pub add_friend_url: String,
}

impl Default for Line {
    fn default() -> Self {
        Self { account: String::new(), discreet: true, add_friend_url: String::new() }
    }
}

/// Web Push.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebPush {
    /// `mailto:` or `https:`, told to push services (RFC 8292 `sub`).
    pub contact: String,
}

/// Consent wording.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Stored with each registration.
    pub version: String,
}

fn yes() -> bool {
    true
}

fn default_theme() -> String {
    "default".into()
}
/// As long as somebody may still come back to an answer; the wording that people agree to names it.
fn default_keep_days() -> i64 {
    90
}
fn default_zone() -> String {
    "Asia/Tokyo".into()
}

//! `content/danger/review.yaml` in, whether clinicians have reviewed the data as they stand out. A review switches
//! nothing on or off.

use super::data::Data;
use crate::calendar::Date;
use crate::diag::form::Form;
use crate::diag::yaml::{Top, parse};
use crate::diag::{Diagnostics, Place};
use std::path::Path;

/// The file, as a diagnostic names it.
pub const FILE: &str = "content/danger/review.yaml";
/// From so many days before its end a review is asked for, as for articles.
const SOON: i32 = 60;

/// Who reviewed the data, when, until when, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// A person's id.
    pub by: String,
    /// The day.
    pub on: Date,
    /// The last day on which it holds.
    pub next: Date,
    /// The mark of the reviewed data.
    pub body: String,
    /// The mark of who signed it.
    pub signed: Option<String>,
}

/// Whether a review holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has reviewed the data.
    Missing,
    /// Somebody who is made up for the sample, whom nobody knows, or who had another name, is written down.
    Nobodys(Review),
    /// They are not the reviewed ones.
    Changed(Review),
    /// The day of it has not come.
    Ahead(Review),
    /// Its last day is over.
    Overdue(Review),
    /// It ends soon.
    Soon(Review),
    /// It holds.
    Holds(Review),
}

impl State {
    /// What the desk and `check` say; nothing while the review holds.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Missing => Some("危険のしるしのことばと例の文は、まだ専門職の監修を受けていません".into()),
            Self::Nobodys(r) => Some(format!(
                "危険のしるしの監修（{}）は、見本の架空の人か、content/people.yaml にいない人か、\
                 いまとは違う名前の人のものです。監修と数えません",
                r.by
            )),
            Self::Changed(r) => Some(format!("危険のしるしのことばか例の文が、監修（{}）のあとで変わっています", r.on)),
            Self::Ahead(r) => Some(format!("危険のしるしの監修日（{}）が、まだ来ていません", r.on)),
            Self::Overdue(r) => Some(format!("危険のしるしの監修の期限（{}）が過ぎています", r.next)),
            Self::Soon(r) => Some(format!("危険のしるしの監修の期限は {} です", r.next)),
            Self::Holds(_) => None,
        }
    }
}

/// The mark of the data, of the first lines and of the words of a search as they stand.
pub fn mark(data: &Data) -> String {
    format!("d1-{:016x}", data.digest ^ data.steps.digest().rotate_left(1) ^ searched(data).rotate_left(2))
}

/// Of the words of a search, comments and empty lines aside.
fn searched(data: &Data) -> u64 {
    let lines = data.search.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .flat_map(|l| l.bytes().chain([b'\n']))
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// What the file of a site records; a missing file records nothing.
pub fn read(root: &Path, problems: &mut Diagnostics) -> Option<Review> {
    let text = std::fs::read_to_string(root.join(FILE)).ok()?;
    let node = parse(FILE, &text, 1, Top::Map, problems)?;
    let form = Form::new(FILE, &node, &["review"], problems)?;
    let entry = form.entry("review")?;
    let form = Form::new(FILE, &entry.node, &["by", "on", "next", "body", "signed"], problems)?;
    let by = form.needed("by", problems)?.value;
    let (on, next) = (form.date("on", 0, problems)?.value, form.date("next", 0, problems)?.value);
    let body = form.text("body", problems).map(|b| b.value).unwrap_or_default();
    let signed = form.text("signed", problems).map(|s| s.value);
    Some(Review { by, on, next, body, signed })
}

/// Whether the review of a site holds on `today`; `real` tells whether it is by a reviewer of this city.
pub fn state(
    root: &Path,
    data: &Data,
    today: Date,
    real: &dyn Fn(&Review) -> bool,
    problems: &mut Diagnostics,
) -> State {
    match read(root, problems) {
        None => State::Missing,
        Some(r) if !real(&r) => State::Nobodys(r),
        Some(r) if r.body != mark(data) => State::Changed(r),
        Some(r) if r.on > today => State::Ahead(r),
        Some(r) if r.next < today => State::Overdue(r),
        Some(r) if crate::calendar::days_between(today, r.next) <= SOON => State::Soon(r),
        Some(r) => State::Holds(r),
    }
}

/// The file with this review.
pub fn written(review: &Review) -> String {
    let Review { by, on, next, body, signed } = review;
    let signed = signed.as_ref().map(|s| format!(", signed: {s}")).unwrap_or_default();
    format!(
        "# 危険のしるしのことば・規則・例の文・最初のひとことの監修。`otayori danger review` が書きます。\n# \
         期限が過ぎても、しるしは止まりません。check と相談デスクの一覧に、お知らせが出ます。\nreview: {{by: {by}, on: \
         {on}, next: {next}, body: {body}{signed}}}\n"
    )
}

/// Warns in `check` while no review holds.
pub fn check(root: &Path, data: &Data, today: Date, real: &dyn Fn(&Review) -> bool, problems: &mut Diagnostics) {
    if let Some(said) = state(root, data, today, real, problems).message() {
        problems.warning(
            FILE,
            Place::default(),
            said,
            "産婦人科医・小児科医・助産師・相談員に見てもらい、`otayori danger review --by 監修者の id` \
             で記録してください（docs/危険のしるし.md）",
        );
    }
}

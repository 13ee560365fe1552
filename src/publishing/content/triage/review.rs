//! The table's concepts in, the mark of what a clinician answers for out; its recorded review in, whether it still
//! holds out.

use super::{Concept, Triage};
use crate::calendar::Date;
use crate::content::marks::{
    Changes, Claim, NoReview, Review, ReviewedText, Reviewers, SOON_DAYS, Signature, not_theirs,
};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, meant};
use aws_lc_rs::digest::{SHA256, digest};

/// Path below the root.
pub const FILE: &str = "content/triage.yaml";
/// The rule by which the mark is made.
const RULE: &str = "t1-";

/// Of every concept, in any order: what it is, what to do, its limits, how they are said and known. Not of comments.
fn mark(concepts: &[Concept]) -> String {
    let mut all: Vec<&Concept> = concepts.iter().collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let hash = digest(&SHA256, serde_json::to_string(&all).unwrap_or_default().as_bytes());
    let hex: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{RULE}{hex}")
}

/// The review that is written down, or why it is none.
pub(super) fn read(
    front: &Form<'_>,
    concepts: &[Concept],
    reviewers: &Reviewers<'_>,
    problems: &mut Diagnostics,
) -> Option<(Option<Review>, Option<Claim>)> {
    let entry = front.entry("review")?;
    let form = Form::new(front.file(), &entry.node, &["by", "on", "next", "body", "signed"], problems)?;
    let by = form.needed("by", problems)?;
    let person = reviewers.people.iter().find(|p| p.id == by.value);
    if person.is_none() {
        let hint = meant(&by.value, reviewers.people.iter().map(|p| p.id.as_str()))
            .unwrap_or_else(|| "content/people.yaml に足してください".into());
        problems.error(form.file(), by.at, format!("監修者 `{}` が content/people.yaml にありません", by.value), hint);
    }
    let (on, next) =
        (form.date("on", reviewers.shift_days, problems)?, form.date("next", reviewers.shift_days, problems)?);
    let body = form.text("body", problems);
    // Without a mark nobody can tell what was reviewed: it is no review.
    let signature = form.text("signed", problems);
    let (by, on, next) = (by.value, on.value, next.value);
    let signature = Signature {
        on,
        body: body.as_ref().map_or("", |b| b.value.as_str()),
        signed: signature.as_ref().map(|s| s.value.as_str()),
    };
    let nobodys = person.filter(|_| !reviewers.sample_city).and_then(|person| not_theirs(person, &signature));
    let Some(body) = body.as_ref().filter(|_| nobodys.is_none()) else {
        let why = nobodys.unwrap_or(NoReview::Unmarked);
        return Some((None, Some(Claim { by, on, next, why })));
    };
    let text = if body.value == mark(concepts) { ReviewedText::Same } else { ReviewedText::Changed };
    Some((Some(Review { by, on, next, text, whole: true, changes: Changes::default() }), None))
}

impl Triage {
    /// Warns of a table that nobody has reviewed as it is. Whatever it says, the table is used.
    pub fn check_review(&self, today: Date, problems: &mut Diagnostics) {
        const STILL: &str = "数字は、このまま使われます";
        const ASK: &str = "産婦人科医と小児科医に見てもらい、`otayori review triage --by 監修者` で記録してください";
        if !self.own {
            return problems.warning(
                FILE,
                self.review_at,
                format!("受診の目安の表（{FILE}）がありません。プログラムの中の表を使います"),
                "`otayori new` が作るフォルダの content/triage.yaml を写し、市の医師に見てもらってください",
            );
        }
        if let Some(message) = self.unreviewed(today) {
            problems.warning(FILE, self.review_at, format!("{message}。{STILL}"), ASK);
        }
    }

    /// Why the table is not reviewed as it is, or that it soon will not be; also for the desk.
    pub fn unreviewed(&self, today: Date) -> Option<String> {
        Some(match &self.review {
            None if !self.own => "受診の目安の表が、プログラムに付いているままです".to_owned(),
            None if self.claim.as_ref().is_some_and(|c| c.why == NoReview::Sample) => "受診の目安の表の監修は、\
                見本の架空の人のものです。監修と数えません"
                .to_owned(),
            None if self.claim.as_ref().is_some_and(|c| c.why == NoReview::Renamed) => {
                "受診の目安の表の監修は、いまの content/people.yaml のその人ではない名前で記録されています。\
                 監修と数えません（同じ人なら、その人に `formerly: [前の名前]` を）"
                    .to_owned()
            }
            None => "受診の目安の表に、内容の印（body）のある監修（review）がありません".to_owned(),
            Some(r) if r.text == ReviewedText::Changed => "受診の目安の表が、監修のあとで変わっています".to_owned(),
            Some(r) if r.on > today => format!("受診の目安の表の監修日（{}）が、まだ来ていません", r.on),
            Some(r) if r.next < today => format!("受診の目安の表の監修の期限（{}）が過ぎています", r.next),
            Some(r) if crate::calendar::days_between(today, r.next) <= SOON_DAYS => {
                format!(
                    "受診の目安の表の監修の期限（{}）まで、\
                    あと{}日です",
                    r.next,
                    crate::calendar::days_between(today, r.next)
                )
            }
            Some(_) => return None,
        })
    }

    /// The mark of a table that is being reviewed.
    pub fn mark_of(text: &str) -> String {
        mark(&Self::read(FILE, text, None, &mut Diagnostics::new()).concepts)
    }

    /// The default table as a new city gets it: without the sample city's review.
    pub fn for_a_new_city() -> String {
        super::DEFAULT.lines().filter(|l| !l.starts_with("review:")).map(|l| format!("{l}\n")).collect()
    }
}

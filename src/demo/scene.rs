//! What the demo's start page shows: a handful of households that differ, their letters as they were sent, flyers.

use super::pages::{Account, Flyer, Sample, Start};
use super::standin::MailServer;
use crate::calendar::Date;
use crate::contact::Channel;
use crate::household::{self, Household, Listed};
use crate::letter;
use crate::outbox::{self, Notice};
use crate::segment::SubjectKind;
use crate::web::Shared;
use anyhow::Result;
use std::collections::BTreeMap;

/// How many households the start page shows.
const SAMPLES: usize = 8;

/// The start page without its summary and question.
pub async fn start(
    app: &Shared,
    households: &[Listed],
    week: &str,
    accounts: Vec<Account>,
    mail: &MailServer,
) -> Result<Start> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    for listed in households.iter().filter(|h| h.generated && h.stopped_at.is_none() && h.paused_until.is_none()) {
        let kind = kind_of(listed);
        if kinds.contains(&kind) || samples.len() == SAMPLES {
            continue;
        }
        let Some(household) = household::load(&app.db, &listed.id).await? else { continue };
        let Some(letter) = letter::received(&app.db, &listed.id).await?.into_iter().find(|l| l.week == week) else {
            continue;
        };
        kinds.push(kind);
        let on = |channel: Channel| {
            if listed.channels.contains(&channel) { format!("/demo/phone/{}", listed.id) } else { String::new() }
        };
        samples.push(Sample {
            what: described(&household, app.today()),
            letter: format!("/letters/{}/{}/", letter.week, letter.hash),
            line: on(Channel::Line),
            push: on(Channel::WebPush),
            mail: if mail.mails().iter().any(|m| m.to.starts_with(&listed.id)) {
                format!("/demo/mail/{}", listed.id)
            } else {
                String::new()
            },
            enter: format!("/demo/enter/{}", listed.id),
        });
    }
    // A pregnancy with an older child asks best: the sample's question is about both.
    samples.sort_by_key(|s| !(s.what.contains("妊娠") && s.what.contains('と')));
    let library = &app.published().library;
    let flyers = library.flyers.values().filter(|f| !f.draft).flat_map(|f| {
        let size = f.sizes.first()?;
        let name = format!("{}-{size}", f.id);
        Some(Flyer {
            name: format!("{}（{}）", f.summary, size.to_uppercase()),
            png: format!("/flyers/{name}.png"),
            pdf: format!("/flyers/{name}.screen.pdf"),
        })
    });
    let flyers = flyers.collect();
    let code = library.flyers.values().next().map(|f| f.code.clone()).unwrap_or_default();
    Ok(Start {
        summary: Vec::new(),
        flyers,
        households: samples,
        accounts,
        question: None,
        week: week.to_owned(),
        code,
    })
}

/// Households of one kind look alike: one of each is shown.
fn kind_of(household: &Listed) -> String {
    let mut kinds: Vec<&str> =
        household.subjects.iter().map(|s| if s.due_on.is_some() { "preterm" } else { s.kind.as_str() }).collect();
    kinds.sort_unstable();
    format!(
        "{} {} {}",
        kinds.join("+"),
        household.channels.iter().map(|channel| channel.id()).collect::<Vec<_>>().join("+"),
        household.language
    )
}

/// 妊娠24週と1歳7か月
fn described(household: &Household, today: Date) -> String {
    let stages: Vec<String> = household
        .subjects
        .iter()
        .filter(|s| s.active())
        .map(|s| if s.kind == SubjectKind::Pregnancy { format!("妊娠{}", s.stage(today)) } else { s.stage(today) })
        .collect();
    let language = match household.language.as_str() {
        "easy" => "（やさしい日本語）",
        "en" => "（English）",
        _ => "",
    };
    format!("{}{language}", stages.join("と"))
}

/// What was sent in a week, by household.
pub async fn notices(app: &Shared, week: &str) -> Result<BTreeMap<String, Notice>> {
    outbox::notices_of(&app.db, &format!("letter:{week}")).await
}

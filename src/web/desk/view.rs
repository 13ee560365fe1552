//! A thread in, everything that the desk shows of it and beside it out.

use super::labels::{language, who};
use super::writing::Writing;
use crate::calendar::spoken;
use crate::consult::{
    self, Author, Card, Category, Change, Consultation, Danger, Entry, Kind, Source, Stands, Subject, Tag,
};
use crate::contact::Channel;
use crate::content::{Library, Profession};
use crate::danger::{self, About};
use crate::staff::Staff;
use crate::vault;
use crate::web::thread::{began_at, shown};
use crate::web::{Result, Shared, when};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// So many articles a search lists.
const MOST_FOUND: usize = 12;

/// The opened thread with everything beside it.
pub(super) async fn thread(
    app: &Shared,
    staff: &Staff,
    (consultation, entries): &(Consultation, Vec<Entry>),
    writing: Writing,
) -> Result<Value> {
    let published = app.published();
    let library = &published.library;
    let (now, today) = (app.zoned(), app.today());
    let card = consult::card(&app.db, consultation).await?;
    let asked_on = when::zoned(app, consultation.created_at).date();
    let stage = card.as_ref().and_then(|c| c.subject.as_ref()).map(|s| s.stage(asked_on)).filter(|s| !s.is_empty());
    let (matter, _) = consult::matter(&app.db, consultation).await?;
    let found =
        consult::found_in(&app.db, &app.vault, consultation, began_at(app, consultation).await?, entries).await?;
    let tapped = consult::tapped(&app.db, &app.vault, consultation).await?;
    let state = consultation.state;
    let watched_taps = tapped.iter().flatten().filter(|_| state.tag() != Tag::None);
    let dangers: BTreeSet<Danger> = found.dangers.iter().chain(watched_taps).copied().collect();
    let profession = consultation.profession();
    let waits = matches!(state.stands(), Stands::Waits { .. });
    let foreign = profession.filter(|p| waits && staff.profession.is_some_and(|own| own != *p));
    Ok(json!({
        "id": consultation.id,
        "who": who(consultation.household_id.is_none(), &consultation.category, stage),
        "about": consultation.category().title(),
        "profession": profession.map_or("", Profession::title),
        "foreign": foreign.map(Profession::title),
        "from": Source::of(&consultation.source, library).title,
        "tag": tag(state.tag()),
        "dangers": dangers.iter().map(|d| json!({ "title": d.title(), "life": d.life() })).collect::<Vec<_>>(),
        "tapped": tapped.map(|t| if t.is_empty() { "どれもない".to_owned() } else { t.iter().map(|d| d.title())
            .collect::<Vec<_>>().join("、") }),
        "kinds": Danger::ALL.map(|d| json!({ "id": d.id(), "title": d.title() })),
        "steps": if dangers.iter().any(|d| d.life()) { app.config.site.desk.danger_steps.clone() } else { Vec::new() },
        "stands": stands(app, state.stands()),
        "viewing": consult::others_viewing(&app.db, &consultation.id, &staff.id, app.now()).await?,
        "entries": conversation(app, consultation, entries, library, writing.since).await?,
        "care": if found.dangers.is_empty() { None } else { consult::care_for(found, matter, &library.contacts, &now) },
        "card": card.map(|c| card_view(app, &c, today)),
        "language": language(&consultation.language),
        "ticket": consult::issue(&app.vault, &format!("answer.{}", consultation.id), &vault::new_id()),
        "contacted_ticket": consult::issue(&app.vault, &format!("contacted.{}", consultation.id), &vault::new_id()),
        "version": consultation.version,
        "draft": writing.draft,
        "articles": articles(library, &writing.find, app.config.main_language()),
        "drafted": !writing.text.is_empty() && writing.undone.is_none() && !["draft", "inserted",
            "kept"].contains(&writing.did.as_str()),
        "wanted": crate::feedback::wanted_by(&app.db, &app.vault, &consultation.id).await?,
        "topics": library.topics,
        "find": writing.find,
        "text": writing.text,
        "preview": writing.preview,
        "undone": writing.undone,
        "problem": writing.problem,
        "news": news(app, &writing.news),
        "other": writing.other.as_deref().map(danger::escaped),
        "did": writing.did,
    }))
}

/// The tag of a thread's danger: `urgent`, `watched` or empty.
fn tag(tag: Tag) -> &'static str {
    match tag {
        Tag::Urgent => "urgent",
        Tag::Watched => "watched",
        Tag::None => "",
    }
}

/// Where a thread stands: `is` (`waits`, `answered`, `over`) and until when it is to be answered.
fn stands(app: &Shared, stands: Stands) -> Value {
    match stands {
        Stands::Waits { due_at } => json!({ "is": "waits", "due": when::until(&when::zoned(app, due_at)) }),
        Stands::Answered { .. } => json!({ "is": "answered" }),
        Stands::Over { .. } => json!({ "is": "over" }),
    }
}

/// What others did meanwhile, in words: `{at, says}`.
pub(super) fn news(app: &Shared, changes: &[Change]) -> Vec<Value> {
    let by = |c: &Change, what: &str| if c.by.is_empty() { what.to_owned() } else { format!("{what}（{}）", c.by) };
    let says = |c: &Change| match c.kind {
        Kind::Written => "相談した方が、書きました".to_owned(),
        Kind::Answered => by(c, "お返事を送りました"),
        Kind::Closed => by(c, "この相談を終えました"),
        Kind::Reopened => by(c, "もう一度開きました"),
        Kind::Raised => by(c, "急ぎにしました"),
        Kind::Calmed => by(c, "急ぎ・見守りを外しました"),
        Kind::Noted => by(c, "メモを書きました"),
        Kind::Surveyed | Kind::Joined | Kind::Forgotten => String::new(),
    };
    let line = |c: &Change| json!({ "at": when::moment(&when::zoned(app, c.at)), "says": says(c) });
    changes.iter().map(line).collect()
}

/// What the asker sees, and between it what only the desk sees; what came after the version `since` is marked.
async fn conversation(
    app: &Shared,
    consultation: &Consultation,
    entries: &[Entry],
    library: &Library,
    since: Option<i64>,
) -> Result<Vec<Value>> {
    let memos = consult::memos(&app.db, &app.vault, consultation).await?;
    let mut about = About::from(began_at(app, consultation).await?);
    let mut all: Vec<(i64, Value)> = Vec::with_capacity(entries.len() + memos.len());
    for entry in entries {
        let mut value = json!(shown(app, entry, library, Some(&about)));
        value["new"] = since.is_some_and(|since| entry.version > since).into();
        all.push((entry.created_at, value));
        if entry.author == Author::Asker {
            about.earlier.push(entry.text.clone());
        }
    }
    all.extend(memos.iter().map(|m| {
        let value = json!({ "class": "memo", "who": m.by, "at": when::moment(&when::zoned(app, m.created_at)),
            "html": danger::escaped(&m.text), "new": since.is_some_and(|since| m.version > since) });
        (m.created_at, value)
    }));
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, value)| value).collect())
}

/// Articles whose titles or words fit what is looked for, best first.
fn articles(library: &Library, find: &str, language: &str) -> Vec<Value> {
    let words: Vec<String> = find.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut fitting: Vec<(usize, &str, &str)> = Vec::new();
    for article in library.articles.values().filter(|a| !a.draft) {
        let Some(version) = article.versions.get(language) else { continue };
        let (title, text) = (version.title.to_lowercase(), version.body.text.to_lowercase());
        if words
            .iter()
            .all(|w| title.contains(w.as_str()) || text.contains(w.as_str()) || article.slug.contains(w.as_str()))
        {
            let not_in_title = words.iter().filter(|w| !title.contains(w.as_str())).count();
            fitting.push((not_in_title, &article.slug, &version.title));
        }
    }
    fitting.sort();
    fitting.into_iter().take(MOST_FOUND).map(|(_, slug, title)| json!({ "slug": slug, "title": title })).collect()
}

fn card_view(app: &Shared, card: &Card, today: crate::calendar::Date) -> Value {
    let area = app.config.site.areas.iter().find(|a| a.id == card.area).map_or("", |a| a.title.as_str());
    let channels: Vec<_> =
        card.channels.iter().map(|id| id.parse().map_or(id.as_str(), |channel: Channel| channel.title())).collect();
    json!({
        "subjects": card.subject.iter().chain(card.around.iter().filter(|s| !s.stopped)).map(|s| subject_view(s,
            today)).collect::<Vec<_>>(),
        "lost": card.around.iter().any(|s| s.stopped),
        "area": area,
        "language": language(&card.language),
        "first_child": match card.first_child.as_str() { "yes" => "はい", "no" => "いいえ（上の子がいます）", _ => "" },
        "channels": channels.join("・"),
        "code": card.code,
        "earlier": card.earlier.iter().map(|e| json!({
            "id": e.id,
            "day": spoken::short(when::zoned(app, e.created_at).date()),
            "state": match e.stands { Stands::Over { .. } => "終了", Stands::Answered { .. } => "お答えずみ",
                Stands::Waits { .. } => "待っている" },
        })).collect::<Vec<_>>(),
    })
}

fn subject_view(subject: &Subject, today: crate::calendar::Date) -> Value {
    json!({
        "pregnancy": subject.category() == Category::Pregnancy,
        "stage": subject.stage(today),
        "on": spoken::long(subject.stage_on),
        "corrected": subject.corrected(today),
        "stopped": subject.stopped,
    })
}

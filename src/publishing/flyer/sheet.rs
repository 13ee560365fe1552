//! A flyer's Markdown and fields in, the `data.json` of its templates out.

use super::photo::Photo;
use crate::calendar::Date;
use crate::config::Config;
use crate::content::{Flyer, Place};
use crate::paper::Code;
use crate::paper::blocks::{self, Block, Item};
use crate::paper::inline::{Inline, plain};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A part of the text under one `##` heading.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The heading.
    pub title: Inline,
    /// Items of a numbered list.
    pub steps: Vec<Item>,
    /// Items of a list with bullets.
    pub points: Vec<Item>,
    /// Everything else.
    pub blocks: Vec<Block>,
    /// Line of the heading in the text, from 0, for diagnostics: a line more above the text is no reason to set it
    /// again.
    pub line: u32,
}

/// A flyer's text, read once for all its variants.
#[derive(Debug, Clone)]
pub struct Text {
    /// The title.
    pub title: Inline,
    /// Paragraphs before the first heading.
    pub lead: Vec<Inline>,
    /// The parts.
    pub sections: Vec<Section>,
    fields: BTreeMap<String, Value>,
    texts: BTreeMap<String, Value>,
    /// The event's day, and its photograph.
    on: Option<Date>,
    photo: Option<Photo>,
}

impl Text {
    /// Reads the Markdown.
    pub fn of(flyer: &Flyer, photo: Option<Photo>) -> Self {
        let language = flyer.language.as_str();
        let (title, on) = (blocks::line(&flyer.title, language), flyer.on.as_ref().map(|on| on.value));
        let mut text = Self {
            title,
            lead: Vec::new(),
            sections: Vec::new(),
            fields: BTreeMap::new(),
            texts: BTreeMap::new(),
            on,
            photo,
        };
        for (line, block) in blocks::parse_at(&flyer.markdown, language) {
            match (block, text.sections.last_mut()) {
                (Block::Heading { level: ..=2, text: title }, _) => {
                    let line = line - 1;
                    text.sections.push(Section {
                        title,
                        steps: Vec::new(),
                        points: Vec::new(),
                        blocks: Vec::new(),
                        line,
                    });
                }
                (Block::Par { text: par }, None) => text.lead.push(par),
                (Block::List { ordered: true, items, .. }, Some(section)) => section.steps.extend(items),
                (Block::List { items, .. }, Some(section)) => section.points.extend(items),
                (block, Some(section)) => section.blocks.push(block),
                // A list before the first heading is a section without one.
                (block, None) => {
                    let mut section = Section {
                        title: Inline::new(),
                        steps: Vec::new(),
                        points: Vec::new(),
                        blocks: Vec::new(),
                        line: 0,
                    };
                    match block {
                        Block::List { ordered: true, items, .. } => section.steps = items,
                        Block::List { items, .. } => section.points = items,
                        other => section.blocks.push(other),
                    }
                    text.sections.push(section);
                }
            }
        }
        // What is ordered and what lays it out does not stand on it.
        for (key, value) in
            flyer.fields.iter().filter(|(key, _)| !matches!(key.as_str(), "order" | "layouts" | "on" | "picture"))
        {
            if let Ok(value) = serde_json::to_value(value) {
                if let Some(line) = rich(&value, language) {
                    text.texts.insert(key.clone(), line);
                }
                text.fields.insert(key.clone(), value);
            }
        }
        text
    }

    /// All that the author wrote above the small print, without readings: what must be large enough to read.
    pub fn written(&self) -> String {
        let mut all = plain(&self.title);
        let mut add = |inline: &Inline| {
            all.push('\n');
            all.push_str(&plain(inline));
        };
        self.lead.iter().for_each(&mut add);
        for section in &self.sections {
            add(&section.title);
            section.steps.iter().chain(&section.points).for_each(|item| item_texts(item, &mut add));
            section.blocks.iter().for_each(|block| block_texts(block, &mut add));
        }
        all
    }

    /// Does the text have what a template needs: `lead`, `steps`, `points`, or else a field of that name?
    pub fn has(&self, need: &str) -> bool {
        match need {
            "lead" => !self.lead.is_empty(),
            "steps" => self.sections.iter().any(|s| !s.steps.is_empty()),
            "points" => self.sections.iter().any(|s| !s.points.is_empty()),
            "on" => self.on.is_some(),
            field => self.fields.contains_key(field),
        }
    }
}

fn item_texts(item: &Item, add: &mut impl FnMut(&Inline)) {
    add(&item.text);
    item.blocks.iter().for_each(|block| block_texts(block, add));
}

/// Every text of a block but a note's, which is small print.
fn block_texts(block: &Block, add: &mut impl FnMut(&Inline)) {
    match block {
        Block::Heading { text, .. } | Block::Par { text } => add(text),
        Block::List { items, .. } => items.iter().for_each(|item| item_texts(item, add)),
        Block::Care { title, blocks, .. } => {
            add(title);
            blocks.iter().for_each(|block| block_texts(block, add));
        }
        Block::Table { head, rows, .. } => head.iter().chain(rows.iter().flatten()).for_each(add),
        Block::Rule {} | Block::Note { .. } => {}
    }
}

/// Strings (also in lists) as phrases.
fn rich(value: &Value, language: &str) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::to_value(blocks::line(text, language)).ok(),
        Value::Array(items) => items.iter().map(|i| rich(i, language)).collect::<Option<Vec<_>>>().map(Value::Array),
        _ => None,
    }
}

/// The path below the public address that a flyer's code leads to.
pub fn path(flyer: &Flyer, place: Option<&Place>) -> String {
    match place {
        Some(place) => format!("/r/{}-{}", flyer.code, place.code),
        None => format!("/r/{}", flyer.code),
    }
}

/// An address as it is printed: without the scheme, which nobody types.
pub fn shown(url: &str) -> &str {
    url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')
}

/// What is printed small: which flyer, which size, which place, which edition.
pub fn mark(flyer: &Flyer, size: &str, place: Option<&Place>) -> String {
    let mut mark = format!("{}-{size}", flyer.id);
    if let Some(place) = place {
        mark.push('-');
        mark.push_str(&place.code);
    }
    if let Some(edition) = flyer.fields.get("edition").and_then(|e| e.as_str()) {
        mark.push(' ');
        mark.push_str(edition);
    }
    mark
}

/// The data of one variant, without `print`, which the caller sets for each of its two PDFs.
pub fn data(config: &Config, flyer: &Flyer, text: &Text, size: &str, place: Option<&Place>) -> Result<Value> {
    let url = config.url(&path(flyer, place));
    let own = |key: &str, default: &str| {
        flyer.fields.get(key).and_then(|v| v.as_str()).map_or_else(|| default.to_owned(), ToOwned::to_owned)
    };
    let site = &config.site;
    Ok(json!({
        "language": flyer.language,
        "size": size,
        "print": false,
        "service": site.title,
        "city": own("city", &site.city),
        "title": text.title,
        "title_plain": plain(&text.title),
        "summary": flyer.summary,
        "summary_line": blocks::line(&flyer.summary, &flyer.language),
        "lead": text.lead,
        "sections": text.sections,
        "on": text.on,
        "on_line": text.on.map(|on| blocks::line(&format!("{{{on}}}"), &flyer.language)),
        "photo": text.photo,
        "opens": flyer.opens.as_ref().map(|opens| &opens.written),
        "fields": text.fields,
        "texts": text.texts,
        "office": own("office", &site.office),
        "tel": own("tel", &site.tel),
        "hours": own("hours", &site.hours),
        "url": url,
        "url_shown": shown(&url),
        "qr": Code::of(&url)?,
        "place": place,
        "mark": mark(flyer, size, place),
    }))
}

//! `order:` of a flyer's front matter in, what the printer is to print out: paper, colours, copies of each sheet for
//! each place.

use crate::calendar::Date;
use crate::content::Flyer;
use crate::diag::form::{date_of, meant};
use crate::diag::{Diagnostics, Place as At};
use crate::paper::source::Source;
use serde::Serialize;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;

/// What was ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Printing {
    /// `コート紙 110kg`.
    pub paper: BySize,
    /// `片面4色`.
    pub colours: BySize,
    /// `断裁`, `二つ折り`.
    pub finish: BySize,
    /// Day on which it is needed.
    pub due: Option<Date>,
    /// Where it is delivered to.
    pub deliver_to: String,
    /// Anything else.
    pub note: String,
    /// Copies by size and place; nothing where nothing was said.
    pub copies: Vec<Copies>,
}

/// What is said of all sizes, or of some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BySize {
    /// Of every size that is not named.
    all: String,
    /// By size.
    sizes: BTreeMap<String, String>,
}

impl BySize {
    /// Of one size; empty where nothing was said.
    pub fn of(&self, size: &str) -> &str {
        self.sizes.get(size).unwrap_or(&self.all)
    }
}

/// So many of one sheet for one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// `a5`.
    pub size: String,
    /// The place's code; empty for the sheet without a place.
    pub place: String,
    /// How many.
    pub copies: u64,
}

const KEYS: [&str; 7] = ["paper", "colours", "finish", "due", "deliver_to", "note", "copies"];
/// The key of the sheet without a place.
const NOWHERE: &str = "なし";
/// Nobody orders more of one sheet.
const MOST: u64 = 10_000_000;

impl Printing {
    /// Reads the order; a flyer without one has an empty order.
    pub fn of(flyer: &Flyer, source: &Source, problems: &mut Diagnostics) -> Self {
        let mut reader = Reader { flyer, source, problems };
        match flyer.fields.get("order") {
            None | Some(Value::Null) => Self::default(),
            Some(Value::Mapping(order)) => reader.order(order),
            Some(_) => {
                reader.wrong(
                    "order",
                    "order",
                    "注文（order）の書き方が違います",
                    "例: order: {paper: コート紙 110kg, colours: 片面4色, copies: 200}".into(),
                );
                Self::default()
            }
        }
    }

    /// Is anything said of copies?
    pub fn counts(&self) -> bool {
        !self.copies.is_empty()
    }

    /// Copies of a sheet; `None` where nothing was said.
    pub fn copies_of(&self, size: &str, place: &str) -> Option<u64> {
        self.copies.iter().find(|c| c.size == size && c.place == place).map(|c| c.copies)
    }
}

struct Reader<'a> {
    flyer: &'a Flyer,
    source: &'a Source,
    problems: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn wrong(&mut self, key: &str, value: &str, message: impl Into<String>, hint: String) {
        let at: At = if key == value { self.source.key(key) } else { self.source.word_below(key, value) };
        self.problems.error(&self.flyer.file, at, message, hint);
    }

    fn order(&mut self, order: &Mapping) -> Printing {
        let mut printing = Printing::default();
        for (key, value) in order {
            let key = plain(key);
            let text = || plain(value);
            match key.as_str() {
                "paper" => printing.paper = self.by_size("paper", value),
                "colours" => printing.colours = self.by_size("colours", value),
                "finish" => printing.finish = self.by_size("finish", value),
                "deliver_to" => printing.deliver_to = text(),
                "note" => printing.note = text(),
                "due" => match date_of(&text()) {
                    Ok(day) => printing.due = Some(day),
                    Err((message, hint)) => self.wrong("order", "due", message, hint),
                },
                "copies" => printing.copies = self.copies(value),
                other => {
                    let hint = meant(other, KEYS).unwrap_or_else(|| format!("使える項目: {}", KEYS.join("、")));
                    self.wrong("order", other, format!("注文（order）に `{other}` という項目はありません"), hint);
                }
            }
        }
        printing
    }

    /// `コート紙 110kg` for all sizes, or `{a4: コート紙 110kg, a5: 上質紙 70kg}`.
    fn by_size(&mut self, key: &str, value: &Value) -> BySize {
        let Value::Mapping(by_size) = value else {
            if matches!(value, Value::Sequence(_)) {
                self.wrong(
                    key,
                    key,
                    format!("`{key}` の書き方が違います"),
                    format!(
                        "例: {key}: コート紙 110kg（どの大きさも同じ）か、{key}: {{a4: コート紙 110kg, a5: 上質紙 \
                        70kg}}"
                    ),
                );
                return BySize::default();
            }
            return BySize { all: plain(value), ..BySize::default() };
        };
        let mut said = BySize::default();
        for (size, value) in by_size {
            let size = plain(size);
            match value {
                _ if !self.flyer.sizes.contains(&size) => self.unknown_size(key, &size),
                Value::Mapping(_) | Value::Sequence(_) | Value::Null => {
                    self.wrong(
                        key,
                        &size,
                        format!("`{size}` の `{key}` の書き方が違います"),
                        format!("例: {key}: {{{size}: コート紙 110kg}}"),
                    );
                }
                value => drop(said.sizes.insert(size, plain(value))),
            }
        }
        let left: Vec<&str> =
            self.flyer.sizes.iter().filter(|size| !by_size.contains_key(size.as_str())).map(String::as_str).collect();
        if !left.is_empty() {
            let at = self.source.key_itself(key);
            let hint = format!("大きさを分けて書くときは、全部の大きさを書いてください。例: {key}: {{{}: …}}", left[0]);
            self.problems.warning(
                &self.flyer.file,
                at,
                format!("注文（order）の `{key}` に、{} がありません", left.join("、")),
                hint,
            );
        }
        said
    }

    fn unknown_size(&mut self, key: &str, size: &str) {
        let sizes = &self.flyer.sizes;
        let hint = meant(size, sizes.iter().map(String::as_str))
            .unwrap_or_else(|| format!("このチラシの大きさ: {}", sizes.join("、")));
        self.wrong(key, size, format!("このチラシに、大きさ `{size}` はありません"), hint);
    }

    /// `200`, `{a5: 200}` or `{a5: {chuo: 200, なし: 10}}`.
    fn copies(&mut self, value: &Value) -> Vec<Copies> {
        let sizes = self.flyer.sizes.clone();
        let Value::Mapping(by_size) = value else {
            return sizes.iter().flat_map(|size| self.copies_of_size(size, value)).collect();
        };
        let mut all = Vec::new();
        for (size, value) in by_size {
            let size = plain(size);
            if sizes.contains(&size) {
                all.extend(self.copies_of_size(&size, value));
            } else {
                self.unknown_size("copies", &size);
            }
        }
        all
    }

    fn copies_of_size(&mut self, size: &str, value: &Value) -> Vec<Copies> {
        let places: Vec<String> = self.flyer.places.iter().map(|p| p.code.clone()).collect();
        let of = |place: &str, copies| Copies { size: size.to_owned(), place: place.to_owned(), copies };
        let Value::Mapping(by_place) = value else {
            let Some(copies) = self.number(size, value) else { return Vec::new() };
            return if places.is_empty() {
                vec![of("", copies)]
            } else {
                places.iter().map(|place| of(place, copies)).collect()
            };
        };
        let mut all = Vec::new();
        for (place, value) in by_place {
            let place = plain(place);
            if place != NOWHERE && !places.contains(&place) {
                let hint = meant(&place, places.iter().map(String::as_str)).unwrap_or_else(|| {
                    format!("このチラシの場所: {}（場所のないものは {NOWHERE}）", places.join("、"))
                });
                self.wrong("copies", &place, format!("このチラシに、場所 `{place}` はありません"), hint);
            } else if let Some(copies) = self.number(&place, value) {
                all.push(of(if place == NOWHERE { "" } else { &place }, copies));
            }
        }
        all
    }

    fn number(&mut self, key: &str, value: &Value) -> Option<u64> {
        let number = value.as_u64().filter(|n| *n <= MOST);
        if number.is_none() {
            self.wrong(
                "copies",
                key,
                format!("部数 `{}` は、数ではありません", plain(value)),
                "例: copies: {a5: 200}（枚数を半角の数字で）".into(),
            );
        }
        number
    }
}

/// A YAML value as it was written.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim_end().to_owned(),
    }
}

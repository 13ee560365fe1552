//! A size's name in, what people call it and the smallest type that may stand on it out.

use std::collections::BTreeMap;

/// Points below which type on a sheet is not legible at the distance from which it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Least {
    /// What the author wrote: title, lead and text.
    pub body: f64,
    /// Everything else: addresses, imprint.
    pub small: f64,
    /// Readings above words.
    pub ruby: f64,
}

impl Least {
    /// By the size's name; a theme's own size is read from the hand, as A5 is.
    pub fn of(size: &str) -> Self {
        let (body, small, ruby) = match size {
            "a3" => (15.0, 8.0, 7.0),
            "a4" => (12.0, 6.5, 5.0),
            "postcard" => (9.0, 5.5, 4.5),
            "cards" => (9.0, 5.0, 4.5),
            "stickers" => (8.0, 5.0, 4.0),
            _ => (10.0, 6.0, 5.0),
        };
        Self { body, small, ruby }
    }
}

/// As the city says it.
pub fn title(size: &str) -> String {
    let known = BTreeMap::from([("postcard", "はがき"), ("cards", "名刺大10枚"), ("stickers", "シール12枚")]);
    known.get(size).map_or_else(|| size.to_uppercase(), |title| (*title).to_owned())
}

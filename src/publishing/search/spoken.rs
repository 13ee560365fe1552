//! What somebody types at night in, the words in it that name something out: numbers with any unit, in any order,
//! whatever stands between them.
//!
//! `static/search.js` does the same; what is typed never leaves the phone.

use crate::text::fold;
use serde::{Deserialize, Serialize};

/// Parts that must all stand in what was typed, each in one of its forms; [`squeeze`]d.
pub type Phrase = Vec<Vec<String>>;

/// White space and marks without which a phrase is the same. (Particles stay: はく without its は is no word.
/// 胎動がない is found by 胎動 + ない.)
const DROPPED: &str = " 、。？！?!・'’「」,+|";
/// What people write behind a temperature.
const DEGREES: [&str; 12] =
    [" degrees", " degree", "degrees", "degree", "°c", " °c", "°", " °", "度", " 度", "ど", " ど"];

/// What was typed, folded, with temperatures in one form: 38度, 38.0℃ and 38 degrees are 38°c.
pub fn typed(query: &str) -> String {
    let text = fold(query);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if !c.is_ascii_digit() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
        let tenths = rest[whole..].strip_prefix('.').map_or(0, |t| t.bytes().take_while(u8::is_ascii_digit).count());
        let length = if tenths > 0 { whole + 1 + tenths } else { whole };
        let (number, behind) = rest.split_at(length);
        let number = number.strip_suffix(".0").unwrap_or(number);
        out.push_str(number);
        let unit = DEGREES.iter().filter(|unit| behind.starts_with(**unit)).map(|unit| unit.len()).max();
        // 38.0 and 38.5 are temperatures without any unit; 38 may be a week.
        let bare =
            length > whole && matches!(number.split('.').next(), Some("36" | "37" | "38" | "39" | "40" | "41" | "42"));
        if unit.is_some() || bare {
            out.push_str("°c");
        }
        rest = &behind[unit.unwrap_or(0)..];
    }
    out
}

/// A text in the form in which phrases are compared.
pub fn squeeze(text: &str) -> String {
    typed(text).chars().filter(|c| !DROPPED.contains(*c)).collect()
}

/// `A|B + C` as a phrase; `None` if nothing is in it.
pub fn phrase(text: &str) -> Option<Phrase> {
    let forms = |part: &str| part.split('|').map(squeeze).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    let parts: Phrase = text.split('+').map(forms).filter(|forms| !forms.is_empty()).collect();
    (!parts.is_empty()).then_some(parts)
}

/// Phrases that stand where these stand, in fewer bytes, which every phone loads: those of one part are one, and a form
/// that holds another one is left out.
pub fn shortened(phrases: &[Phrase]) -> Vec<Phrase> {
    let few = |forms: Vec<String>| -> Vec<String> {
        let redundant = |n: usize, form: &String| {
            forms.iter().enumerate().any(|(m, other)| form.contains(other.as_str()) && (form != other || m < n))
        };
        forms.iter().enumerate().filter(|(n, form)| !redundant(*n, form)).map(|(_, form)| form.clone()).collect()
    };
    let (alone, several): (Vec<&Phrase>, Vec<&Phrase>) = phrases.iter().partition(|p| p.len() == 1);
    let alone = few(alone.into_iter().flatten().flatten().cloned().collect());
    let several = several.into_iter().map(|phrase| phrase.iter().cloned().map(few).collect());
    (!alone.is_empty()).then(|| vec![alone]).into_iter().chain(several).collect()
}

/// Phrases as the files that phones load have them: `A|B+C,D`.
pub fn spelled(phrases: &[Phrase]) -> String {
    let one = |phrase: &Phrase| phrase.iter().map(|forms| forms.join("|")).collect::<Vec<_>>().join("+");
    phrases.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Those of a text as [`spelled`]: they are squeezed already.
pub fn phrases(text: &str) -> Vec<Phrase> {
    let parts = |phrase: &str| {
        phrase
            .split('+')
            .map(|forms| forms.split('|').filter(|form| !form.is_empty()).map(str::to_owned).collect())
            .collect()
    };
    text.split(',').filter(|phrase| !phrase.is_empty()).map(parts).collect()
}

/// Does a phrase stand in what was squeezed?
pub fn stands(phrase: &Phrase, squeezed: &str) -> bool {
    phrase.iter().all(|forms| forms.iter().any(|form| squeezed.contains(form.as_str())))
}

/// Names with the phrases by which they are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(pub Vec<(String, Vec<Phrase>)>);

impl Names {
    /// Lines of `name: A|B + C`; what follows `#` is a remark. Lines of one name add up, in the order in which names
    /// come first.
    pub fn parse(text: &str) -> Self {
        let mut all: Vec<(String, Vec<Phrase>)> = Vec::new();
        for line in text.lines().map(|l| l.split('#').next().unwrap_or_default()) {
            let Some((name, words)) = line.split_once(':') else { continue };
            let phrases: Vec<Phrase> = words.split(',').filter_map(phrase).collect();
            match all.iter_mut().find(|(known, _)| known == name.trim()) {
                Some((_, known)) => known.extend(phrases),
                None => all.push((name.trim().to_owned(), phrases)),
            }
        }
        Self(all)
    }
    /// The names that stand in a query, in the order of the table.
    pub fn of(&self, query: &str) -> Vec<&str> {
        let squeezed = squeeze(query);
        self.0
            .iter()
            .filter(|(_, phrases)| phrases.iter().any(|p| stands(p, &squeezed)))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_of_what_is_typed() {
        for (a, b) in [
            ("38度", "38℃"),
            ("３８．０", "38 degrees"),
            ("38.5ど", "38.5°C"),
            ("38 ℃", "38 度"),
            ("たいどう が ない？", "タイドウがない"),
            ("Baby not moving!", "babynotmoving"),
        ] {
            assert_eq!(squeeze(a), squeeze(b), "{a} {b}");
        }
        assert_eq!((typed("38週 2.5"), squeeze("1.0")), ("38週 2.5".to_owned(), "1".to_owned()));
    }

    #[test]
    fn names_by_their_phrases() {
        let names = Names::parse(
            "# 危険\nsuicide: 死にたい, 消え + たい\ninfant_fever: 2か月|新生児 + 熱|38度\n\nsuicide: wanna die # en\n",
        );
        for (query, expected) in [
            ("しにたい 死 に たい", vec!["suicide"]),
            ("消えてしまいたい", vec!["suicide"]),
            ("新生児が38.0", vec!["infant_fever"]),
            ("新生児", vec![]),
            ("I wanna die", vec!["suicide"]),
            ("", vec![]),
        ] {
            assert_eq!(names.of(query), expected, "{query}");
        }
    }

    proptest! {
        /// Fewer bytes find the same.
        #[test]
        fn shortened_stands_where_it_stood(texts in proptest::collection::vec("[あいう]{1,3}(\\|[あいう\
            ]{1,3}){0,3}( \\+ [あいう]{1,2}(\\|[あいう]{1,2}){0,2})?", 0..6), query in "[あいう]{0,6}") {
            let phrases: Vec<Phrase> = texts.iter().filter_map(|t| phrase(t)).collect();
            let short = shortened(&phrases);
            prop_assert_eq!(phrases.iter().any(|p| stands(p, &query)), short.iter().any(|p| stands(p, &query)));
            prop_assert!(spelled(&short).len() <= spelled(&phrases).len());
        }

        /// What a phone loads says what the table says.
        #[test]
        fn spelled_and_read(texts in proptest::collection::vec("\\PC{0,12}|[0-9.度ど℃ |+a]{0,12}", 0..5)) {
            let known: Vec<Phrase> = texts.iter().flat_map(|t| t.split(',')).filter_map(phrase).collect();
            prop_assert_eq!(phrases(&spelled(&known)), known);
        }

        #[test]
        fn squeezed_once_is_squeezed(text in "\\PC{0,40}|[0-9.度ど℃c° がは、a]{0,20}") {
            let once = squeeze(&text);
            // A dot of a number stands between digits: what is left of two numbers may be one.
            prop_assert_eq!(squeeze(&once).len() <= once.len() + 4, true);
            phrase(&text);
            Names::parse(&text).of(&text);
        }
    }
}

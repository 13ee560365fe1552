//! Sentences in, those that say another limit than the table, or stand under another urgency, out.

use super::numerals::compact;
use super::{Act, Concept, Figure, Of, Triage};
use crate::diag::Place;
use crate::markdown::{Boxed, NOTE, Sentence, Within};

/// A sentence that differs from the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which concept.
    pub concept: String,
    /// What differs, as written.
    pub phrase: String,
    /// Where its sentence begins.
    pub at: Place,
    /// What to do.
    pub instead: String,
}

/// About whom a text can be.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    /// It may speak of a child.
    pub child: bool,
    /// It may speak of somebody who is pregnant or has given birth.
    pub mother: bool,
}

impl Readers {
    /// Of a page, a bulletin: anybody.
    pub const ALL: Self = Self { child: true, mother: true };

    fn has(self, of: Option<Of>) -> bool {
        match of {
            None => true,
            Some(Of::Child) => self.child,
            Some(Of::Mother) => self.mother,
        }
    }
}

const AMBULANCE: [&str; 2] = ["119", "救急車"];
const NIGHT: [&str; 13] = [
    "夜",
    "よる",
    "朝を待",
    "すぐ",
    "今、",
    "今すぐ",
    "仕事中でも",
    "night",
    "now",
    "atonce",
    "rightaway",
    "straightaway",
    "immediately",
];
const TODAY: [&str; 7] = ["今日", "きょう", "その日", "本日", "当日", "today", "sameday"];

/// What can wait, says who writes this; unless it must not be waited for.
const LATER: [&str; 35] = [
    "翌朝",
    "翌日",
    "あくる朝",
    "あくる日",
    "次の日に",
    "次の日の診",
    "次の朝",
    "明日",
    "あした",
    "明朝",
    "朝になってから",
    "朝になったら",
    "朝まで待",
    "朝まで様子",
    "一晩様子",
    "ひと晩様子",
    "次の健診",
    "次の診療",
    "診療時間に",
    "診療時間内に",
    "週明け",
    "来週",
    "後日",
    "次の受診",
    "今度の健診",
    "tomorrow",
    "nextweek",
    "nextvisit",
    "nextappointment",
    "laterthisweek",
    "inthemorning",
    "nextday",
    "nextcheck",
    "canwait",
    "clinicopens",
];
const NO_WAITING: [&str; 9] =
    ["待た", "待つな", "待ってはいけ", "待っては", "でも", "don'twait", "donotwait", "withoutwaiting", "notwait"];

/// What tells how things usually go; nobody is told to do anything.
const USUALLY: [&str; 39] = [
    "たいてい",
    "の多くは",
    "多くの子",
    "ふつうの範囲",
    "普通の範囲",
    "なら、ふつう",
    "なら、普通",
    "なら正常",
    "合図です",
    "育ったしるし",
    "子どものころ",
    "小さかったころ",
    "までにかかる",
    "ほど眠",
    "ほどかかり",
    "くらいかかり",
    "多いです",
    "ふつうです",
    "普通です",
    "ことがあります",
    "ことが多い",
    "子もいます",
    "子がいます",
    "人もいます",
    "人が多い",
    "だんだん",
    "めやすです",
    "ほとんどは",
    "くらいが目安",
    "usually",
    "normal",
    "often",
    "mostly",
    "onaverage",
    "typical",
    "neartheend",
    "bythemselves",
    "byitself",
    "ontheirown",
];

/// 「いま」, and not 「います」「いました」「いません」「いまだに」, nor 「いまは元気です」.
fn now(text: &str) -> bool {
    text.match_indices("いま")
        .any(|(at, word)| !text[at + word.len()..].starts_with(['す', 'し', 'せ', 'だ', 'は', 'も']))
}

fn at_night(text: &str) -> bool {
    NIGHT.iter().any(|w| text.contains(w)) || now(text)
}

/// 「今日のうちに」, and not 「今日は動かない」.
fn today(text: &str) -> bool {
    TODAY.iter().any(|w| text.match_indices(w).any(|(at, word)| !text[at + word.len()..].starts_with('は')))
}

fn later(text: &str) -> bool {
    LATER.iter().any(|w| text.contains(w)) && !NO_WAITING.iter().any(|w| text.contains(w))
}

/// What a sentence tells to do, by the box that it stands in or by itself; `None` where it tells nothing.
fn act_of(boxed: Option<&Boxed>, text: &str) -> Option<Act> {
    let has = |text: &str, words: &[&str]| words.iter().any(|w| text.contains(w));
    match boxed.map(|b| b.word.as_str()) {
        // A note names what a text rests on.
        Some(NOTE) => None,
        Some("119") => Some(Act::Ambulance),
        Some("健診") => Some(Act::Checkup),
        Some("今日") => {
            let head = boxed.map(|b| compact(&b.head)).unwrap_or_default();
            if has(text, &AMBULANCE) {
                Some(Act::Ambulance)
            } else if later(text) {
                Some(Act::Checkup)
            } else if at_night(&head) || at_night(text) {
                Some(Act::Night)
            } else {
                // 「産院へ電話」 alone says no day: it is rung now. An empty head is the usual one.
                (head.is_empty() || today(&head)).then_some(Act::Today)
            }
        }
        _ if has(text, &AMBULANCE) => Some(Act::Ambulance),
        _ if later(text) => Some(Act::Checkup),
        _ if at_night(text) => Some(Act::Night),
        _ if today(text) => Some(Act::Today),
        _ => None,
    }
}

impl Concept {
    /// Does a sentence, made [`compact`], speak of it?
    fn is_named(&self, text: &str, language: &str) -> bool {
        let of = |language: &str| self.words.get(language);
        let easy = || (language == "easy").then(|| of("ja")).flatten();
        let Some(words) = of(language).or_else(easy) else { return false };
        let unless =
            self.unless.get(language).or_else(|| (language == "easy").then(|| self.unless.get("ja")).flatten());
        let all = |parts: &Vec<Vec<String>>| {
            !parts.is_empty() && parts.iter().all(|forms| forms.iter().any(|w| text.contains(w.as_str())))
        };
        words.iter().any(all) && !unless.is_some_and(|words| words.iter().any(|w| text.contains(w.as_str())))
    }
}

impl Triage {
    /// What differs from the table in the sentences of a text.
    pub fn differing(&self, sentences: &[Sentence], language: &str, readers: Readers) -> Vec<Found> {
        let mut found = Vec::new();
        let mut rest = sentences;
        let mut before: Option<(&Sentence, String)> = None;
        while let Some(first) = rest.first() {
            // The cells of a row are read as one.
            let row = rest
                .iter()
                .take_while(|s| s.within == Within::Label && s.at.line == first.at.line && s.boxed == first.boxed)
                .count()
                .max(1);
            let text = compact(&rest[..row].iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join("、"));
            // A limit may stand in the sentence after the one that says of what it is.
            let earlier = before.take().filter(|(s, _)| {
                s.within == Within::Prose
                    && s.within == first.within
                    && s.at.line == first.at.line
                    && s.boxed == first.boxed
            });
            found.extend(self.of_one(first, &text, earlier.as_ref().map(|(_, text)| text.as_str()), language, readers));
            before = Some((first, text));
            rest = &rest[row..];
        }
        found
    }

    fn of_one(
        &self,
        sentence: &Sentence,
        text: &str,
        before: Option<&str>,
        language: &str,
        readers: Readers,
    ) -> Vec<Found> {
        let act = act_of(sentence.boxed.as_ref(), text);
        if act.is_none() && USUALLY.iter().any(|w| text.contains(w)) {
            return Vec::new();
        }
        let naming = |text: &str| {
            self.concepts.iter().filter(|c| readers.has(c.of) && c.is_named(text, language)).collect::<Vec<_>>()
        };
        let mut named = naming(text);
        let carried = named.is_empty() && act.is_some();
        if let Some(before) = before.filter(|_| carried) {
            named = naming(&format!("{before}、{text}"))
                .into_iter()
                .filter(|c| c.figures.iter().any(|f| !f.unit.numbers(text).is_empty()))
                .collect();
        }
        let mut found: Vec<Found> = Vec::new();
        let mut tell = |concept: &Concept, phrase: String, instead: String| {
            if !found.iter().any(|f| f.phrase == phrase) {
                found.push(Found { concept: concept.id.clone(), phrase, at: sentence.at, instead });
            }
        };
        let figures = || named.iter().flat_map(|c| c.figures.iter());
        let allowed =
            |unit, number: f64| figures().any(|f| f.unit == unit && (f.value == number || f.also.contains(&number)));
        // Of several limits of one unit (140/90, 160/110) the nearest is meant.
        let mut limits: Vec<(&Concept, &Figure)> =
            named.iter().flat_map(|c| c.figures.iter().map(|f| (*c, f))).collect();
        while let Some(unit) = limits.first().map(|(_, f)| f.unit) {
            let (of_unit, rest) = limits.into_iter().partition::<Vec<_>, _>(|(_, f)| f.unit == unit);
            limits = rest;
            for (number, words) in unit.numbers(text).into_iter().filter(|(number, _)| !allowed(unit, *number)) {
                let away = |figure: &Figure| (figure.value - number).abs();
                let Some((concept, figure)) = of_unit.iter().min_by(|a, b| away(a.1).total_cmp(&away(b.1))) else {
                    continue;
                };
                let say = self.say(&figure.id, language).unwrap_or_default();
                tell(
                    concept,
                    words,
                    format!(
                        "「{}」は「{say}」です。`{{しきい値:{}}}` と書くと、表の言い方が入ります",
                        concept.about, figure.id
                    ),
                );
            }
        }
        for concept in named.iter().filter(|_| !carried) {
            let own = |unit, number: f64| {
                concept.figures.iter().any(|f| f.unit == unit && (f.value == number || f.also.contains(&number)))
            };
            // Of two limits of one thing (140/90, 160/110) the sentence speaks of the one that it says.
            let rivals = |unit| named.iter().any(|c| c.id != concept.id && c.figures.iter().any(|f| f.unit == unit));
            let others = concept.figures.iter().any(|f| {
                let numbers = f.unit.numbers(text);
                !numbers.is_empty() && rivals(f.unit) && !numbers.iter().any(|(n, _)| own(f.unit, *n))
            });
            let Some(act) = act.filter(|_| !others) else { continue };
            if act < concept.act || (act == Act::Ambulance && concept.act != Act::Ambulance) {
                let instead = match concept.act {
                    Act::Ambulance => "119番に入れてください",
                    Act::Night => {
                        "「夜でも、すぐ」と読める囲みや文にしてください（[!今日] の見出しに「夜でも」「すぐに」など）"
                    }
                    Act::Today => "「今日のうちに」と読める囲みや文にしてください",
                    Act::Checkup => "診療時間や健診で話す所に移してください",
                };
                tell(
                    concept,
                    act.word().to_owned(),
                    format!("「{}」は、表では「{}」です。{instead}", concept.about, concept.act.word()),
                );
            }
        }
        found
    }
}

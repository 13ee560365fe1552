//! Runs of styled text in, phrases that lines may break between out (BudouX; typst knows no Japanese word break).

use crate::markdown::in_counter;
use serde::Serialize;
use std::collections::BTreeSet;

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The text; `\n` is a break that the author asked for.
    pub text: String,
    /// How it is read, above it.
    pub reading: Option<String>,
    /// Bold.
    pub strong: bool,
    /// The number of a note, set small and high.
    pub note: bool,
}

/// A piece of a phrase, as the templates read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The text.
    pub t: String,
    /// Its reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r: Option<String>,
    /// Bold.
    #[serde(skip_serializing_if = "is_false")]
    pub b: bool,
    /// A note's number.
    #[serde(skip_serializing_if = "is_false")]
    pub n: bool,
}

/// What stays on one line where it can.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Phrase {
    /// Opening brackets: outside of the box, so that typst trims them at the start of a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre: Vec<Piece>,
    /// The phrase.
    pub p: Vec<Piece>,
    /// Closing brackets and points: outside of the box, so that typst squeezes neighbours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post: Vec<Piece>,
    /// Short enough to be kept on one line.
    #[serde(skip_serializing_if = "is_false")]
    pub keep: bool,
    /// A break that the author asked for; nothing else is set.
    #[serde(skip_serializing_if = "is_false")]
    pub br: bool,
}

/// Text in phrases.
pub type Inline = Vec<Phrase>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Longer phrases (in full-width characters) break where typst likes: on a narrow card they would fill a line alone.
const KEEP: usize = 12;

const OPENING: &str = "「『（【〔［｛〈《“‘";
/// White space is among them: at the start of a line it would look like an indent.
const CLOSING: &str = "、。，．・：；」』）】〕］｝〉》！？!?”’ \u{3000}";

/// Does a language break its lines by Japanese phrases?
pub fn is_japanese(language: &str) -> bool {
    matches!(language, "ja" | "easy")
}

/// Splits runs into phrases. `japanese`: by BudouX; other languages break at spaces, which typst does by itself.
pub fn phrases(runs: &[Run], japanese: bool) -> Inline {
    let mut inline = Inline::new();
    let mut line: Vec<Run> = Vec::new();
    for run in runs {
        let mut parts = run.text.split('\n');
        if let Some(first) = parts.next() {
            line.push(Run { text: first.into(), ..run.clone() });
        }
        for part in parts {
            push_line(&line, japanese, &mut inline);
            inline.push(Phrase { br: true, ..Phrase::default() });
            line = vec![Run { text: part.into(), ..run.clone() }];
        }
    }
    push_line(&line, japanese, &mut inline);
    inline
}

/// The text of phrases without readings, for the document's title and for people who read with their ears.
pub fn plain(inline: &[Phrase]) -> String {
    inline.iter().flat_map(|p| p.pre.iter().chain(&p.p).chain(&p.post)).map(|piece| piece.t.as_str()).collect()
}

fn push_line(line: &[Run], japanese: bool, inline: &mut Inline) {
    let text: String = line.iter().map(|r| r.text.as_str()).collect();
    if text.is_empty() {
        return;
    }
    let mut cuts = if japanese { cuts(&text) } else { BTreeSet::from([text.len()]) };
    let mut at = 0;
    for run in line {
        if run.reading.is_some() || run.note {
            // A reading stands over its whole word, a note's number hangs on the word before it.
            let from = if run.note { at } else { at + 1 };
            cuts.retain(|cut| *cut < from || *cut >= at + run.text.len());
        }
        at += run.text.len();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut rest) = (0, cuts.into_iter().peekable());
    for run in line {
        let end = at + run.text.len();
        let mut from = at;
        while let Some(cut) = rest.peek().copied().filter(|cut| *cut <= end) {
            push_piece(&mut pieces, run, &run.text[from - at..cut - at]);
            inline.push(phrase(std::mem::take(&mut pieces), japanese));
            from = cut;
            rest.next();
        }
        push_piece(&mut pieces, run, &run.text[from - at..]);
        at = end;
    }
    if !pieces.is_empty() {
        inline.push(phrase(pieces, japanese));
    }
}

fn push_piece(pieces: &mut Vec<Piece>, run: &Run, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece { t: text.into(), r: run.reading.clone(), b: run.strong, n: run.note });
    }
}

/// Byte offsets at which a phrase ends, the last one included.
fn cuts(text: &str) -> BTreeSet<usize> {
    let parser = budoux_phf_rs::Parser::japanese_parser();
    let (mut cuts, mut at) = (BTreeSet::new(), 0);
    for chunk in parser.parse(text) {
        at += chunk.len();
        cuts.insert(at);
    }
    // BudouX is trained on words: a number and its unit or range, Latin words and what hangs on a bracket stay
    // together.
    let glued = |cut: usize| {
        let (Some(before), Some(after)) = (text[..cut].chars().next_back(), text[cut..].chars().next()) else {
            return false;
        };
        let ascii = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '#' | '%' | '-' | ',');
        (ascii(before) && ascii(after))
            || in_counter(&text[..cut], &text[cut..])
            || "〜～".contains(before)
            || "〜～".contains(after)
            || OPENING.contains(before)
            || (CLOSING.contains(after) && after != '・')
            || (before.is_ascii_digit()
                && !CLOSING.contains(after)
                && !after.is_whitespace()
                && !OPENING.contains(after))
    };
    cuts.retain(|cut| !glued(*cut));
    // A point ends a phrase wherever BudouX thinks otherwise; so does the place before an opening bracket.
    let mut previous = None;
    for (at, c) in text.char_indices() {
        let ends = previous.is_some_and(|p: char| "、。！？ \u{3000}".contains(p)) && !CLOSING.contains(c);
        let opens = OPENING.contains(c) && previous.is_some_and(|p| !OPENING.contains(p));
        if at > 0 && (ends || opens) {
            cuts.insert(at);
        }
        previous = Some(c);
    }
    cuts.insert(text.len());
    cuts
}

fn phrase(mut p: Vec<Piece>, japanese: bool) -> Phrase {
    let mut phrase = Phrase { keep: japanese && width(&p) <= 2 * KEEP, ..Phrase::default() };
    if phrase.keep {
        while let Some((head, rest)) =
            p.first().filter(|f| f.r.is_none() && !f.n).and_then(|f| split_first(&f.t, OPENING))
        {
            let bold = p[0].b;
            phrase.pre.push(Piece { t: head, r: None, b: bold, n: false });
            set_or_drop(&mut p, 0, rest);
        }
        while let Some((rest, tail)) =
            p.last().filter(|l| l.r.is_none() && !l.n).and_then(|l| split_last(&l.t, CLOSING))
        {
            let last = p.len() - 1;
            let bold = p[last].b;
            phrase.post.insert(0, Piece { t: tail, r: None, b: bold, n: false });
            set_or_drop(&mut p, last, rest);
        }
    }
    phrase.p = p;
    phrase
}

fn set_or_drop(pieces: &mut Vec<Piece>, at: usize, text: String) {
    if text.is_empty() {
        pieces.remove(at);
    } else {
        pieces[at].t = text;
    }
}

fn split_first(text: &str, set: &str) -> Option<(String, String)> {
    let first = text.chars().next().filter(|c| set.contains(*c))?;
    Some((first.into(), text[first.len_utf8()..].into()))
}

fn split_last(text: &str, set: &str) -> Option<(String, String)> {
    let last = text.chars().next_back().filter(|c| set.contains(*c))?;
    Some((text[..text.len() - last.len_utf8()].into(), last.into()))
}

/// In half-width characters.
fn width(pieces: &[Piece]) -> usize {
    pieces.iter().flat_map(|p| p.t.chars()).map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(text: &str) -> Run {
        Run { text: text.into(), ..Run::default() }
    }
    fn shown(inline: &[Phrase]) -> String {
        let part = |pieces: &[Piece]| pieces.iter().map(|p| p.t.as_str()).collect::<String>();
        inline
            .iter()
            .map(|p| if p.br { "⏎".into() } else { part(&p.pre) + &part(&p.p) + &part(&p.post) })
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn lines_break_at_phrases() {
        let of = |text: &str| shown(&phrases(&[run(text)], true));
        assert_eq!(
            of("出産予定日か、お子さんの誕生日を入力します。"),
            "出産予定日か、|お子さんの|誕生日を|入力します。"
        );
        assert_eq!(of("生後3か月までの赤ちゃん"), "生後3か月までの|赤ちゃん");
        assert_eq!(of("妊娠5週から6歳まで"), "妊娠5週から|6歳まで");
        assert_eq!(of("はい。\n「だいじょうぶ」です"), "はい。|⏎|「だいじょうぶ」です");
        assert_eq!(shown(&phrases(&[run("We answer by the next day.")], false)), "We answer by the next day.");
    }

    #[test]
    fn a_reading_is_never_cut() {
        let ruby = Run {
            text: "母子健康手帳".into(), reading: Some("ぼしけんこうてちょう".into()), ..Run::default()
        };
        let inline = phrases(&[run("お手元の"), ruby, run("を見ながら")], true);
        let pieces: Vec<_> = inline.iter().flat_map(|p| &p.p).filter(|p| p.r.is_some()).collect();
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].t, "母子健康手帳");
    }

    proptest! {
        /// Nothing is lost or doubled, whatever is in the text.
        #[test]
        fn text_is_kept(texts in prop::collection::vec("[ぁ-ん一-龠、。「」a-z0-9 ・（）]{0,12}", 0..6)) {
            let runs: Vec<Run> = texts.iter().enumerate().map(|(n, t)| Run {
                text: t.clone(), reading: (n % 3 == 1 && !t.is_empty()).then(|| "よみ".into()), strong: n % 2 == 0,
                note: n % 5 == 4,
            }).collect();
            for japanese in [true, false] {
                prop_assert_eq!(plain(&phrases(&runs, japanese)), texts.concat());
            }
        }
    }
}

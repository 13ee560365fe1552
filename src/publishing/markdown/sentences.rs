//! Markdown in, its sentences with their places out: what is measured when a text is graded.

use super::marks;
use super::tree::{Element, Piece, take_footnotes, tree};
use super::write::{Token, tokens};
use crate::diag::Place;
use pulldown_cmark::Tag;

/// What a text stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// A paragraph, list or note: it has sentences.
    Prose,
    /// A heading, a box's head, a cell: it is read, but it is no sentence.
    Label,
}

/// The word of the box that a note's sentences are said to stand in.
pub const NOTE: &str = "^";

/// The box that a sentence stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boxed {
    /// The word between `[!` and `]`.
    pub word: String,
    /// The rest of its first line, without readings.
    pub head: String,
}

/// A sentence as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Without readings and marks.
    pub text: String,
    /// Where it begins in the file.
    pub at: Place,
    /// What it stands in.
    pub within: Within,
    /// The box around it; its head is in itself.
    pub boxed: Option<Boxed>,
    /// Runs of kanji that have no reading, with their places.
    pub bare: Vec<(String, Place)>,
    /// Words that have a reading.
    pub read: Vec<String>,
}

/// All sentences of a text whose first line is `first_line` of its file.
pub fn sentences(markdown: &str, first_line: u32) -> Vec<Sentence> {
    let (prepared, _) = marks::prepare(markdown);
    let mut pieces = tree(&prepared);
    let mut notes = Vec::new();
    take_footnotes(&mut pieces, &mut notes);
    let mut reader = Reader {
        ruler: marks::Ruler::new(&prepared, first_line),
        within: Within::Prose,
        boxed: None,
        open: 0,
        now: None,
        done: Vec::new(),
    };
    reader.pieces(&pieces);
    reader.boxed = Some(Boxed { word: NOTE.to_owned(), head: String::new() });
    notes.iter().for_each(|note| reader.element(note));
    reader.end();
    reader.done
}

struct Reader<'a> {
    ruler: marks::Ruler<'a>,
    within: Within,
    boxed: Option<Boxed>,
    /// Brackets that are open: 「熱？」と is one sentence.
    open: u32,
    now: Option<Sentence>,
    done: Vec<Sentence>,
}

impl Reader<'_> {
    fn pieces(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            match piece {
                Piece::Element(element) => self.element(element),
                Piece::Text(text, range) => self.text(text, range.start, range.len() == text.len()),
                Piece::HardBreak | Piece::Rule(_) => self.end(),
                // The first line of a box is its head.
                Piece::SoftBreak if self.within == Within::Label => {
                    self.end();
                    self.within = Within::Prose;
                }
                Piece::SoftBreak | Piece::Code(_) | Piece::Html(..) | Piece::Note(_) | Piece::Task(_) => {}
            }
        }
    }

    fn element(&mut self, element: &Element<'_>) {
        match &element.tag {
            Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Image { .. } => {}
            Tag::Strong | Tag::Emphasis | Tag::Strikethrough | Tag::Link { .. } => self.pieces(&element.children),
            Tag::Heading { .. } | Tag::TableCell => self.block(element, Within::Label),
            Tag::Paragraph if begins_box(element) => self.block(element, Within::Label),
            Tag::BlockQuote(_) => {
                let around = std::mem::replace(&mut self.boxed, box_of(element));
                self.block(element, Within::Prose);
                self.boxed = around;
            }
            _ => self.block(element, Within::Prose),
        }
    }

    fn block(&mut self, element: &Element<'_>, within: Within) {
        self.end();
        self.within = within;
        self.pieces(&element.children);
        self.end();
        self.within = Within::Prose;
    }

    fn text(&mut self, text: &str, start: usize, exact: bool) {
        let mut at = 0;
        let text_start = |n: usize| if exact { start + n } else { start };
        let marked = text.strip_prefix("[!").and_then(|t| t.split_once(']')).filter(|_| self.within == Within::Label);
        if let Some((_, rest)) = marked {
            at = text.len() - rest.len();
        }
        for token in tokens(&text[at..]) {
            match token {
                Token::Text(part) => {
                    for (n, c) in part.char_indices() {
                        self.letter(c, text_start(at + n));
                    }
                    at += part.len();
                }
                Token::Ruby(base, reading) => {
                    for c in base.chars() {
                        self.push(c, text_start(at));
                    }
                    if let Some(now) = &mut self.now {
                        now.read.push(base.to_owned());
                    }
                    at += base.len() + reading.len() + marks::BAR.len_utf8() + 2;
                }
                Token::Date(date) => {
                    // Twelve letters that the page writes with their readings.
                    for c in super::date_text(date, "ja").chars() {
                        self.push(c, text_start(at));
                    }
                    at += 12;
                }
            }
        }
    }

    fn push(&mut self, c: char, offset: usize) {
        if self.now.is_none() && c.is_whitespace() {
            return;
        }
        let at = || self.ruler.place(offset);
        let (within, boxed) = (self.within, &self.boxed);
        self.now
            .get_or_insert_with(|| Sentence {
                text: String::new(),
                at: at(),
                within,
                boxed: boxed.clone(),
                bare: Vec::new(),
                read: Vec::new(),
            })
            .text
            .push(c);
    }

    fn letter(&mut self, c: char, offset: usize) {
        if matches!(c, marks::JOINT) {
            return;
        }
        let c = if c == marks::BAR {
            '|'
        } else if c == marks::TILDE {
            '~'
        } else {
            c
        };
        let place = self.ruler.place(offset);
        self.push(c, offset);
        if is_kanji(c)
            && let Some(now) = &mut self.now
        {
            let before = now.text.chars().rev().nth(1).is_some_and(is_kanji);
            match now.bare.last_mut() {
                Some((run, _)) if before && now.text.ends_with(&format!("{run}{c}")) => run.push(c),
                _ => now.bare.push((c.to_string(), place)),
            }
        }
        match c {
            '「' | '『' | '（' => self.open += 1,
            '」' | '』' | '）' => self.open = self.open.saturating_sub(1),
            '。' | '！' | '？' if self.open == 0 => self.finish(),
            _ => {}
        }
    }

    fn finish(&mut self) {
        self.done.extend(self.now.take().filter(|s| !s.text.trim().is_empty()));
    }

    /// A block ends: so does its sentence, and whatever bracket was left open.
    fn end(&mut self) {
        self.open = 0;
        self.finish();
    }
}

/// The box that a quotation is, if it is one.
fn box_of(quote: &Element<'_>) -> Option<Boxed> {
    let Some(Piece::Element(first)) =
        quote.children.first().filter(|p| matches!(p, Piece::Element(e) if begins_box(e)))
    else {
        return None;
    };
    let Some(Piece::Text(text, _)) = first.children.first() else { return None };
    let (word, head) = text.strip_prefix("[!")?.split_once(']')?;
    let head = tokens(head).into_iter().map(|token| match token {
        Token::Text(part) => marks::restore(part),
        Token::Ruby(base, _) => base.to_owned(),
        Token::Date(date) => super::date_text(date, "ja"),
    });
    Some(Boxed { word: word.to_owned(), head: head.collect::<String>().trim().to_owned() })
}

fn begins_box(paragraph: &Element<'_>) -> bool {
    matches!(paragraph.children.first(), Some(Piece::Text(text, _)) if text.starts_with("[!"))
}

/// A kanji, or its repetition.
pub fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '々')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_with_their_places() {
        let markdown = "## 目安\n\n**熱**が出た。「大丈夫？」と\n{聞|き}いて、**「待つ」**こと。\n\n> [!119] すぐに\n> \
            - 反応がない\n\n|表|\n|---|\n|中身。|\n";
        let all: Vec<(String, u32, Within)> =
            sentences(markdown, 10).into_iter().map(|s| (s.text, s.at.line, s.within)).collect();
        let expect = |text: &str, line, within| (text.to_owned(), line, within);
        assert_eq!(
            all,
            [
                expect("目安", 10, Within::Label),
                expect("熱が出た。", 12, Within::Prose),
                expect("「大丈夫？」と聞いて、「待つ」こと。", 12, Within::Prose),
                expect("すぐに", 15, Within::Label),
                expect("反応がない", 16, Within::Prose),
                expect("表", 18, Within::Label),
                expect("中身。", 20, Within::Label),
            ]
        );
        let found = sentences("{病院|びょういん}に行って、電話する。", 1);
        assert_eq!(
            found[0].bare.iter().map(|(run, at)| (run.as_str(), at.column)).collect::<Vec<_>>(),
            [("行", 12), ("電話", 16)]
        );
        assert_eq!(found[0].read, ["病院"]);
    }

    proptest! {
        #[test]
        fn any_text_has_places_in_it(text in "\\PC{0,60}|[#*\\->|{}\\[\\]!。「」（）字かな \n]{0,60}") {
            let lines = text.split('\n').count() as u32;
            for sentence in sentences(&text, 1) {
                prop_assert!(sentence.at.line >= 1 && sentence.at.line <= lines && !sentence.text.trim().is_empty());
            }
        }
    }
}

//! A text with words of the glossary in, the same with a link at the first use of each and a note below the block out.

use super::glossary::{Glossary, glued};
use super::marks::BAR;
use super::renderer::Renderer;
use super::write::{Token, tokens};
use crate::text::escape;

impl Renderer<'_, '_> {
    /// Runs `write` without explaining anything in it.
    pub(super) fn silently<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.gloss.silent += 1;
        let result = write(self);
        self.gloss.silent -= 1;
        result
    }

    /// Text of a paragraph, list or table; the first use of a word leads to its explanation.
    pub(super) fn explained(&mut self, text: &str) {
        let Some(glossary) = self.context.glossary.filter(|_| self.gloss.silent == 0 && !self.quoted) else {
            return self.text(text);
        };
        let mut last = None;
        let all = tokens(text);
        for (n, token) in all.iter().enumerate() {
            match token {
                Token::Text(part) => {
                    let after = all.get(n + 1).and_then(first_letter);
                    self.words(glossary, part, last, after);
                    last = part.chars().next_back();
                }
                Token::Ruby(base, reading) => {
                    let after = all.get(n + 1).and_then(first_letter);
                    let known =
                        glossary.terms().iter().position(|t| t.term == *base && !base_is_part(last, base, after));
                    let written = format!("{{{base}{BAR}{reading}}}");
                    self.word(known, &written);
                    last = base.chars().next_back();
                }
                Token::Date(date) => {
                    self.text(&format!("{{{date}}}"));
                    last = None;
                }
            }
        }
    }

    /// A part without ruby or dates, between `before` and `after`.
    fn words(&mut self, glossary: &Glossary, part: &str, before: Option<char>, after: Option<char>) {
        let mut from = 0;
        for found in glossary.find(part) {
            let end = found.at + glossary.terms()[found.term].term.len();
            let cut = (found.at == 0 && part.chars().next().is_some_and(|c| glued(before, c)))
                || (end == part.len() && after.is_some_and(|c| glued(part.chars().next_back(), c)));
            if cut || self.gloss.done.get(found.term) != Some(&false) {
                continue;
            }
            self.text(&part[from..found.at]);
            self.word(Some(found.term), &part[found.at..end]);
            from = end;
        }
        self.text(&part[from..]);
    }

    /// One word as written: a link if it is a word of the glossary that has not been explained yet.
    fn word(&mut self, known: Option<usize>, written: &str) {
        let Some(n) = known.filter(|n| self.gloss.done.get(*n) == Some(&false)) else { return self.text(written) };
        self.gloss.done[n] = true;
        self.gloss.count += 1;
        let id = format!("{}w{}", self.context.id_prefix, self.gloss.count);
        self.gloss.waiting.push((n, self.gloss.count));
        self.out.raw(&format!("<a class=\"term\" href=\"#{id}\" aria-describedby=\"{id}\">"));
        self.text(written);
        self.out.raw("</a>");
    }

    /// The notes of the block that has just been written.
    pub(super) fn explanations(&mut self) {
        let waiting = std::mem::take(&mut self.gloss.waiting);
        let Some(glossary) = self.context.glossary.filter(|_| !waiting.is_empty()) else { return };
        self.out.raw("<div class=\"gloss\" role=\"note\"><dl>");
        for (n, number) in waiting {
            let term = &glossary.terms()[n];
            let reading = if term.reading == term.term {
                String::new()
            } else {
                format!("<span>（{}）</span>", escape(&term.reading))
            };
            let prefix = self.context.id_prefix;
            self.out.raw(&format!(
                "<div id=\"{prefix}w{number}\"><dt><dfn>{}</dfn>{reading}</dt><dd>{}</dd></div>",
                escape(&term.term),
                term.meaning_html
            ));
        }
        self.out.raw("</dl></div>\n");
    }
}

fn first_letter(token: &Token<'_>) -> Option<char> {
    match token {
        Token::Text(text) | Token::Ruby(text, _) => text.chars().next(),
        Token::Date(_) => None,
    }
}

/// Is a word in ruby only a part of a longer one?
fn base_is_part(before: Option<char>, base: &str, after: Option<char>) -> bool {
    base.chars().next().is_some_and(|c| glued(before, c)) || after.is_some_and(|c| glued(base.chars().next_back(), c))
}

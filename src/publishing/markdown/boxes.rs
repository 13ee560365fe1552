//! The marks of boxes (`[!119]`, `[!今日]`, `[!健診]`, `[!まとめ]`) in, their look and words out.

use super::tree::{Element, Piece};
use pulldown_cmark::Tag;
use std::ops::Range;

/// A box of the content format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Danger to life: 119, with a button that calls.
    Now,
    /// Ring today.
    Today,
    /// Can wait for the next checkup.
    Checkup,
    /// The summary at the top.
    Gist,
}

const PHONE: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path class="l" d="M6 3.500l3.500 0 2 5-2.500 2a12 12 0 0 0 5 5l2-2.500 5 2V18.500a2.500 2.500 0 0 1-2.700 2.500C10 20.500 3.500 14 3.500 6.200A2.500 2.500 0 0 1 6 3.500z"/></svg>"#;
const SUN: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><circle class="l" cx="12" cy="12" r="4.200"/><path class="l" d="M12 2.500v2.500M12 19v2.500M2.500 12H5M19 12h2.500M5.300 5.300l1.700 1.700M17 17l1.700 1.700M5.300 18.700L7 17M17 7l1.700-1.700"/></svg>"#;
const NOTE: &str = r#"<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path class="l" d="M5 3.500h14v17H5zM8.500 8h7M8.500 12h7M8.500 16h4"/></svg>"#;

impl Mark {
    /// All, with the words between `[!` and `]`.
    pub const ALL: [(&'static str, Self); 4] =
        [("119", Self::Now), ("今日", Self::Today), ("健診", Self::Checkup), ("まとめ", Self::Gist)];

    /// From the word between `[!` and `]`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, mark)| *mark)
    }
    /// The class of the section.
    pub fn class(self) -> &'static str {
        match self {
            Self::Now => "care now",
            Self::Today => "care today",
            Self::Checkup => "care",
            Self::Gist => "sheet gist",
        }
    }
    /// The drawing beside its heading.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Now => PHONE,
            Self::Today => SUN,
            Self::Checkup => NOTE,
            Self::Gist => "",
        }
    }
    /// The heading when the author wrote none, as Markdown with ruby.
    pub fn heading(self, language: &str) -> &'static str {
        match (language, self) {
            ("en", Self::Now) => "Call 119 now",
            ("en", Self::Today) => "Ring today",
            ("en", Self::Checkup) => "Mention it at your next checkup",
            ("en", Self::Gist) => "The short version",
            ("easy", Self::Now) => "すぐに 119へ {電話|でんわ}",
            ("easy", Self::Today) => "{今日|きょう}、{電話|でんわ}する",
            ("easy", Self::Checkup) => "{次|つぎ}の {健診|けんしん}で {話|はな}す",
            (_, Self::Now) => "すぐに119番へ",
            (_, Self::Today) => "今日のうちに電話",
            (_, Self::Checkup) => "次の健診で話す",
            (_, Self::Gist) => "まず、これだけ",
        }
    }
}

/// The button of a 119 box.
pub fn call_button(language: &str) -> String {
    let words = match language {
        "en" => "Call 119",
        "easy" => "119に <ruby>電話<rp>（</rp><rt>でんわ</rt><rp>）</rp></ruby>する",
        _ => "119に電話する",
    };
    format!("<a class=\"btn call\" href=\"tel:119\">{PHONE}{words}</a>")
}

/// Splits `[!119] すぐに119番へ` into the word and the heading.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let (word, heading) = text.strip_prefix("[!")?.split_once(']')?;
    (!word.contains('\n')).then_some((word.trim(), heading.trim()))
}

/// The word, the heading and the place of a quotation's mark, if it is a box.
pub(super) fn marked<'e>(quote: &'e Element<'_>) -> Option<(&'e str, &'e str, &'e Range<usize>)> {
    let Some(Piece::Element(Element { tag: Tag::Paragraph, children, .. })) = quote.children.first() else {
        return None;
    };
    let Some(Piece::Text(text, range)) = children.first() else { return None };
    split(text).map(|(word, heading)| (word, heading, range))
}

//! A body's Markdown in, blocks of phrases for the templates out.

use super::inline::{Inline, Run, is_japanese, phrases};
use crate::markdown::{Element, Piece, Token, date_readings, date_text, prepare, restore, tokens, tree};
use pulldown_cmark::{Alignment, Tag};
use serde::Serialize;

/// A block of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// 2 or deeper.
        level: u8,
        /// Its text.
        text: Inline,
    },
    /// A paragraph.
    Par {
        /// Its text.
        text: Inline,
    },
    /// A list.
    List {
        /// Numbered?
        ordered: bool,
        /// First number.
        start: u64,
        /// Its items.
        items: Vec<Item>,
    },
    /// A quote that begins with a mark: `119`, `今日`, `健診`, `まとめ`; other quotes have the mark `quote`.
    Care {
        /// The mark.
        mark: String,
        /// The heading behind it; may be empty.
        title: Inline,
        /// What is in it.
        blocks: Vec<Block>,
    },
    /// A table.
    Table {
        /// `left`, `center`, `right` by column.
        align: Vec<&'static str>,
        /// Head row.
        head: Vec<Inline>,
        /// Other rows.
        rows: Vec<Vec<Inline>>,
    },
    /// A line across.
    Rule {},
    /// A note's text.
    Note {
        /// Its number.
        number: usize,
        /// Its text.
        text: Inline,
    },
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Item {
    /// Its first paragraph.
    pub text: Inline,
    /// The bold words with which it begins, without the point behind them.
    pub title: Inline,
    /// The first paragraph without these words.
    pub rest: Inline,
    /// Some for a task list's box.
    pub done: Option<bool>,
    /// What follows the first paragraph.
    pub blocks: Vec<Block>,
}

/// Quotes and lists deeper than this are read as plain paragraphs (a hostile file must not use up the stack).
const DEEPEST: usize = 12;

/// Reads a body in a language: its dates are written so, and Japanese breaks lines by phrases.
pub fn parse(markdown: &str, language: &str) -> Vec<Block> {
    parse_at(markdown, language).into_iter().map(|(_, block)| block).collect()
}

/// As [`parse`], each with the line of the Markdown on which it begins, from 1.
pub fn parse_at(markdown: &str, language: &str) -> Vec<(u32, Block)> {
    let prepared = prepare(markdown);
    let mut reader = Reader { language, notes: Vec::new() };
    let line = |start: usize| prepared.get(..start).map_or(1, |before| before.matches('\n').count() as u32 + 1);
    let mut blocks: Vec<(u32, Block)> = Vec::new();
    for piece in &tree(&prepared) {
        let at = line(piece.start());
        blocks.extend(reader.blocks(std::slice::from_ref(piece), 1).into_iter().map(|block| (at, block)));
    }
    // Notes stand at the end in the order in which they are first named.
    let place = |block: &Block| if let Block::Note { number, .. } = block { *number } else { 0 };
    blocks.sort_by_key(|(_, b)| place(b));
    blocks.retain(|(_, b)| place(b) <= reader.notes.len());
    blocks
}

/// Headings below a title, none more than a level below the one before it: `###` without a `##` above is laid out as if
/// it were `##`. Three levels are enough on paper.
pub fn step_by_step<'b>(blocks: impl IntoIterator<Item = &'b mut Block>) {
    let last = &mut 1;
    blocks.into_iter().for_each(|block| step(std::slice::from_mut(block), last));
}

fn step(blocks: &mut [Block], last: &mut u8) {
    for block in blocks {
        match block {
            Block::Heading { level, .. } => {
                *level = (*level).clamp(2, 3).min(*last + 1);
                *last = *level;
            }
            Block::List { items, .. } => items.iter_mut().for_each(|item| step(&mut item.blocks, last)),
            Block::Care { blocks, .. } => step(blocks, last),
            _ => {}
        }
    }
}

/// One line of Markdown, such as a title.
pub fn line(markdown: &str, language: &str) -> Inline {
    // Not parsed as a block: a title may begin with a number and a point.
    let mut runs = Vec::new();
    push_text(&mut runs, &prepare(markdown), false, language);
    phrases(&runs, is_japanese(language))
}

struct Reader<'l> {
    language: &'l str,
    /// Names of notes in the order in which they are first named.
    notes: Vec<String>,
}

impl Reader<'_> {
    /// Of pieces that lie so deep, 1 for the body itself.
    fn blocks(&mut self, pieces: &[Piece<'_>], depth: usize) -> Vec<Block> {
        let mut found = Vec::new();
        let mut rest = pieces;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                Piece::Rule(_) => found.push(Block::Rule {}),
                Piece::Element(element) if !is_inline(first) => self.block(element, depth, &mut found),
                // Inline content without a paragraph: a tight list's item or a quote beyond the depth.
                _ => {
                    let more = rest.iter().take_while(|piece| is_inline(piece)).count();
                    let mut runs = self.inline(std::slice::from_ref(first), false);
                    runs.extend(self.inline(&rest[..more], false));
                    rest = &rest[more..];
                    self.push_par(&runs, &mut found);
                }
            }
        }
        found
    }

    fn block(&mut self, element: &Element<'_>, depth: usize, found: &mut Vec<Block>) {
        let inside = &element.children;
        match &element.tag {
            Tag::Heading { level, .. } => {
                let text = self.text(inside);
                found.push(Block::Heading { level: *level as u8, text });
            }
            Tag::Paragraph => {
                let runs = self.inline(inside, false);
                self.push_par(&runs, found);
            }
            Tag::List(start) if depth < DEEPEST => found.push(self.list(*start, inside, depth)),
            Tag::BlockQuote(_) if depth < DEEPEST => found.push(self.care(inside, depth)),
            Tag::Table(align) => found.push(self.table(align, inside)),
            Tag::FootnoteDefinition(label) => {
                let number = self.note(label);
                let text = |block| if let Block::Par { text } = block { Some(text) } else { None };
                let text = self.blocks(inside, depth + 1).into_iter().filter_map(text).flatten().collect();
                found.push(Block::Note { number, text });
            }
            // Code, HTML and anything deeper: its text, so that nothing is lost silently.
            _ => found.extend(self.blocks(inside, depth + 1)),
        }
    }

    fn push_par(&self, runs: &[Run], found: &mut Vec<Block>) {
        if runs.iter().any(|r| !r.text.trim().is_empty()) {
            found.push(Block::Par { text: self.phrases(runs) });
        }
    }

    fn list(&mut self, start: Option<u64>, inside: &[Piece<'_>], depth: usize) -> Block {
        let item = |piece: &Piece<'_>| match piece {
            Piece::Element(Element { tag: Tag::Item, children, .. }) => Some(self.item(children, depth)),
            _ => None,
        };
        let items = inside.iter().filter_map(item).collect();
        Block::List { ordered: start.is_some(), start: start.unwrap_or(1), items }
    }

    fn item(&mut self, inside: &[Piece<'_>], depth: usize) -> Item {
        let mut item = Item::default();
        let mut rest = ticked(inside, &mut item.done);
        let runs = match rest.split_first() {
            Some((Piece::Element(Element { tag: Tag::Paragraph, children, .. }), after)) => {
                rest = after;
                unbreak(&merge(self.inline(ticked(children, &mut item.done), false)))
            }
            _ => {
                let (own, below) = rest.split_at(rest.iter().take_while(|piece| is_inline(piece)).count());
                rest = below;
                self.inline(own, false)
            }
        };
        let bold = runs.iter().take_while(|r| r.strong || r.text.is_empty()).count();
        if bold > 0 {
            let (mut title, mut rest) = (runs[..bold].to_vec(), runs[bold..].to_vec());
            if let Some(last) = title.last_mut() {
                last.text = last.text.trim_end_matches(['。', '：', ':', '、', '　', ' ']).to_owned();
            }
            if let Some(first) = rest.first_mut() {
                first.text = first.text.trim_start_matches(['。', '：', ':', '、', '　', ' ', '\n']).to_owned();
            }
            title.iter_mut().for_each(|r| r.strong = false);
            item.title = self.phrases(&title);
            item.rest = self.phrases(&rest);
        } else {
            item.rest = self.phrases(&runs);
        }
        item.text = self.phrases(&runs);
        item.blocks = self.blocks(rest, depth + 1);
        item
    }

    fn care(&mut self, inside: &[Piece<'_>], depth: usize) -> Block {
        let (mut mark, mut title, mut blocks) = ("quote".to_owned(), Inline::new(), Vec::new());
        let mut rest = inside;
        if let Some((Piece::Element(Element { tag: Tag::Paragraph, children, .. }), after)) = inside.split_first() {
            rest = after;
            let mut runs = merge(self.inline(children, false));
            if let Some((found, heading, below)) = split_mark(&runs) {
                mark = found;
                title = self.phrases(&heading);
                runs = below;
            }
            self.push_par(&unbreak(&runs), &mut blocks);
        }
        blocks.extend(self.blocks(rest, depth + 1));
        Block::Care { mark, title, blocks }
    }

    fn table(&mut self, align: &[Alignment], inside: &[Piece<'_>]) -> Block {
        let align: Vec<_> = align
            .iter()
            .map(|a| match a {
                Alignment::None | Alignment::Left => "left",
                Alignment::Center => "center",
                Alignment::Right => "right",
            })
            .collect();
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        for piece in inside {
            let Piece::Element(Element { tag, children, .. }) = piece else { continue };
            let cell = |piece: &Piece<'_>| match piece {
                Piece::Element(Element { tag: Tag::TableCell, children, .. }) => Some(self.text(children)),
                _ => None,
            };
            let cells = children.iter().filter_map(cell).collect();
            if *tag == Tag::TableHead { head = cells } else { rows.push(cells) }
        }
        Block::Table { align, head, rows }
    }

    fn text(&mut self, pieces: &[Piece<'_>]) -> Inline {
        let runs = self.inline(pieces, false);
        self.phrases(&runs)
    }

    /// Soft breaks are `\r` until [`unbreak`]: the first line of a box ends at one.
    fn inline(&mut self, pieces: &[Piece<'_>], strong: bool) -> Vec<Run> {
        let mut runs = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text, _) | Piece::Html(text, _) => push_text(&mut runs, text, strong, self.language),
                // As typed: braces in it are no readings.
                Piece::Code(text) => push_run(&mut runs, &restore(text), strong),
                Piece::SoftBreak => push_run(&mut runs, "\r", strong),
                Piece::HardBreak => push_run(&mut runs, "\n", strong),
                Piece::Note(label) => {
                    let number = self.note(label);
                    runs.push(Run { text: format!("{number}"), note: true, ..Run::default() });
                }
                // Pictures are not printed, and what describes them for the ear is no part of the text.
                Piece::Element(Element { tag: Tag::Image { .. }, .. }) | Piece::Task(_) | Piece::Rule(_) => {}
                Piece::Element(Element { tag, children, .. }) => {
                    runs.extend(self.inline(children, strong || matches!(tag, Tag::Strong | Tag::Emphasis)));
                }
            }
        }
        runs
    }

    /// The number of a note, from 1 in the order of first mention.
    fn note(&mut self, label: &str) -> usize {
        let at = self.notes.iter().position(|l| l == label).unwrap_or_else(|| {
            self.notes.push(label.to_owned());
            self.notes.len() - 1
        });
        at + 1
    }

    fn phrases(&self, runs: &[Run]) -> Inline {
        phrases(&unbreak(&merge(runs.to_vec())), is_japanese(self.language))
    }
}

/// What is behind a box to tick, whose state is noted.
fn ticked<'p, 'a>(pieces: &'p [Piece<'a>], done: &mut Option<bool>) -> &'p [Piece<'a>] {
    match pieces.split_first() {
        Some((Piece::Task(state), rest)) => {
            *done = Some(*state);
            rest
        }
        _ => pieces,
    }
}

fn is_inline(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Element(element) => matches!(
            element.tag,
            Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::Superscript
                | Tag::Subscript
        ),
        Piece::Rule(_) => false,
        Piece::Text(..)
        | Piece::Code(_)
        | Piece::Html(..)
        | Piece::Note(_)
        | Piece::Task(_)
        | Piece::SoftBreak
        | Piece::HardBreak => true,
    }
}

/// Prepared text as runs: readings stand over their words, dates are written out.
fn push_text(runs: &mut Vec<Run>, text: &str, strong: bool, language: &str) {
    let ruby =
        |base: &str, reading: &str| Run { text: restore(base), reading: Some(restore(reading)), strong, note: false };
    for token in tokens(text) {
        match token {
            Token::Text(text) => push_run(runs, &restore(text), strong),
            Token::Ruby(base, reading) => runs.push(ruby(base.trim(), reading.trim())),
            Token::Date(date) if language == "easy" => {
                let [month, day, weekday] = date_readings(date).map(|(base, reading)| ruby(&base, &reading));
                runs.extend([month, day]);
                push_run(runs, "（", strong);
                runs.push(weekday);
                push_run(runs, "）", strong);
            }
            Token::Date(date) => push_run(runs, &date_text(date, language), strong),
        }
    }
}

fn push_run(runs: &mut Vec<Run>, text: &str, strong: bool) {
    if !text.is_empty() {
        runs.push(Run { text: text.into(), strong, ..Run::default() });
    }
}

/// Joins neighbours of one style (pulldown-cmark cuts text at every bracket).
fn merge(runs: Vec<Run>) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::new();
    for run in runs {
        match merged.last_mut() {
            Some(last)
                if last.reading.is_none()
                    && run.reading.is_none()
                    && !last.note
                    && !run.note
                    && last.strong == run.strong =>
            {
                last.text.push_str(&run.text)
            }
            _ => merged.push(run),
        }
    }
    merged
}

/// A soft break between Japanese characters is nothing, elsewhere a space.
fn unbreak(runs: &[Run]) -> Vec<Run> {
    let all: Vec<char> = runs.iter().flat_map(|r| r.text.chars()).collect();
    let mut at = 0;
    let mut result = Vec::with_capacity(runs.len());
    for run in runs {
        let mut text = String::with_capacity(run.text.len());
        for c in run.text.chars() {
            if c == '\r' {
                let before = all[..at].iter().next_back().copied();
                let after = all.get(at + 1).copied();
                let narrow = |c: Option<char>| c.is_some_and(|c| c.is_ascii() && !c.is_whitespace());
                if narrow(before) && narrow(after) {
                    text.push(' ');
                }
            } else {
                text.push(c);
            }
            at += 1;
        }
        result.push(Run { text, ..run.clone() });
    }
    result
}

/// `[!119] heading` on the first line: the mark, the heading, the lines below.
fn split_mark(runs: &[Run]) -> Option<(String, Vec<Run>, Vec<Run>)> {
    let first = runs.first().filter(|r| r.reading.is_none())?;
    let (mark, after) = first.text.strip_prefix("[!")?.split_once(']')?;
    let mut heading = Vec::new();
    let mut rest = Vec::new();
    let mut below = false;
    for (n, run) in runs.iter().enumerate() {
        let text = if n == 0 { after.trim_start() } else { run.text.as_str() };
        if below {
            rest.push(Run { text: text.into(), ..run.clone() });
        } else if let Some((head, tail)) = text.split_once(['\r', '\n']) {
            heading.push(Run { text: head.into(), ..run.clone() });
            rest.push(Run { text: tail.into(), ..run.clone() });
            below = true;
        } else {
            heading.push(Run { text: text.into(), ..run.clone() });
        }
    }
    heading.retain(|r| !r.text.is_empty());
    rest.retain(|r| !r.text.is_empty());
    Some((mark.to_owned(), heading, rest))
}

#[cfg(test)]
mod tests {
    use super::super::inline::plain;
    use super::*;
    use proptest::prelude::*;

    fn read(markdown: &str) -> Vec<Block> {
        parse(markdown, "ja")
    }

    #[test]
    fn steps_have_titles() {
        let blocks = read("1. **日を{入|い}れる。** 予定日を入力します。\n2. 題のない項目\n");
        let Block::List { ordered: true, items, .. } = &blocks[0] else { panic!("{blocks:?}") };
        assert_eq!(
            (plain(&items[0].title), plain(&items[0].rest)),
            ("日を入れる".into(), "予定日を入力します。".into())
        );
        assert_eq!((plain(&items[1].title), plain(&items[1].rest)), (String::new(), "題のない項目".into()));
    }

    #[test]
    fn boxes_tables_and_notes() {
        let blocks = read(
            "> [!119] すぐに119番へ\n> - けいれん\n\n> [!健診] 次の健診で\n> メモして。\n\n| {体重|たいじゅう} | b |\n\
             |---|--:|\n| 1 | 2 |\n\n注[^a]。\n\n[^a]: 出典\n",
        );
        let Block::Care { mark, title, blocks: inside } = &blocks[0] else { panic!("{blocks:?}") };
        assert_eq!((mark.as_str(), plain(title), inside.len()), ("119", "すぐに119番へ".into(), 1));
        let Block::Care { mark, blocks: inside, .. } = &blocks[1] else { panic!("{blocks:?}") };
        assert_eq!((mark.as_str(), inside.len()), ("健診", 1));
        let Block::Table { align, head, rows } = &blocks[2] else { panic!("{blocks:?}") };
        assert_eq!((align.as_slice(), plain(&head[0]), rows.len()), (["left", "right"].as_slice(), "体重".into(), 1));
        assert!(matches!(&blocks[4], Block::Note { number: 1, .. }), "{blocks:?}");
    }

    /// What paper says is what the page says.
    #[test]
    fn dates_and_readings_are_those_of_the_pages() {
        let one = |markdown: &str, language: &str| match parse(markdown, language).remove(0) {
            Block::Par { text } => text,
            other => panic!("{other:?}"),
        };
        for (markdown, language) in [
            ("{2026-12-08}の朝", "ja"),
            ("on {2026-12-08}", "en"),
            ("{2026-12-08}", "easy"),
            ("{妊娠|にんしん}と{x}", "ja"),
            ("**「太字」**です。37~38、~5日~", "ja"),
        ] {
            let page = crate::markdown::title(markdown, language).0.replace("**", "");
            assert_eq!(plain(&one(markdown, language)), page, "{markdown}");
        }
        assert_eq!(plain(&one("on {2026-12-08}", "en")), "on Tue 8 Dec");
        let easy = one("{2026-12-08}", "easy");
        let readings: Vec<&str> = easy
            .iter()
            .flat_map(|p| p.pre.iter().chain(&p.p).chain(&p.post))
            .filter_map(|piece| piece.r.as_deref())
            .collect();
        assert_eq!(readings, ["12がつ", "ようか", "か"]);
        assert_eq!(plain(&one("`{a|b}`", "ja")), "{a|b}");
        let table = read("| {体重|たいじゅう} | {2026-12-08} |\n|---|---|\n| 1 | 2 |\n");
        let Block::Table { head, .. } = &table[0] else { panic!("{table:?}") };
        assert_eq!((plain(&head[0]), plain(&head[1])), ("体重".into(), "12月8日（火）".into()));
    }

    #[test]
    fn lines_of_a_sentence_join_without_a_space() {
        let blocks = read("明日の\n朝です。see\nyou **「大丈夫」**と");
        let Block::Par { text } = &blocks[0] else { panic!("{blocks:?}") };
        assert_eq!(plain(text), "明日の朝です。see you 「大丈夫」と");
    }

    proptest! {
        /// Whatever an author writes, it is read.
        #[test]
        fn never_panics(markdown in "[-*_#>|{}\\[\\]!^:0-9. \\n\\\\`~あ漢、。「」（）a\u{E000}-\u{E002}]{0,120}") {
            read(&markdown);
        }
        #[test]
        fn depth_is_bounded(n in 0_usize..4000) {
            read(&">".repeat(n));
            read(&format!("{}a", "- ".repeat(n)));
            read(&format!("{}a{}", "*".repeat(n), "*".repeat(n)));
        }
    }
}

//! A body's Markdown in, blocks of phrases for the templates out.

use super::inline::{Inline, Run, phrases};
use super::sheet::is_japanese;
use crate::markdown::{Token, date_readings, date_text, prepare, restore, tokens};
use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset};
use serde::Serialize;
use std::cell::Cell;
use std::iter::Peekable;
use std::ops::Range;
use std::rc::Rc;

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
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let at = Rc::new(Cell::new(0));
    let events = Noting {
        events: TextMergeWithOffset::new(Parser::new_ext(&prepared, options).into_offset_iter()),
        at: at.clone(),
    };
    let mut reader =
        Reader { events: events.peekable(), language, notes: Vec::new(), depth: 0, at, starts: Vec::new() };
    let blocks = reader.blocks();
    let line = |start: &usize| prepared.get(..*start).map_or(1, |before| before.matches('\n').count() as u32 + 1);
    let mut blocks: Vec<(u32, Block)> = reader.starts.iter().map(line).zip(blocks).collect();
    // Notes stand at the end in the order in which they are first named.
    let notes = std::mem::take(&mut reader.notes);
    let place = |block: &Block| if let Block::Note { number, .. } = block { *number } else { 0 };
    blocks.sort_by_key(|(_, b)| place(b));
    blocks.retain(|(_, b)| place(b) <= notes.len());
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

struct Reader<'a, I: Iterator<Item = Event<'a>>> {
    events: Peekable<I>,
    language: &'a str,
    notes: Vec<String>,
    depth: usize,
    /// Where the last event begins.
    at: Rc<Cell<usize>>,
    /// Where each block of the body itself begins.
    starts: Vec<usize>,
}

/// Events without their places; the last one's is noted.
struct Noting<I> {
    events: I,
    at: Rc<Cell<usize>>,
}

impl<'a, I: Iterator<Item = (Event<'a>, Range<usize>)>> Iterator for Noting<I> {
    type Item = Event<'a>;
    fn next(&mut self) -> Option<Event<'a>> {
        let (event, range) = self.events.next()?;
        self.at.set(range.start);
        Some(event)
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Reader<'a, I> {
    /// Blocks up to and with the end of the one that is open.
    fn blocks(&mut self) -> Vec<Block> {
        let mut found = Vec::new();
        self.depth += 1;
        while let Some(event) = self.events.next() {
            let start = self.at.get();
            match event {
                Event::Start(tag) => self.block(tag, &mut found),
                Event::End(TagEnd::Paragraph) if self.depth > DEEPEST => {}
                Event::End(_) => break,
                Event::Rule => found.push(Block::Rule {}),
                // Inline content without a paragraph: a tight list's item or a quote beyond the depth.
                other => {
                    let mut runs = Vec::new();
                    self.inline_event(other, &mut runs, false);
                    self.inline(&mut runs, false);
                    self.push_par(&runs, &mut found);
                }
            }
            if self.depth == 1 {
                self.starts.resize(found.len(), start);
            }
        }
        self.depth -= 1;
        found
    }

    fn block(&mut self, tag: Tag<'a>, found: &mut Vec<Block>) {
        match tag {
            Tag::Heading { level, .. } => {
                let runs = self.inline_until_end();
                found.push(Block::Heading { level: level as u8, text: self.phrases(&runs) });
            }
            Tag::Paragraph => {
                let runs = self.inline_until_end();
                self.push_par(&runs, found);
            }
            Tag::List(start) if self.depth < DEEPEST => found.push(self.list(start)),
            Tag::BlockQuote(_) if self.depth < DEEPEST => found.push(self.care()),
            Tag::Table(align) => found.push(self.table(&align)),
            Tag::FootnoteDefinition(label) => {
                let number = self.note(&label);
                let blocks = self.blocks();
                let text = blocks
                    .into_iter()
                    .filter_map(|b| if let Block::Par { text } = b { Some(text) } else { None })
                    .flatten()
                    .collect();
                found.push(Block::Note { number, text });
            }
            // Code, HTML and anything deeper: its text, so that nothing is lost silently.
            _ => {
                if self.depth < 4 * DEEPEST {
                    found.extend(self.blocks());
                } else {
                    self.skip();
                }
            }
        }
    }

    fn skip(&mut self) {
        let mut open = 1;
        for event in self.events.by_ref() {
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    fn push_par(&self, runs: &[Run], found: &mut Vec<Block>) {
        if runs.iter().any(|r| !r.text.trim().is_empty()) {
            found.push(Block::Par { text: self.phrases(runs) });
        }
    }

    fn list(&mut self, start: Option<u64>) -> Block {
        let mut items = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => items.push(self.item()),
                Event::End(_) => break,
                _ => {}
            }
        }
        Block::List { ordered: start.is_some(), start: start.unwrap_or(1), items }
    }

    fn item(&mut self) -> Item {
        let mut item = Item::default();
        if let Some(Event::TaskListMarker(done)) = self.events.peek() {
            item.done = Some(*done);
            self.events.next();
        }
        let mut runs = Vec::new();
        if matches!(self.events.peek(), Some(Event::Start(Tag::Paragraph))) {
            self.events.next();
            if let Some(Event::TaskListMarker(done)) = self.events.peek() {
                item.done = Some(*done);
                self.events.next();
            }
            runs = self.inline_until_end();
        } else {
            self.inline(&mut runs, false);
        }
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
        item.blocks = self.blocks();
        item
    }

    fn care(&mut self) -> Block {
        let (mut mark, mut title, mut blocks) = ("quote".to_owned(), Inline::new(), Vec::new());
        if matches!(self.events.peek(), Some(Event::Start(Tag::Paragraph))) {
            self.events.next();
            let mut runs = self.inline_until_end_with_breaks();
            if let Some((found, heading, rest)) = split_mark(&runs) {
                mark = found;
                title = self.phrases(&heading);
                runs = rest;
            }
            self.push_par(&unbreak(&runs), &mut blocks);
        }
        blocks.extend(self.blocks());
        Block::Care { mark, title, blocks }
    }

    fn table(&mut self, align: &[Alignment]) -> Block {
        let align: Vec<_> = align
            .iter()
            .map(|a| match a {
                Alignment::None | Alignment::Left => "left",
                Alignment::Center => "center",
                Alignment::Right => "right",
            })
            .collect();
        let (mut head, mut rows, mut row) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::TableCell) => {
                    let runs = self.inline_until_end();
                    row.push(self.phrases(&runs));
                }
                Event::End(TagEnd::TableHead) => head = std::mem::take(&mut row),
                Event::End(TagEnd::TableRow) => rows.push(std::mem::take(&mut row)),
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Block::Table { align, head, rows }
    }

    fn inline_until_end(&mut self) -> Vec<Run> {
        unbreak(&self.inline_until_end_with_breaks())
    }

    /// Soft breaks are `\r` until [`unbreak`]: the first line of a box ends at one.
    fn inline_until_end_with_breaks(&mut self) -> Vec<Run> {
        let mut runs = Vec::new();
        self.inline(&mut runs, false);
        if matches!(self.events.peek(), Some(Event::End(_))) {
            self.events.next();
        }
        merge(runs)
    }

    /// Inline events up to, but not with, the end of the block or the start of another one.
    fn inline(&mut self, runs: &mut Vec<Run>, strong: bool) {
        while let Some(event) = self.events.peek() {
            match event {
                Event::End(_) | Event::Rule => break,
                Event::Start(tag) if !is_inline(tag) => break,
                _ => {}
            }
            let Some(event) = self.events.next() else { break };
            self.inline_event(event, runs, strong);
        }
    }

    fn inline_event(&mut self, event: Event<'a>, runs: &mut Vec<Run>, strong: bool) {
        match event {
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                push_text(runs, &text, strong, self.language);
            }
            // As typed: braces in it are no readings.
            Event::Code(text) => push_run(runs, &restore(&text), strong),
            Event::SoftBreak => push_run(runs, "\r", strong),
            Event::HardBreak => push_run(runs, "\n", strong),
            Event::FootnoteReference(label) => {
                let number = self.note(&label);
                runs.push(Run { text: format!("{number}"), note: true, ..Run::default() });
            }
            // Pictures are not printed, and what describes them for the ear is no part of the text.
            Event::Start(Tag::Image { .. }) => self.skip(),
            Event::Start(tag) => {
                let strong = strong || matches!(tag, Tag::Strong | Tag::Emphasis);
                self.depth += 1;
                if self.depth < 8 * DEEPEST {
                    self.inline(runs, strong);
                    if matches!(self.events.peek(), Some(Event::End(_))) {
                        self.events.next();
                    }
                } else {
                    self.skip();
                }
                self.depth -= 1;
            }
            Event::End(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
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

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::Superscript
            | Tag::Subscript
    )
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

//! Faults of a layout in, diagnostics with a place in the author's file out.

use super::proof::{CodeFault, Faults, Overflow};
use super::source::Source;
use crate::config::Config;
use crate::diag::{self, Diagnostics, Place};

/// What the faults are told of.
pub struct Case<'a> {
    /// Settings; a character may stand in them.
    pub config: &'a Config,
    /// The author's file below the root.
    pub file: &'a str,
    /// Its text.
    pub source: &'a Source,
    /// Size and template, as people say them.
    pub what: &'a str,
    /// Pages that the template allows.
    pub pages: Option<usize>,
    /// Line on which the text begins.
    pub body_line: u32,
}

const DESIGNER: &str = "テーマの flyers/ を作った人に見せてください";

impl Case<'_> {
    /// All faults as errors; none is `Ok`.
    pub fn check(&self, faults: &Faults) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::new();
        self.missing(faults, &mut problems);
        self.overflows(faults, &mut problems);
        // What runs over covers other things: the rest is told when it fits.
        if faults.overflows.is_empty() {
            self.type_and_ink(faults, &mut problems);
            faults.code.iter().for_each(|fault| self.code(fault, &mut problems));
        }
        for misfit in &faults.photos {
            let (message, hint) = misfit.message_and_hint(self.what);
            problems.error(self.file, misfit.at(self.source), message, hint);
        }
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    fn missing(&self, faults: &Faults, problems: &mut Diagnostics) {
        for c in &faults.missing {
            let message = format!("「{c}」（U+{:04X}）は、チラシの書体にありません", u32::from(*c));
            let hint = "別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ \
                に入れることもできます";
            let mut places = self.source.places_of(*c);
            let mut named = self.file.to_owned();
            if places.is_empty() {
                places = Source::read(&self.config.root.join("otayori.yaml")).places_of(*c);
                named = "otayori.yaml".into();
            }
            if places.is_empty() {
                problems.error(self.file, Place::default(), &message, hint);
            }
            places.into_iter().for_each(|at| problems.error(&named, at, &message, hint));
        }
    }

    fn overflows(&self, faults: &Faults, problems: &mut Diagnostics) {
        let what = self.what;
        for overflow in &faults.overflows {
            let (at, part) = self.place_of(overflow);
            let over = (overflow.need - overflow.have).max(0.1).ceil();
            let message = format!("{part}が {what} に入りきりません（{over:.0} mm あふれています）");
            problems.error(
                self.file,
                at,
                message,
                "文を短くするか、項目を減らしてください。ほかの大きさ（sizes）にすることもできます",
            );
        }
        if let Some(allowed) = self.pages.filter(|allowed| faults.pages > *allowed && faults.overflows.is_empty()) {
            let message = format!("文が {what} の{allowed}ページに入らず、{}ページになります", faults.pages);
            problems.error(self.file, self.body(), message, "文を短くするか、項目を減らしてください");
        }
    }

    fn type_and_ink(&self, faults: &Faults, problems: &mut Diagnostics) {
        let what = self.what;
        for (text, (size, least)) in &faults.small {
            problems.error(
                self.file,
                self.text(text),
                format!("「{text}」の字が小さすぎます（{what} で {size:.1} ポイント。{least} ポイント以上）"),
                DESIGNER,
            );
        }
        for (text, found) in &faults.pale {
            problems.error(
                self.file,
                self.text(text),
                format!("「{text}」の色が、うしろの色に近すぎます（{what} でコントラスト {found:.1}）"),
                DESIGNER,
            );
        }
        for (text, near) in &faults.cut {
            problems.error(
                self.file,
                self.text(text),
                format!("「{text}」が、紙の端に近すぎます（{what} で {near:.1} mm。3 mm 以上）"),
                DESIGNER,
            );
        }
    }

    fn code(&self, fault: &CodeFault, problems: &mut Diagnostics) {
        let what = self.what;
        let (message, hint) = match fault {
            CodeFault::Unread(read, of) => {
                (format!("{what} の二次元コードを読めません（{of}個のうち{read}個を読めました）"), DESIGNER)
            }
            CodeFault::Elsewhere(url) => (format!("{what} の二次元コードが、ほかの所（{url}）を開きます"), DESIGNER),
            CodeFault::Fine(module) => (
                format!("{what} の二次元コードの目が細かすぎます（1目 {module:.2} mm。0.5 mm 以上）"),
                "code や公開先のアドレス（public_url）を短くするか、大きい紙にしてください",
            ),
        };
        problems.error(self.file, self.source.key("code"), message, hint);
    }

    fn body(&self) -> Place {
        Place { line: self.body_line.max(1), column: 1 }
    }

    /// Where the words stand in the file, or where its text begins.
    fn text(&self, words: &str) -> Place {
        self.source.place_of_text(words).unwrap_or_else(|| self.body())
    }

    fn place_of(&self, overflow: &Overflow) -> (Place, String) {
        match overflow.what.as_str() {
            "title" => (self.source.key("title"), "題".into()),
            "body" => (self.body(), "本文".into()),
            "url" => (self.source.key("code"), "二次元コードの下の URL".into()),
            other => match other.strip_prefix("section:").and_then(|line| line.parse::<u32>().ok()) {
                Some(line) => (Place { line: self.body().line + line, column: 1 }, "この見出しの文".into()),
                None => (self.source.key(other), format!("「{other}」")),
            },
        }
    }
}

/// Something that could not be written or read.
pub fn broken(file: &str, e: &anyhow::Error) -> Diagnostics {
    let mut problems = Diagnostics::new();
    problems.error(file, Place::default(), format!("{e:#}"), diag::hint_of_io(e));
    problems
}

//! A text with gaps (`{しきい値:no_urine_hours}`) in, the text with the table's words in their place out; and back, for
//! the places of diagnostics.
//!
//! Gaps are filled when a file is read, before anything else sees it: a review is of the text that people read, so a
//! gap in the place of the same words asks for no new one, and a limit that changes asks for the review of every text
//! that says it.

use super::Triage;
use crate::diag::form::meant;
use crate::diag::{Diagnostics, Place};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// What a gap begins with.
const OPEN: [&str; 3] = ["{しきい値:", "{しきい値：", "{triage:"];

/// A gap that names no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What it names.
    pub id: String,
    /// Where it stands.
    pub at: Place,
}

impl Unknown {
    /// Tells of it.
    pub(in crate::content) fn tell(&self, file: &str, triage: &Triage, problems: &mut Diagnostics) {
        let hint = meant(&self.id, triage.ids()).unwrap_or_else(|| {
            format!(
                "content/triage.yaml にある数字の id を書いてください（{}）",
                triage.ids().collect::<Vec<_>>().join("、")
            )
        });
        problems.error(file, self.at, format!("しきい値 `{}` はありません", self.id), hint);
    }
}

/// Might this text have gaps?
pub(in crate::content) fn has_gaps(text: &str) -> bool {
    OPEN.iter().any(|open| text.contains(open))
}

/// The gaps of a line, with the ids that they name.
fn gaps(line: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find('{').map(|n| at + n) {
        at = start + 1;
        let Some(open) = OPEN.iter().find(|open| line[start..].starts_with(**open)) else { continue };
        let inner = start + open.len();
        let Some(length) = line[inner..].find(['{', '}']).filter(|n| line[inner + n..].starts_with('}')) else {
            continue;
        };
        if line[..start].ends_with('\\') {
            continue;
        }
        at = inner + length + 1;
        found.push((start..at, line[inner..inner + length].trim()));
    }
    found
}

impl Triage {
    /// The text with its gaps filled, and those that name nothing.
    pub fn filled(&self, text: &str, language: &str) -> (String, Vec<Unknown>) {
        if !has_gaps(text) {
            return (text.to_owned(), Vec::new());
        }
        let (mut out, mut unknown) = (String::with_capacity(text.len()), Vec::new());
        for (n, line) in text.split_inclusive('\n').enumerate() {
            let mut at = 0;
            for (gap, id) in gaps(line) {
                out.push_str(&line[at..gap.start]);
                match self.say(id, language) {
                    Some(words) => out.push_str(words),
                    None => {
                        let place = Place { line: n as u32 + 1, column: line[..gap.start].chars().count() as u32 + 1 };
                        unknown.push(Unknown { id: id.to_owned(), at: place });
                        out.push_str(&line[gap.clone()]);
                    }
                }
                at = gap.end;
            }
            out.push_str(&line[at..]);
        }
        (out, unknown)
    }

    /// Where a column of a filled line stands in the line as written; inside of a filled gap, where the gap begins.
    pub(in crate::content) fn column_as_written(&self, line: &str, language: &str, column: u32) -> u32 {
        let (mut written, mut filled, mut at) = (0, 0, 0);
        for (gap, id) in gaps(line) {
            let before = line[at..gap.start].chars().count() as u32;
            if filled + before >= column {
                break;
            }
            (written, filled, at) = (written + before, filled + before, gap.end);
            let as_written = line[gap.clone()].chars().count() as u32;
            let said = self.say(id, language).map_or(as_written, |words| words.chars().count() as u32);
            if filled + said >= column {
                return written + 1;
            }
            (written, filled) = (written + as_written, filled + said);
        }
        written + column.saturating_sub(filled)
    }
}

impl Triage {
    /// The diagnostics with the columns of the files that stand below `root`; `language` gives that of a file with
    /// gaps.
    pub fn as_written<'a>(
        &self,
        root: &Path,
        problems: Diagnostics,
        language: impl Fn(&str) -> Option<&'a str>,
    ) -> Diagnostics {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        let mut found = problems.into_found();
        for problem in &mut found {
            let Some(language) = language(&problem.file) else { continue };
            let text = texts
                .entry(problem.file.clone())
                .or_insert_with(|| std::fs::read_to_string(root.join(&problem.file)).unwrap_or_default());
            let line = (problem.line as usize)
                .checked_sub(1)
                .and_then(|n| text.lines().nth(n))
                .filter(|line| problem.column > 0 && has_gaps(line));
            if let Some(line) = line.filter(|_| !problem.message.starts_with("しきい値 `")) {
                problem.column = self.column_as_written(line, language, problem.column);
            }
        }
        found.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> Triage {
        Triage::built_in().clone()
    }

    #[test]
    fn gaps_are_filled_in_each_language() {
        let text = "{しきい値:no_urine_hours}、{しきい値：infant_fever_c}\n\
            {triage:preterm_weeks}より前。\\{しきい値:no_urine_hours} {しきい値:nai}";
        assert_eq!(table().filled(text, "ja").0, "8時間、38℃\n37週より前。\\{しきい値:no_urine_hours} {しきい値:nai}");
        assert_eq!(table().filled(text, "en").0.lines().next(), Some("eight hours、38°C"));
        assert_eq!(table().filled("{しきい値:no_urine_hours}", "easy").0, "8{時間|じかん}");
        assert_eq!(table().filled(text, "ja").1, [Unknown { id: "nai".into(), at: Place { line: 2, column: 50 } }]);
        let mut problems = Diagnostics::new();
        table().filled("{しきい値:no_urin_hours}", "ja").1[0].tell("a.md", &table(), &mut problems);
        assert_eq!(
            problems.sorted()[0].to_string(),
            "error: a.md:1:1 しきい値 `no_urin_hours` はありません\n  hint: 「no_urine_hours」のことですか"
        );
    }

    proptest! {
        /// A letter outside of the gaps stands, as written, where it is found from where it stands when they are
        /// filled.
        #[test]
        fn columns_lead_back(parts in prop::collection::vec(prop_oneof!["[あa。]{0,4}",
            Just("{しきい値:no_urine_hours}".to_owned()), Just("{triage:bp_systolic}".to_owned()),
            Just("{しきい値:nai}".to_owned())], 0..8)) {
            let written = parts.concat() + "字";
            let (filled, _) = table().filled(&written, "ja");
            let column = filled.chars().count() as u32;
            prop_assert_eq!(table().column_as_written(&written, "ja", column), written.chars().count() as u32);
            for (n, _) in filled.chars().enumerate() {
                let at = table().column_as_written(&written, "ja", n as u32 + 1) as usize;
                prop_assert!(at >= 1 && at <= written.chars().count());
            }
        }
        #[test]
        fn any_text_is_filled(text in "\\PC{0,40}|[{}しきい値:triage\\\\a\n]{0,40}") {
            table().filled(&text, "ja");
        }
    }
}

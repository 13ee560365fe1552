//! `segments/*.yaml` in, rules out, with the place of every mistake.

use super::{Rule, Segment, Unit, Window};
use crate::diag::form::{Form, Placed, meant, text_of};
use crate::diag::yaml::{self, Entry, Node, Top, Value};
use crate::diag::{Diagnostics, Place};

/// What a rule may name: the city's areas and languages.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Area ids.
    pub areas: Vec<String>,
    /// Language codes.
    pub languages: Vec<String>,
}

/// Keys of a condition, in the order in which the hint names them.
const CONDITIONS: [&str; 13] = [
    "pregnancy_weeks",
    "child_days",
    "child_weeks",
    "child_months",
    "child_years",
    "corrected_months",
    "area",
    "language",
    "first_child",
    "twins",
    "preterm",
    "any",
    "all",
];

/// Conditions inside one another, at most; deeper ones nobody can read.
const DEEPEST: usize = 8;

/// Reads one rule. `file` is its path below the root, `id` the file's name without `.yaml`.
pub fn parse(id: &str, file: &str, text: &str, known: &Known, problems: &mut Diagnostics) -> Option<Segment> {
    let node = yaml::parse(file, text, 1, Top::Map, problems)?;
    let form = Form::new(file, &node, &["title", "when"], problems)?;
    let title = form.needed("title", problems);
    let Some(when) = form.entry("when") else {
        problems.error(file, form.at, "`when` がありません", "例: when: {pregnancy_weeks: 28-41}");
        return None;
    };
    let mut reader = Reader { file, known, problems };
    let rule = reader.rule(&when.node, 1)?;
    Some(Segment { id: id.to_owned(), file: file.to_owned(), title: title?.value, rule })
}

struct Reader<'a> {
    file: &'a str,
    known: &'a Known,
    problems: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn error(&mut self, at: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.error(self.file, at, message, hint);
    }

    /// One condition, or several in one map, which all have to hold.
    fn rule(&mut self, node: &Node, depth: usize) -> Option<Rule> {
        if depth > DEEPEST {
            self.error(node.at, "条件の入れ子が深すぎます", "セグメントを2つに分けてください");
            return None;
        }
        let Value::Map(entries) = &node.value else {
            self.error(node.at, "条件が `項目: 値` の形ではありません", "例: pregnancy_weeks: 28-41");
            return None;
        };
        if entries.is_empty() {
            self.error(node.at, "条件がありません", "例: pregnancy_weeks: 28-41");
            return None;
        }
        let rules: Vec<Option<Rule>> = entries.iter().map(|entry| self.condition(entry, depth)).collect();
        let mut rules = rules.into_iter().collect::<Option<Vec<Rule>>>()?;
        if rules.len() == 1 { rules.pop() } else { Some(Rule::All(rules)) }
    }

    fn condition(&mut self, entry: &Entry, depth: usize) -> Option<Rule> {
        let node = &entry.node;
        if let Some(unit) = Unit::from_key(&entry.key) {
            let window = window(self.file, unit, node, self.problems)?;
            if window.width_days() < 7 {
                let days = window.width_days();
                self.error(
                    node.at,
                    format!("期間が{days}日しかありません。おたよりは週に1回です"),
                    "7日以上に広げてください",
                );
                return None;
            }
            return Some(Rule::Window(window));
        }
        match entry.key.as_str() {
            "area" => self.words(entry, "地区", &self.known.areas.clone()).map(Rule::Area),
            "language" => self.words(entry, "ことば", &self.known.languages.clone()).map(Rule::Language),
            "first_child" => self.flag(entry).map(Rule::FirstChild),
            "twins" => self.flag(entry).map(Rule::Twins),
            "preterm" => self.flag(entry).map(Rule::Preterm),
            "any" => self.rules(entry, depth).map(Rule::Any),
            "all" => self.rules(entry, depth).map(Rule::All),
            "not" => self.rule(node, depth + 1).map(|rule| Rule::Not(Box::new(rule))),
            other => {
                let known = || CONDITIONS.into_iter().chain(["not"]);
                let hint = meant(other, known())
                    .unwrap_or_else(|| format!("使える条件: {}", known().collect::<Vec<_>>().join("、")));
                self.error(entry.at, format!("`{other}` という条件はありません"), hint);
                None
            }
        }
    }

    fn rules(&mut self, entry: &Entry, depth: usize) -> Option<Vec<Rule>> {
        match &entry.node.value {
            Value::List(list) if !list.is_empty() => {
                let rules: Vec<Option<Rule>> = list.iter().map(|node| self.rule(node, depth + 1)).collect();
                rules.into_iter().collect()
            }
            Value::List(_) | Value::Map(_) | Value::Scalar { .. } => {
                self.error(
                    entry.node.at,
                    format!("`{}` は、条件のリストです", entry.key),
                    "条件を1行に1つ、`- ` で始めて書いてください",
                );
                None
            }
        }
    }

    fn words(&mut self, entry: &Entry, what: &str, known: &[String]) -> Option<Vec<String>> {
        let list = match &entry.node.value {
            Value::List(list) if !list.is_empty() => list,
            Value::List(_) | Value::Map(_) | Value::Scalar { .. } => {
                let shown =
                    text_of(&entry.node).map_or_else(|| known.first().cloned().unwrap_or_default(), |t| t.value);
                self.error(
                    entry.node.at,
                    format!("`{}` は、1つでもリストで書きます", entry.key),
                    format!("例: {}: [{shown}]", entry.key),
                );
                return None;
            }
        };
        let mut words = Vec::new();
        let mut good = true;
        for node in list {
            match text_of(node) {
                Some(Placed { value, .. }) if known.contains(&value) => words.push(value),
                other => {
                    let word = other.map(|t| t.value).unwrap_or_default();
                    let hint = meant(&word, known.iter().map(String::as_str))
                        .unwrap_or_else(|| format!("otayori.yaml にあるもの: {}", known.join("、")));
                    self.error(node.at, format!("{what} `{word}` は otayori.yaml にありません"), hint);
                    good = false;
                }
            }
        }
        good.then_some(words)
    }

    fn flag(&mut self, entry: &Entry) -> Option<bool> {
        match text_of(&entry.node).as_ref().map(|t| t.value.as_str()) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.error(
                    entry.node.at,
                    format!("`{}` は true か false です", entry.key),
                    format!("例: {}: true", entry.key),
                );
                None
            }
        }
    }
}

/// `5-16` or `5` in `unit`, both ends included; reversed and impossible numbers are reported.
pub fn window(file: &str, unit: Unit, node: &Node, problems: &mut Diagnostics) -> Option<Window> {
    let Some(text) = text_of(node) else {
        problems.error(
            file,
            node.at,
            format!("`{}` は `5-16` か `5` の形で書きます", unit.key()),
            format!("例: {}: 5-16", unit.key()),
        );
        return None;
    };
    let plain: String = text.value.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    let mut ends = plain.splitn(2, '-');
    let number = |end: Option<&str>| {
        end.filter(|e| !e.is_empty() && e.len() <= 5 && e.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|e| e.parse::<i32>().ok())
    };
    let from = number(ends.next());
    let to = match ends.next() {
        None => from,
        end => number(end),
    };
    let (Some(from), Some(to)) = (from, to) else {
        problems.error(
            file,
            text.at,
            format!("`{}` を期間として読めません", text.value),
            format!("例: {}: 5-16（両端を含みます）", unit.key()),
        );
        return None;
    };
    if from > to {
        problems.error(
            file,
            text.at,
            format!("期間が逆です（{from} は {to} より後）"),
            format!("「{}: {to}-{from}」のことですか", unit.key()),
        );
        return None;
    }
    if to > unit.highest() {
        problems.error(
            file,
            text.at,
            format!("`{}` に {to} はありません", unit.key()),
            format!("0 から {} までです", unit.highest()),
        );
        return None;
    }
    Some(Window { unit, from, to })
}

/// Full-width digits and the dashes that Japanese keyboards offer, as their ASCII forms.
fn half_width(c: char) -> char {
    match c {
        '０'..='９' => crate::text::narrow(c),
        '〜' | '～' | '–' | '−' | '－' | 'ー' | '~' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known() -> Known {
        Known { areas: vec!["north".into(), "south".into()], languages: vec!["ja".into(), "easy".into(), "en".into()] }
    }
    fn read(text: &str) -> (Option<Segment>, Vec<String>) {
        let mut problems = Diagnostics::new();
        let segment = parse("x", "segments/x.yaml", text, &known(), &mut problems);
        (segment, problems.sorted().iter().map(ToString::to_string).collect())
    }
    fn problem(text: &str) -> String {
        read(text).1.join("\n")
    }

    #[test]
    fn reads_the_format() {
        let (segment, problems) = read(
            "title: 南部\nwhen:\n  all:\n    - child_months: 0-11\n    - area: [south]\n    - not: {twins: true}\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        let months = Rule::Window(Window { unit: Unit::ChildMonths, from: 0, to: 11 });
        assert_eq!(
            segment.unwrap().rule,
            Rule::All(vec![months, Rule::Area(vec!["south".into()]), Rule::Not(Box::new(Rule::Twins(true)))])
        );
        let (one, _) = read("title: 3歳\nwhen:\n  child_years: ３\n");
        assert_eq!(one.unwrap().rule, Rule::Window(Window { unit: Unit::ChildYears, from: 3, to: 3 }));
    }

    #[test]
    fn says_what_is_wrong_where() {
        assert_eq!(
            problem("title: a\nwhen:\n  child_days: 0-2\n"),
            "error: segments/x.yaml:3:15 期間が3日しかありません。おたよりは週に1回です\n  hint: \
             7日以上に広げてください"
        );
        assert_eq!(
            problem("title: a\nwhen:\n  pregnancy_weeks: 16-5\n"),
            "error: segments/x.yaml:3:20 期間が逆です（16 は 5 より後）\n  hint: 「pregnancy_weeks: 5-16」のことですか"
        );
        assert_eq!(
            problem("title: a\nwhen:\n  pregnancy_weeks: 40-50\n"),
            "error: segments/x.yaml:3:20 `pregnancy_weeks` に 50 はありません\n  hint: 0 から 45 までです"
        );
        assert_eq!(
            problem("title: a\nwhen:\n  child_month: 1\n"),
            "error: segments/x.yaml:3:3 `child_month` という条件はありません\n  hint: 「child_months」のことですか"
        );
        assert_eq!(
            problem("title: a\nwhen:\n  any:\n    - area: [sauth]\n    - language: [fr]\n"),
            "error: segments/x.yaml:4:14 地区 `sauth` は otayori.yaml にありません\n  hint: 「south」のことですか\n\
             error: segments/x.yaml:5:18 ことば `fr` は otayori.yaml にありません\n  hint: otayori.yaml にあるもの: \
             ja、easy、en"
        );
        assert_eq!(problem("title: a\nwehn: 1\n").lines().count(), 4);
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}|title: a\nwhen:\n  (any|all|not|child_days|area): [-\\[\\]{}a-z0-9:, \n\
            ]{0,30}") {
            parse("x", "x", &text, &known(), &mut Diagnostics::new());
        }
    }
}

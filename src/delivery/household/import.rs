//! A CSV of households in, stored households out; or every wrong line with its place, and nothing written.

mod csv;
mod known;

pub use known::{check_known, store};

use super::{NewSubject, Registration};
use crate::calendar::{Date, days_between, plus_days, school_entry};
use crate::config::Site;
use crate::diag::{Diagnostics, Place, did_you_mean};
use crate::segment::SubjectKind;
use csv::{Cell, records};
use std::collections::{BTreeMap, BTreeSet};

/// The columns, in any order; the first line names them.
pub const COLUMNS: [&str; 9] =
    ["household", "kind", "due_on", "birth_on", "preterm_due_on", "area", "language", "first_child", "line"];

/// What a file says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The file's own mark of the household.
    pub key: String,
    /// Its first line in the file.
    pub line: u32,
    /// What is stored.
    pub registration: Registration,
    /// A LINE user, where the file has one.
    pub line_user: Option<String>,
}

/// Reads a file's text. `file` is its name in the diagnostics; all problems are collected.
pub fn read(file: &str, text: &str, site: &Site, today: Date) -> (Vec<Imported>, Diagnostics) {
    let mut problems = Diagnostics::new();
    let mut records = records(text).into_iter();
    let Some(header) = records.next() else {
        problems.error(
            file,
            Place { line: 1, column: 1 },
            "ファイルが空です",
            format!("1行目に列の名前を書いてください: {}", COLUMNS.join(",")),
        );
        return (Vec::new(), problems);
    };
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, cell) in header.iter().enumerate() {
        match COLUMNS.into_iter().find(|c| *c == cell.text) {
            Some(name) if columns.insert(name, n).is_some() => {
                problems.error(file, cell.at, format!("列 `{name}` が2つあります"), "1つにしてください")
            }
            Some(_) => {}
            None => {
                let hint = did_you_mean(&cell.text, COLUMNS).map_or_else(
                    || format!("使える列: {}", COLUMNS.join(", ")),
                    |near| format!("`{near}` のことですか"),
                );
                problems.error(file, cell.at, format!("列 `{}` はありません", cell.text), hint);
            }
        }
    }
    for needed in ["household", "kind"].into_iter().filter(|_| problems.counts().0 == 0).collect::<Vec<_>>() {
        if !columns.contains_key(needed) {
            problems.error(
                file,
                Place { line: 1, column: 1 },
                format!("列 `{needed}` がありません"),
                "1行目に列の名前を書いてください",
            );
        }
    }
    if problems.has_errors() {
        return (Vec::new(), problems);
    }
    let mut found: Vec<Imported> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut users: BTreeSet<String> = BTreeSet::new();
    for record in records {
        let mut row = Row { file, site, today, columns: &columns, record: &record, problems: &mut problems };
        if record.len() != header.len() {
            let at = record.first().map_or(Place::default(), |c| c.at);
            row.problems.error(
                file,
                at,
                format!("列が{}つあります（1行目は{}つ）", record.len(), header.len()),
                "カンマの数を確かめてください。値の中のカンマは \"…\" で囲みます",
            );
            continue;
        }
        let line = record.first().map_or(0, |c| c.at.line);
        let Some((key, subject, facts)) = row.read() else { continue };
        let n = *by_key.entry(key.clone()).or_insert_with(|| {
            let registration = Registration {
                subjects: Vec::new(),
                area: String::new(),
                language: String::new(),
                first_child: None,
                code: String::new(),
                consent_version: "import".into(),
            };
            found.push(Imported { key, line, registration, line_user: None });
            found.len() - 1
        });
        merge(file, &record, &columns, &mut found[n], subject, facts, &mut users, &mut problems);
    }
    if found.is_empty() && !problems.has_errors() {
        problems.error(
            file,
            Place { line: 2, column: 1 },
            "世帯が1つもありません",
            "2行目から、1行に1人（妊娠か子）ずつ書いてください",
        );
    }
    for one in &mut found {
        if one.registration.language.is_empty() {
            one.registration.language = site.languages.first().cloned().unwrap_or_default();
        }
    }
    (found, problems)
}

/// What a line says of its household; later lines may leave it out but not contradict.
struct Facts {
    area: String,
    language: String,
    first_child: Option<bool>,
    line_user: String,
}

#[expect(clippy::too_many_arguments, reason = "a step of `read`, cut out for length")]
fn merge(
    file: &str,
    record: &[Cell],
    columns: &BTreeMap<&str, usize>,
    into: &mut Imported,
    subject: NewSubject,
    facts: Facts,
    users: &mut BTreeSet<String>,
    problems: &mut Diagnostics,
) {
    let at = |name: &str| columns.get(name).and_then(|n| record.get(*n)).map_or(Place::default(), |c| c.at);
    let differs = |name: &str, problems: &mut Diagnostics| {
        problems.error(
            file,
            at(name),
            format!("同じ世帯の{}行目と `{name}` が違います", into.line),
            "世帯の値は、どの行にも同じものを書くか、2行目からは空けてください",
        );
    };
    let r = &mut into.registration;
    if r.subjects.contains(&subject) {
        let what = if subject.kind == SubjectKind::Pregnancy { "出産予定日" } else { "誕生日" };
        problems.warning(
            file,
            at("household"),
            format!("同じ世帯に、同じ{what}（{}）の行がもうあります", subject.stage_on),
            "ふたごなら、このままで正しいです。同じ子を2度書いていたら、1行を消してください",
        );
    }
    r.subjects.push(subject);
    if r.subjects.len() == 21 {
        problems.error(file, at("household"), "1つの世帯に20人より多くいます", "household の値を確かめてください");
    }
    for (name, old, new) in [("area", &mut r.area, facts.area), ("language", &mut r.language, facts.language)] {
        if old.is_empty() {
            *old = new;
        } else if !new.is_empty() && *old != new {
            differs(name, problems);
        }
    }
    match (r.first_child, facts.first_child) {
        (None, new) => r.first_child = new,
        (Some(old), Some(new)) if old != new => differs("first_child", problems),
        (Some(_), _) => {}
    }
    match &into.line_user {
        Some(old) if !facts.line_user.is_empty() && *old != facts.line_user => differs("line", problems),
        None if !facts.line_user.is_empty() => {
            if !users.insert(facts.line_user.clone()) {
                problems.error(
                    file,
                    at("line"),
                    "この LINE のユーザーは、別の世帯にもあります",
                    "1人のユーザーは1つの世帯だけにしてください",
                );
            }
            into.line_user = Some(facts.line_user);
        }
        Some(_) | None => {}
    }
}

/// One line under reading.
struct Row<'a> {
    file: &'a str,
    site: &'a Site,
    today: Date,
    columns: &'a BTreeMap<&'a str, usize>,
    record: &'a [Cell],
    problems: &'a mut Diagnostics,
}

impl Row<'_> {
    fn cell(&self, name: &str) -> (&str, Place) {
        let cell = self.columns.get(name).and_then(|n| self.record.get(*n));
        let start = self.record.first().map_or(Place::default(), |c| c.at);
        cell.map_or(("", start), |c| (c.text.as_str(), c.at))
    }
    fn wrong(&mut self, name: &str, message: impl Into<String>, hint: impl Into<String>) {
        let at = self.cell(name).1;
        self.problems.error(self.file, at, message, hint);
    }
    fn read(&mut self) -> Option<(String, NewSubject, Facts)> {
        let key = self.cell("household").0.to_owned();
        if key.is_empty() {
            self.wrong("household", "`household` が空です", "同じ世帯の行には、同じ番号や文字を書いてください");
        }
        let subject = self.subject();
        let facts = self.facts();
        Some((key, subject?, facts?)).filter(|(key, ..)| !key.is_empty())
    }
    fn date(&mut self, name: &str) -> Option<Date> {
        let text = self.cell(name).0.to_owned();
        if text.is_empty() {
            return None;
        }
        // 2026-11-03, and 2026/11/3 as spreadsheets write it.
        let parts: Vec<&str> = text.split(['-', '/']).collect();
        let read = match parts.as_slice() {
            [y, m, d] => crate::calendar::entry::read(y, m, d).map_err(|e| e.to_string()),
            _ => Err("日付として読めません".to_owned()),
        };
        match read {
            Ok(day) => day,
            Err(why) => {
                self.wrong(name, format!("`{name}` の「{text}」: {why}"), "2026-11-03 の形で書いてください");
                None
            }
        }
    }
    fn subject(&mut self) -> Option<NewSubject> {
        let before = self.problems.counts().0;
        let (due, birth, preterm) = (self.date("due_on"), self.date("birth_on"), self.date("preterm_due_on"));
        let given = |row: &Self, name: &str| !row.cell(name).0.is_empty();
        let kind = self.cell("kind").0.to_owned();
        let subject = match kind.as_str() {
            "pregnancy" => {
                for name in ["birth_on", "preterm_due_on"] {
                    if given(self, name) {
                        self.wrong(
                            name,
                            format!("妊娠（pregnancy）の行に `{name}` があります"),
                            "生まれた子は kind を child にしてください",
                        );
                    }
                }
                if !given(self, "due_on") {
                    self.wrong("due_on", "`due_on`（出産予定日）が空です", "妊娠の行には出産予定日が要ります");
                }
                let due = due?;
                let ahead = days_between(self.today, due);
                if !(-21..=43 * 7).contains(&ahead) {
                    self.wrong(
                        "due_on",
                        format!("出産予定日 {due} が、3週間前から43週先までの間にありません"),
                        "年を確かめてください",
                    );
                }
                NewSubject { kind: SubjectKind::Pregnancy, stage_on: due, due_on: None }
            }
            "child" => {
                if given(self, "due_on") {
                    self.wrong(
                        "due_on",
                        "子（child）の行に `due_on` があります",
                        "早産の子の予定日は `preterm_due_on` に書いてください",
                    );
                }
                if !given(self, "birth_on") {
                    self.wrong("birth_on", "`birth_on`（誕生日）が空です", "子の行には誕生日が要ります");
                }
                let birth = birth?;
                if birth > self.today {
                    self.wrong(
                        "birth_on",
                        format!("誕生日 {birth} は、まだ来ていません"),
                        "生まれる前なら kind を pregnancy にしてください",
                    );
                } else if school_entry(birth) <= self.today {
                    self.wrong(
                        "birth_on",
                        format!("誕生日 {birth} の子は、もう学校に上がっています"),
                        "この行を消してください",
                    );
                }
                if let Some(due) = preterm.filter(|due| *due < plus_days(birth, 21) || *due > plus_days(birth, 140)) {
                    self.wrong(
                        "preterm_due_on",
                        format!("予定日 {due} が、誕生日の3週間後から20週後までの間にありません"),
                        "3週間以上早く生まれた子だけに書いてください",
                    );
                }
                NewSubject { kind: SubjectKind::Child, stage_on: birth, due_on: preterm }
            }
            _ => {
                let hint = did_you_mean(&kind, ["pregnancy", "child"]).map_or_else(
                    || "pregnancy か child を書いてください".into(),
                    |near| format!("`{near}` のことですか"),
                );
                self.wrong("kind", format!("`kind` の「{kind}」がわかりません"), hint);
                return None;
            }
        };
        (self.problems.counts().0 == before).then_some(subject)
    }
    fn facts(&mut self) -> Option<Facts> {
        let before = self.problems.counts().0;
        let (area, language, line) =
            (self.cell("area").0.to_owned(), self.cell("language").0.to_owned(), self.cell("line").0.to_owned());
        let areas: Vec<&str> = self.site.areas.iter().map(|a| a.id.as_str()).collect();
        if !area.is_empty() && !areas.contains(&area.as_str()) {
            self.wrong(
                "area",
                format!("地区 `{area}` は otayori.yaml にありません"),
                format!("使える地区: {}", areas.join(", ")),
            );
        }
        if !language.is_empty() && !self.site.languages.contains(&language) {
            self.wrong(
                "language",
                format!("ことば `{language}` は otayori.yaml にありません"),
                format!("使えることば: {}", self.site.languages.join(", ")),
            );
        }
        let first_child = match self.cell("first_child").0 {
            "yes" => Some(true),
            "no" => Some(false),
            "" => None,
            other => {
                let message = format!("`first_child` の「{other}」がわかりません");
                self.wrong("first_child", message, "yes か no、わからなければ空けてください");
                None
            }
        };
        let user = line.len() == 33
            && line.starts_with('U')
            && line[1..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !line.is_empty() && !user {
            self.wrong("line", "LINE のユーザー ID の形ではありません", "U と、0–9・a–f の32文字です");
        }
        (self.problems.counts().0 == before).then_some(Facts { area, language, first_child, line_user: line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;
    use crate::config::Config;
    use proptest::prelude::*;

    const TODAY: Date = date(2026, 11, 21);

    fn run(text: &str) -> (Vec<Imported>, Vec<String>) {
        let site = Config::load_with(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")), &|_| None)
            .unwrap()
            .site;
        let (found, problems) = read("in.csv", text, &site, TODAY);
        (found, problems.sorted().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn groups_lines_by_household() {
        let (found, problems) =
            run("\u{feff}household,kind,due_on,birth_on,preterm_due_on,area,language,first_child,line\r\n\
            1,pregnancy,2027-03-16,,,south,ja,no,U00000000000000000000000000000001\r\n\r\n\
            1,child,,2025/4/10,2025-05-20,,,,\r\n\
            \"2\", child ,,2022-01-02,,,,,\r\n");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (
                found[0].registration.subjects.len(),
                found[0].registration.first_child,
                found[0].registration.area.as_str()
            ),
            (2, Some(false), "south")
        );
        assert_eq!(found[0].registration.subjects[1].due_on, Some(date(2025, 5, 20)));
        assert_eq!(
            (found[1].key.as_str(), found[1].registration.language.as_str(), &found[1].line_user),
            ("2", "ja", &None)
        );
    }

    #[test]
    fn every_wrong_line_has_its_place() {
        let (_, problems) = run("household,kind,due_on,birth_on,area,language,first_child\n\
            1,pregnacy,2027-03-16,,,,\n\
            2,pregnancy,2027-03-36,,,,\n\
            3,child,,2027-01-01,,,\n\
            ,child,,2025-01-01,,,\n\
            5,child,,2025-01-01,west,fr,maybe\n\
            6,child,,2025-01-01,south\n\
            7,pregnancy,2028-03-16,2026-01-01,,,\n\
            8,child,,2025-01-01,south,,\n\
            8,child,,2023-01-01,bay,,\n");
        let expected = [
            "error: in.csv:2:3 `kind` の「pregnacy」がわかりません\n  hint: `pregnancy` のことですか",
            "error: in.csv:3:13 `due_on` の「2027-03-36」: 3月に36日はありません。1から31までの数を入れてください。\n  \
             hint: 2026-11-03 の形で書いてください",
            "error: in.csv:4:10 誕生日 2027-01-01 は、まだ来ていません\n  hint: 生まれる前なら kind を pregnancy \
             にしてください",
            "error: in.csv:5:1 `household` が空です\n  hint: 同じ世帯の行には、同じ番号や文字を書いてください",
            "error: in.csv:6:21 地区 `west` は otayori.yaml にありません\n  hint: 使える地区: north, central, south, \
             hill, bay",
            "error: in.csv:6:26 ことば `fr` は otayori.yaml にありません\n  hint: 使えることば: ja, easy, en",
            "error: in.csv:6:29 `first_child` の「maybe」がわかりません\n  hint: yes か \
             no、わからなければ空けてください",
            "error: in.csv:7:1 列が5つあります（1行目は7つ）\n  hint: カンマの数を確かめてください。\
             値の中のカンマは \"…\" で囲みます",
            "error: in.csv:8:13 出産予定日 2028-03-16 が、3週間前から43週先までの間にありません\n  hint: \
             年を確かめてください",
            "error: in.csv:8:24 妊娠（pregnancy）の行に `birth_on` があります\n  hint: 生まれた子は kind を child \
             にしてください",
            "error: in.csv:10:21 同じ世帯の9行目と `area` が違います\n  hint: 世帯の値は、どの行にも同じものを書くか、\
             2行目からは空けてください",
        ];
        assert_eq!(problems, expected);
        assert_eq!(
            run("").1,
            ["error: in.csv:1:1 ファイルが空です\n  hint: 1行目に列の名前を書いてください: \
                 household,kind,due_on,birth_on,preterm_due_on,area,language,first_child,line"]
        );
        assert_eq!(
            run("houshold,kind\n").1,
            ["error: in.csv:1:1 列 `houshold` はありません\n  hint: `household` のことですか"]
        );
        assert_eq!(
            run("household\n1\n").1,
            ["error: in.csv:1:1 列 `kind` がありません\n  hint: 1行目に列の名前を書いてください"]
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "(household,kind,due_on,birth_on,line\n)?[a-z0-9,\"\n\r -]{0,80}.{0,10}") {
            let _ = run(&text);
        }
    }
}

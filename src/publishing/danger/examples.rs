//! `examples.<language>.tsv` in, sentences with what they are out: id, kind (of danger, or of calm), sentence,
//! separated by tabs.

use super::Danger;
use super::lexicon::Problem;

/// What sentences without danger are, for figures by kind.
pub const CALM: [&str; 7] = ["ordinary", "mild", "history", "hypothetical", "title", "idiom", "negated"];

/// A sentence and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its own name; the part before the first `-` is its series (whose, which round).
    pub id: String,
    /// The file's language: `ja`, `easy`, `en`, `zh`, `vi`, `pt`.
    pub language: String,
    /// What is in danger, or nothing.
    pub danger: Option<Danger>,
    /// As written in the file.
    pub kind: String,
    /// `everyday`, `odd` or empty.
    pub style: String,
    /// What somebody wrote.
    pub sentence: String,
}

impl Example {
    /// Whose it is, or of which round.
    pub fn series(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
    /// Of a list of forms that were missed, not of what somebody wrote.
    pub fn is_listed(&self) -> bool {
        self.series().starts_with("list")
    }
}

/// Reads a file of examples of one language.
pub(super) fn read(file: &str, language: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Example> {
    let mut examples = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [id, kind, sentence] = fields.as_slice() else {
            problems.push(Problem::new(
                file,
                n,
                format!("{}列あります（3列のはずです）", fields.len()),
                "id、種類、文の3つを、タブで区切ってください",
            ));
            continue;
        };
        let Some(danger) = label(kind) else {
            problems.push(Problem::new(
                file,
                n,
                format!("種類「{kind}」がありません"),
                format!("危ない種類の id か、心配の少ない種類（{}）で書いてください", CALM.join("、")),
            ));
            continue;
        };
        if id.is_empty() || sentence.is_empty() {
            problems.push(Problem::new(file, n, "id か文がありません", "どちらも書いてください"));
            continue;
        }
        examples.push(Example {
            id: (*id).into(),
            language: language.into(),
            danger,
            kind: (*kind).into(),
            style: String::new(),
            sentence: (*sentence).into(),
        });
    }
    examples
}

/// Reads a file to be measured: id, language, `danger` or `calm`, kind, style (which may be left out), sentence; or the three fields of an
/// example file, in Japanese.
pub fn read_measured(file: &str, text: &str) -> Result<Vec<Example>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut examples = Vec::new();
    for (n, line) in text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#') && !l.starts_with("id\t"))
    {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let (id, language, verdict, kind, style, sentence) = match fields.as_slice() {
            [id, language, verdict, kind, style, sentence, ..] => (id, language, verdict, kind, *style, sentence),
            [id, language, verdict, kind, sentence] => (id, language, verdict, kind, "", sentence),
            [id, kind, sentence] => {
                (id, &"ja", if label(kind).flatten().is_some() { &"danger" } else { &"calm" }, kind, "", sentence)
            }
            _ => {
                problems.push(Problem::new(
                    file,
                    n,
                    format!("{}列あります（5列か6列のはずです）", fields.len()),
                    "id、ことば（ja、easy、en、zh、vi、pt）、danger か calm、種類、文（または種類、everyday か \
                     odd、文）を、タブで区切ってください",
                ));
                continue;
            }
        };
        let danger = match *verdict {
            "danger" => Some(label(kind).flatten().unwrap_or(Danger::OtherSick)),
            "calm" => None,
            other => {
                problems.push(Problem::new(file, n, format!("「{other}」は読めません"), "3列目は danger か calm です"));
                continue;
            }
        };
        examples.push(Example {
            id: (*id).into(),
            language: (*language).into(),
            danger,
            kind: (*kind).into(),
            style: style.into(),
            sentence: (*sentence).into(),
        });
    }
    if problems.is_empty() { Ok(examples) } else { Err(problems) }
}

/// What a kind is: of danger, of calm, or none at all.
fn label(kind: &str) -> Option<Option<Danger>> {
    if CALM.contains(&kind) {
        return Some(None);
    }
    Danger::ALL.into_iter().find(|d| d.id() == kind).map(Some)
}

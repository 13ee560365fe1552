//! The texts that the program brings with it.

use super::language::Language;

/// The program's own texts, by file name.
pub(super) const OWN: [(&str, &str); 15] = [
    ("concepts.txt", include_str!("../../../content/danger/concepts.txt")),
    ("rules.txt", include_str!("../../../content/danger/rules.txt")),
    ("steps.tsv", include_str!("../../../content/danger/steps.tsv")),
    (SEARCH, include_str!("../../../content/danger/search.txt")),
    ("words.ja.txt", include_str!("../../../content/danger/words.ja.txt")),
    ("words.en.txt", include_str!("../../../content/danger/words.en.txt")),
    ("words.zh.txt", include_str!("../../../content/danger/words.zh.txt")),
    ("words.vi.txt", include_str!("../../../content/danger/words.vi.txt")),
    ("words.pt.txt", include_str!("../../../content/danger/words.pt.txt")),
    ("examples.ja.tsv", include_str!("../../../content/danger/examples.ja.tsv")),
    ("examples.easy.tsv", include_str!("../../../content/danger/examples.easy.tsv")),
    ("examples.en.tsv", include_str!("../../../content/danger/examples.en.tsv")),
    ("examples.zh.tsv", include_str!("../../../content/danger/examples.zh.tsv")),
    ("examples.vi.tsv", include_str!("../../../content/danger/examples.vi.tsv")),
    ("examples.pt.tsv", include_str!("../../../content/danger/examples.pt.tsv")),
];

/// The sentences of the program's own examples, with their language: to tell languages apart.
pub(super) fn own_examples() -> impl Iterator<Item = (Language, &'static str)> {
    let language = |name: &str| match name.strip_prefix("examples.")?.strip_suffix(".tsv")? {
        "easy" => Some(Language::Ja),
        id => Language::ALL.into_iter().find(|l| l.id() == id),
    };
    let files = OWN.iter().filter_map(move |(name, text)| Some((language(name)?, *text)));
    files.flat_map(|(language, text)| {
        text.lines().filter(|l| !l.starts_with('#')).filter_map(move |l| Some((language, l.rsplit('\t').next()?)))
    })
}

/// The texts by name.
pub type Texts = Vec<(String, String)>;

/// The program's own texts.
pub fn own() -> Texts {
    OWN.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Which words of a search name which danger.
pub(super) const SEARCH: &str = "search.txt";

//! A finished PDF's bytes in, what a printer or a screen reader would miss out: fonts that are not embedded, tags,
//! language.

/// What a PDF lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A font is only named, so another one would be set in its place.
    Font,
    /// No structure that a screen reader could follow.
    Tags,
    /// No language.
    Language,
}

impl Lack {
    /// For the diagnostic.
    pub fn title(self) -> &'static str {
        match self {
            Self::Font => "書体が埋めこまれていません",
            Self::Tags => "読み上げのためのタグがありません",
            Self::Language => "何語かが書かれていません",
        }
    }
}

/// Looks through the objects (Typst writes page, font and catalog dictionaries in the open, streams apart).
pub fn lacks(pdf: &[u8]) -> Vec<Lack> {
    let has = |what: &[u8]| pdf.windows(what.len()).any(|w| w == what);
    let mut lacks = Vec::new();
    if !has(b"/FontFile2") && !has(b"/FontFile3")
        || dictionaries(pdf, b"/Type/FontDescriptor").any(|d| !contains(d, b"/FontFile"))
    {
        lacks.push(Lack::Font);
    }
    if !has(b"/StructTreeRoot") || !has(b"/Marked true") {
        lacks.push(Lack::Tags);
    }
    if !has(b"/Lang") {
        lacks.push(Lack::Language);
    }
    lacks
}

/// SHA-256 in hexadecimal: by this a printer tells that the file arrived whole.
pub fn sha256(bytes: &[u8]) -> String {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// The objects that hold `mark`.
fn dictionaries<'a>(pdf: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let found = |what: &[u8], part: &[u8]| part.windows(what.len()).position(|w| w == what);
    pdf.windows(mark.len()).enumerate().filter(move |(_, w)| *w == mark).map(move |(at, _)| {
        let start = pdf[..at].windows(5).rposition(|w| w == b" obj\n").unwrap_or(0);
        let end = found(b"\nendobj", &pdf[at..]).map_or(pdf.len(), |n| at + n);
        &pdf[start..end]
    })
}

fn contains(part: &[u8], what: &[u8]) -> bool {
    part.windows(what.len()).any(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "1 0 obj\n<</Type/FontDescriptor/FontFile3 9 0 R>>\nendobj\n2 0 obj\n\
        <</Type/Catalog/Lang(ja)/StructTreeRoot 3 0 R/MarkInfo<</Marked true>>>>\nendobj\n";

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(lacks(GOOD.as_bytes()), []);
        assert_eq!(lacks(GOOD.replace("/Lang(ja)", "").as_bytes()), [Lack::Language]);
        assert_eq!(lacks(GOOD.replace("/StructTreeRoot 3 0 R", "").as_bytes()), [Lack::Tags]);
        let second = format!("{GOOD}3 0 obj\n<</Type/FontDescriptor/FontName/Arial>>\nendobj\n");
        assert_eq!(lacks(second.as_bytes()), [Lack::Font], "one font of two");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            lacks(&bytes);
            lacks(&[GOOD.as_bytes(), &bytes, b"/Type/FontDescriptor"].concat());
        }
    }
}

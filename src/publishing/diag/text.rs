//! Bytes of a file that a person saved in, text out; what is no text is a place.

use super::Place;

/// Bytes as text: a byte order mark goes, every line ends with `\n`. The place of the first byte that is no UTF-8 is
/// the error.
pub fn text_of(bytes: &[u8]) -> Result<String, Place> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains('\r') => Ok(text.replace("\r\n", "\n").replace('\r', "\n")),
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = String::from_utf8_lossy(good).replace("\r\n", "\n").replace('\r', "\n");
            let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) as u32 + 1;
            Err(Place { line: before.matches('\n').count() as u32 + 1, column })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_text_or_a_place() {
        assert_eq!(text_of("\u{FEFF}題\r\nb\rc\n".as_bytes()), Ok("題\nb\nc\n".to_owned()));
        assert_eq!(text_of(b"a\r\nb\rc\x91"), Err(Place { line: 3, column: 2 }));
        assert_eq!(text_of(b"\x91\xe8"), Err(Place { line: 1, column: 1 }));
        assert_eq!(text_of("題\n日\u{3042}".as_bytes().split_last().unwrap().1), Err(Place { line: 2, column: 2 }));
    }
}

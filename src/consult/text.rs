//! A text as a person sent it in, as it is kept out.

/// How many characters a question or follow-up has at most.
pub const LONGEST_QUESTION: usize = 4000;

/// How many characters an answer has at most.
pub const LONGEST_ANSWER: usize = 10_000;

/// As much of a text as is ever looked at: what is longer is not stored, and nobody shall wait for it to be read.
pub fn bounded(text: &str) -> &str {
    text.char_indices().nth(LONGEST_ANSWER).map_or(text, |(end, _)| &text[..end])
}

/// A person's text as it is kept: line breaks alike, no space around it. `Err` is what to tell the person.
pub fn checked_text(text: &str, longest: usize) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    let letters = text.chars().count();
    if letters == 0 {
        return Err("文を書いてください".into());
    }
    if letters > longest {
        return Err(format!("{longest}文字までで書いてください（いま{letters}文字）。続きは、送ったあとに書けます"));
    }
    Ok(text.replace('\0', ""))
}

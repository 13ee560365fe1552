//! A text's HTML in, whether it speaks of a loss out: then a quiet line leads to the page for those who know what that is.

/// As texts call it, in the languages of the program's own theme.
const WORDS: [&str; 6] = ["流産", "死産", "りゅうざん", "しざん", "miscarr", "stillb"];

/// Does a text speak of losing a pregnancy?
pub(super) fn speaks_of_loss(html: &str) -> bool {
    WORDS.iter().any(|word| html.contains(word)) || html.to_lowercase().contains("miscarr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_what_is_spoken_of() {
        assert!(speaks_of_loss("<p>切迫流産と言われたら</p>") && speaks_of_loss("Miscarriage") && speaks_of_loss("a stillbirth"));
        assert!(!speaks_of_loss("<p>つわりのとき</p>"));
    }
}

//! A text in, whether it speaks of a loss or of births out: beside the one a quiet line leads to the page for those who
//! know what that is, and the other does not stand where somebody has stopped letters.

/// As texts call it, in the languages of the program's own theme.
const WORDS: [&str; 6] = ["流産", "死産", "りゅうざん", "しざん", "miscarr", "stillb"];

/// Does a text speak of losing a pregnancy?
pub(super) fn speaks_of_loss(html: &str) -> bool {
    WORDS.iter().any(|word| html.contains(word)) || html.to_lowercase().contains("miscarr")
}

/// Bellies, births and courses for them, in the languages of the program's own theme.
const BIRTHS: [&str; 22] = [
    "妊",
    "つわり",
    "離乳",
    "マタニティ",
    "出産",
    "産後",
    "産前",
    "母子",
    "母乳",
    "授乳",
    "沐浴",
    "ベビー",
    "ママ",
    "赤ちゃん",
    "両親学級",
    "にんしん",
    "あかちゃん",
    "pregnan",
    "birth",
    "baby",
    "maternity",
    "prenatal",
];

/// Does a text speak of bellies and births, whomever it is for?
pub fn speaks_of_births(text: &str) -> bool {
    let text = text.to_lowercase();
    BIRTHS.iter().any(|word| text.contains(word))
}

/// The same of a pregnancy that goes on: where somebody is to be spared it stands in no list, while what is said of a
/// child that lives is folded.
const PREGNANCIES: [&str; 19] = [
    "妊",
    "つわり",
    "マタニティ",
    "出産",
    "お産",
    "産前",
    "陣痛",
    "破水",
    "胎動",
    "胎児",
    "おなかの子",
    "予定日",
    "両親学級",
    "にんしん",
    "しゅっさん",
    "pregnan",
    "birth",
    "maternity",
    "prenatal",
];

/// Does a text speak of a pregnancy or of giving birth?
pub(super) fn speaks_of_pregnancy(text: &str) -> bool {
    let text = text.to_lowercase();
    PREGNANCIES.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_what_is_spoken_of() {
        assert!(
            speaks_of_loss("<p>切迫流産と言われたら</p>")
                && speaks_of_loss("Miscarriage")
                && speaks_of_loss("a stillbirth")
        );
        assert!(!speaks_of_loss("<p>つわりのとき</p>"));
        assert!(
            speaks_of_births("はじめての両親学級")
                && speaks_of_births("Maternity class")
                && !speaks_of_births("図書館の休み")
        );
        assert!(
            speaks_of_pregnancy("妊婦健診") && speaks_of_pregnancy("Pregnancy") && !speaks_of_pregnancy("赤ちゃんの熱")
        );
    }
}

//! Letters in, the concepts that are numbers out: a temperature, an age, weeks, a blood pressure, tablets, hours; each against its threshold.

use super::Thresholds;
use super::text::{Language, Text};

/// The concepts that are numbers: id, whether it is a sign (`Some(true)`), calm (`Some(false)`) or says who and when, what it means.
pub(super) const NUMBERS: [(&str, Option<bool>, &str); 18] = [
    ("temp_hi", Some(true), "体温がしきい値以上"),
    ("temp_mild", Some(false), "体温が36度以上、しきい値未満"),
    ("temp_low", Some(true), "体温が36度未満"),
    ("age_lt3m", None, "しきい値の月齢より前"),
    ("age_ge3m", None, "しきい値の月齢から"),
    ("age_year", None, "何歳"),
    ("gest_any", None, "妊娠の週数"),
    ("gest_late", None, "妊娠18週から"),
    ("gest_pre37", None, "しきい値の週より前"),
    ("gest_term", None, "しきい値の週から"),
    ("bp_hi", Some(true), "血圧がしきい値以上"),
    ("bp_ok", Some(false), "血圧がしきい値未満"),
    ("many_pills", Some(true), "薬が6錠から"),
    ("few_pills", None, "薬が5錠まで"),
    ("hours_long", None, "しきい値の時間から"),
    ("hours", None, "何時間か"),
    ("minutes_long", None, "5分から"),
    ("minutes", None, "何分か"),
];

/// A concept by its place in [`NUMBERS`], in letters.
pub(super) type Found = (usize, usize, usize);

#[derive(Clone, Copy, PartialEq, Debug)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
    Degree,
    Fahrenheit,
    Hour,
    Minute,
    Pill,
    Other,
}

/// Units, longer ones before those that they begin with; `true`: no letter may follow.
const UNITS: &[(&str, Unit, bool)] = &[
    ("じかん", Unit::Hour, false),
    ("時間", Unit::Hour, false),
    ("时间", Unit::Hour, false),
    // Of a text of two characters nobody can tell the language.
    ("时間", Unit::Hour, false),
    ("時", Unit::Other, false),
    ("小时", Unit::Hour, false),
    ("个小时", Unit::Hour, false),
    ("个钟", Unit::Hour, false),
    ("hours", Unit::Hour, true),
    ("hour", Unit::Hour, true),
    ("hrs", Unit::Hour, true),
    ("hr", Unit::Hour, true),
    ("h", Unit::Hour, true),
    ("tieng", Unit::Hour, true),
    ("gio", Unit::Hour, true),
    ("horas", Unit::Hour, true),
    ("hora", Unit::Hour, true),
    ("分おき", Unit::Other, false),
    ("分の", Unit::Other, false),
    ("分间", Unit::Other, false),
    ("分", Unit::Minute, false),
    ("ぷん", Unit::Minute, false),
    ("ふん", Unit::Minute, false),
    ("minutes", Unit::Minute, true),
    ("minute", Unit::Minute, true),
    ("minutos", Unit::Minute, true),
    ("minuto", Unit::Minute, true),
    ("mins", Unit::Minute, true),
    ("min", Unit::Minute, true),
    ("phut", Unit::Minute, true),
    ("か月", Unit::Month, false),
    ("ゖ月", Unit::Month, false),
    ("け月", Unit::Month, false),
    ("ゕ月", Unit::Month, false),
    ("箇月", Unit::Month, false),
    ("かげつ", Unit::Month, false),
    ("ケ月", Unit::Month, false),
    ("ヶ月", Unit::Month, false),
    ("个多月", Unit::Month, false),
    ("个半月", Unit::Month, false),
    ("个月", Unit::Month, false),
    ("months", Unit::Month, true),
    ("month", Unit::Month, true),
    ("mths", Unit::Month, true),
    ("mo", Unit::Month, true),
    ("m/o", Unit::Month, true),
    ("thang", Unit::Month, true),
    ("meses", Unit::Month, true),
    ("mes", Unit::Month, true),
    ("週間", Unit::Week, false),
    ("しゅうかん", Unit::Week, false),
    ("週", Unit::Week, false),
    ("しゅう", Unit::Week, false),
    ("个星期", Unit::Week, false),
    ("个礼拜", Unit::Week, false),
    ("个周", Unit::Week, false),
    ("周岁", Unit::Year, false),
    ("周", Unit::Week, false),
    ("星期", Unit::Week, false),
    ("weeks", Unit::Week, true),
    ("weekers", Unit::Week, true),
    ("weeker", Unit::Week, true),
    ("week", Unit::Week, true),
    ("wks", Unit::Week, true),
    ("wk", Unit::Week, true),
    ("w", Unit::Week, true),
    ("tuan", Unit::Week, true),
    ("semanas", Unit::Week, true),
    ("semana", Unit::Week, true),
    ("sem", Unit::Week, true),
    ("日", Unit::Day, false),
    ("にち", Unit::Day, false),
    ("天", Unit::Day, false),
    ("days", Unit::Day, true),
    ("day", Unit::Day, true),
    ("dias", Unit::Day, true),
    ("dia", Unit::Day, true),
    ("ngay", Unit::Day, true),
    ("歳", Unit::Year, false),
    ("才", Unit::Year, false),
    ("さい", Unit::Year, false),
    ("岁", Unit::Year, false),
    ("years", Unit::Year, true),
    ("year", Unit::Year, true),
    ("yrs", Unit::Year, true),
    ("yr", Unit::Year, true),
    ("yo", Unit::Year, true),
    ("y/o", Unit::Year, true),
    ("anos", Unit::Year, true),
    ("ano", Unit::Year, true),
    ("aninho", Unit::Year, false),
    ("tuoi", Unit::Year, true),
    ("度", Unit::Degree, false),
    ("ど", Unit::Degree, false),
    ("°c", Unit::Degree, false),
    ("°f", Unit::Fahrenheit, false),
    ("°", Unit::Degree, false),
    ("º", Unit::Degree, false),
    ("degrees", Unit::Degree, true),
    ("degree", Unit::Degree, true),
    ("graus", Unit::Degree, true),
    ("grau", Unit::Degree, true),
    ("celsius", Unit::Degree, true),
    ("c", Unit::Degree, true),
    ("do", Unit::Degree, true),
    ("f", Unit::Fahrenheit, true),
    ("fahrenheit", Unit::Fahrenheit, true),
    ("錠", Unit::Pill, false),
    ("じょう", Unit::Pill, false),
    ("粒", Unit::Pill, false),
    ("つぶ", Unit::Pill, false),
    ("多片", Unit::Pill, false),
    ("几片", Unit::Pill, false),
    ("片", Unit::Pill, false),
    ("颗", Unit::Pill, false),
    ("pills", Unit::Pill, true),
    ("pill", Unit::Pill, true),
    ("tablets", Unit::Pill, true),
    ("tablet", Unit::Pill, true),
    ("tabs", Unit::Pill, true),
    ("capsules", Unit::Pill, true),
    ("caps", Unit::Pill, true),
    ("vien", Unit::Pill, true),
    ("comprimidos", Unit::Pill, true),
    ("comprimido", Unit::Pill, true),
    ("comp", Unit::Pill, true),
    ("kg", Unit::Other, true),
    ("ml", Unit::Other, true),
    ("mg", Unit::Other, true),
    ("cm", Unit::Other, true),
    ("g", Unit::Other, true),
    ("%", Unit::Other, false),
    ("回", Unit::Other, false),
    ("歩", Unit::Other, false),
    ("人", Unit::Other, false),
    ("枚", Unit::Other, false),
    ("号", Unit::Other, false),
    ("円", Unit::Other, false),
    ("万", Unit::Other, false),
    ("年", Unit::Other, false),
    ("月", Unit::Other, false),
    ("时", Unit::Other, false),
    ("点", Unit::Other, false),
    ("am", Unit::Other, true),
    ("pm", Unit::Other, true),
    ("times", Unit::Other, true),
    ("lan", Unit::Other, true),
    ("vezes", Unit::Other, true),
];

/// Numbers in words, where a unit follows.
const WORDS: &[(Language, &str, u32)] = &[
    (Language::En, "one", 1),
    (Language::En, "two", 2),
    (Language::En, "three", 3),
    (Language::En, "four", 4),
    (Language::En, "five", 5),
    (Language::En, "six", 6),
    (Language::En, "seven", 7),
    (Language::En, "eight", 8),
    (Language::En, "nine", 9),
    (Language::En, "ten", 10),
    (Language::En, "eleven", 11),
    (Language::En, "twelve", 12),
    (Language::En, "fifteen", 15),
    (Language::En, "twenty", 20),
    (Language::En, "thirty", 30),
    (Language::En, "forty", 40),
    (Language::En, "couple", 2),
    (Language::Vi, "mot", 1),
    (Language::Vi, "hai", 2),
    (Language::Vi, "ba", 3),
    (Language::Vi, "bon", 4),
    (Language::Vi, "nam", 5),
    (Language::Vi, "sau", 6),
    (Language::Vi, "bay", 7),
    (Language::Vi, "tam", 8),
    (Language::Vi, "chin", 9),
    (Language::Vi, "muoi", 10),
    (Language::Pt, "um", 1),
    (Language::Pt, "uma", 1),
    (Language::Pt, "dois", 2),
    (Language::Pt, "duas", 2),
    (Language::Pt, "tres", 3),
    (Language::Pt, "quatro", 4),
    (Language::Pt, "cinco", 5),
    (Language::Pt, "seis", 6),
    (Language::Pt, "sete", 7),
    (Language::Pt, "oito", 8),
    (Language::Pt, "nove", 9),
    (Language::Pt, "dez", 10),
    (Language::Pt, "quinze", 15),
    (Language::Pt, "vinte", 20),
    (Language::Pt, "trinta", 30),
    (Language::Pt, "quarenta", 40),
    (Language::Ja, "いっ", 1),
    (Language::Ja, "いち", 1),
    (Language::Ja, "に", 2),
    (Language::Ja, "さん", 3),
    (Language::Ja, "ろっ", 6),
    (Language::Ja, "ご", 5),
    (Language::Ja, "よん", 4),
];

struct Number {
    start: usize,
    end: usize,
    value: f64,
    decimal: bool,
    digits: bool,
    unit: Option<Unit>,
    /// Behind the unit.
    after: usize,
}

/// All numbers of the text as concepts, the first of each.
pub(super) fn numbers(text: &Text, thresholds: &Thresholds) -> Vec<Found> {
    let s = Reader { letters: &text.letters, language: text.language };
    let numbers = s.numbers();
    let mut found = Vec::new();
    let mut put = |id: &str, n: &Number| {
        let concept = NUMBERS.iter().position(|(name, ..)| *name == id).unwrap_or_default();
        found.push((concept, n.start, n.after.max(n.end)));
    };
    let pregnant = s.anywhere(&["妊娠", "にんしん", "preg", "gravida", "gravidez", "gestante", "bau", "thai", "怀孕", "孕", "妊婦"]);
    for (at, n) in numbers.iter().enumerate() {
        s.temperature(n, numbers.get(at + 1), thresholds, &mut put);
        s.age(n, pregnant, thresholds, &mut put);
        s.pressure(n, numbers.get(at + 1), thresholds, &mut put);
        match n.unit {
            Some(Unit::Pill) => put(if n.value >= 6.0 { "many_pills" } else { "few_pills" }, n),
            Some(Unit::Hour) => put(if n.value >= f64::from(thresholds.dry_hours) { "hours_long" } else { "hours" }, n),
            Some(Unit::Minute) => put(if n.value >= 5.0 { "minutes_long" } else { "minutes" }, n),
            _ => {}
        }
    }
    found
}

struct Reader<'a> {
    letters: &'a [char],
    language: Language,
}

impl Reader<'_> {
    fn at(&self, from: usize, word: &str) -> bool {
        let rest = &self.letters[from.min(self.letters.len())..];
        let mut n = 0;
        word.chars().all(|c| {
            n += 1;
            rest.get(n - 1) == Some(&c)
        })
    }
    fn anywhere(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.within(0, self.letters.len(), w))
    }
    /// One of the words stands between these letters.
    fn within(&self, from: usize, to: usize, word: &str) -> bool {
        let to = to.min(self.letters.len());
        let first = word.chars().next();
        let len = word.chars().count();
        (from..to.saturating_sub(len - 1)).any(|n| {
            let latin = first.is_some_and(|c| c.is_ascii_alphabetic());
            Some(self.letters[n]) == first && !(latin && n > 0 && self.letters[n - 1].is_alphabetic()) && self.at(n, word)
        })
    }
    fn near(&self, n: &Number, before: usize, after: usize, words: &[&str]) -> bool {
        words.iter().any(|w| self.within(n.start.saturating_sub(before), n.after.max(n.end) + after, w))
    }
    fn unit(&self, from: usize) -> Option<(Unit, usize)> {
        let latin = |n: usize| self.letters.get(n).is_some_and(|c| c.is_ascii_alphabetic());
        UNITS.iter().find(|(word, _, alone)| self.at(from, word) && !(*alone && latin(from + word.chars().count()))).map(|(word, unit, _)| (*unit, from + word.chars().count()))
    }
    fn numbers(&self) -> Vec<Number> {
        let mut found = Vec::new();
        let mut n = 0;
        while n < self.letters.len() {
            let number = if self.letters[n].is_ascii_digit() { self.digits(n) } else { self.word(n) };
            match number {
                Some(number) => {
                    n = number.end.max(n + 1);
                    found.push(number);
                }
                None => n += 1,
            }
        }
        found
    }
    fn digits(&self, start: usize) -> Option<Number> {
        let digit = |n: usize| self.letters.get(n).and_then(|c| c.to_digit(10));
        let mut end = start;
        let (mut value, mut decimal) = (0.0, false);
        while let Some(d) = digit(end) {
            value = value * 10.0 + f64::from(d);
            end += 1;
        }
        if end - start > 4 {
            return Some(Number { start, end, value: 0.0, decimal: false, digits: true, unit: Some(Unit::Other), after: end });
        }
        let gap = usize::from(self.letters.get(end + 1) == Some(&' '));
        if self.letters.get(end).is_some_and(|c| matches!(c, '.' | ',' | '·' | '・'))
            && let Some(tenth) = digit(end + 1 + gap)
            && (gap == 0 || (34.0..43.0).contains(&value))
            && digit(end + 3 + gap).is_none()
        {
            value += f64::from(tenth) / 10.0;
            decimal = true;
            end += 2 + gap;
            while digit(end).is_some() {
                end += 1;
            }
        }
        let (unit, after) = self.unit_after(end);
        if matches!(unit, Some(Unit::Degree)) && !decimal {
            // 「38度2分」「38 độ 5」
            let next = after + usize::from(self.letters.get(after) == Some(&' '));
            if let Some(tenth) = digit(next)
                && digit(next + 1).is_none()
            {
                value += f64::from(tenth) / 10.0;
                return Some(Number { start, end: next + 1, value, decimal: true, digits: true, unit, after: next + 1 });
            }
        }
        Some(Number { start, end, value, decimal, digits: true, unit, after })
    }
    fn unit_after(&self, end: usize) -> (Option<Unit>, usize) {
        let skip = usize::from(self.letters.get(end).is_some_and(|c| matches!(c, ' ' | '-')));
        // 「36w5d」「34+2週」
        let plus = if self.letters.get(end) == Some(&'+') { self.letters[end + 1..].iter().take_while(|c| c.is_ascii_digit()).count() + 1 } else { 0 };
        let skip = skip + plus + usize::from(plus > 0 && self.letters.get(end + plus) == Some(&' '));
        match self.unit(end + skip) {
            Some((unit, after)) => (Some(unit), after),
            None => (None, end),
        }
    }
    /// A number in words, if a unit follows.
    fn word(&self, start: usize) -> Option<Number> {
        let latin = !self.language.dense();
        if latin && start > 0 && self.letters[start - 1].is_alphabetic() {
            return None;
        }
        let mut at = start;
        let mut value = 0;
        let mut words = 0;
        while let Some((_, word, n)) = WORDS
            .iter()
            .find(|(l, word, _)| *l == self.language && self.at(at, word) && (!latin || !self.letters.get(at + word.chars().count()).is_some_and(|c| c.is_alphabetic())))
        {
            value = if *n == 10 && value > 0 && value < 10 { value * 10 } else { value + n };
            at += word.chars().count();
            words += 1;
            if words == 3 || !latin {
                break;
            }
            let and = if self.at(at, " e ") { 3 } else { usize::from(self.letters.get(at).is_some_and(|c| matches!(c, ' ' | '-'))) };
            if and > 0 && WORDS.iter().any(|(l, word, _)| *l == self.language && self.at(at + and, word)) { at += and } else { break }
        }
        if words == 0 {
            return None;
        }
        let of = if self.at(at, " of ") { 3 } else { 0 };
        let (unit, after) = self.unit_after(at + of);
        let unit = unit.filter(|u| *u != Unit::Other && (latin || matches!(u, Unit::Month | Unit::Week)))?;
        let _ = self.language;
        Some(Number { start, end: at, value: f64::from(value), decimal: false, digits: false, unit: Some(unit), after })
    }

    fn temperature(&self, n: &Number, _next: Option<&Number>, thresholds: &Thresholds, put: &mut impl FnMut(&str, &Number)) {
        const HOT: [&str; 22] = [
            "熱",
            "ねつ",
            "fever",
            "temp",
            "therm",
            "sot",
            "nong",
            "febr",
            "烧",
            "烫",
            "体温",
            "検温",
            "degree",
            "measure",
            "axil",
            "nach",
            "tai",
            "ouvido",
            "ear",
            "高热",
            "termom",
            "はかっ",
        ];
        let name = |v: f64| {
            if v >= thresholds.fever - 1e-9 {
                "temp_hi"
            } else if v >= 36.0 {
                "temp_mild"
            } else {
                "temp_low"
            }
        };
        let degree = matches!(n.unit, Some(Unit::Degree));
        let free = n.unit.is_none() || degree;
        if (34.0..43.0).contains(&n.value) && free && (degree || (n.decimal && n.digits) || self.near(n, 14, 12, &HOT)) {
            // 「38/90」「38,000」「38人」 are no temperatures.
            if self.letters.get(n.end).is_some_and(|c| matches!(c, '/' | ':')) || (n.start > 0 && matches!(self.letters[n.start - 1], '/' | ':' | '-')) {
                return;
            }
            put(name(n.value), n);
        } else if (7.0..10.0).contains(&n.value) && self.language == Language::Ja && degree && (n.decimal || self.near(n, 10, 6, &["熱", "ねつ", "台"])) {
            // 「熱が8度5分」
            put(name(n.value + 30.0), n);
        } else if (97.0..=107.9).contains(&n.value)
            && ((n.decimal && n.unit.is_none() && self.language == Language::En)
                || matches!(n.unit, Some(Unit::Fahrenheit))
                || (free && self.near(n, 20, 14, &["fever", "temp", "therm", "burning", "rectal", "forehead", "degree"])))
        {
            put(name((n.value - 32.0) / 1.8), n);
        }
    }

    fn age(&self, n: &Number, pregnant: bool, thresholds: &Thresholds, put: &mut impl FnMut(&str, &Number)) {
        let Some(unit) = n.unit else { return };
        if unit == Unit::Year && (1.0..20.0).contains(&n.value) {
            put("age_year", n);
            return;
        }
        let days = match unit {
            Unit::Day => 1.0,
            Unit::Week => 7.0,
            Unit::Month => 30.0,
            _ => return,
        };
        let before = |words: &[&str]| words.iter().any(|w| self.within(n.start.saturating_sub(12), n.start, w));
        let after = |words: &[&str], reach: usize| words.iter().any(|w| self.within(n.after, n.after + reach, w));
        let ago = after(&["前", "ago", "truoc", "atras", "ぶり", "おき", "ごと", "straight"], 8)
            || before(&[
                "产后",
                "产後",
                "産後",
                "産后",
                "さんご",
                "postpartum",
                "sau sinh",
                "sau mo",
                "de xong",
                "parto",
                "pari",
                "parid",
                "cesarea",
                "生完",
                "剖",
                "since",
                "every",
                "每",
                "for the last",
                "past",
                "うんで",
                "産んで",
                "出産",
                "退院",
                "pp",
                "分娩",
                "顺产",
                "坐月子",
                "月子",
                "puerperio",
                "resguardo",
                "next",
                "last",
                "in ",
            ])
            || after(
                &[
                    "postpartum",
                    "post partum",
                    "pp",
                    "after birth",
                    "after my",
                    "after the",
                    "after giving",
                    "after c",
                    "after deliv",
                    "sau sinh",
                    "sau khi sinh",
                    "de parto",
                    "pos parto",
                    "pos-parto",
                    "de pos",
                    "de puer",
                    "de resguardo",
                    "since",
                    "産後",
                    "产后",
                ],
                18,
            );
        let born = before(&[
            "生後",
            "生后",
            "生まれて",
            "産まれて",
            "うまれて",
            "せいご",
            "出生",
            "刚生",
            "生下来",
            "sinh duoc",
            "de duoc",
            "so sinh",
            "nascid",
            "nasceu",
            "bebe de",
            "bebezinho de",
            "bebezinha de",
            "rn de",
            "recem",
            "baby is",
            "newborn is",
            "hes",
            "shes",
            "he is",
            "she is",
            "be duoc",
            "con duoc",
            "be moi",
            "con moi",
            "sinh moi",
            "chau duoc",
            "宝宝",
            "孩子",
            "娃",
            "女儿",
            "儿子",
            "新生儿",
            "filho de",
            "filha de",
            "menino de",
            "menina de",
            "neném de",
            "nenem de",
            "turned",
            "only",
        ]) || after(
            &[
                "old",
                "大",
                "tuoi",
                "de vida",
                "of age",
                "baby",
                "newborn",
                "infant",
                "boy",
                "girl",
                "の子",
                "の赤",
                "のあか",
                "の娘",
                "の息子",
                "の男",
                "の女",
                "のべび",
                "の乳",
                "健診",
                "宝",
                "的娃",
                "的孩",
                "的婴",
                "bebe",
                "lo ",
            ],
            7,
        );
        let pregnancy = before(&["妊娠", "にんしん", "preg", "gravida", "gestante", "bau", "thai", "mang thai", "孕", "怀", "gestacao", "gravidez", "妊婦"])
            || after(&["preg", "妊娠", "の妊婦", "孕", "gravida", "de gestacao", "de gravidez", "gestacao", "thai", "bau", "along", "gestation"], 9);
        let age = match unit {
            _ if ago && !born => false,
            Unit::Day => born && n.value >= 1.0,
            Unit::Week => born && !pregnancy,
            Unit::Month => !pregnancy && (!pregnant || born),
            _ => false,
        };
        // 「3か月半」はしきい値の後、「2か月半」は前: the half never changes a whole number's side.
        if age {
            put(
                if n.value * days < f64::from(thresholds.young_months) * 30.0 + 0.5 && (unit != Unit::Month || n.value < f64::from(thresholds.young_months)) {
                    "age_lt3m"
                } else {
                    "age_ge3m"
                },
                n,
            );
            return;
        }
        let span = self.at(n.after.saturating_sub(1), "間") || self.at(n.after.saturating_sub(2), "かん");
        let (late, term) = match unit {
            Unit::Week if (4.0..=42.9).contains(&n.value) && !ago && !born && (!span || pregnancy) => (n.value >= 18.0, n.value >= f64::from(thresholds.term_weeks)),
            Unit::Month if (1.0..=10.0).contains(&n.value) && !ago && (pregnancy || pregnant) => {
                (n.value >= 5.0, n.value >= if self.language == Language::Ja { 10.0 } else { 9.0 })
            }
            _ => return,
        };
        put("gest_any", n);
        put(if term { "gest_term" } else { "gest_pre37" }, n);
        if late {
            put("gest_late", n);
        }
    }

    fn pressure(&self, n: &Number, next: Option<&Number>, thresholds: &Thresholds, put: &mut impl FnMut(&str, &Number)) {
        let (high, low) = (f64::from(thresholds.pressure.0), f64::from(thresholds.pressure.1));
        let spoken = || self.anywhere(&["血圧", "けつあつ", "血压", "血壓", "高压", "huyet ap", "pressao", "bp", "blood pressure", "pa "]);
        // The second of a pair was read with the first.
        let second = n.start > 0 && matches!(self.letters[n.start - 1], '/' | 'の' | 'と' | '-');
        let joined = next.filter(|m| {
            let gap: String = self.letters[n.end.min(m.start)..m.start].iter().collect();
            matches!(gap.trim(), "/" | "の" | "と" | "ー" | "-" | "over" | "por" | "x" | "tren" | "," | "下が" | ",下が" | "下" | "上,下")
        });
        match joined {
            Some(m) if (90.0..=260.0).contains(&n.value) && (40.0..=160.0).contains(&m.value) && m.value < n.value => {
                put(if n.value >= high || m.value >= low { "bp_hi" } else { "bp_ok" }, n)
            }
            // 「14 por 9」
            Some(m) if (9.0..=26.0).contains(&n.value) && (4.0..=16.0).contains(&m.value) && m.value < n.value && self.language == Language::Pt && spoken() => {
                put(if n.value * 10.0 >= high || m.value * 10.0 >= low { "bp_hi" } else { "bp_ok" }, n);
            }
            None if (100.0..=260.0).contains(&n.value) && !n.decimal && matches!(n.unit, None | Some(Unit::Other)) && !second && spoken() => {
                put(if n.value >= high { "bp_hi" } else { "bp_ok" }, n)
            }
            _ => {}
        }
    }
}

//! A text in; its letters with widths, capitals, kana, accents, repeats and kanji numerals made alike out, each with
//! its bytes; and its language.

use super::language::{Language, bare, dense};
use super::tongue;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::compose;

/// A text as it is compared.
pub(super) struct Text {
    /// Without accents; Chinese in simplified letters.
    pub letters: Vec<char>,
    /// With accents, and Chinese as written; as long as `letters`.
    pub accented: Vec<char>,
    at: Vec<(u32, u32)>,
    pub language: Language,
    /// Vietnamese written with its accents: they tell words apart.
    pub marks: bool,
    /// Written in letters that the words know at all.
    pub known: bool,
}

impl Text {
    pub fn of(source: &str) -> Self {
        Self::read(source, false)
    }
    /// With its lines joined: where somebody pressed return in the middle of a word.
    pub fn in_one_line(source: &str) -> Self {
        Self::read(source, true)
    }
    fn read(source: &str, joined: bool) -> Self {
        let mut letters = Letters::default();
        for (start, written) in source.char_indices() {
            let here = (start as u32, (start + written.len_utf8()) as u32);
            if joined && matches!(written, '\n' | '\r') {
                letters.push(' ', here);
            } else if written.is_ascii() {
                letters.push(written.to_ascii_lowercase(), here);
            } else {
                written.nfkc().flat_map(char::to_lowercase).for_each(|letter| letters.push(letter, here));
            }
        }
        let letters = letters.closed().counted();
        let (language, marks, known) = language(&letters);
        let Letters { mut plain, accented, at } = letters;
        if language == Language::Zh {
            plain.iter_mut().for_each(|c| *c = SIMPLE.get(c).copied().unwrap_or(*c));
        }
        Self { letters: plain, accented, at, language, marks, known }
    }
    /// The bytes of the text that these letters came from.
    pub fn bytes(&self, letters: &Range<usize>) -> Range<usize> {
        let end = letters.end.min(self.at.len());
        match (self.at.get(letters.start), self.at[..end].last()) {
            (Some(first), Some(last)) if first.0 < last.1 => first.0 as usize..last.1 as usize,
            _ => 0..0,
        }
    }
    /// The letters that came from these bytes.
    pub fn letters_of(&self, bytes: &Range<usize>) -> Range<usize> {
        let start = self.at.partition_point(|(_, end)| *end as usize <= bytes.start);
        start..self.at.partition_point(|(from, _)| (*from as usize) < bytes.end).max(start)
    }
    /// Where sentences begin and end, in letters.
    pub fn sentences(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        for (n, c) in self.letters.iter().enumerate() {
            if matches!(c, '.' | '?')
                && !(n > 0
                    && self.letters[n - 1].is_ascii_digit()
                    && self.letters.get(n + 1).is_some_and(char::is_ascii_digit))
            {
                if n + 1 - start > 2 {
                    found.push(start..n + 1);
                }
                start = n + 1;
            }
        }
        if self.letters.len() > start + 1 {
            found.push(start..self.letters.len());
        }
        found
    }
}

#[derive(Default)]
struct Letters {
    plain: Vec<char>,
    accented: Vec<char>,
    at: Vec<(u32, u32)>,
}

impl Letters {
    fn add(&mut self, plain: char, accented: char, at: (u32, u32)) {
        self.plain.push(plain);
        self.accented.push(accented);
        self.at.push(at);
    }
    fn push(&mut self, letter: char, here: (u32, u32)) {
        let letter = match letter {
            '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\'' | '’' | '‘' | '`' | '´' => {
                return;
            }
            '\u{300}'..='\u{36f}' => {
                if let (Some(last), Some(at)) = (self.accented.last_mut(), self.at.last_mut()) {
                    *last = compose(*last, letter).unwrap_or(*last);
                    at.1 = here.1;
                }
                return;
            }
            // Half-width kana carry their voicing as a letter of its own.
            '\u{3099}' | '\u{309a}' => {
                if let (Some(last), Some(at)) = (self.plain.last_mut(), self.at.last_mut())
                    && let Some(voiced) = compose(*last, letter)
                {
                    *last = voiced;
                    at.1 = here.1;
                    if let Some(a) = self.accented.last_mut() {
                        *a = voiced;
                    }
                }
                return;
            }
            'ァ'..='ヶ' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
            '、' | '､' | ';' => ',',
            '。' | '｡' | '!' | '\n' | '\r' | '…' => '.',
            '〜' | '~' => 'ー',
            c if c.is_whitespace() => ' ',
            other => other,
        };
        // 「ーーー」, 「waaaay」, spaces: what is said three times is said twice.
        let n = self.plain.len();
        let again = n > 0 && self.plain[n - 1] == letter;
        let thrice = again && n > 1 && self.plain[n - 2] == letter;
        if (matches!(letter, ' ' | '.') && again) || (thrice && !letter.is_ascii_digit()) {
            if let Some(at) = self.at.last_mut() {
                at.1 = here.1;
            }
            return;
        }
        self.add(bare(letter), letter, here);
    }
    /// Without the spaces beside kana and kanji.
    fn closed(self) -> Self {
        let mut out = Self::default();
        for n in 0..self.plain.len() {
            let c = self.plain[n];
            if c == ' ' {
                let before = out.plain.last().copied();
                let after = self.plain.get(n + 1).copied();
                let gap = before.is_some_and(dense)
                    || (after.is_some_and(dense) && before.is_none_or(|b| !b.is_ascii_alphabetic()));
                if gap {
                    continue;
                }
            }
            out.add(c, self.accented[n], self.at[n]);
        }
        out
    }
    /// Kanji numerals before a unit as digits.
    fn counted(self) -> Self {
        let mut out = Self::default();
        let mut n = 0;
        while n < self.plain.len() {
            let end = n + self.plain[n..].iter().take_while(|c| numeral(**c).is_some()).count();
            let unit = self
                .plain
                .get(end)
                .is_some_and(|c| "度週周日天歳才岁か個个ゖゕ箇時时分回錠粒片颗枚階倍月年半".contains(*c));
            let lone = end == n + 1
                && self.plain[n] == '一'
                && self.plain.get(end).is_some_and(|c| "度日回枚個个分片".contains(*c));
            if end > n && unit && !lone && end - n <= 6 {
                let whole = (self.at[n].0, self.at[end - 1].1);
                value(&self.plain[n..end]).to_string().chars().for_each(|c| out.add(c, c, whole));
                n = end;
            } else {
                let to = end.max(n + 1);
                (n..to).for_each(|i| out.add(self.plain[i], self.accented[i], self.at[i]));
                n = to;
            }
        }
        out
    }
}

fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        _ => return None,
    })
}

fn value(kanji: &[char]) -> u32 {
    let (mut total, mut now) = (0, 0);
    for n in kanji.iter().filter_map(|c| numeral(*c)) {
        if n >= 10 {
            total += now.max(1) * n;
            now = 0;
        } else {
            now = (now * 10 + n) % 100_000;
        }
    }
    total + now
}

/// Traditional letters of Chinese that the words need, and the simplified ones of the word lists.
static SIMPLE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    const TRADITIONAL: &str = "們這個歲藥發燒時會說對過還嗎媽寶兒孫產後見懷頭腦臉腫傷嚇讓從開關門電話醫護險緊壓點應該給\
        氣嘔瀉腸腳頸臍臟殺輕離壞樓帶隻雙邊請問幫誰聽聲響紅綠黃藍黑顏軟渾亂轉暈貝來沒現樣無濕熱燙疼動學為麼樣話飯餓渴餵\
        奶針歲週幾嬰剛與於總覺難養錢寫報鎖鬧嚴較遠區號樣燈";
    const SIMPLIFIED: &str = "们这个岁药发烧时会说对过还吗妈宝儿孙产后见怀头脑脸肿伤吓让从开关门电话医护险紧压点应该给\
        气呕泻肠脚颈脐脏杀轻离坏楼带只双边请问帮谁听声响红绿黄蓝黑颜软浑乱转晕贝来没现样无湿热烫疼动学为么样话饭饿渴喂\
        奶针岁周几婴刚与于总觉难养钱写报锁闹严较远区号样灯";
    TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect()
});

/// The language; whether it is Vietnamese with accents; whether its letters are known.
fn language(letters: &Letters) -> (Language, bool, bool) {
    let language = tongue::of(&letters.accented);
    let dense = matches!(language, Language::Ja | Language::Zh);
    let known = dense
        || letters.plain.iter().filter(|c| c.is_ascii_alphabetic()).count() * 2
            >= letters.plain.iter().filter(|c| c.is_alphabetic()).count();
    let marks = letters.accented.iter().zip(&letters.plain).filter(|(accented, plain)| accented != plain).count();
    (language, language == Language::Vi && marks >= 2, known)
}

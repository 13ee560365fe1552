//! A person's words in, the signs of danger in them out. Pure; it warns too often rather than too seldom: 「出血はない」 warns as well.
//!
//! What decides nothing here: whether somebody answers, or when. It only shows whom to ring now, and puts the question on top at the desk.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::compose;

/// What is in danger; decides which contacts fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Bleeding, breath, consciousness, movements of the child: an ambulance or a doctor.
    Body,
    /// Not wanting to live.
    Mind,
    /// Violence against the asker or a child.
    Violence,
    /// The fear of one's own hand: somebody to talk to, not the police.
    Hand,
}

/// One sign in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// What is in danger.
    pub danger: Danger,
    /// As it stands in the text.
    pub word: String,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
}

/// How far (in letters) the two halves of a pair may stand apart.
const NEAR: usize = 12;

/// Words that are a sign by themselves. Kana variants are written out; katakana, half-width and full-width forms are found by themselves.
const WORDS: [(Danger, &str); 4] = [
    (
        Danger::Body,
        "出血 しゅっけつ 鮮血 血が出 血がで 血のかたまり 血の塊 血の量 吐血 血を吐 血便 \
         破水 はすいした はすいかも 羊水が 子癇 早剥 常位胎盤 \
         張りが強 張りが続 張りがおさま 張りが治ま 張りが規則 強い張り 規則的な張 規則的に張 何度か張 何度も張 なんども張 強く張 ずっと張 張り返 \
         動かない うごかない 動かなく うごかなく 動いていない 動いてない うごいていない うごいてない 動きが少 動きが減 動きがない 動きが弱 \
         けいれん 痙攣 引きつけ ひきつけ 白目 泡を吹 泡をふ あわをふ \
         意識 いしきが 呼びかけ よびかけ 反応がな 反応しな 反応がにぶ 反応が鈍 反応がうす 反応が薄 反応が弱 気を失 失神 気絶 目を覚まさ 目をさまさ 起こしても \
         息が苦 息がくるし 息苦し 息ぐるし いきがくるし いきぐるし 息ができ 息がで 息をして 息してな 息を止 息が止 息がとま 息が荒 息があら 息が速 息が早 息がはや \
         呼吸 こきゅう ぜいぜい ぜえぜえ ぜーぜー ひゅーひゅー 窒息 ちっそく のどに詰 喉に詰 のどにつ 喉につ 溺れ おぼれ \
         青い 青く 青白 青ざめ 真っ青 まっさお あおじろ あおい顔 顔があお 顔が白 顔が真っ白 唇が白 顔色がわる 顔色が悪 紫色 紫に むらさき色 むらさきに ちあのーぜ \
         ぐったり ぐたっ ぐにゃ 麻痺 まひし ろれつ あなふぃらきしー えぴぺん 誤飲 誤嚥 誤って飲 まちがえて飲 間違えて飲 ボタン電池 電池を \
         頭を打 あたまをう 頭をぶつ あたまをぶつ 頭から落 あたまからお 転落 墜落 やけど 火傷 \
         おしっこが出な おしっこがでな 尿が出な 水も飲め 水ものめ 水分がとれ 水分が取れ 水分もとれ 目がちかちか 目の前が暗 目がかす 心臓が止 心肺",
    ),
    (
        Danger::Mind,
        "消えたい きえたい 消えてしまいたい きえてしまいたい 消えてなくなり きえてなくなり いなくなりたい いなくなってしまいたい いなくなればいい \
         死にたい しにたい 死にたく しにたく 死のう 死んでしま しんでしまいた 死んだほう 死んだ方 しんだほう 死ねば しねば 死ぬ 自殺 じさつ 自死 命を絶 \
         飛び降り とびおり 飛び込みた 首をつ 首を吊 くびをつ りすとかっと りすか 自傷 手首を切 薬をたくさん 薬を大量 おーばーどーず 心中 遺書 \
         生きていたくな いきていたくな 生きるのが 生きている意味 生きてる意味 生きることに疲 人生を終わ 全部終わりに すべて終わりに 全て終わりに \
         楽になりたい らくになりたい 殺してほし 殺してくだ 幻覚 幻聴 命令する声",
    ),
    (
        Danger::Violence,
        "殴 なぐる なぐっ なぐり なぐられ 叩かれ たたかれ 叩きつけられ 夫に蹴 首を絞 首をしめられ くびをしめられ 虐待 ぎゃくたい 暴力 ぼうりょく 暴言 \
         怒鳴られ どなられ 脅さ 脅迫 おどされ 殺され 殺す 殺し ころされそう 包丁 刃物 監禁 DVを DVで DVか DVさ DVの DV被害 DVが DV相談 DVだ",
    ),
    (
        Danger::Hand,
        "殴りそう なぐりそう 殴ってしま なぐってしま 殴りた 叩いてしま たたいてしま 叩きそう たたきそう 叩きつけ たたきつけ 蹴ってしま 蹴りそう \
         手をあげ 手を上げ 手が出 手がでる 手がでそ 手がでてし 手がでちゃ ゆさぶ 揺さぶ ゆすぶ 揺すぶ 揺さ振 激しく揺 はげしくゆ \
         首をしめそう くびをしめそう 口をふさ 口を塞 赤ちゃんを投げ 子どもを投げ 子を投げ 床に落と 床にたた 虐待してしま 虐待しそう ぎゃくたいしそう \
         殺してしま ころしたい ころしてし ころしそう 殺しそう 傷つけてしま 傷つけそう きずつけそう 置き去り \
         赤ちゃんを捨 子どもを捨 子を捨 育てられな 育てられそうにな",
    ),
];

/// Two halves that are a sign when they stand near each other, in either order.
const PAIRS: [(Danger, &str, &str); 6] = [
    (Danger::Body, "胎動 たいどう", "ない 無い なく 少な すくな 減 へっ 弱 よわ 感じ かんじ とま 止 わから 分から"),
    (
        Danger::Body,
        "腹が張 腹の張 腹は張 腹も張 なかが張 なかの張 なかは張 なかも張 子宮が張 子宮の張 部が張 部の張 腹がはり 腹がはる 腹がはっ なかがはり なかがはる なかがはっ",
        "おさまら 治まら 収まら 強 つよ 続 規則 間隔 何度 なんど 痛 いた",
    ),
    (Danger::Body, "痛 いたみ いたい", "激し はげし ひど 我慢でき がまんでき 耐え たえられ 突然 強い痛 つよい痛 つよいいた 割れ"),
    (Danger::Body, "血", "とまら 止まら 大量 たくさん出 ナプキン"),
    (Danger::Body, "唇 くちびる 顔 爪", "青 あお 紫 むらさき"),
    (Danger::Body, "38度 39度 40度 38. 39. 40. 熱", "生後0 生後1か月 生後1ヶ月 生後1カ月 生後2か月 生後2ヶ月 生後2カ月 生後一 生後二 新生児 生まれたばかり"),
];

/// A text with spaces, widths and kana made alike, and where each letter came from.
struct Plain {
    letters: Vec<char>,
    at: Vec<Range<usize>>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let mut plain = Self { letters: Vec::with_capacity(text.len() / 3), at: Vec::with_capacity(text.len() / 3) };
        for (start, written) in text.char_indices() {
            let here = start..start + written.len_utf8();
            for letter in written.nfkc().flat_map(char::to_lowercase) {
                plain.push(letter, here.clone());
            }
        }
        plain
    }
    fn push(&mut self, letter: char, here: Range<usize>) {
        if letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}') {
            return;
        }
        // Half-width kana carry their voicing as a letter of its own.
        if matches!(letter, '\u{3099}' | '\u{309a}')
            && let (Some(base), Some(at)) = (self.letters.last_mut(), self.at.last_mut())
            && let Some(voiced) = compose(*base, letter)
        {
            *base = voiced;
            at.end = here.end;
            return;
        }
        let hiragana = match letter {
            'ァ'..='ヶ' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
            other => other,
        };
        self.letters.push(hiragana);
        self.at.push(here);
    }
    /// Where `word` begins.
    fn places<'a>(&'a self, word: &'a [char]) -> impl Iterator<Item = usize> + 'a {
        self.letters.windows(word.len().max(1)).enumerate().filter(move |(_, w)| *w == word).map(|(n, _)| n)
    }
    fn sign(&self, text: &str, danger: Danger, letters: Range<usize>) -> Sign {
        let at = self.at[letters.start].start..self.at[letters.end - 1].end;
        Sign { danger, word: text[at.clone()].to_owned(), at }
    }
}

type Letters = Vec<char>;

static TABLE: LazyLock<Vec<(Danger, Letters, Vec<Letters>)>> = LazyLock::new(|| {
    let words = |text: &str| text.split_whitespace().map(|w| Plain::of(w).letters).collect::<Vec<_>>();
    let alone = WORDS.iter().flat_map(|(danger, text)| words(text).into_iter().map(|w| (*danger, w, Vec::new())));
    let pairs = PAIRS.iter().flat_map(|(danger, first, second)| words(first).into_iter().map(|w| (*danger, w, words(second))));
    alone.chain(pairs).collect()
});

/// All signs in `text`, in the order in which they stand; of two on one place the longer.
pub fn signs(text: &str) -> Vec<Sign> {
    let plain = Plain::of(text);
    let mut found = Vec::new();
    for (danger, word, partners) in TABLE.iter() {
        for start in plain.places(word) {
            let end = start + word.len();
            if partners.is_empty() {
                found.push(plain.sign(text, *danger, start..end));
            } else if let Some(span) = partners.iter().find_map(|p| near(&plain, start..end, p)) {
                found.push(plain.sign(text, *danger, span));
            }
        }
    }
    found.sort_by_key(|s| (s.at.start, std::cmp::Reverse(s.at.end)));
    let mut end = 0;
    found.retain(|s| {
        let kept = s.at.end > end;
        end = end.max(s.at.end);
        kept
    });
    found
}

/// The span of a word and its partner, if the partner stands near it.
fn near(plain: &Plain, word: Range<usize>, partner: &[char]) -> Option<Range<usize>> {
    let from = word.start.saturating_sub(NEAR);
    let to = (word.end + NEAR).min(plain.letters.len());
    let at = from + plain.letters[from..to].windows(partner.len().max(1)).position(|w| w == partner)?;
    Some(word.start.min(at)..word.end.max(at + partner.len()))
}

/// What is in danger, without the places.
pub fn dangers(text: &str) -> BTreeSet<Danger> {
    signs(text).into_iter().map(|s| s.danger).collect()
}

/// The text as HTML: escaped, line breaks kept, signs in `<mark>`.
pub fn marked_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for sign in signs(text) {
        let start = sign.at.start.max(done);
        html.push_str(&escaped(&text[done..start]));
        html.push_str("<mark>");
        html.push_str(&escaped(&text[start..sign.at.end]));
        html.push_str("</mark>");
        done = sign.at.end;
    }
    html + &escaped(&text[done..])
}

/// A person's text as HTML: nothing of it is markup, line breaks are kept.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use Danger::{Body, Hand, Mind, Violence};
    use proptest::prelude::*;

    #[test]
    fn finds_what_people_write() {
        for (text, expected) in [
            ("今朝、下着に少し出血がありました。", vec![(Body, "出血")]),
            ("出血はないです", vec![(Body, "出血")]),
            ("昨日から何度かおなかが張ります", vec![(Body, "何度かおなかが張")]),
            ("胎動が、いつもより少ない気がします", vec![(Body, "胎動が、いつもより少ない")]),
            ("ﾀｲﾄﾞｳがない", vec![(Body, "ﾀｲﾄﾞｳがない")]),
            ("グッタリして、ケイレンも", vec![(Body, "グッタリ"), (Body, "ケイレン")]),
            ("ｸﾞｯﾀﾘしています", vec![(Body, "ｸﾞｯﾀﾘ")]),
            ("もう　消え\nたい", vec![(Mind, "消え\nたい")]),
            ("死にたいわけではないけれど", vec![(Mind, "死にたい")]),
            ("夫に殴られます。泣く子を揺さぶりそう", vec![(Violence, "殴"), (Hand, "揺さぶ")]),
            ("もう殴ってしまいそう。手が出ます", vec![(Hand, "殴ってしま"), (Hand, "手が出")]),
            ("おなかが何度か張ります", vec![(Body, "何度か張")]),
            ("ＤＶを受けています", vec![(Violence, "ＤＶを")]),
            ("頭が割れるように痛い", vec![(Body, "割れるように痛")]),
            ("生後２か月で３８.２度", vec![(Body, "生後２か月で３８.")]),
        ] {
            let found: Vec<_> = signs(text).into_iter().map(|s| (s.danger, s.word)).collect();
            let expected: Vec<_> = expected.into_iter().map(|(d, w)| (d, w.to_owned())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    /// Everyday questions do not cry wolf.
    #[test]
    fn leaves_everyday_questions_alone() {
        for text in [
            "離乳食をいつ始めるか迷っています。つくったりするのが大変で。",
            "おなかはすいているのに、あまり飲みません",
            "うんちが緑色で、いつもよりゆるいです",
            "夜だけおねしょがあります。園では平気です",
            "市外に里帰りしますが、相談できますか",
            "立ち上がるとくらっとします。上の子を抱っこしたまましゃがみこみました。",
            "DVDを見せてもいいですか",
            "健診は里帰り先でも受けられますか。紫外線は気にしたほうがいいですか",
            "夜の授乳を終わりにしたいです。頑張って続けてきました",
            "おなかを蹴るのがわかります。胸が張って痛いです。母乳の出がいまひとつです",
        ] {
            assert_eq!(signs(text), [], "{text}");
        }
    }

    #[test]
    fn marks_and_escapes() {
        assert_eq!(marked_html("<b>出血</b>\nけいれん"), "&lt;b&gt;<mark>出血</mark>&lt;/b&gt;<br><mark>けいれん</mark>");
        assert_eq!(marked_html(""), "");
    }

    fn katakana(text: &str) -> String {
        text.chars().map(|c| if ('ぁ'..='ゖ').contains(&c) { char::from_u32(c as u32 + 0x60).unwrap() } else { c }).collect()
    }
    fn any_word() -> impl Strategy<Value = (Danger, String)> {
        let all: Vec<_> = WORDS.iter().flat_map(|(d, text)| text.split_whitespace().map(|w| (*d, w.to_owned()))).collect();
        proptest::sample::select(all)
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,300}", kana in "[ぁ-ゖァ-ヶｦ-ﾟ\u{3099}\u{309a}0-9０-９張痛血熱胎動 \n]{0,200}") {
            for text in [&text, &kana] {
                for sign in signs(text) {
                    prop_assert_eq!(&text[sign.at.clone()], sign.word.as_str());
                }
                marked_html(text);
            }
        }

        /// Every word is found in katakana, with spaces or line breaks between its letters, wherever it stands.
        #[test]
        fn finds_variants((danger, word) in any_word(), before in "[ぬねふへ、。a-z]{0,40}", after in "[ぬねふへ、。a-z]{0,40}", gap in "[ 　\n\u{200b}]{0,2}") {
            let spaced = word.chars().map(String::from).collect::<Vec<_>>().join(&gap);
            for written in [word.clone(), katakana(&word), spaced] {
                let text = format!("{before}{written}{after}");
                prop_assert!(dangers(&text).contains(&danger), "{}", text);
            }
        }

        /// What is left without its marks is the escaped text: nothing is hidden.
        #[test]
        fn marks_hide_nothing(text in "[出血けいれんグッタリ消えたい<>&\n張痛強い、。]{0,60}") {
            prop_assert_eq!(marked_html(&text).replace("<mark>", "").replace("</mark>", ""), escaped(&text));
        }
    }
}

//! Sentences in, the phrases in them that a rule does not want out.

use super::Brand;
use crate::content::Person;
use crate::content::glossary::glued;
use crate::content::markdown::Sentence;
use crate::diag::Place;
use serde::{Deserialize, Serialize};

/// A rule, after the headings of 医療広告ガイドライン 第3 (広告が禁止される事項).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// A product's name.
    Brand,
    /// 虚偽広告・誇大広告: a promise of cure or safety.
    Cure,
    /// 体験談: somebody says that it helped.
    Testimonial,
    /// 比較優良広告: better than others.
    Best,
    /// 誘引: come to us, to this one clinic.
    Inducement,
}

impl Rule {
    /// All, in the order of the guideline.
    pub const ALL: [Self; 5] = [Self::Brand, Self::Cure, Self::Testimonial, Self::Best, Self::Inducement];
    /// As in front matter.
    pub fn id(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Cure => "cure",
            Self::Testimonial => "testimonial",
            Self::Best => "best",
            Self::Inducement => "inducement",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.id() == id)
    }
    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Brand => "商品名",
            Self::Cure => "医療広告ガイドライン 虚偽・誇大広告",
            Self::Testimonial => "医療広告ガイドライン 体験談",
            Self::Best => "医療広告ガイドライン 比較優良広告",
            Self::Inducement => "医療広告ガイドライン 特定の医療機関への誘引",
        }
    }
    /// What it found.
    pub fn about(self) -> &'static str {
        match self {
            Self::Brand => "商品名があります",
            Self::Cure => "効果や安全を約束する言い方です",
            Self::Testimonial => "効いたという体験の紹介です",
            Self::Best => "ほかより優れているという言い方です",
            Self::Inducement => "1つの医療機関にさそう言い方です",
        }
    }
    fn instead(self) -> &'static str {
        match self {
            Self::Brand => "一般の名前で書いてください",
            Self::Cure => "「多くの人は…」「…ことがあります」のように、わかっていることを書いてください",
            Self::Testimonial => "体験ではなく、根拠と出典を書いてください",
            Self::Best => "比べずに、何をするところかを書いてください",
            Self::Inducement => "選べる所をすべて並べるか、かかりつけ・市の一覧へ案内してください",
        }
    }
}

/// Phrases of each rule, as sentences have them (readings taken out).
const PHRASES: [(Rule, &[&str]); 4] = [
    (
        Rule::Cure,
        &[
            "必ず治",
            "かならず治",
            "必ずよくな",
            "必ず良くな",
            "絶対に治",
            "絶対治",
            "絶対に安全",
            "絶対安全",
            "絶対に安心",
            "絶対安心",
            "絶対に効",
            "確実に治",
            "確実に効",
            "100%安全",
            "100%効",
            "100%治",
            "完全に治",
            "完治します",
            "完治させ",
            "副作用はありません",
            "副作用はない",
            "副作用のない",
            "副作用ゼロ",
            "リスクはありません",
            "リスクゼロ",
            "万能薬",
            "奇跡の",
        ],
    ),
    (
        Rule::Testimonial,
        &[
            "体験談",
            "患者さんの声",
            "患者様の声",
            "ママの声",
            "お母さんの声",
            "利用者の声",
            "口コミ",
            "クチコミ",
            "おかげで治",
            "おかげでよくな",
            "おかげで良くな",
            "おかげで楽にな",
            "効果を実感",
            "感謝の声",
            "満足度",
        ],
    ),
    (
        Rule::Best,
        &[
            "日本一",
            "県内一",
            "市内一",
            "世界一",
            "No.1",
            "ナンバーワン",
            "県内唯一",
            "市内唯一",
            "最高の治療",
            "最高の医療",
            "最先端の治療",
            "最先端の医療",
            "最新の治療",
            "名医",
            "どこよりも",
        ],
    ),
    (
        Rule::Inducement,
        &[
            "当院",
            "当クリニック",
            "当医院",
            "ご来院",
            "今だけ",
            "いまだけ",
            "キャンペーン",
            "割引",
            "モニター募集",
            "おすすめの病院",
            "おすすめの産院",
            "おすすめのクリニック",
            "評判の病院",
            "評判の産院",
            "評判のクリニック",
        ],
    ),
];

/// Behind a phrase these say that it is not so: 「必ず治るとはかぎりません」.
const DENIED: [&str; 7] = ["とはかぎ", "とは限", "とは言え", "とはいえ", "わけではあ", "わけではな", "ものではあ"];

/// A phrase in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose rule.
    pub rule: Rule,
    /// As written.
    pub phrase: String,
    /// Where its sentence begins.
    pub at: Place,
    /// What to do.
    pub instead: String,
}

/// Phrases and brands in sentences, each once a sentence.
pub fn phrases(sentences: &[Sentence], brands: &[Brand]) -> Vec<Found> {
    let mut found = Vec::new();
    for sentence in sentences {
        let text = &sentence.text;
        for (rule, phrases) in PHRASES {
            let here = phrases.iter().filter_map(|p| Some((text.find(p)?, *p))).filter(|(at, p)| !denied(&text[at + p.len()..])).min();
            found.extend(here.map(|(_, p)| Found { rule, phrase: p.to_owned(), at: sentence.at, instead: rule.instead().to_owned() }));
        }
        for brand in brands.iter().filter(|b| stands_in(&b.name, text)) {
            found.push(Found { rule: Rule::Brand, phrase: brand.name.clone(), at: sentence.at, instead: format!("「{}」と書いてください", brand.instead) });
        }
    }
    found
}

fn denied(behind: &str) -> bool {
    let near: String = behind.chars().take(16).collect();
    DENIED.iter().any(|d| near.contains(d))
}

/// As a word of its own: イブ is not in イブプロフェン.
fn stands_in(name: &str, text: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !name.chars().next().is_some_and(|c| glued(before, c)) && !after.is_some_and(|c| glued(name.chars().next_back(), c))
    })
}

/// The place where an author or reviewer works, if it is the only one that the text names.
pub fn own_clinic(sentences: &[Sentence], people: &[Person], own: &[&str]) -> Vec<Found> {
    const KINDS: [&str; 6] = ["クリニック", "医院", "病院", "産院", "助産院", "産婦人科"];
    // 「南総合病院 小児科」 is the hospital's department.
    let place = |affiliation: &str| affiliation.split([' ', '　']).next().filter(|name| KINDS.iter().any(|k| name.contains(k))).map(str::to_owned);
    let mut known: Vec<String> = people.iter().filter_map(|p| place(&p.affiliation)).collect();
    known.sort();
    known.dedup();
    let named: Vec<&String> = known.iter().filter(|name| sentences.iter().any(|s| s.text.contains(name.as_str()))).collect();
    let [only] = named.as_slice() else { return Vec::new() };
    if !own.iter().any(|o| place(o).as_ref() == Some(*only)) {
        return Vec::new();
    }
    let at = sentences.iter().find(|s| s.text.contains(only.as_str())).map_or_else(Place::default, |s| s.at);
    vec![Found { rule: Rule::Inducement, phrase: format!("書いた人・監修した人の勤め先 {only}"), at, instead: Rule::Inducement.instead().to_owned() }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::markdown::sentences;

    fn of(markdown: &str) -> Vec<String> {
        let brands = [Brand { name: "イブ".into(), instead: "イブプロフェン".into() }, Brand { name: "OS-1".into(), instead: "経口補水液".into() }];
        phrases(&sentences(markdown, 5), &brands).into_iter().map(|f| format!("{}:{} {}", f.at.line, f.rule.id(), f.phrase)).collect()
    }

    #[test]
    fn phrases_are_found_through_readings_and_bold() {
        assert_eq!(of("水を。\n\nこの{薬|くすり}で、**{必|かなら}ず{治|なお}り**ます。体験談も。"), ["7:cure 必ず治", "7:testimonial 体験談"]);
        assert_eq!(of("OS-1をひと口。イブプロフェンは、医師に。"), ["5:brand OS-1"]);
        assert_eq!(of("- 市内一の名医です"), ["5:best 市内一"]);
        assert_eq!(of("ぜひ当院へ"), ["5:inducement 当院"]);
    }

    #[test]
    fn what_is_denied_is_no_promise() {
        for calm in ["必ず治るとはかぎりません。", "絶対に安全なわけではありません。", "多くは自然に治ります。", "副作用は、まれです。", "口の中のこと。"]
        {
            assert_eq!(of(calm), [] as [&str; 0], "{calm}");
        }
    }
}

//! `allow:` of a front matter in, the rules for wording that a text may break, and why, out.
//!
//! What the rules find is told by `wording`; here are their names, as authors write them.

use crate::diag::form::{Form, meant};
use crate::diag::{Diagnostics, Place};
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
    /// Another limit, or another urgency, than the city's table (`content::triage`).
    Triage,
}

impl Rule {
    /// All, in the order of the guideline.
    pub const ALL: [Self; 6] = [Self::Brand, Self::Cure, Self::Testimonial, Self::Best, Self::Inducement, Self::Triage];
    /// As in front matter.
    pub fn id(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Cure => "cure",
            Self::Testimonial => "testimonial",
            Self::Best => "best",
            Self::Inducement => "inducement",
            Self::Triage => "triage",
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
            Self::Triage => "受診の目安の表",
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
            Self::Triage => "受診の目安が、表（content/triage.yaml）と違います",
        }
    }
    /// What to write.
    pub fn instead(self) -> &'static str {
        match self {
            Self::Brand => "一般の名前で書いてください",
            Self::Cure => "「多くの人は…」「…ことがあります」のように、わかっていることを書いてください",
            Self::Testimonial => "体験ではなく、根拠と出典を書いてください",
            Self::Best => "比べずに、何をするところかを書いてください",
            Self::Inducement => "選べる所をすべて並べるか、かかりつけ・市の一覧へ案内してください",
            Self::Triage => "表に合わせてください",
        }
    }
}

/// A rule that a text may break, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// Which.
    pub rule: Rule,
    /// Why, for whoever reads the file after its author.
    pub reason: String,
    /// Where it stands.
    pub at: Place,
}

/// `allow: [{rule, reason}]`; without a reason nothing is allowed.
pub(super) fn allows(form: &Form<'_>, problems: &mut Diagnostics) -> Vec<Allow> {
    let mut all = Vec::new();
    for node in form.list("allow", problems) {
        let Some(item) = Form::new(form.file(), node, &["rule", "reason"], problems) else { continue };
        let (rule, reason) = (item.needed("rule", problems), item.needed("reason", problems));
        let (Some(rule), Some(reason)) = (rule, reason) else { continue };
        match Rule::from_id(&rule.value) {
            Some(found) => all.push(Allow { rule: found, reason: reason.value, at: rule.at }),
            None => {
                let ids = || Rule::ALL.iter().map(|r| r.id());
                let hint = meant(&rule.value, ids())
                    .unwrap_or_else(|| format!("使えるもの: {}", ids().collect::<Vec<_>>().join("、")));
                problems.error(form.file(), rule.at, format!("決まり `{}` はありません", rule.value), hint);
            }
        }
    }
    all
}

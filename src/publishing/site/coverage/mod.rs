//! An edition in, where its articles are missing out: stage by topic, what has run out, and whether every week has a
//! letter's worth.

mod supply;

use super::api::shape::Day;
use super::index::LOSS;
use super::{Edition, Stage};
use crate::content::{Article, Review, Topic};
use crate::segment::Unit;
use schemars::JsonSchema;
use serde::Serialize;

/// 記事の足りない所
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Coverage {
    /// この日に送れるかで数えています
    pub date: Day,
    /// 分野。stages の topics と同じ並び
    pub topics: Vec<CoverageTopic>,
    /// 時期
    pub stages: Vec<CoverageStage>,
    /// 記事が1本もない時期
    pub empty: Vec<String>,
    /// 監修の期限が切れた記事か、監修のない記事しかない時期
    pub only_overdue: Vec<String>,
    /// 記事はあるが、毎週のおたよりには足りない時期
    pub too_few: Vec<String>,
}

/// 分野
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CoverageTopic {
    /// 識別子
    pub id: String,
    /// 名前
    pub title: String,
}

/// 時期の記事
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CoverageStage {
    /// 名前（例 weeks/24）
    pub stage: String,
    /// weeks、months、years
    pub group: &'static str,
    /// 数
    pub number: i32,
    /// 足りているか
    pub state: Supply,
    /// 監修ずみで、期限の内の記事
    pub current: usize,
    /// 監修の期限が切れたか、監修のない記事
    pub overdue: usize,
    /// 下書き（下見のときだけ数えます）
    pub drafts: usize,
    /// current のうち、一部の家庭だけに届くもの
    pub for_some: usize,
    /// この時期に送るおたよりの数（毎週1通）
    pub letters: usize,
    /// そのうち、まだ届けていない記事を1本は入れられるもの
    pub letters_with_article: usize,
    /// 分野ごと
    pub topics: Vec<CoverageCell>,
}

/// 時期と分野の記事
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct CoverageCell {
    /// 監修ずみで、期限の内
    pub current: usize,
    /// 監修の期限が切れたか、監修がない
    pub overdue: usize,
    /// 下書き（下見のときだけ数えます）
    pub drafts: usize,
}

/// 足りているか
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// 1本もない
    Empty,
    /// 期限切れか監修なしだけ
    OnlyOverdue,
    /// 毎週のおたよりには足りない
    TooFew,
    /// 足りる
    Enough,
}

/// What an article may do today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Current,
    Overdue,
    Draft,
}

impl Edition<'_> {
    /// Counts every stage. A letter is sent each week and never repeats an article to a subject: so a stage of N weeks
    /// needs N articles that can be shared out to its weeks.
    pub fn coverage(&self) -> Coverage {
        let articles: Vec<(&Article, Use)> = self.articles().map(|a| (a, self.use_of(a))).collect();
        let for_all: Vec<&Article> =
            articles.iter().filter(|(a, used)| *used == Use::Current && for_everybody(a)).map(|(a, _)| *a).collect();
        let supplied = supply::letters(&for_all);
        // What is about a loss goes to nobody by week or age.
        let topics: Vec<&Topic> = self.library.topics.iter().filter(|t| t.id != LOSS).collect();
        let stages: Vec<CoverageStage> = Stage::all()
            .map(|stage| {
                let here: Vec<&(&Article, Use)> =
                    articles.iter().filter(|(a, _)| a.windows.iter().any(|w| stage.touches(w))).collect();
                let (letters, with_article) = supplied.get(&stage).copied().unwrap_or_default();
                let all = counted(&here, |_| true);
                CoverageStage {
                    stage: format!("{}/{}", stage.group(), stage.number()),
                    group: stage.group(),
                    number: stage.number(),
                    state: match (all.current, all.overdue) {
                        (0, 0) => Supply::Empty,
                        (0, _) => Supply::OnlyOverdue,
                        _ if with_article < letters => Supply::TooFew,
                        _ => Supply::Enough,
                    },
                    current: all.current,
                    overdue: all.overdue,
                    drafts: all.drafts,
                    for_some: here.iter().filter(|(a, used)| *used == Use::Current && !for_everybody(a)).count(),
                    letters,
                    letters_with_article: with_article,
                    topics: topics.iter().map(|t| counted(&here, |a| a.topics.contains(&t.id))).collect(),
                }
            })
            .collect();
        let named = |state| stages.iter().filter(|s| s.state == state).map(|s| s.stage.clone()).collect();
        Coverage {
            date: Day(self.today),
            topics: topics.iter().map(|t| CoverageTopic { id: t.id.clone(), title: t.title.clone() }).collect(),
            empty: named(Supply::Empty),
            only_overdue: named(Supply::OnlyOverdue),
            too_few: named(Supply::TooFew),
            stages,
        }
    }

    fn use_of(&self, article: &Article) -> Use {
        let review: Option<&Review> = article.versions.get(self.config.main_language()).and_then(|v| v.review.as_ref());
        match review {
            _ if article.draft => Use::Draft,
            Some(review) if review.holds_on(self.today) => Use::Current,
            _ => Use::Overdue,
        }
    }
}

/// Reaches every household whose subject is in the window, not only those of a segment or born early.
fn for_everybody(article: &Article) -> bool {
    article.segments.is_empty() && article.windows.iter().any(|w| w.unit != Unit::CorrectedMonths)
}

fn counted(here: &[&(&Article, Use)], wanted: impl Fn(&Article) -> bool) -> CoverageCell {
    let mut cell = CoverageCell::default();
    for (_, used) in here.iter().filter(|(a, _)| wanted(a)) {
        match used {
            Use::Current => cell.current += 1,
            Use::Overdue => cell.overdue += 1,
            Use::Draft => cell.drafts += 1,
        }
    }
    cell
}

/// 妊娠24週, 3か月, 2歳
pub fn stage_title(group: &str, number: i32) -> String {
    match group {
        "weeks" => format!("妊娠{number}週"),
        "months" => format!("{number}か月"),
        _ => format!("{number}歳"),
    }
}

/// The state as people say it.
pub fn state_title(state: Supply) -> &'static str {
    match state {
        Supply::Empty => "記事なし",
        Supply::OnlyOverdue => "期限切れだけ",
        Supply::TooFew => "足りない",
        Supply::Enough => "足りる",
    }
}

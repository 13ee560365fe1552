//! The shapes of all JSON below `/api/v1/`, and nothing else: what is written by `build`, what the server answers, and
//! the schemas of `openapi.json` come from these structs. Their comments are shown to whoever reads `/api/`, so they
//! are Japanese.

use crate::calendar::Date;
use crate::segment::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 一覧。並びは識別子の順で、記事が増えても変わりません。
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ListOf{T}")]
pub struct List<T> {
    /// この先もふくめた、全部の件数
    pub total: usize,
    /// この回の分
    pub items: Vec<T>,
    /// 続きの URL。続きがなければ null
    pub next: Option<String>,
}

/// 年月日（例 2026-11-24）
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Day(#[schemars(with = "String", extend("format" = "date"))] pub Date);

/// 監修の状態
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reviewed {
    /// 監修ずみで、期限の内
    Current,
    /// 期限が過ぎたか、監修の日がまだ来ていない
    Expired,
    /// 監修がない
    None,
}

/// 監修
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Review {
    /// 監修者の識別子（/people）
    pub by: String,
    /// 監修の日
    pub on: Day,
    /// 次の監修の日。この日まで有効
    pub next: Day,
}

/// 対象の時期。両端をふくみます
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Span {
    /// 数えかた:
    /// pregnancy_weeks（妊娠満週数）、child_days、child_weeks、child_months（満月齢）、child_years、corrected_months（修正月齢）
    pub unit: &'static str,
    /// はじめ
    pub from: i32,
    /// おわり
    pub to: i32,
}

impl From<&Window> for Span {
    fn from(w: &Window) -> Self {
        Self { unit: w.unit.key(), from: w.from, to: w.to }
    }
}

/// 記事（一覧での形）
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ArticleSummary {
    /// 識別子
    pub slug: String,
    /// ページの URL
    pub url: String,
    /// 全文の JSON の URL
    pub json: String,
    /// title と summary のことば
    pub language: String,
    /// ある版のことば
    pub languages: Vec<String>,
    /// 題
    pub title: String,
    /// 60文字までの要約
    pub summary: String,
    /// 分野の識別子（/topics）
    pub topics: Vec<String>,
    /// 対象の時期。空なら、おたよりでは送りません
    pub windows: Vec<Span>,
    /// 属する週・月・年（例 weeks/24、months/3、years/2）
    pub stages: Vec<String>,
    /// 同じ時期の中で、先に送るもの
    pub essential: bool,
    /// 読むのにかかる分
    pub minutes: u32,
    /// 書いた人の識別子（/people）
    pub authors: Vec<String>,
    /// 監修の状態
    pub reviewed: Reviewed,
    /// 監修
    pub review: Option<Review>,
}

/// 記事の全文
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Article {
    /// 一覧での形
    #[serde(flatten)]
    pub summary: ArticleSummary,
    /// この記事が届く先を決めるセグメントの識別子（/segments）。空なら、時期の合う全員
    pub segments: Vec<String>,
    /// 質問を受ける職種
    pub ask: Option<&'static str>,
    /// 出典
    pub sources: Vec<String>,
    /// 前のアドレスの名前
    pub aliases: Vec<String>,
    /// ことばごとの版
    pub versions: Vec<Version>,
}

/// ひとつのことばの版
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Version {
    /// ことば（ja、easy = やさしい日本語、en など）
    pub language: String,
    /// ページの URL
    pub url: String,
    /// 題
    pub title: String,
    /// 題の HTML（ルビと区切りつき）
    pub title_html: String,
    /// 要約
    pub summary: String,
    /// 監修
    pub review: Option<Review>,
    /// 読むのにかかる分
    pub minutes: u32,
    /// 見出し
    pub headings: Vec<Heading>,
    /// 本文の HTML。リンクと画像は、サイトの中のパス
    pub html: String,
    /// 注の HTML（li のならび）
    pub footnotes_html: String,
}

/// 見出し
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Heading {
    /// 2 か 3
    pub level: u8,
    /// ページの中での名前
    pub id: String,
    /// HTML
    pub html: String,
}

/// 週・月・年
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageSummary {
    /// 名前（例 weeks/24）
    pub stage: String,
    /// weeks（妊娠週数）、months（月齢）、years（年齢）
    pub group: &'static str,
    /// 数
    pub number: i32,
    /// ページの URL
    pub url: String,
    /// この時期の記事の JSON の URL
    pub json: String,
    /// 記事の数
    pub articles: usize,
}

/// 週・月・年と、その記事
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Stage {
    /// 時期
    #[serde(flatten)]
    pub summary: StageSummary,
    /// 前の時期
    pub before: Option<String>,
    /// 次の時期
    pub after: Option<String>,
    /// 記事。合うものから先に
    pub items: Vec<ArticleSummary>,
}

/// お知らせ（一覧での形）
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BulletinSummary {
    /// 識別子
    pub slug: String,
    /// ページの URL
    pub url: String,
    /// 全文の JSON の URL
    pub json: String,
    /// title と summary のことば
    pub language: String,
    /// ある版のことば
    pub languages: Vec<String>,
    /// 題
    pub title: String,
    /// 要約
    pub summary: String,
    /// 出す日
    pub publish: Day,
    /// 出しておく最後の日
    pub until: Option<Day>,
    /// 催しの日
    pub on: Option<Day>,
    /// 急ぎ
    pub urgent: bool,
    /// 分野の識別子
    pub topics: Vec<String>,
    /// おたよりで届ける先のセグメントの識別子。空なら、サイトだけ
    pub segments: Vec<String>,
}

/// お知らせの全文
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Bulletin {
    /// 一覧での形
    #[serde(flatten)]
    pub summary: BulletinSummary,
    /// 出典
    pub sources: Vec<String>,
    /// 前のアドレスの名前
    pub aliases: Vec<String>,
    /// ことばごとの版
    pub versions: Vec<Version>,
}

/// 固定ページ
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FixedPage {
    /// 識別子
    pub slug: String,
    /// ことばごとの版
    pub versions: Vec<Version>,
}

/// セグメント（だれに届けるかの決まり）。世帯や人のことは、ふくみません
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Segment {
    /// 識別子
    pub id: String,
    /// 名前
    pub title: String,
    /// 決まり
    pub rule: Rule,
}

/// 決まり
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// 時期が合う
    Window(Span),
    /// どれかの地区に住む
    Area(Vec<String>),
    /// どれかのことばで読む
    Language(Vec<String>),
    /// はじめての子
    FirstChild(bool),
    /// ふたご以上
    Twins(bool),
    /// 37週より前の出生
    Preterm(bool),
    /// どれかが合う
    Any(Vec<Rule>),
    /// 全部が合う
    All(Vec<Rule>),
    /// 合わない
    Not(Box<Rule>),
}

/// 分野
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Topic {
    /// 識別子
    pub id: String,
    /// 名前
    pub title: String,
    /// 1行の説明
    pub summary: String,
    /// ページの URL
    pub url: String,
    /// 記事の数
    pub articles: usize,
}

/// 書いた人・監修した人
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Person {
    /// 識別子
    pub id: String,
    /// 名前
    pub name: String,
    /// 読み
    pub kana: String,
    /// 職種
    pub profession: &'static str,
    /// 免許・資格
    pub licence: String,
    /// 所属
    pub affiliation: String,
    /// 紹介
    pub bio: String,
    /// 利益相反
    pub conflicts: String,
    /// ページの URL
    pub url: String,
}

/// 急ぐときの連絡先
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Contact {
    /// 識別子
    pub id: String,
    /// 番号
    pub number: String,
    /// 名前
    pub title: String,
    /// やさしい日本語の名前
    pub easy: String,
    /// 英語の名前
    pub en: String,
    /// どんなとき
    pub when: String,
    /// 時間
    pub hours: String,
    /// ことば
    pub languages: String,
    /// 料金
    pub cost: String,
    /// 文字やリレーでの連絡
    pub text: String,
    /// ホームページ
    pub url: String,
    /// 種類
    pub kind: String,
    /// 確かめた日
    pub checked: Day,
}

/// さがした結果。サイトの「さがす」と同じです
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Found {
    /// 全部の件数
    pub total: usize,
    /// この回の分。題にあるものから先に
    pub items: Vec<Hit>,
    /// 続きの URL。続きがなければ null
    pub next: Option<String>,
}

/// 見つかったページ
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Hit {
    /// ページの URL
    pub url: String,
    /// 題
    pub title: String,
    /// 要約
    pub summary: String,
}

/// 入口：どこに何があるか
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Root {
    /// サイトの名前
    pub title: String,
    /// 市の名前
    pub city: String,
    /// サイトの URL
    pub url: String,
    /// ことば。はじめのことばは、どの記事にもあります
    pub languages: Vec<String>,
    /// この JSON の日
    pub date: Day,
    /// この API の形（OpenAPI 3.1）
    pub openapi: String,
    /// 一覧の URL
    pub collections: Vec<String>,
}

/// うまくいかなかったとき（RFC 9457）
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// HTTP の状態
    pub status: u16,
    /// 何が起きたか
    pub title: String,
    /// くわしく
    pub detail: String,
}

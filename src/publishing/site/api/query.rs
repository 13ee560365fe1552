//! What a reader of the JSON may ask for: filters and where to go on.

use super::shape::Reviewed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Items in one answer, unless the reader says otherwise.
pub const USUAL: usize = 50;
/// Items in one answer at most, and in one static file.
pub const MOST: usize = 100;

/// Filters of `/articles`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticleQuery {
    /// 分野の識別子
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// 時期（例 weeks/24、months/3、years/2）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// このことばの版があるもの。題と要約も、このことばになります
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// 監修の状態
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Reviewed>,
    /// 書いた人の識別子
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// 先に送るもの（true）か、そうでないもの（false）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub essential: Option<bool>,
    /// この識別子より後ろから（next にあるもの）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// 1回の件数（1〜100、ふつうは50）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Filters of `/bulletins`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulletinQuery {
    /// 分野の識別子
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// 届ける先のセグメントの識別子
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// このことばの版があるもの
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// 急ぎのもの（true）か、そうでないもの（false）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
    /// この識別子より後ろから（next にあるもの）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// 1回の件数（1〜100、ふつうは50）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// What `/search` looks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// さがすことば（200文字まで）。空白で区切ると、全部があるもの
    pub q: String,
    /// ことば。省くと、はじめのことば
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// この件数を飛ばす（next にあるもの）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// 1回の件数（1〜100、ふつうは50）
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Letters of what is looked for at most: each pair of them is a look into a file.
const LONGEST_SEARCH: usize = 200;

/// What is looked for, or what is wrong with it.
pub fn searched(q: &str) -> Result<&str, String> {
    match q.chars().nth(LONGEST_SEARCH) {
        None => Ok(q),
        Some(_) => Err(format!("q は{LONGEST_SEARCH}文字までです")),
    }
}

/// The number of items that was asked for, or what is wrong with it.
pub fn limit(asked: Option<usize>) -> Result<usize, String> {
    match asked.unwrap_or(USUAL) {
        n @ 1..=MOST => Ok(n),
        n => Err(format!("limit={n} は使えません。1 から {MOST} までです")),
    }
}

/// What was asked for is one of these, or what is wrong with it: an empty list would say that there is nothing, not
/// that the word is.
pub fn known<'a>(key: &str, asked: Option<&str>, there: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    let Some(asked) = asked else { return Ok(()) };
    let there: Vec<&str> = there.into_iter().collect();
    if there.contains(&asked) {
        Ok(())
    } else {
        Err(format!("{key}={asked} はありません。あるもの: {}", there.join("、")))
    }
}

/// The query string of a request for what follows.
pub fn query_string(query: &impl Serialize) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(query) {
        for (name, value) in fields {
            match value {
                serde_json::Value::Null => {}
                serde_json::Value::String(value) => {
                    text.append_pair(&name, &value);
                }
                other => {
                    text.append_pair(&name, &other.to_string());
                }
            }
        }
    }
    text.finish()
}

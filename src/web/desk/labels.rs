//! How the desk calls who asked.

use crate::consult::Category;

/// 24週0日, 1歳7か月, 気持ち・家族, ゲスト（子ども）
pub(super) fn who(guest: bool, category: &str, stage: Option<String>) -> String {
    let matter = match Category::from_id(category) {
        Some(Category::Pregnancy) => "妊娠中",
        Some(Category::Child) => "子ども",
        Some(Category::Body) => "からだ",
        Some(Category::Own) | None => "気持ち・家族",
    };
    if guest { format!("ゲスト（{matter}）") } else { stage.unwrap_or_else(|| matter.to_owned()) }
}

pub(super) fn language(code: &str) -> &str {
    match code {
        "ja" => "日本語",
        "easy" => "やさしい日本語",
        "en" => "English",
        other => other,
    }
}

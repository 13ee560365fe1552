//! A draft and its problems in, what a form's template shows out.

use crate::calendar::{Date, days_between, plus_days, spoken};
use crate::config::Config;
use crate::contact::Channel;
use crate::household::{Draft, NO_CHANNEL, Problem, Typed};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Fields of a POSTed form, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// A field's or button's value; empty if it is missing.
pub(super) fn value<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
}

/// 年, 月, 日 as the template `ymd` takes them.
#[derive(Debug, Serialize)]
pub(super) struct DateField {
    name: String,
    legend: String,
    hint: String,
    y: String,
    m: String,
    d: String,
    /// `y`, `m` or `d`: the field to mend; empty if all is well.
    part: String,
    error: String,
}

/// The three fields of `name` as they were typed, with their error.
pub(super) fn date_field(
    draft: &Draft,
    problems: &[Problem],
    name: &str,
    legend: impl Into<String>,
    hint: impl Into<String>,
) -> DateField {
    let Typed { year, month, day } = draft.date(name);
    let problem = problems.iter().find_map(|p| {
        let part = p.field.strip_prefix(name)?.strip_prefix('-')?;
        ["y", "m", "d"].contains(&part).then_some((part, &p.message))
    });
    let (part, error) =
        problem.map_or((String::new(), String::new()), |(part, message)| (part.to_owned(), message.clone()));
    DateField {
        name: name.to_owned(),
        legend: legend.into(),
        hint: hint.into(),
        y: year,
        m: month,
        d: day,
        part,
        error,
    }
}

/// How a date may be typed, with one that somebody could mean this year. A numeric keypad has no 令和: the year's
/// number is enough.
pub(super) fn example(day: Date) -> String {
    let (year, era) = (spoken::long(day), spoken::era(day));
    match era.trim_start_matches("令和").trim_end_matches('年') {
        "" | "元" => format!("例　{year}。"),
        n => format!("例　{year}。年は、令和の「{n}」だけでもかまいません。"),
    }
}

/// 2027年3月16日, 令和9年・いま23週4日: a day, and what stands small behind it.
pub(super) fn spoken_day(day: Date, stage: &str) -> (String, String) {
    let behind: Vec<String> = [spoken::era(day), stage.to_owned()].into_iter().filter(|s| !s.is_empty()).collect();
    (spoken::long(day), behind.join("・"))
}

/// What becomes of the letters of a pregnancy whose due date has passed, from today on; empty before.
pub(super) fn past_due(due: Date, today: Date) -> String {
    let last = plus_days(due, 13);
    match days_between(due, today) {
        ..=0 => String::new(),
        days @ 1..=13 => format!(
            "予定日を{days}日過ぎています。今日からも{}までは、いまの週のおたよりを送ります。そのあとは、\
             市からのお知らせだけにします。",
            spoken::short(last)
        ),
        _ => "予定日を2週間以上過ぎています。今日からは、妊娠の読みものは送らず、市からのお知らせだけを送ります。"
            .to_owned(),
    }
}

/// A line of the summary on top.
#[derive(Debug, Serialize)]
pub(super) struct ErrorLine {
    field: String,
    message: String,
}

/// The summary on top.
pub(super) fn summary(problems: &[Problem]) -> Vec<ErrorLine> {
    problems.iter().map(|p| ErrorLine { field: p.field.clone(), message: p.summary.clone() }).collect()
}

/// The error beside a field without parts.
pub(super) fn error_of(problems: &[Problem], field: &str) -> String {
    problems.iter().find(|p| p.field == field).map_or_else(String::new, |p| p.message.clone())
}

/// A row that can be picked.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    value: String,
    title: String,
    hint: String,
    /// BCP 47, where the title is in a language of its own.
    lang: String,
    checked: bool,
}

fn choice(value: &str, title: &str, hint: &str, chosen: &str) -> Choice {
    Choice {
        value: value.into(),
        title: title.into(),
        hint: hint.into(),
        lang: String::new(),
        checked: value == chosen,
    }
}

/// The areas, and not telling.
pub(super) fn areas(config: &Config, chosen: &str) -> Vec<Choice> {
    let told = config.site.areas.iter().map(|a| choice(&a.id, &a.title, "", chosen));
    told.chain([choice("", "答えない", "市全体のお知らせだけが届きます", chosen)]).collect()
}

/// The languages, each in its own.
pub(super) fn languages(config: &Config, chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { config.main_language() } else { chosen };
    let one = |id: &String| {
        let hint = match id.as_str() {
            "easy" => "短い文で、漢字に読みがなをつけます",
            "en" => "Articles without an English version come in Japanese",
            _ => "",
        };
        Choice {
            lang: if id == "easy" { "ja".into() } else { id.clone() },
            ..choice(id, &language_title(id), hint, chosen)
        }
    };
    config.site.languages.iter().map(one).collect()
}

/// First child or not, and not telling.
pub(super) fn first_child(chosen: &str) -> Vec<Choice> {
    vec![
        choice("yes", "はい、はじめてです", "", chosen),
        choice("no", "いいえ、上の子がいます", "", chosen),
        choice("", "答えない", "", chosen),
    ]
}

/// How letters may arrive. LINE where the city has an account, a browser's notifications where there is a key to sign
/// them, e-mail where there is a mail server.
pub(super) fn channels(app: &super::App) -> Vec<Channel> {
    let is_offered = |channel: &Channel| match channel {
        Channel::Line => !app.config.site.line.account.is_empty(),
        Channel::WebPush => app.vapid_public_key().is_some(),
        Channel::Email => app.config.site.email.is_some(),
    };
    Channel::ALL.into_iter().filter(is_offered).collect()
}

/// The channels as rows, and taking none.
pub(super) fn channel_choices(app: &super::App, chosen: &str) -> Vec<Choice> {
    let hint = |channel| match channel {
        Channel::Line => {
            format!("「{}」を友だちに追加します。市にLINEの名前は伝わりません", app.config.site.line.account)
        }
        Channel::WebPush => "アプリはいりません。iPhoneは、先にホーム画面へ追加します".to_owned(),
        Channel::Email => "次のページで、アドレスを入れます。件名にも本文にも、妊娠や月齢のことは書きません".to_owned(),
    };
    // 端末の通知 is of the device that asks.
    let title = |channel: Channel| match channel {
        Channel::Line | Channel::Email => channel.title().to_owned(),
        Channel::WebPush => format!("この{}", channel.title()),
    };
    let one = |channel: Channel| choice(channel.id(), &title(channel), &hint(channel), chosen);
    let none = choice(NO_CHANNEL, "受け取らず、マイページで読む", "通知はありません", chosen);
    channels(app).into_iter().map(one).chain([none]).collect()
}

/// The name of a language in itself.
pub(super) fn language_title(id: &str) -> String {
    match id {
        "ja" => "日本語",
        "easy" => "やさしい日本語",
        "en" => "English",
        "zh" => "中文",
        "ko" => "한국어",
        "vi" => "Tiếng Việt",
        "pt" => "Português",
        "ne" => "नेपाली",
        "tl" => "Tagalog",
        other => other,
    }
    .to_owned()
}

/// The area as people say it.
pub(super) fn area_title(config: &Config, id: &str) -> String {
    config.site.areas.iter().find(|a| a.id == id).map_or_else(|| "答えていません".into(), |a| a.title.clone())
}

/// First child or not, as the page says it.
pub(super) fn first_title(first: Option<bool>) -> &'static str {
    match first {
        Some(true) => "はじめての子です",
        Some(false) => "上の子がいます",
        None => "答えていません",
    }
}

/// A form that comes back with problems is no success.
pub(super) fn with_problems(page: Response, problems: &[Problem]) -> Response {
    if problems.is_empty() { page } else { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::date;

    #[test]
    fn hints_and_days_are_of_this_year() {
        assert_eq!(example(date(2027, 3, 16)), "例　2027年3月16日。年は、令和の「9」だけでもかまいません。");
        assert_eq!(example(date(2019, 6, 1)), "例　2019年6月1日。");
        assert_eq!(
            spoken_day(date(2027, 3, 16), "いま23週4日"),
            ("2027年3月16日".into(), "令和9年・いま23週4日".into())
        );
        assert_eq!(spoken_day(date(2018, 3, 16), ""), ("2018年3月16日".into(), String::new()));
    }

    #[test]
    fn what_happens_from_today_on() {
        let due = date(2026, 11, 10);
        assert_eq!(past_due(due, due), "");
        assert!(past_due(due, date(2026, 11, 11)).contains("1日過ぎています。今日からも11月23日（月）までは"));
        assert!(past_due(due, date(2026, 11, 23)).contains("13日過ぎています"));
        // 42w0d: only neutral bulletins are left.
        assert!(past_due(due, date(2026, 11, 24)).contains("今日からは、妊娠の読みものは送らず"));
    }
}

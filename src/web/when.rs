//! Instants in, what people say out: 11月24日（火）22:41, 4分前, あと40分. Pure.

use super::App;
use crate::calendar::spoken::short;
use crate::calendar::{Date, Timestamp, Zoned, days_between};
use serde::Serialize;

/// An instant as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    /// For `<time datetime>`.
    pub iso: String,
    /// 11月24日（火）22:41
    pub said: String,
}

/// Unix seconds in the city's zone.
pub(super) fn zoned(app: &App, at: i64) -> Zoned {
    Timestamp::from_second(at).unwrap_or_default().to_zoned(app.config.zone.clone())
}

/// 11月24日（火）22:41
pub(super) fn moment(at: &Zoned) -> Moment {
    Moment { iso: at.strftime("%Y-%m-%dT%H:%M%:z").to_string(), said: format!("{}{}", short(at.date()), clock(at)) }
}

/// 11月25日（水）17時, with minutes if there are any.
pub(super) fn until(at: &Zoned) -> String {
    if at.minute() == 0 {
        format!("{}{}時", short(at.date()), at.hour())
    } else {
        format!("{}{}", short(at.date()), clock(at))
    }
}

/// 今日 17:00, 明日 17:00, 11月30日（月）17:00
pub(super) fn near(at: &Zoned, today: Date) -> String {
    match days_between(today, at.date()) {
        0 => format!("今日 {}", clock(at)),
        1 => format!("明日 {}", clock(at)),
        _ => format!("{} {}", short(at.date()), clock(at)),
    }
}

/// 4分前, 3時間前, 2日前
pub(super) fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "たった今".into(),
        60..3600 => format!("{}分前", seconds / 60),
        3600..86400 => format!("{}時間前", seconds / 3600),
        _ => format!("{}日前", seconds / 86400),
    }
}

/// あと40分, あと1時間50分, 30分過ぎています
pub(super) fn left(seconds: i64) -> String {
    let said = |minutes: i64| match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m}分"),
        (h @ ..24, 0) => format!("{h}時間"),
        (h @ ..24, m) => format!("{h}時間{m}分"),
        (h, _) => format!("{}日", h / 24),
    };
    match seconds {
        0.. => format!("あと{}", said(seconds / 60)),
        _ => format!("{}過ぎています", said(-seconds / 60)),
    }
}

fn clock(at: &Zoned) -> String {
    format!("{}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{TimeZone, date};

    #[test]
    fn as_people_say() {
        let at = date(2026, 11, 25).at(17, 0, 0, 0).to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap();
        assert_eq!((until(&at).as_str(), near(&at, date(2026, 11, 24)).as_str()), ("11月25日（水）17時", "明日 17:00"));
        assert_eq!(moment(&at), Moment { iso: "2026-11-25T17:00+09:00".into(), said: "11月25日（水）17:00".into() });
        assert_eq!([ago(5), ago(250), ago(7300), ago(90_000 * 2)], ["たった今", "4分前", "2時間前", "2日前"]);
        assert_eq!(
            [left(2400), left(6600), left(-1800), left(7200), left(90_000)],
            ["あと40分", "あと1時間50分", "30分過ぎています", "あと2時間", "あと1日"]
        );
    }
}

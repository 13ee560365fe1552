//! What a page has just changed in, said once on the household's page out. It travels in a cookie that names the fact,
//! never its value.

use crate::household::{Household, Subject};
use crate::segment::SubjectKind;
use crate::web::session::{cookie_name, session_cookie};
use crate::web::{Shared, forms};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

/// Remembers for the next page that `what` (`area`, `dates.a`, …) was changed.
pub(super) fn remember(app: &Shared, jar: CookieJar, what: String) -> CookieJar {
    let mut cookie = session_cookie(app, "told", what, 1);
    cookie.set_max_age(None);
    jar.add(cookie)
}

/// The sentence for what was remembered, which is then forgotten; empty if there is nothing to say.
pub(super) fn take(app: &Shared, jar: CookieJar, household: &Household) -> (CookieJar, String) {
    let name = cookie_name(app, "told");
    let Some(said) = jar.get(&name).map(|c| sentence(app, c.value(), household)) else { return (jar, String::new()) };
    let mut gone = Cookie::from(name);
    gone.set_path("/");
    gone.set_secure(app.config.site.public_url.starts_with("https:"));
    (jar.remove(gone), said)
}

fn sentence(app: &Shared, what: &str, household: &Household) -> String {
    let of = |slot: &str| household.subject(slot).filter(|s| s.active());
    match what.split_once('.') {
        Some(("dates", slot)) => of(slot).map_or_else(String::new, |s| format!("変えました。{}", day(app, s))),
        Some(("born", slot)) => of(slot).map_or_else(String::new, |s| {
            format!("受け取りました。{}次のおたよりから、月齢に合わせて選びます。", day(app, s))
        }),
        _ => match what {
            "area" => format!("変えました。地区は「{}」です。", forms::area_title(&app.config, &household.area)),
            "language" => format!("変えました。ことばは「{}」です。", forms::language_title(&household.language)),
            "first" => format!("変えました。「{}」になっています。", forms::first_title(household.first_child)),
            "nobody" => "どの分にもしるしがなかったので、止まったままです。".to_owned(),
            "family" => "足しました。下の日付を、いちど見てください。".to_owned(),
            _ => String::new(),
        },
    }
}

/// 出産予定日は、2027年3月16日（令和9年・いま24週0日）です。
fn day(app: &Shared, subject: &Subject) -> String {
    let stage = subject.stage(app.today());
    let (title, stage) = match subject.kind {
        SubjectKind::Pregnancy if stage.is_empty() => ("出産予定日", stage),
        SubjectKind::Pregnancy => ("出産予定日", format!("いま{stage}")),
        SubjectKind::Child => ("お子さんの誕生日", stage),
    };
    let (day, behind) = forms::spoken_day(subject.stage_on, &stage);
    if behind.is_empty() {
        format!("{title}は、{day}です。")
    } else {
        format!("{title}は、{day}（{behind}）です。")
    }
}

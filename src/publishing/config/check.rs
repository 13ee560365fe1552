//! The tree and the values of `otayori.yaml` in, everything that would break later out, each with its line and column.

use super::file::{FILE, find, place, weekday};
use super::proxies::Network;
use super::theme::names;
use super::{Origin, Site, Themes};
use crate::calendar::{DeskHours, Time, TimeZone};
use crate::diag::Diagnostics;
use crate::diag::form::{Form, meant};
use crate::diag::yaml::{Node, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// Keys that a site cannot do without.
const NEEDED: [&str; 9] = ["title", "city", "office", "tel", "hours", "public_url", "languages", "web_push", "consent"];
/// All keys; below each of the others the keys of its map, or of the maps in its list.
const KEYS: [&str; 23] = [
    "title",
    "city",
    "office",
    "tel",
    "hours",
    "public_url",
    "theme",
    "time_zone",
    "languages",
    "areas",
    "handouts",
    "avif",
    "api",
    "sample_date",
    "letters",
    "desk",
    "line",
    "web_push",
    "email",
    "consent",
    "keep_days",
    "limits",
    "trusted_proxies",
];
const BELOW: [(&str, &[&str]); 9] = [
    ("limits", &["source_per_day", "all_per_hour", "wait_seconds"]),
    ("areas", &["id", "title"]),
    ("letters", &["day", "at", "max_leads", "max_bulletins"]),
    ("desk", &["days", "opens", "closes", "closed", "danger_steps"]),
    ("desk.closed", &["from", "to"]),
    ("line", &["account", "discreet", "add_friend_url"]),
    ("web_push", &["contact"]),
    ("email", &["from", "smtp", "port", "tls", "ca"]),
    ("consent", &["version"]),
];

/// Letters are not sent before this hour, nor from [`NIGHT`] on.
const MORNING: i8 = 7;
const NIGHT: i8 = 21;

/// Unknown and missing keys.
pub(super) fn keys(tree: &Node, problems: &mut Diagnostics) {
    let Some(form) = Form::new(FILE, tree, &KEYS, problems) else { return };
    for key in NEEDED {
        if form.entry(key).is_none_or(|e| matches!(e.node.value, Value::Scalar { .. })) {
            form.needed(key, problems);
        }
    }
    for (path, known) in BELOW {
        let Some(node) = find(tree, path) else { continue };
        let maps: &[Node] = match &node.value {
            Value::List(items) => items,
            Value::Map(_) => std::slice::from_ref(node),
            // Its type is serde's to tell.
            Value::Scalar { .. } => &[],
        };
        for map in maps {
            let _reported = Form::new(FILE, map, known, problems);
        }
    }
}

/// Values that are read, but would break later.
pub(super) fn values(root: &Path, site: &Site, themes: &Themes, tree: &Node, problems: &mut Diagnostics) {
    let mut wrong = |path: &str, message: String, hint: String| problems.error(FILE, place(tree, path), message, hint);
    for (key, text) in [
        ("title", &site.title),
        ("city", &site.city),
        ("office", &site.office),
        ("consent.version", &site.consent.version),
    ] {
        if text.trim().is_empty() {
            wrong(key, format!("`{key}` が空です"), "値を書いてください".into());
        }
    }
    if site.avif && !cfg!(feature = "avif") {
        wrong(
            "avif",
            "このプログラムは AVIF を作れません".into(),
            "`cargo build --release --features avif` で作りなおすか、この行を消してください（WebP はいつも作ります）"
                .into(),
        );
    }
    if let Err(e) = TimeZone::get(&site.time_zone) {
        wrong("time_zone", format!("時間帯 `{}` がわかりません（{e}）", site.time_zone), "例: Asia/Tokyo".into());
    }
    if weekday(&site.letters.day).is_none() {
        wrong(
            "letters.day",
            format!("曜日 `{}` がわかりません", site.letters.day),
            "mon tue wed thu fri sat sun のどれか".into(),
        );
    }
    match site.letters.at.parse::<Time>() {
        Err(_) => wrong("letters.at", format!("時刻 `{}` がわかりません", site.letters.at), "例: \"07:30\"".into()),
        Ok(at) if !(MORNING..NIGHT).contains(&at.hour()) => {
            wrong(
                "letters.at",
                format!("おたよりを送る時刻 {} は夜です。夜（21時〜7時）には送りません", site.letters.at),
                "\"07:00\" から \"20:59\" まで。例: \"07:30\"".into(),
            );
        }
        Ok(_) => {}
    }
    for (path, n, least) in
        [("letters.max_leads", site.letters.max_leads, 1), ("letters.max_bulletins", site.letters.max_bulletins, 0)]
    {
        if !(least..=10).contains(&n) {
            wrong(path, format!("`{path}` の {n} は使えません"), format!("{least} から 10 まで。ふつうは 3"));
        }
    }
    if DeskHours::new(&site.desk.days, "17:00", []).is_err() {
        wrong(
            "desk.days",
            format!("`{}` という日の決めかたはありません", site.desk.days),
            "weekdays（平日）か all（毎日）".into(),
        );
    }
    if DeskHours::new("all", &site.desk.closes, []).is_err() {
        wrong("desk.closes", format!("時刻 `{}` がわかりません", site.desk.closes), "例: \"17:00\"".into());
    }
    if let (Some(opens), Ok(hours)) = (&site.desk.opens, DeskHours::new("all", &site.desk.closes, []))
        && hours.opening(opens).is_err()
    {
        wrong(
            "desk.opens",
            format!("`{opens}` は、読みはじめる時刻として使えません"),
            "例: \"09:00\"（`closes` より前の時刻）".into(),
        );
    }
    for (n, closed) in site.desk.closed.iter().enumerate() {
        for (end, day) in [("from", &closed.from), ("to", &closed.to)] {
            if DeskHours::new("all", "17:00", [(day.as_str(), day.as_str())]).is_err() {
                wrong(
                    &format!("desk.closed.{n}.{end}"),
                    format!("`{day}` という日はありません"),
                    "月-日で書きます。例: {from: 12-29, to: 01-03}".into(),
                );
            }
        }
    }
    if !(7..=3650).contains(&site.keep_days) {
        wrong(
            "keep_days",
            format!("keep_days: {} は使えません", site.keep_days),
            "7から3650までの日数。個人情報の取り扱いのページの日数と同じにしてください".into(),
        );
    }
    for (path, n) in
        [("limits.source_per_day", site.limits.source_per_day), ("limits.all_per_hour", site.limits.all_per_hour)]
    {
        if !(1..=1_000_000).contains(&n) {
            wrong(
                path,
                format!("`{path}` の {n} は使えません"),
                "1 から。ふつうは source_per_day: 20、all_per_hour: 600".into(),
            );
        }
    }
    if site.limits.wait_seconds > 20 {
        wrong(
            "limits.wait_seconds",
            format!("limits.wait_seconds: {} は長すぎます", site.limits.wait_seconds),
            "0から20までの秒数。ふつうは 3".into(),
        );
    }
    for (n, text) in site.trusted_proxies.iter().enumerate() {
        if Network::parse(text).is_none() {
            wrong(
                &format!("trusted_proxies.{n}"),
                format!("`{text}` という機械の範囲はありません"),
                "例: 10.0.0.0/8、192.0.2.7。この機械の中のプロキシは、書かなくてかまいません".into(),
            );
        }
    }
    areas(site, &mut wrong);
    if site.languages.is_empty() {
        wrong("languages", "ことばが1つもありません".into(), "例: languages: [ja]".into());
    }
    theme(root, site, themes, &mut wrong);
    if !site.line.add_friend_url.is_empty() && !site.line.add_friend_url.starts_with("https://") {
        wrong(
            "line.add_friend_url",
            format!("友だち追加の住所 `{}` が正しくありません", site.line.add_friend_url),
            "https:// から書いてください。例: https://lin.ee/…".into(),
        );
    }
    if !is_contact(&site.web_push.contact) {
        wrong(
            "web_push.contact",
            format!("プッシュ通知の連絡先 `{}` が正しくありません", site.web_push.contact),
            "mailto: か https: から書いてください。例: mailto:boshi@city.example.jp".into(),
        );
    }
}

fn areas(site: &Site, wrong: &mut impl FnMut(&str, String, String)) {
    let mut seen = BTreeSet::new();
    for (n, area) in site.areas.iter().enumerate() {
        let at = format!("areas.{n}.id");
        if area.id.is_empty()
            || !area.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        {
            wrong(
                &at,
                format!("地区の id `{}` は使えません", area.id),
                "英小文字、数字、- と _ だけにしてください".into(),
            );
        } else if !seen.insert(&area.id) {
            wrong(
                &at,
                format!("地区の id `{}` が2つあります", area.id),
                "id は、地区ごとに違うものにしてください".into(),
            );
        }
        if area.title.trim().is_empty() {
            wrong(&format!("areas.{n}.title"), "地区の名前が空です".into(), "画面に出る名前を書いてください".into());
        }
    }
}

/// The theme's folder, and in it or in one that it extends the words of each language.
fn theme(root: &Path, site: &Site, themes: &Themes, wrong: &mut impl FnMut(&str, String, String)) {
    let known = names(&root.join("themes"), Path::is_dir);
    if known.is_empty() {
        return; // no theme at all: told by whoever loads it
    }
    if site.theme.contains(['/', '\\']) || site.theme.starts_with('.') || !known.contains(&site.theme) {
        let hint = meant(&site.theme, known.iter().map(String::as_str))
            .unwrap_or_else(|| format!("themes/ にあるもの: {}", known.join("、")));
        return wrong("theme", format!("テーマ `{}` がありません", site.theme), hint);
    }
    let words: Vec<String> =
        themes.files("i18n").keys().filter_map(|n| n.strip_suffix(".yaml").map(str::to_owned)).collect();
    let mut seen = BTreeSet::new();
    for (n, language) in site.languages.iter().enumerate() {
        let at = format!("languages.{n}");
        if !words.contains(language) {
            let hint = meant(language, words.iter().map(String::as_str)).unwrap_or_else(|| {
                format!(
                    "使えることば: {}。増やすときは themes/{}/i18n/{language}.yaml に訳を置きます",
                    words.join("、"),
                    site.theme
                )
            });
            wrong(&at, format!("ことば `{language}` の画面の文がありません"), hint);
        } else if !seen.insert(language) {
            wrong(&at, format!("ことば `{language}` が2つあります"), "1つにしてください".into());
        }
    }
}

/// RFC 8292, 2.1: a `mailto:` or `https:` address.
fn is_contact(text: &str) -> bool {
    match text.strip_prefix("mailto:") {
        Some(address) => {
            address
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.starts_with('.'))
                && !address.contains(char::is_whitespace)
        }
        None => url::Url::parse(text).is_ok_and(|u| u.scheme() == "https" && u.has_host()),
    }
}

/// The addresses of the two databases: of a kind that there is, and never the same one, because whoever has both can
/// read everything.
pub(super) fn databases(
    data: Option<&str>,
    keys: Option<&str>,
    origin: &dyn Fn(&str) -> Origin,
    problems: &mut Diagnostics,
) {
    for (name, url) in [("DATABASE_URL", data), ("OTAYORI_KEY_STORE_URL", keys)] {
        let Some(url) = url else { continue };
        let postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        let readable = url
            .strip_prefix("sqlite:")
            .map_or(postgres && url::Url::parse(url).is_ok(), |path| !path.trim_start_matches('/').is_empty());
        if !readable {
            let Origin { file, at } = origin(name);
            problems.error(
                &file,
                at,
                format!("{name} が、データベースの場所として読めません"),
                "`sqlite:/srv/otayori/city/data/otayori.db` か `postgres://利用者:パスワード@機械:5432/データベース` \
                 の形で書いてください（パスワードの中の @ : / # は %40 %3A %2F %23）",
            );
        }
    }
    let same = match (data, keys) {
        (Some(data), Some(keys)) => match (database_of(data), database_of(keys)) {
            (Some(data), Some(keys)) => data == keys,
            _ => data == keys,
        },
        _ => false,
    };
    if same {
        let Origin { file, at } = origin("OTAYORI_KEY_STORE_URL");
        problems.error(
            &file,
            at,
            "データ（DATABASE_URL）と鍵の置き場（OTAYORI_KEY_STORE_URL）が、同じデータベースです",
            "1つの控えで全部が読めてしまい、「すべて消す」を押した世帯も、控えに残ります。鍵の置き場は、\
             別のデータベースか、SQLite のファイル（書かなければ data/keys.db）にしてください",
        );
    }
}

/// Machine, port and name of a PostgreSQL database; schemas of one are in one backup.
fn database_of(url: &str) -> Option<(String, u16, String)> {
    let parsed = url::Url::parse(url).ok().filter(|u| matches!(u.scheme(), "postgres" | "postgresql"))?;
    let host = parsed.host_str().filter(|h| !h.is_empty()).unwrap_or("localhost").to_ascii_lowercase();
    let host = if matches!(host.as_str(), "127.0.0.1" | "[::1]") { "localhost".to_owned() } else { host };
    let name = parsed.path().trim_matches('/');
    Some((
        host,
        parsed.port().unwrap_or(5432),
        if name.is_empty() { parsed.username().to_owned() } else { name.to_owned() },
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    /// A site with the default theme and these settings; what is said of them.
    fn said(settings: &[u8]) -> Vec<String> {
        let root = folder(settings);
        match Config::load_with(root.path(), &|_| None) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.sorted().iter().map(ToString::to_string).collect(),
        }
    }

    fn folder(settings: &[u8]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("themes/default/i18n")).unwrap();
        for language in ["ja", "easy", "en"] {
            fs::write(root.path().join(format!("themes/default/i18n/{language}.yaml")), "").unwrap();
        }
        fs::write(root.path().join(FILE), settings).unwrap();
        root
    }

    const GOOD: &str = include_str!("../../../otayori.yaml");

    #[test]
    fn the_sample_and_the_new_site_are_good() {
        assert_eq!(said(GOOD.as_bytes()), Vec::<String>::new());
        assert_eq!(said(include_bytes!("../../engine/new/site/otayori.yaml")), Vec::<String>::new());
        assert_eq!(
            said(format!("\u{FEFF}{}", GOOD.replace('\n', "\r\n")).as_bytes()),
            Vec::<String>::new(),
            "as Notepad saves it"
        );
    }

    #[test]
    fn what_would_break_later_is_said_with_its_place() {
        for (from, to, expected) in [
            (
                "days: weekdays",
                "days: everyday",
                "error: otayori.yaml:24:9 `everyday` という日の決めかたはありません\n  hint: weekdays（平日）か \
                 all（毎日）",
            ),
            (
                "theme: default",
                "theme: nai",
                "error: otayori.yaml:8:8 テーマ `nai` がありません\n  hint: themes/ にあるもの: default",
            ),
            (
                "theme: default",
                "theme: defalt",
                "error: otayori.yaml:8:8 テーマ `defalt` がありません\n  hint: 「default」のことですか",
            ),
            (
                "[ja, easy, en]",
                "[ja, fr]",
                "error: otayori.yaml:10:17 ことば `fr` の画面の文がありません\n  hint: 使えることば: easy、en、ja。\
                 増やすときは themes/default/i18n/fr.yaml に訳を置きます",
            ),
            (
                "[ja, easy, en]",
                "[ja, en, ja]",
                "error: otayori.yaml:10:21 ことば `ja` が2つあります\n  hint: 1つにしてください",
            ),
            (
                "{id: south,",
                "{id: north,",
                "error: otayori.yaml:14:10 地区の id `north` が2つあります\n  hint: id \
                 は、地区ごとに違うものにしてください",
            ),
            (
                "to: 01-03",
                "to: 12-32",
                "error: otayori.yaml:26:30 `12-32` という日はありません\n  hint: 月-日で書きます。例: \
                 {from: 12-29, to: 01-03}",
            ),
            (
                "mailto:boshi@harukaze.example.jp",
                "boshi@x",
                "error: otayori.yaml:36:12 プッシュ通知の連絡先 `boshi@x` が正しくありません\n  hint: mailto: か \
                 https: から書いてください。例: mailto:boshi@city.example.jp",
            ),
            (
                "\"07:30\"",
                "\"23:30\"",
                "error: otayori.yaml:20:7 おたよりを送る時刻 23:30 は夜です。夜（21時〜7時）には送りません\n  \
                 hint: \"07:00\" から \"20:59\" まで。例: \"07:30\"",
            ),
            (
                "day: tue",
                "day: Tuesday",
                "error: otayori.yaml:19:8 曜日 `Tuesday` がわかりません\n  hint: mon tue wed thu fri sat sun のどれか",
            ),
            (
                "max_leads: 3",
                "max_leads: 0",
                "error: otayori.yaml:21:14 `letters.max_leads` の 0 は使えません\n  hint: 1 から 10 まで。ふつうは 3",
            ),
            (
                "  closes:",
                "  closse:",
                "error: otayori.yaml:25:3 `closse` という項目はありません\n  hint: 「closes」のことですか",
            ),
            (
                "keep_days: 90",
                "keep_days: 3",
                "error: otayori.yaml:39:12 keep_days: 3 は使えません\n  hint: 7から3650までの日数。\
                 個人情報の取り扱いのページの日数と同じにしてください",
            ),
            (
                "tel: 0000-00-1234",
                "tel:",
                "error: otayori.yaml:5:1 `tel` が空です\n  hint: `tel: ` のあとに書いてください（# で始まる文は \" \" \
                 で囲みます）",
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert_eq!(said(GOOD.replacen(from, to, 1).as_bytes()), [expected], "{to}");
        }
        let zone = said(GOOD.replacen("Asia/Tokyo", "Asia/Tokio", 1).as_bytes());
        assert!(
            zone.len() == 1 && zone[0].starts_with("error: otayori.yaml:9:12 時間帯 `Asia/Tokio` がわかりません"),
            "{zone:?}"
        );
    }

    #[test]
    fn other_encodings_are_said() {
        let shift_jis = b"title: otayori\ncity: \x82\xcd\x82\xe9\x82\xa9\x82\xba\x8es\n";
        assert_eq!(
            said(shift_jis),
            ["error: otayori.yaml:2:7 文字コードが UTF-8 ではありません\n  hint: 「名前を付けて保存」で、\
                 文字コードに UTF-8 を選んでください"]
        );
        assert!(said(b"\xff\xfet\0i\0")[0].starts_with("error: otayori.yaml:1:1 文字コードが UTF-8 ではありません"));
    }

    #[test]
    fn many_mistakes_are_said_at_once() {
        let text = GOOD
            .replace("theme: default", "theme: nai")
            .replace("days: weekdays", "days: x")
            .replace("day: tue", "day: x");
        assert_eq!(said(text.as_bytes()).len(), 3);
        let text = GOOD.replace("city:", "citi:").replace("web_push:", "webpush:");
        let all = said(text.as_bytes());
        assert!(
            all.iter().any(|p| p.contains("「city」のことですか"))
                && all.iter().any(|p| p.contains("`web_push` がありません")),
            "{all:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_panics(cut in 0usize..1200, with in "\\PC{0,20}|[-\\[\\]{}:,\"\n a0]{0,20}") {
            let at = (0..=cut.min(GOOD.len())).rev().find(|n| GOOD.is_char_boundary(*n)).unwrap_or(0);
            said(format!("{}{with}{}", &GOOD[..at], &GOOD[at..]).as_bytes());
        }
    }
}

//! What the privacy page promises is what the program does.

use super::*;

/// What the privacy page promises is what the program does.
#[test]
fn the_privacy_page_names_the_days() {
    let loaded = sample();
    let edition = Edition::new(&loaded.config, &loaded.library, &loaded.theme, DAY);
    let page = edition.render(&edition.address_of("/privacy/").unwrap()).unwrap();
    let keep = loaded.config.site.keep_days;
    assert_eq!(page.matches(&format!("から{keep}日")).count(), 4);
    // Each sentence that names a figure names the program's own.
    use otayori::{audit, channel::line::inbox, cli::backup};
    for said in [
        format!("「すべて止める」を押した日から{keep}日"),
        format!("最後のやりとりから{keep}日"),
        format!("消えた日から{keep}日"),
        format!("そのあと{}日は、だれのものか読めない形のしるしだけ", inbox::WHO_KEPT / 86_400),
        format!("{}年（中身は含みません）", audit::YEARS),
        format!("鍵の控えも{}日で捨てる", backup::KEEP_KEYS),
        format!("データの控えを捨てるまで（{}日）", backup::KEEP_DATA),
        format!("{}版", otayori::calendar::spoken::long(loaded.config.site.consent.version.parse().unwrap())),
        "登録とやりとりを消します。市が法律や決まりで残す記録は、期間が終わるまで別に保管します。記録の有無は、\
         ここではお答えしていません。"
            .into(),
    ] {
        assert!(page.contains(&said), "{said}: {page}");
    }
    assert!(page.contains(&format!("地区（{}つから）", loaded.config.site.areas.len())));
    // What the program does not do is not promised, here and where people agree.
    let consent = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/register-consent.html"),
    )
    .unwrap();
    let asked =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default/templates/ask.html")).unwrap();
    for promised in ["2段階", "二段階", "変えられない", "写真", "音声", "5年", "月に1回確かめ", "電話でのお返事"]
    {
        for text in [&page, &consent, &asked] {
            assert!(!text.contains(promised), "{promised}");
        }
    }
}

//! An author's mistakes in, diagnostics with file, line and what to do out.

use super::printer::ORDERED;
use super::site::{GOOD, Site, names, sample};
use otayori::calendar::date;

#[test]
fn missing_glyphs_name_the_line() {
    let text = GOOD.replace("カメラを", "カメラ📷を").replace("登録は1分", "登録は𠮷1分").replace("毎週の", "𠮷の");
    assert_eq!(
        Site::mistakes(&text),
        [
            "error: content/flyers/x.md:2:8 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: \
             別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ \
             に入れることもできます",
            "error: content/flyers/x.md:3:13 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: \
             別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ \
             に入れることもできます",
            "error: content/flyers/x.md:14:16 「📷」（U+1F4F7）は、チラシの書体にありません\n  hint: \
             別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ \
             に入れることもできます",
        ]
    );
    // A place's name is on its own PDF only.
    let text = GOOD.replace("南部保健", "𠮷野保健");
    assert_eq!(
        Site::mistakes(&text),
        ["error: content/flyers/x.md:8:25 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: \
             別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます"]
    );
}

/// What `check` says of a flyer is what `build` would say, and nothing is written; each mistake is said once.
#[test]
fn check_lays_out_the_flyers() {
    use otayori::cli::check::{Format, report};
    // What no city does without.
    let small = [
        ("content/people.yaml", "- {id: a, name: あ, profession: 助産師}\n"),
        ("content/topics.yaml", "- {id: b, title: からだ, summary: 体}\n"),
        (
            "content/contacts.yaml",
            "- {id: a, number: \"119\", title: a, when: a, hours: a, kind: danger, checked: 2026-11-02}\n",
        ),
        ("content/pages/about.md", "---\ntitle: 題\nsummary: あ\n---\n本文です。\n"),
        ("segments/everyone.yaml", include_str!("../../../src/engine/new/site/everyone.yaml")),
    ];
    let checked = |flyer: &str| {
        let site = Site::new(&[&small[..], &[("content/flyers/x.md", flyer)]].concat());
        let (text, failed) = report(site.root(), Format::Human, Some(date(2026, 11, 21))).unwrap();
        assert!(!site.root().join("public").exists());
        (text, failed)
    };
    let (text, failed) = checked(GOOD);
    assert!(!failed, "{text}");
    let (text, failed) = checked(&GOOD.replace("カメラを", "カメラ📷を").replace("南部保健", "𠮷野保健"));
    assert!(failed);
    insta::assert_snapshot!(text, @r"
    error: content/flyers/x.md:8:25 「𠮷」（U+20BB7）は、チラシの書体にありません
      hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます
      8 |   - {code: nanbu, name: 𠮷野保健センター}
        |                         ^

    error: content/flyers/x.md:14:16 「📷」（U+1F4F7）は、チラシの書体にありません
      hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます
      14 | 1. **読みとる** カメラ📷を向けます。
         |                       ^

    エラー 2件（記事 0、お知らせ 0、ページ 1、チラシ 1、セグメント 1）
    ");
    let (text, _) =
        checked(&format!("{GOOD}{}", "2. **日を入れる** 出産予定日か、お子さんの誕生日を入力します。\n".repeat(14)));
    assert_eq!(text.matches("本文が A5（handout） に入りきりません（").count(), 1, "{text}");
    // A mistake in the front matter is not told a second time by the layout.
    let (text, _) = checked(&GOOD.replace("code: x", "code: あ"));
    assert_eq!(text.matches("コード `あ` は使えません").count(), 1, "{text}");
}

/// A theme that has no fonts builds no flyers: `check` says where they belong.
#[test]
fn check_says_where_fonts_are_missing() {
    use otayori::cli::check::{Format, report};
    let site = Site::new(&[("content/flyers/x.md", GOOD)]);
    std::fs::remove_file(site.root().join("themes")).unwrap();
    let theme = site.root().join("themes/default");
    std::fs::create_dir_all(&theme).unwrap();
    for folder in ["templates", "i18n", "flyers"] {
        std::os::unix::fs::symlink(sample().join("themes/default").join(folder), theme.join(folder)).unwrap();
    }
    let (text, failed) = report(site.root(), Format::Human, Some(date(2026, 11, 21))).unwrap();
    assert!(failed && text.contains("error: themes/default/fonts チラシを組めません（書体が1つもありません"), "{text}");
}

#[test]
fn mistakes_before_the_layout() {
    let one = |text: String| Site::mistakes(&text).remove(0);
    insta::assert_snapshot!(one(GOOD.replace("handout", "handuot")), @r"
    error: content/flyers/x.md:4:11 テンプレート `handuot` がありません
      hint: もしかして handout ですか
    ");
    insta::assert_snapshot!(one(GOOD.replace("[a5]", "[a5, b9]")), @r"
    error: content/flyers/x.md:5:13 テンプレート `handout` には、大きさ `b9` がありません
      hint: 使える大きさ: a4 a5 cards postcard stickers
    ");
    for (written, meant) in [("はがき", "postcard"), ("A4", "a4"), ("名刺大", "cards")] {
        let said = one(GOOD.replace("[a5]", &format!("[{written}]")));
        assert!(said.ends_with(&format!("hint: `{meant}` のことですか")), "{said}");
    }
    // Keys are the template's: a misspelled one would be lost without a word.
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: x\ncoll: 登録はこちら")), @r"
    error: content/flyers/x.md:7:1 `coll` という項目はありません
      hint: 「call」のことですか
    ");
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: x\nstages: [誕生]")), @r"
    error: content/flyers/x.md:7:1 `stages` という項目はありません
      hint: テンプレート `handout` が読む項目: badge、call、city、edition、hours、layouts、office、order、tel、voice_code、without_phone
    ");
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: あ")), @r"
    error: content/flyers/x.md:6:7 コード `あ` は使えません
      hint: 英小文字、数字、- だけ、40文字までにしてください（アドレスになります）
    ");
    insta::assert_snapshot!(one(GOOD.replace("handout", "poster").replace("a5", "a4").replace("1. ", "- ")), @r"
    error: content/flyers/x.md:10:1 手順がありません（テンプレート `poster`）
      hint: 見出し（##）の下に「1. **題** 説明」の番号つきの箇条書きで書いてください。`poster` が要るもの: はじめの文、手順。この文のままで組めるテンプレート: handout
    ");
}

#[test]
fn mistakes_in_an_order() {
    let one = |order: &str| Site::mistakes(&GOOD.replace("code: x\n", &format!("code: x\n{order}"))).remove(0);
    insta::assert_snapshot!(one(&ORDERED.replace("paper", "papre")), @r"
    error: content/flyers/x.md:8:3 注文（order）に `papre` という項目はありません
      hint: 「paper」のことですか
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("nanbu", "nambu")), @r"
    error: content/flyers/x.md:12:10 このチラシに、場所 `nambu` はありません
      hint: 「nanbu」のことですか
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("1200", "たくさん")), @r"
    error: content/flyers/x.md:12:10 部数 `たくさん` は、数ではありません
      hint: 例: copies: {a5: 200}（枚数を半角の数字で）
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("コート紙 110kg", "{a5: コート紙 110kg, a6: 上質紙}")), @r"
    error: content/flyers/x.md:8:27 このチラシに、大きさ `a6` はありません
      hint: 「a5」のことですか
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("コート紙 110kg", "[コート紙]")), @r"
    error: content/flyers/x.md:8:10 `paper` の書き方が違います
      hint: 例: paper: コート紙 110kg（どの大きさも同じ）か、paper: {a4: コート紙 110kg, a5: 上質紙 70kg}
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("コート紙 110kg", "{a5: [1]}")), @r"
    error: content/flyers/x.md:8:11 `a5` の `paper` の書き方が違います
      hint: 例: paper: {a5: コート紙 110kg}
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("2026-12-10", "12月10日")), @r"
    error: content/flyers/x.md:10:3 `12月10日` は日付ではありません
      hint: 例: 2026-11-21
    ");
}

#[test]
fn a_code_belongs_to_one_flyer_and_mistakes_stay_with_their_flyer() {
    let site =
        Site::new(&[("content/flyers/a.md", GOOD), ("content/flyers/b.md", &GOOD.replace("code: x", "code: x-nanbu"))]);
    let out = site.root().join("out");
    assert_eq!(
        site.build(&out).unwrap_err(),
        ["error: content/flyers/b.md:6:7 コード `x-nanbu` は content/flyers/a.md も使っています\n  hint: \
             どこから登録されたかを数えるコードです。チラシごと、場所ごとに変えてください"]
    );
    assert_eq!(names(&out.join("flyers")).len(), 10, "the other flyer is made");
}

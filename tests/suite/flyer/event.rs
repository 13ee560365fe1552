//! A flyer of an event in, its day and facts in every size and a code that opens its bulletin out.

use super::site::{PUBLIC_URL, Site, codes, run, squeeze, text};
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, load};

const BULLETIN: &str = "---\ntitle: 両親学級\nsummary: 申し込みは電話で。\npublish: 2026-11-20\nuntil: 2026-12-12\non: \
    2026-12-12\n---\n本文です。\n";
const EVENT: &str = "---\ntitle: 両親学級\nsummary: 申し込みが要ります。\ntemplate: event\nsizes: [a4]\ncode: x\n\
    opens: bulletin:gakkyu\ncall: 申し込みはこちら\n---\n人形で試せます。\n\n- **日時** {2026-12-12} 10:00〜11:45\n- \
    **会場** 中央保健センター 2階\n- **持ち物** 母子健康手帳\n- **申し込み** 電話か窓口で\n\n保育士がいます。\n\n## \
    早めにお電話を\n\n> [!119] 119番へ\n> - 呼んでも返事がない\n";

fn site(flyer: &str) -> Site {
    Site::new(&[("content/flyers/x.md", flyer), ("content/bulletins/gakkyu.md", BULLETIN)])
}

/// What the loading says of the flyer.
fn said(flyer: &str) -> (Vec<String>, Library) {
    let site = site(flyer);
    let (library, problems) =
        load(&Config::load(site.root()).unwrap(), &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    (problems.sorted().iter().map(ToString::to_string).filter(|p| p.contains("content/flyers/")).collect(), library)
}

#[test]
fn an_event_in_every_size() {
    let site = site(&EVENT.replace("[a4]", "[a3, a4, a5, postcard, cards, stickers]"));
    let out = site.root().join("out");
    site.build(&out).unwrap_or_else(|e| panic!("{e:#?}"));
    for (size, times) in [("a3", 1), ("a4", 1), ("a5", 1), ("postcard", 1), ("cards", 10), ("stickers", 12)] {
        for kind in ["screen", "print"] {
            let pdf = out.join(format!("flyers/x-{size}.{kind}.pdf"));
            assert_eq!(codes(&pdf), vec![format!("{PUBLIC_URL}/r/x"); times], "{size} {kind}");
            let told = text(&pdf);
            for part in ["両親学級", "12月12日（土）10:00〜11:45", "中央保健センター2階", "申し込みはこちら"]
            {
                assert!(told.contains(part), "{size} {kind}: {part} is not in {told}");
            }
            let all = ["母子健康手帳", "電話か窓口で", "呼んでも返事がない"].iter().all(|part| told.contains(part));
            assert_eq!(
                all,
                times == 1,
                "{size} {kind}: facts and dangers stand wherever there is room for more than day and place: {told}"
            );
            assert!(!told.contains("登録"), "{size} {kind}: {told}");
            let bytes = std::fs::read(&pdf).unwrap();
            assert!(bytes.windows(17).any(|w| w == b"<pdfuaid:part>1</"), "{size} {kind}");
        }
    }
    // The leaf of the calendar, and what a reader by ear hears of it and of the code.
    let spoken = squeeze(&run("pdfinfo", &["-struct-text", out.join("flyers/x-a4.screen.pdf").to_str().unwrap()]));
    assert!(spoken.contains("12月12日土曜日"), "{spoken}");
    let tags = run("pdfinfo", &["-struct", out.join("flyers/x-a4.screen.pdf").to_str().unwrap()]);
    assert!(tags.contains("H1") && tags.contains("H2") && tags.contains("Figure"), "{tags}");
}

/// The leaf and the words for the code in each language.
#[test]
fn an_event_in_other_languages() {
    let easy = EVENT
        .replace("code: x", "code: x\nlang: easy")
        .replace("call: 申し込みはこちら\n", "")
        .replace("title: 両親学級", "title: \"{両親学級|りょうしんがっきゅう}\"");
    let english = "---\ntitle: Parents' class\nsummary: Please register.\ntemplate: event\nsizes: [a5]\nlang: en\n\
        code: e\nopens: bulletin:gakkyu\n---\n- **When** {2026-12-12} 10:00\n- **Where** Health centre\n";
    let site = Site::new(&[
        ("content/flyers/x.md", &easy),
        ("content/flyers/e.md", english),
        ("content/bulletins/gakkyu.md", BULLETIN),
    ]);
    let out = site.root().join("out");
    site.build(&out).unwrap_or_else(|e| panic!("{e:#?}"));
    let told = text(&out.join("flyers/e-a5.screen.pdf"));
    for part in ["Dec", "12", "Saturday", "Readmore", "Sat12Dec10:00"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let told = text(&out.join("flyers/x-a4.screen.pdf"));
    assert!(told.contains("どようび") && told.contains("じゅうにがつ") && told.contains("くわしく"), "{told}");
}

#[test]
fn what_a_code_opens_is_looked_up() {
    let one = |from: &str, to: &str| said(&EVENT.replace(from, to)).0;
    assert_eq!(said(EVENT).0, Vec::<String>::new());
    let opens = "opens: bulletin:gakkyu";
    assert_eq!(
        one(opens, "opens: bulletin:gakyu"),
        ["error: content/flyers/x.md:7:8 お知らせ `gakyu` がありません\n  hint: 「gakkyu」のことですか"]
    );
    assert_eq!(
        one(opens, "opens: article:gakkyu"),
        ["error: content/flyers/x.md:7:8 記事 `gakkyu` がありません\n  hint: 「bulletin:gakkyu」のことですか"]
    );
    assert_eq!(one(opens, "opens: /bulletins/gakkyo/").len(), 1);
    assert_eq!(
        one(opens, "opens: /contact/"),
        ["error: content/flyers/x.md:7:8 サイトに `/contact/` というページはありません\n  hint: 「contacts」\
             のことですか"]
    );
    for wrong in ["https://example.jp/form", "//example.jp/", "/contacts/?x=1", "contacts", "'#a'"] {
        assert_eq!(one(opens, &format!("opens: {wrong}")).len(), 1, "{wrong}");
    }
    for good in ["bulletin:gakkyu", "/bulletins/gakkyu/", "/contacts/", "/"] {
        assert_eq!(one(opens, &format!("opens: {good}")), Vec::<String>::new(), "{good}");
    }
    // Two days for one event: one of them is wrong.
    assert_eq!(
        one(opens, "opens: bulletin:gakkyu\non: 2026-12-13"),
        ["error: content/flyers/x.md:8:5 催しの日（2026-12-13）が、お知らせ `gakkyu` の日（2026-12-12）\
             と違います\n  hint: どちらが正しいか確かめてください。`on` を書かなければ、お知らせの日を使います"]
    );
}

/// When the bulletin is over, a poster that still hangs leads to the list and not into nothing.
#[test]
fn a_code_leads_on_when_its_bulletin_is_over() {
    let (_, library) = said(EVENT);
    let opens = library.flyers["x"].opens.clone().unwrap();
    assert_eq!(opens.path_on(&library, date(2026, 12, 12)), "/bulletins/gakkyu/");
    assert_eq!(
        (opens.path_on(&library, date(2026, 12, 13)), opens.path_on(&library, date(2026, 11, 19))),
        ("/bulletins/", "/bulletins/")
    );
    assert_eq!(library.flyers["x"].on.as_ref().unwrap().value, date(2026, 12, 12), "the bulletin's day is the flyer's");
    let site = site(EVENT);
    let (_, problems) =
        load(&Config::load(site.root()).unwrap(), &LoadOptions { shift_days: 0, today: date(2026, 12, 20) });
    assert!(problems.sorted().iter().any(|p| {
        p.to_string()
            .starts_with("warning: content/flyers/x.md:7:8 お知らせ `gakkyu` は、2026-12-12 で掲載が終わっています")
    }));
}

/// A template's needs are told together with the templates that would take the text as it is.
#[test]
fn what_a_template_needs_is_told() {
    let one =
        |text: String| Site::mistakes(&text).into_iter().find(|m| m.contains("がありません（テンプレート")).unwrap();
    let plain = EVENT.replace("opens: bulletin:gakkyu\n", "").replace("call: 申し込みはこちら\n", "");
    insta::assert_snapshot!(one(plain.clone()), @r"
    error: content/flyers/x.md:4:11 催しの日（on）がありません（テンプレート `event`）
      hint: front matter に `on: 2026-12-12` のように書いてください（opens のお知らせに `on` があれば、その日になります）。`event` が要るもの: 催しの日（on）、箇条書き。この文のままで組めるテンプレート: handout
    ");
    insta::assert_snapshot!(one(plain.replace("template: event", "template: poster")), @r"
    error: content/flyers/x.md:8:1 手順がありません（テンプレート `poster`）
      hint: 見出し（##）の下に「1. **題** 説明」の番号つきの箇条書きで書いてください。`poster` が要るもの: はじめの文、手順。この文のままで組めるテンプレート: handout
    ");
    // What takes the text must take the fields as well.
    insta::assert_snapshot!(one(plain.replace("template: event", "template: poster\non: 2026-12-12")), @r"
    error: content/flyers/x.md:9:1 手順がありません（テンプレート `poster`）
      hint: 見出し（##）の下に「1. **題** 説明」の番号つきの箇条書きで書いてください。`poster` が要るもの: はじめの文、手順。この文のままで組めるテンプレート: event
    ");
}

/// 「申し込みはこちら」 over a code that opens the registration of the letters.
#[test]
fn a_call_that_the_code_does_not_keep_is_told() {
    use otayori::cli::check::{Format, report};
    let small = [
        ("content/people.yaml", "- {id: a, name: あ, profession: 助産師}\n"),
        ("content/topics.yaml", "- {id: b, title: からだ, summary: 体}\n"),
    ];
    let checked = |flyer: &str| {
        let site =
            Site::new(&[small[0], small[1], ("content/flyers/x.md", flyer), ("content/bulletins/gakkyu.md", BULLETIN)]);
        report(site.root(), Format::Human, Some(date(2026, 11, 21))).unwrap().0
    };
    let told = "warning: content/flyers/x.md:8:7 コードの上は「申し込みはこちら」ですが、コードは、\
        おたよりの登録のページを開きます";
    assert!(checked(&EVENT.replace("opens: bulletin:gakkyu", "on: 2026-12-12")).contains(told));
    assert!(!checked(EVENT).contains("コードの上は"));
}

/// Without a `##` heading the parts are a level higher: nobody is told of PDF/UA's headings.
#[test]
fn a_text_without_headings_is_laid_out() {
    for (template, size) in [("handout", "a5"), ("poster", "a4"), ("postcard", "postcard"), ("event", "a5")] {
        let flyer = format!(
            "---\ntitle: 毎週のおたより\nsummary: 登録は1分です。\ntemplate: {template}\nsizes: [{size}]\ncode: x\n\
             {}---\n読んで、聞けます。\n\n1. **読みとる** カメラを向けます。\n2. **入れる** 日を入れます。\n\n- \
             **無料** いつでも\n- **質問** 何回でも\n",
            if template == "event" { "on: 2026-12-12\n" } else { "" }
        );
        let site = Site::new(&[("content/flyers/x.md", &flyer)]);
        let out = site.root().join("out");
        site.build(&out).unwrap_or_else(|e| panic!("{template}: {e:#?}"));
        let told = text(&out.join(format!("flyers/x-{size}.screen.pdf")));
        assert!(told.contains("読みとる") && told.contains("質問"), "{template}: {told}");
    }
}

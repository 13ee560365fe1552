//! Lines as people mistype them in, what is told about them out.

use crate::diag::Diagnostics;
use crate::markdown::{Context, render};
use proptest::prelude::*;

/// What is told, as `line:column: message / hint`.
fn told(markdown: &str, untrusted: bool) -> Vec<String> {
    let context = Context { untrusted, ..Context::bare("x.md", "ja", "ja", &()) };
    let mut problems = Diagnostics::new();
    render(markdown, &context, &mut problems);
    problems.sorted().iter().map(|p| format!("{}:{}: {} / {}", p.line, p.column, p.message, p.hint)).collect()
}

#[test]
fn each_slip_is_told_with_its_place_and_the_right_line() {
    let table = [
        ("> ［！119］ すぐに119番へ", "1:3: 囲み `[!119]` ", "「> [!119] すぐに119番へ」"),
        ("> 【!１１９】すぐに", "1:3: 囲み `[!119]` ", "「> [!119] すぐに」"),
        ("文\n\n> [!119 すぐに", "3:3: 囲み `[!119]` ", "「> [!119] すぐに」"),
        ("> ! [119]", "1:3: 囲み `[!119]` ", "「> [!119]」"),
        ("[!119] すぐに", "1:1: 囲み `[!119]` ", "「> [!119] すぐに」"),
        ("［！今日］ 電話", "1:1: 囲み `[!今日]` ", "「> [!今日] 電話」"),
        ("＞［！まとめ］", "1:2: 囲み `[!まとめ]` ", "「> [!まとめ]」"),
        ("- 一\n- **[!健診] 話す**", "2:5: 囲み `[!健診]` ", "「> [!健診] 話す」"),
        ("> [!119]: すぐに", "1:3: 囲み `[!119]` ", "「> [!119] すぐに」"),
        ("> 「!今日」産院へ電話", "1:3: 囲み `[!今日]` ", "「> [!今日] 産院へ電話」"),
        (">【今日】電話", "1:2: 囲み `[!今日]` ", "「> [!今日] 電話」"),
        (">！今日　電話", "1:2: 囲み `[!今日]` ", "「> [!今日] 電話」"),
        ("> [!119] すぐに\n>　- 胸が痛い\n>　- 息が苦しい", "2:2: 行の初めに全角の空白", "「- 胸が痛い」"),
        ("> [!今日] 電話\n> 文\n> [!119] すぐに", "3:3: 囲み `[!119]` ", "上に空の行"),
        ("| 月 | こと |\n| 1 | 2 |", "1:1: 表になりません", "「| --- | --- |」の行"),
        ("| 月 | こと |\n| --- |\n| 1 | 2 |", "1:1: 表になりません", "「| --- | --- |」に"),
        ("##いつまで", "1:1: 見出し", "「## いつまで」"),
        ("＃＃ いつまで", "1:1: 見出し", "「## いつまで」"),
        ("文**太字、つづき", "1:2: 太字", "「文**太字**、つづき」"),
        ("見る[産後のからだ](article:x", "1:3: リンク", "「[産後のからだ](article:x)」"),
        ("見る(article:x)", "1:3: リンク", "「[リンクの文](article:x)」"),
        ("見る[産後(article:x)です", "1:3: リンクになりません（`]` がありません）", "「[産後](article:x)」"),
        (
            "見る[産後の\nからだ(article:x)です",
            "1:3: リンクになりません（`]` がありません）",
            "「[産後のからだ](article:x)」",
        ),
        (
            "- 一\n- 見る[産後の\n  からだ(article:x)です",
            "2:5: リンクになりません（`]` がありません）",
            "「[産後のからだ](article:x)」",
        ),
        ("[あ]と\nからだ(article:x)です", "2:4: リンクになりません。", "「[リンクの文](article:x)」"),
        ("［熱］（article:netsu）", "1:1: リンク", "「[熱](article:netsu)」"),
        ("![絵](images/写真 1.JPG)", "1:1: 写真", "「![絵](<images/写真 1.JPG>)」"),
        ("・一\n・二", "1:1: 「・」", "「- 一」"),
        ("字の{血腫\\|けっしゅ}", "1:3: ルビ", "「{血腫|けっしゅ}」"),
        ("｛血腫｜けっしゅ｝", "1:1: ルビ", "「{血腫|けっしゅ}」"),
    ];
    for (markdown, start, right) in table {
        let said = told(markdown, false);
        assert!(said.len() == 1 && said[0].starts_with(start) && said[0].contains(right), "{markdown}: {said:?}");
        assert_eq!(told(markdown, true), [""; 0], "{markdown}");
    }
}

#[test]
fn what_only_looks_alike_is_left_alone() {
    let table = [
        "「#8000」へ。#8000、37~38℃、10~20分、2**3、a ** b",
        "#8000へ",
        "\\[!119]、\\**、`[!119]`、`**`、`(article:x)`、`{血腫\\|けっしゅ}`",
        "\\##いつ",
        "\\[!119] は印",
        "`[!119]` の箱",
        "    ",
        "```\n> ［！119］\n##いつ\n| a |\n| b |\n・一\n・二\n```",
        "・一つだけ",
        "・一  \n・二",
        "【まとめ】の文。［今日］は晴れ。",
        "> 【今日】の話",
        "> 「今日」という日",
        "> （まとめ）を読む",
        "　字下げした文。\n　−5℃、-5℃",
        "> [!119] すぐに\n> - 出血",
        "> [!まとめ]\n> - **太字**\n> - {漢字|かんじ}",
        "| a | b |\n| --- | --- |\n| 1 | {漢字|かんじ} |",
        "![あ] と [い] と (う)、[え](https://example.jp/)、(https://example.jp/)",
        "**「太字」**です。**太字\nつづき**です。",
        "| だけの行",
    ];
    for markdown in table {
        assert_eq!(told(markdown, false), [""; 0], "{markdown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Any brackets, bangs and digits: a danger box that is not drawn is told.
    #[test]
    fn a_danger_box_never_passes(open in "[\\[［【]", bang in "[!！]", word in "[1１]{2}[9９]", close in "[\\]］】]?",
        gap in "[ 　]?", quote in "(> ?)?") {
        let markdown = format!("{quote}{open}{bang}{word}{close}{gap}すぐに電話");
        let said = told(&markdown, false);
        let drawn = markdown.starts_with('>') && markdown.trim_start_matches(['>', ' ']).starts_with("[!119]");
        prop_assert_eq!(said.iter().all(|s| !s.contains("囲み `[!")), drawn, "{} {:?}", markdown, said);
    }
    #[test]
    fn no_text_makes_it_panic(text in "([\\[\\]［］【】!！1１9９>＞#＃*＊|｜{}｛｝(（)）\\\\`・ 　\n\
        \t:-]|119|今日|article:|images/|\u{E000}|\u{E001}|字|a){0,40}") {
        told(&text, false);
        told(&text, true);
    }
}

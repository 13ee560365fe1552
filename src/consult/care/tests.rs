//! One number and one line, by what was found and of whom.

use super::*;
use crate::calendar::{TimeZone, date};
use crate::content::{Fits, Opening};
use crate::danger::Line;

fn contact(number: &str, kind: &str, days: &str, hours: (u32, u32)) -> EmergencyContact {
    EmergencyContact {
        id: number.into(),
        number: number.into(),
        title: number.into(),
        easy: String::new(),
        en: String::new(),
        words: BTreeMap::new(),
        when: String::new(),
        hours: String::new(),
        open: vec![Opening { days: vec![days.into()], from: hours.0, to: hours.1 }],
        languages: String::new(),
        cost: String::new(),
        text: String::new(),
        url: String::new(),
        kind: kind.into(),
        fits: None,
        checked: date(2026, 11, 1),
    }
}

/// A city that has written no `fits:` but for its clinic.
fn city() -> Vec<EmergencyContact> {
    use Danger::{Bleeding, FetalMovement, Haemorrhage, OtherSick, Psychosis};
    let mut all = vec![
        contact("119", "danger", "all", (0, 1440)),
        contact("110", "danger", "all", (0, 1440)),
        contact("#8000", "child", "all", (1140, 1920)),
        contact("#7119", "general", "all", (0, 1440)),
        contact("4567", "city", "all", (0, 1440)),
        contact("1234", "city", "weekdays", (510, 1035)),
        contact("0120-279-338", "mind", "all", (0, 1440)),
        contact("0120-99-7777", "mind", "all", (960, 1260)),
        contact("189", "violence", "all", (0, 1440)),
        contact("072-727-2499", "general", "all", (0, 1440)),
        contact("", "relay", "all", (0, 1440)),
    ];
    all[4].fits = Some(Fits::new([Bleeding, Haemorrhage, FetalMovement, OtherSick, Psychosis].map(|d| (d, 1)), None));
    all
}

fn at(hour: i8) -> Zoned {
    date(2026, 11, 24).at(hour, 0, 0, 0).to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap()
}

fn rung(dangers: &[Danger], category: Category, contacts: &[EmergencyContact], hour: i8) -> (String, String) {
    let found = Found { dangers: dangers.iter().copied().collect(), ..Found::default() };
    let care = care_for(found, Matter::of_guest(category), contacts, &at(hour)).unwrap();
    assert_eq!(care.relays.len(), contacts.iter().filter(|c| c.kind == "relay").count());
    assert_eq!(care.ambulance.is_none(), care.button.as_ref().is_some_and(|b| b.number == "119"));
    let others: Vec<_> = care.calls.iter().map(|c| c.number.as_str()).collect();
    (care.button.map(|b| b.number).unwrap_or_default(), others.join(" "))
}

#[test]
fn one_number_and_then_the_others() {
    use Category::{Body, Child, Own, Pregnancy};
    use Danger::*;
    for (dangers, category, hour, button, others) in [
        (&[Bleeding][..], Pregnancy, 3, "4567", "#7119"),
        (&[FetalMovement], Pregnancy, 3, "4567", "#7119"),
        (&[Haemorrhage], Body, 23, "4567", "#7119"),
        (&[WatersPreterm], Pregnancy, 3, "#7119", ""),
        (&[Vital], Child, 3, "119", "#8000 #7119"),
        (&[Vital], Child, 12, "119", "#7119"),
        (&[Vital], Pregnancy, 20, "119", "#7119"),
        (&[InfantFever], Child, 3, "#8000", "#7119"),
        (&[InfantFever], Child, 12, "#7119", ""),
        (&[InfantFever], Pregnancy, 3, "#8000", "#7119"),
        (&[OtherSick], Child, 20, "#8000", "#7119"),
        (&[OtherSick], Pregnancy, 20, "4567", "#7119"),
        (&[Ingestion], Child, 12, "072-727-2499", "#7119"),
        (&[Suicide], Own, 3, "0120-279-338", ""),
        (&[Suicide], Own, 17, "0120-279-338", "0120-99-7777"),
        (&[Violence], Child, 3, "110", "0120-279-338"),
        (&[HarmChild], Child, 3, "189", "0120-279-338"),
        (&[ChildAbuseSeen], Child, 3, "189", "110"),
        (&[Suicide, Violence], Own, 3, "0120-279-338", "110"),
        (&[Overdose, Suicide], Own, 3, "119", "#7119 0120-279-338"),
        (&[Suicide, Vital], Child, 3, "119", "#8000 #7119 0120-279-338"),
        (&[Suicide, Violence, Vital], Child, 17, "119", "#7119 0120-279-338 0120-99-7777 110"),
        (&[Shaken], Child, 20, "#8000", "#7119 189 0120-279-338"),
        (&[Psychosis], Own, 3, "4567", "#7119 0120-279-338"),
    ] {
        assert_eq!(
            rung(dangers, category, &city(), hour),
            (button.to_owned(), others.to_owned()),
            "{dangers:?} {hour}"
        );
    }
}

/// Where #7119 or #8000 does not exist, or is closed.
#[test]
fn somebody_can_always_be_rung() {
    let without =
        |numbers: &[&str]| city().into_iter().filter(|c| !numbers.contains(&c.number.as_str())).collect::<Vec<_>>();
    let all = |dangers: &[Danger], category, contacts: &[EmergencyContact], hour| {
        let found = Found { dangers: dangers.iter().copied().collect(), ..Found::default() };
        let care = care_for(found, Matter::of_guest(category), contacts, &at(hour)).unwrap();
        (care.button.unwrap().number, care.notes, care.own_clinic)
    };
    let child = &[Danger::InfantFever];
    assert_eq!(all(child, Category::Child, &city(), 12), ("#7119".into(), vec!["aid_own_doctor"], false));
    assert_eq!(all(child, Category::Child, &without(&["#8000"]), 3), ("#7119".into(), vec!["aid_own_doctor"], false));
    assert_eq!(
        all(child, Category::Child, &without(&["#7119"]), 12),
        ("119".into(), vec!["aid_own_doctor", "aid_nobody"], false)
    );
    let mother = &[Danger::FetalMovement];
    assert_eq!(all(mother, Category::Pregnancy, &city(), 3), ("4567".into(), vec!["aid_own_clinic"], true));
    assert_eq!(
        all(mother, Category::Pregnancy, &without(&["4567", "#7119"]), 3),
        ("119".into(), vec!["aid_own_clinic", "aid_nobody"], true)
    );
    for danger in Danger::ALL {
        let only = vec![contact("119", "danger", "all", (0, 1440))];
        assert_eq!(all(&[danger], Category::Own, &only, 3).0, "119", "{danger:?}");
    }
}

/// Which lines may be said: by what is on record, the matter, what was tapped and what was written. `-`: the quiet
/// card; `+`: with what her body may have; empty: nothing at all.
#[test]
fn no_line_speaks_of_what_is_gone() {
    use crate::consult::Record::{Guest, Pregnant, Stopped, Without};
    use Category::{Body, Child, Own, Pregnancy};
    let (still, waters, blood) = (Some(Danger::FetalMovement), Some(Danger::WatersPreterm), Some(Danger::Bleeding));
    for (record, category, tapped, words, lines) in [
        // After a loss or a stop.
        (Stopped, Body, None, "流産のあと、お乳が張って痛い", "-+"),
        (Stopped, Own, None, "流産のあと、お乳が張って痛い", "-+"),
        (Guest, Body, None, "流産のあと、お乳が張って痛い", "-+"),
        (Guest, Own, None, "死産でした。規則的に張って痛いです", "-+"),
        (Without, Body, None, "流産のあと、規則的に張って痛い", "-+"),
        (Stopped, Body, None, "先月、流産しました", "-+"),
        // Not stopped yet, or by a guest who took the first choice.
        (Pregnant, Pregnancy, None, "心拍が止まりました", "-+"),
        (Pregnant, Body, None, "流産のあと、お乳が張って痛い", "-+"),
        (Guest, Pregnancy, None, "心拍が止まりました", "-+"),
        (Without, Own, None, "心拍が止まりました", "-+"),
        (Pregnant, Body, None, "おなかが規則的に張って痛いです", "first_unsure"),
        (Pregnant, Body, None, "34週 胎動がない", "first_fetal_movement"),
        (Stopped, Body, None, "出血が増えました", "first_haemorrhage"),
        (Stopped, Body, None, "流産しました。鮮血が出ます", "first_haemorrhage"),
        (Guest, Body, None, "流産しました。鮮血が出ます", "first_haemorrhage"),
        (Stopped, Body, None, "おなかが規則的に張って痛いです", "first_body"),
        (Stopped, Body, None, "足がつります", ""),
        (Stopped, Own, None, "死産でした。死にたいです", "first_suicide"),
        // A fresh danger is told, without assuming.
        (Stopped, Body, None, "34週 胎動がない", "first_unsure"),
        (Stopped, Own, None, "34週 胎動がない", "first_unsure"),
        (Stopped, Body, None, "死産でした。いま34週で、胎動がない", "first_unsure"),
        (Stopped, Body, still, "お願いします", "first_unsure"),
        (Guest, Body, None, "流産しました。胎動がありません", "first_unsure"),
        (Guest, Pregnancy, still, "流産のあとです", "first_unsure"),
        (Guest, Pregnancy, None, "流産のあと、規則的に張って痛い", "first_unsure"),
        (Guest, Own, None, "おなかが規則的に張って痛いです", "first_unsure"),
        (Without, Body, None, "おなかが規則的に張って痛いです", "first_unsure"),
        // A loss is written, and a pregnancy goes on by the record: of twins, or it was not stopped yet.
        (Pregnant, Pregnancy, None, "きのう死産でした。規則的に張って痛い", "first_unsure"),
        (Pregnant, Own, waters, "先月、流産しました", "first_unsure"),
        // Who lost one before and is pregnant now is told what everybody is told.
        (Pregnant, Pregnancy, None, "前に死産しました。いま34週です。胎動がない", "first_fetal_movement"),
        (Pregnant, Pregnancy, None, "34週 胎動がない", "first_fetal_movement"),
        (Pregnant, Pregnancy, blood, "お願いします", "first_bleeding"),
        (Guest, Pregnancy, waters, "お願いします", "first_waters_preterm"),
        (Guest, Pregnancy, None, "前回流産しました。いま34週で、破水しました", "first_waters_preterm"),
        (Guest, Body, None, "妊娠34週です。破水しました", "first_waters_preterm"),
        (Without, Body, None, "妊娠34週です。破水しました", "first_waters_preterm"),
        // A child that lives.
        (Stopped, Child, None, "生後2か月で38.5度です", "first_infant_fever"),
    ] {
        let mut found = Found::in_text(words, Stage::Unknown).and_tapped(
            &tapped.into_iter().collect(),
            BTreeMap::new(),
            tapped.is_some(),
        );
        let matter = Matter { category, record, child: category == Child, twins: false };
        let said = care_for(found.clone(), matter, &city(), &at(3)).map_or(String::new(), |care| {
            assert!(
                !care.notes.contains(&"aid_own_clinic")
                    || lines.starts_with("first_fetal")
                    || lines.starts_with("first_waters")
                    || lines == "first_bleeding",
                "{words}"
            );
            // The quiet card has a number for her body, the clinic's.
            assert_eq!(care.danger || care.body, care.button.is_some(), "{words}");
            assert!(care.danger || care.button.as_ref().is_none_or(|b| b.number == "4567"), "{words}");
            if care.danger {
                [&[care.first][..], &care.also].concat().join(" ")
            } else if care.body {
                "-+".to_owned()
            } else {
                "-".to_owned()
            }
        });
        assert_eq!(said, lines, "{record:?} {category:?} {tapped:?} {words}: {:?}", found.dangers);
        // What a clinician called so is never left out.
        found.called.clone_from(&found.dangers);
        if !found.dangers.is_empty() {
            assert!(care_for(found, matter, &city(), &at(3)).unwrap().danger, "{words}");
        }
    }
}

/// Who already writes of what the line would ask for is sent to that number; and what is gone stays unsaid.
#[test]
fn what_is_written_decides_line_and_button() {
    use crate::consult::Record::{Guest, Pregnant, Stopped};
    use Category::{Body, Child, Own, Pregnancy};
    for (record, category, words, first, button) in [
        (Guest, Pregnancy, "妊娠30週です。血が出て止まりません", "first_self", "119"),
        (Pregnant, Pregnancy, "妊娠30週です。少し血が出ました", "first_bleeding", "4567"),
        (Guest, Body, "産後3日、出血が止まらない。気が遠くなります", "first_self", "119"),
        (Stopped, Body, "流産しました。血が止まりません。気が遠くなりそう", "first_self", "119"),
        (Pregnant, Pregnancy, "破水しました。へその緒みたいなものが出てきました", "first_cord", "119"),
        (Stopped, Body, "34週です。破水しました。へその緒みたいなものが出てきました", "first_self", "119"),
        (Pregnant, Pregnancy, "階段で転びました。おなかを打ちました。妊娠28週です", "first_pregnant", "4567"),
        (Guest, Child, "ボタン電池を飲んだかもしれない", "first_battery", "072-727-2499"),
        (Guest, Child, "たばこを食べました", "first_poison", "072-727-2499"),
        (Guest, Child, "ソファから落ちて頭を打って、3回吐きました", "first_head_again", "119"),
        (Guest, Child, "2か月です。38度5分あって、ぐったりしています", "first_now", "119"),
        (Guest, Child, "生後7週で38.4℃、起こしても起きません", "first_now", "119"),
        (Guest, Child, "生後2か月、38.2度です。飲んで、目も合います", "first_infant_fever", "#8000"),
        (Guest, Child, "泣いたあと顔が紫になりました 2ヶ月", "first_vital", "119"),
        (Pregnant, Pregnancy, "夫におなかを蹴られました。24週です", "first_violence_belly", "110"),
        (Guest, Own, "頭の中で、赤ちゃんを殺せという声が命令してきます", "first_voices", "119"),
    ] {
        let stage = if category == Pregnancy { Stage::Pregnancy(Some(30)) } else { Stage::Unknown };
        let found = Found::in_text(words, stage);
        let care = care_for(
            found.clone(),
            Matter { category, record, child: category == Child, twins: false },
            &city(),
            &at(3),
        )
        .expect(words);
        assert_eq!(
            (care.first.as_str(), care.button.as_ref().map(|b| b.number.clone())),
            (first, Some(button.to_owned())),
            "{words}: {found:?}"
        );
        // Whoever is for the kind itself stands below, and no line sends her elsewhere.
        assert!(
            !words.contains("蹴")
                || (care.violence && care.words.is_empty() && care.calls.iter().any(|c| c.number == "4567")),
            "{words}: {care:?}"
        );
        assert!(
            !words.contains("血") || button != "119" || care.calls.iter().any(|c| c.number == "4567"),
            "{words}: {:?}",
            care.calls
        );
        assert!(!care.also.contains(&aid::first_line(Danger::Bleeding)), "{words}: {:?}", care.also);
    }
}

/// Who has swallowed them is sent to the ambulance, however it was written that they were kept; so is who a clinician
/// says has.
#[test]
fn what_was_taken_is_no_hoard() {
    for words in [
        "買ってきた薬を50錠飲んで、気持ち悪いです",
        "ためておいた睡眠薬を全部飲み、いまふらふらします",
        "買ってきた鎮痛剤を60錠飲んでいます",
    ] {
        let care = care(words, Category::Own, &city(), &at(3)).expect(words);
        assert!(
            care.first == "first_overdose" && care.button.as_ref().is_some_and(|b| b.number == "119"),
            "{words}: {care:?}"
        );
    }
    let kept = Found::in_text("睡眠薬をためてあります。もう消えたいです", Stage::Unknown);
    let said = care_for(kept.clone(), Matter::of_guest(Category::Own), &city(), &at(3)).unwrap();
    assert_eq!(said.first, "first_hoard", "{kept:?}");
    let called = Found {
        called: [Danger::Overdose].into(),
        dangers: kept.dangers.iter().copied().chain([Danger::Overdose]).collect(),
        ..kept
    };
    let said = care_for(called, Matter::of_guest(Category::Own), &city(), &at(3)).unwrap();
    assert_eq!((said.first.as_str(), said.button.map(|b| b.number)), ("first_overdose", Some("119".to_owned())));
}

/// In a thread what is written last decides what is said of a kind; what asked for an ambulance stays.
#[test]
fn the_newest_of_a_kind_is_said() {
    let first = |texts: &[&str]| {
        let found = Found::in_thread(texts.iter().map(|text| (*text, true)), Stage::Unknown);
        care_for(found, Matter::of_guest(Category::Child), &city(), &at(3)).map(|c| c.first).unwrap_or_default()
    };
    assert_eq!(first(&["熱いお茶をかぶってやけどしました"]), "first_burn");
    assert_eq!(first(&["熱いお茶をかぶってやけどしました", "さっき、ソファから落ちて頭を打ちました"]), "first_injury");
    assert_eq!(
        first(&["ソファから落ちて頭を打って、3回吐きました", "ソファから落ちて頭を打ったことを、もう一度書きます"]),
        "first_head_again"
    );
}

/// What is rung for alike says each of its lines; who may have to hide is hidden, and who dared to write is thanked,
/// whoever is rung.
#[test]
fn of_several_dangers_every_line_is_said() {
    let box_of = |dangers: &[Danger], instead: &[(Danger, &str)]| {
        let line = |id: &str| Line { place: 0, id: id.to_owned(), rings: Some(Danger::Vital), below: Vec::new() };
        let instead = instead.iter().map(|(danger, id)| (*danger, line(id))).collect();
        let found = Found { dangers: dangers.iter().copied().collect(), instead, ..Found::default() };
        care_for(found, Matter::of_guest(Category::Own), &city(), &at(3)).unwrap()
    };
    let care = box_of(&[Danger::Suicide, Danger::Vital], &[(Danger::Suicide, "act")]);
    assert_eq!(
        (care.first.as_str(), care.also.as_slice(), care.thanks),
        ("first_act", &["first_vital".to_owned()][..], false),
        "it thanks by itself"
    );
    let care = box_of(&[Danger::Vital, Danger::HarmChild], &[(Danger::HarmChild, "no_more")]);
    assert_eq!(
        (care.first.as_str(), care.also.as_slice(), care.thanks),
        ("first_vital", &["first_no_more".to_owned()][..], true)
    );
    let care = box_of(&[Danger::ChildAbuseSeen], &[(Danger::ChildAbuseSeen, "now")]);
    assert!(
        care.violence && care.words.is_empty() && care.button.as_ref().is_some_and(|b| b.number == "119"),
        "{care:?}"
    );
    let pregnant = Matter { category: Category::Pregnancy, ..Matter::of_guest(Category::Pregnancy) };
    let both = Found {
        dangers: [Danger::Bleeding, Danger::WatersPreterm].into(),
        ..Found::in_text(
            "妊娠34週、破水しました。へその緒みたいなものが出てきました。血があふれて止まりません",
            Stage::Pregnancy(Some(34)),
        )
    };
    let care = care_for(both, pregnant, &city(), &at(3)).unwrap();
    let all: Vec<&String> = [&care.first].into_iter().chain(&care.also).collect();
    assert!(
        all.contains(&&"first_cord".to_owned()) && care.button.as_ref().is_some_and(|b| b.number == "119"),
        "{care:?}"
    );
}

#[test]
fn the_gravest_decides_and_words_are_whole() {
    let care = |text: &str| care(text, Category::Own, &city(), &at(3));
    let both = care("死にたい。夫に殴られた").unwrap();
    assert_eq!(
        (both.first.as_str(), both.also.as_slice(), both.violence, both.thanks),
        ("first_suicide", &["first_violence".to_owned()][..], true, false)
    );
    assert!(both.words.is_empty(), "{:?}", both.words);
    let poison = care("死にたい。薬をたくさん飲みました").unwrap();
    assert_eq!((poison.first.as_str(), poison.thanks, poison.words.len()), ("first_overdose", true, 0));
    assert_eq!(care("今朝、少し出血がありました。").unwrap().words, ["少し出血がありました"]);
    let grief = care("先月、流産しました").unwrap();
    assert!(
        !grief.danger
            && grief.button.is_some_and(|b| b.number == "4567")
            && grief.calls.iter().map(|c| c.number.as_str()).eq(["0120-279-338"])
    );
    assert_eq!(care("離乳食について"), None);
}

/// Where a pregnancy was stopped and no child lives, nobody is sent to a child's line, whatever she chose; where one
/// does, she is.
#[test]
fn alone_she_never_meets_a_childs_line() {
    use crate::consult::Record::Stopped;
    use Category::{Body, Own};
    for danger in
        Danger::ALL.into_iter().filter(|d| !matches!(d, Danger::InfantFever | Danger::Shaken | Danger::Ingestion))
    {
        for category in [Body, Own] {
            for more in [None, Some(Danger::Suicide), Some(Danger::Vital)] {
                let numbers = |record, child| {
                    let found =
                        Found { dangers: [Some(danger), more].into_iter().flatten().collect(), ..Found::default() };
                    let care =
                        care_for(found, Matter { category, record, child, twins: false }, &city(), &at(20)).unwrap();
                    (care.first, care.button.iter().chain(&care.calls).map(|c| c.number.clone()).collect::<Vec<_>>())
                };
                let (first, alone) = numbers(Stopped, false);
                assert!(
                    !alone.contains(&"#8000".to_owned()) && !alone.is_empty() && first != "first_other_sick",
                    "{danger:?} {category:?}: {first} {alone:?}"
                );
            }
        }
    }
    let found = || Found { dangers: [Danger::OtherSick].into(), ..Found::default() };
    let of = |child| {
        care_for(found(), Matter { category: Own, record: Stopped, child, twins: false }, &city(), &at(20))
            .unwrap()
            .button
            .unwrap()
            .number
    };
    assert_eq!((of(true), of(false)), ("#8000".to_owned(), "4567".to_owned()));
    let home = |child| Home { mother: false, child, quiet: true };
    let all = |home| {
        let (first, more) = calls_now(&city(), &at(20), home);
        first.into_iter().chain(more).any(|c| c.number == "#8000")
    };
    assert!(all(home(true)) && !all(home(false)));
}

/// Who is led to what helps after a loss: who writes of it, or asks for her body where that is what stands there;
/// nobody else.
#[test]
fn grief_is_led_on_and_nobody_else() {
    use crate::consult::Record::{Guest, Pregnant, Stopped, Without};
    use Category::{Body, Child, Own, Pregnancy};
    for (record, category, from, words, key) in [
        (Guest, Own, false, "流産しました。火葬はどうしたらいいですか", "loss_help"),
        (Guest, Body, false, "死産のあと、母乳を止めたいです", "loss_help"),
        (Guest, Own, false, "死産届はいつまでですか", "loss_help"),
        (Guest, Own, false, "流産のあと、仕事はいつからできますか", "loss_help"),
        (Guest, Child, false, "赤ちゃんが亡くなったことを、上の子にどう話したらいいですか", "loss_help"),
        (Guest, Body, true, "また妊娠できますか", "loss_help"),
        (Guest, Own, true, "仕事はいつから", "loss_help"),
        (Pregnant, Body, false, "母乳を止めたい", "loss_help"),
        (Pregnant, Pregnancy, false, "心拍が止まりました。仕事はいつから", "loss_help"),
        (Stopped, Body, false, "母乳を止めたい", "stop_care"),
        (Stopped, Body, false, "流産しました。母乳を止めたい", "loss_help"),
        (Guest, Body, false, "母乳を止めたい", ""),
        (Guest, Own, false, "仕事はいつから", ""),
        (Guest, Pregnancy, false, "予定日まで、仕事はいつから休めますか", ""),
        (Pregnant, Pregnancy, false, "前回流産しました。いま12週です", ""),
        (Pregnant, Body, false, "妊娠34週です。腰が痛い", ""),
        (Pregnant, Own, false, "上の子にどう話す", ""),
        (Stopped, Own, false, "眠れません", ""),
        (Stopped, Child, false, "離乳食を食べません", ""),
        (Without, Body, false, "母乳を止めたい", ""),
        (Without, Child, true, "離乳食を食べません", ""),
    ] {
        let found = Found::in_text(words, Stage::Unknown);
        let matter = Matter { category, record, child: category == Child, twins: false };
        assert_eq!(matter.help(&found, from), key, "{record:?} {category:?} {words} {:?}", found.written);
    }
}

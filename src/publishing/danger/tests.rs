//! What always holds, whatever the data.

use super::*;
use proptest::prelude::*;

fn found(text: &str) -> BTreeSet<Danger> {
    dangers(text, &About::default())
}

/// The data of the program can be read, every kind has a first line, and the model is of these data.
#[test]
fn own_data() {
    let (data, problems) = Data::read(&own());
    assert_eq!(problems, []);
    let model = Model::read(OWN_MODEL).expect("content/danger/model.bin is no model: run `otayori danger train`");
    assert_eq!(
        model.digest, data.digest,
        "content/danger/model.bin is older than its data: run `otayori danger train`"
    );
    assert!(OWN_MODEL.len() <= 1 << 20, "{} bytes", OWN_MODEL.len());
    assert_eq!(Model::read(&model.bytes()).as_ref(), Some(&model));
    for danger in Danger::ALL {
        for language in ["ja", "easy", "en", "zh", "vi", "pt", "xx"] {
            let line = data.step(danger, language);
            assert!(!line.is_empty() && !line.contains("必ず"), "{danger:?} {language}");
        }
        assert!(data.examples.iter().any(|e| e.danger == Some(danger)), "no example of {danger:?}");
        assert!(
            OWN_README.contains(&format!("| `{}` | {} |", danger.id(), danger.title())),
            "README.md lacks {danger:?}"
        );
    }
}

/// What is written beside a danger decides which first line fits, in every language.
#[test]
fn the_first_line_fits_what_is_written() {
    let line = |text: &str, danger: Danger| {
        let found = signs(text, &About::default());
        let sign = found.iter().find(|s| s.danger == danger);
        sign.map(|s| s.line.as_ref().map_or(String::from("own"), |l| l.id.clone()))
            .unwrap_or(format!("{:?}", found.iter().map(|s| s.danger).collect::<BTreeSet<_>>()))
    };
    for (text, danger, expected) in [
        ("産後3日、出血が止まらない。気が遠くなります", Danger::Haemorrhage, "self"),
        ("産んで10日なのに、また鮮血が増えてナプキンが1時間でいっぱい。ふらふらします", Danger::Haemorrhage, "self"),
        ("産んで10日なのに、また鮮血が増えてナプキンが1時間でいっぱい", Danger::Haemorrhage, "own"),
        ("妊娠30週です。血が出て止まりません", Danger::Bleeding, "self"),
        ("妊娠30週です。少し血が出ました", Danger::Bleeding, "own"),
        ("妊娠30週です。少し血が出ました。めまいはありません", Danger::Bleeding, "own"),
        ("30 weeks pregnant and bleeding, blood is pouring out and I feel faint", Danger::Bleeding, "self"),
        ("怀孕30周出血，止不住", Danger::Bleeding, "self"),
        ("Em bầu 30 tuần, ra máu ào ào, sắp ngất", Danger::Bleeding, "self"),
        ("grávida de 30 semanas, sangrando e vou desmaiar", Danger::Bleeding, "self"),
        ("産後10日、ふくらはぎが片方だけ腫れています", Danger::Clot, "own"),
        ("産後10日、ふくらはぎが片方だけ腫れて、息苦しいです", Danger::Clot, "self"),
        ("36週です。破水しました。へその緒みたいなものが出てきました", Danger::WatersPreterm, "cord"),
        ("36週です。破水しました", Danger::WatersPreterm, "own"),
        ("my water broke at 36 weeks and I can see the cord", Danger::WatersPreterm, "cord"),
        ("ボタン電池を飲んだかもしれない", Danger::Ingestion, "battery"),
        ("たばこを食べました。1歳です", Danger::Ingestion, "poison"),
        ("ビーズを飲みこみました", Danger::Ingestion, "bead"),
        ("やけどしました", Danger::Injury, "burn"),
        ("ソファから落ちて頭を打ちました", Danger::Injury, "own"),
        ("ソファから落ちて頭を打って、1回吐きました", Danger::Injury, "head"),
        ("ソファから落ちて頭を打って、3回吐きました", Danger::Injury, "head_again"),
        ("階段で転びました。妊娠28週です", Danger::Injury, "pregnant"),
        ("緑色のものを吐きました。生後1か月です", Danger::OtherSick, "green"),
        ("頭の中で、赤ちゃんを殺せという声が命令してきます", Danger::Psychosis, "voices"),
        ("だれかに見張られている気がします", Danger::Psychosis, "own"),
        ("死にたい。いまベランダの手すりのところにいます", Danger::Suicide, "act"),
        ("薬をためています。今夜、全部のむつもりです", Danger::Suicide, "hoard"),
        ("もう自分では止められない。この子を殺してしまう", Danger::HarmChild, "no_more"),
        ("この子をたたきそうです", Danger::HarmChild, "own"),
        ("2階の窓から落ちました", Danger::Injury, "now"),
        ("首にひもがからまった。1歳。いまは元気", Danger::Injury, "drowned"),
        ("おはしがのどにささった", Danger::Injury, "impaled"),
        ("39週です。破水して、もう頭が出てきています", Danger::WatersTerm, "birth"),
        ("夫におなかを蹴られました。24週です", Danger::Violence, "violence_belly"),
        ("死にたいです", Danger::Suicide, "own"),
    ] {
        assert_eq!(line(text, danger), expected, "{text}: {}", detector().explain(text, &About::default()));
    }
    let texts = |steps: &str| {
        own().into_iter().map(|(n, t)| if n == "steps.tsv" { (n, steps.to_owned()) } else { (n, t) }).collect::<Texts>()
    };
    let head = detector()
        .data
        .steps
        .in_language("ja")
        .filter(|(id, _)| Danger::ALL.iter().any(|d| d.id() == *id) || OTHERS.contains(id));
    let rows: String = head.map(|(id, line)| format!("{id}\t\t\t{line}\n")).collect();
    for (row, message) in [
        ("x\tbleeding: floood\t\t文", "「floood」が concepts.txt にも、数の名前にもありません"),
        ("x\tbleding: flood\t\t文", "種類「bleding」がありません"),
        ("x\tbleeding flood\t\t文", "when の「bleeding flood」に「:」がありません"),
        ("x\tbleeding: flood\t119\t文", "rings の種類「119」がありません"),
        ("x\t\t\t文", "種類「x」がありません"),
        ("x\tbleeding: flood\t\t", "最初のひとことがない種類があります（x）"),
        ("vital\t\t\t文", "「vital」が2回あります"),
    ] {
        let (_, problems) = Data::read(&texts(&format!("kind\twhen\trings\tja\n{rows}{row}\n")));
        assert!(problems.iter().any(|p| p.file == "steps.tsv" && p.message == message), "{row}: {problems:?}");
    }
    let (_, problems) = Data::read(&texts(&format!("kind\twhen\trings\tja\n{rows}x\tbleeding: flood\tvital\t文\n")));
    assert_eq!(problems, []);
}

/// The same data train the same bytes, and these are the ones that are committed.
#[test]
fn trains_the_committed_model() {
    let (data, _) = Data::read(&own());
    assert!(
        train(&data, &Thresholds::default()).bytes() == OWN_MODEL,
        "the data train another model than content/danger/model.bin: run `otayori danger train`"
    );
}

/// Sentences that no model was trained on: floors, below which a change is a fault. A little below what is measured
/// (short ones .958 and .079, long ones of several near-misses each .972 and .55), which is itself too kind: words were
/// chosen with many of these sentences in sight.
#[test]
fn finds_what_it_never_saw() {
    let (data, _) = Data::read(&own());
    let seen = crossed(&data, &Thresholds::default());
    let long = |s: &&Seen| {
        s.example.sentence.chars().count()
            > if matches!(s.example.language.as_str(), "vi" | "en" | "pt") { 170 } else { 75 }
    };
    let (long, short): (Vec<&Seen>, Vec<&Seen>) = seen.iter().partition(long);
    let count = |some: Vec<&Seen>| figures(&some.into_iter().cloned().collect::<Vec<_>>()).all;
    let (long, short) = (count(long), count(short));
    assert!(short.recall() >= 0.95 && short.false_alarms() <= 0.085, "{short:?}");
    assert!(long.recall() >= 0.95 && long.false_alarms() <= 0.57, "{long:?}");
    let all = figures(&seen);
    for (language, count) in &all.languages {
        assert!(count.recall() >= 0.94, "{language}: {count:?}");
    }
    for kind in Danger::ALL {
        assert!(all.kinds[kind.id()].recall() >= 0.9, "{kind:?}: {:?}", all.kinds[kind.id()]);
    }
}

/// A message of real length: calm sentences around one of danger warn as the sentence alone; calm ones alone rarely do.
#[test]
fn long_messages() {
    let own = detector();
    let quiet = |e: &&Example| e.danger.is_none() && !own.verdict(&e.sentence, &About::default()).danger;
    for language in EXAMPLES {
        let of = |e: &&Example| e.language == language;
        let calm: Vec<&str> = own
            .data
            .examples
            .iter()
            .filter(of)
            .filter(quiet)
            .filter(|e| matches!(e.kind.as_str(), "ordinary" | "mild" | "negated"))
            .map(|e| e.sentence.as_str())
            .collect();
        let danger: Vec<&Example> =
            own.data.examples.iter().filter(of).filter(|e| e.danger.is_some()).step_by(5).collect();
        let end = if matches!(language, "ja" | "easy" | "zh") { "。" } else { ". " };
        let (mut heard, mut alone, mut alarms) = (0, 0, 0);
        for (n, e) in danger.iter().enumerate() {
            let around: Vec<&str> = (0..5).map(|i| calm[(n * 7 + i * 13) % calm.len()]).collect();
            alarms += usize::from(own.verdict(&around.join(end), &About::default()).danger);
            if own.verdict(&e.sentence, &About::default()).danger {
                alone += 1;
                let message = [&around[..2], &[e.sentence.as_str()], &around[2..]].concat().join(end);
                heard += usize::from(own.verdict(&message, &About::default()).danger);
            }
        }
        assert!(heard * 100 >= alone * 85, "{language}: {heard} of {alone} heard among calm sentences");
        assert!(alarms * 100 <= danger.len() * 35, "{language}: {alarms} alarms of {} calm messages", danger.len());
    }
}

/// Words that stand in longer ones by accident are known, and few.
#[test]
fn accidental_words() {
    let found = accidents(&detector().data);
    assert!(found.len() <= 80, "{} words of hiragana stand inside other words: {found:#?}", found.len());
    for (_, word, sentence) in &found {
        assert!(sentence.contains(word.as_str()));
    }
}

/// 「ない」 takes a sign back within its clause, and never what is gravest.
#[test]
fn negation() {
    let read = |text: &str| detector().explain(text, &About::default());
    for (text, denied) in [
        ("熱はありません", "-fever"),
        ("出血はないです", "-blood"),
        ("けいれんはしていません", "-seizure"),
        ("no fever", "-fever"),
        ("she has not vomited, no bleeding", "-blood"),
        ("没有发烧", "-fever"),
        ("không sốt", "-fever"),
        ("sem febre", "-fever"),
    ] {
        assert!(read(text).contains(denied) || read(text).contains("negated"), "{text}: {}", read(text));
    }
    for (text, kept) in [
        ("熱が下がらない", "fever"),
        ("血が止まらない", "blood"),
        ("the bleeding won't stop", "blood"),
        ("血止不住", "blood"),
    ] {
        let read = read(text);
        assert!(read.contains(kept) && !read.contains(&format!("-{kept}=")), "{text}: {read}");
    }
    for text in [
        "死にたいわけではない",
        "I don't want to die but I want to disappear and kill myself",
        "não é isso, mas quero morrer",
        "不是想死",
    ] {
        assert!(found(text).contains(&Danger::Suicide), "{text}");
    }
}

/// Numbers in any notation; the thresholds are parameters.
#[test]
fn numbers() {
    let young = |text: &str| detector().explain(text, &About::default());
    for text in [
        "生後2か月 38.0度",
        "生後２ヶ月で３８.２度",
        "うまれて三週間、38度5分",
        "2 months old, 38.5",
        "6 week old 100.8 fever",
        "两个月 38度5",
        "be 2 thang sot 38,4 do",
        "bebê de 20 dias com 38,1 de febre",
        "生後50日 39℃",
    ] {
        let read = young(text);
        assert!(read.contains("age_lt3m") && read.contains("temp_hi"), "{text}: {read}");
        assert!(found(text).contains(&Danger::InfantFever), "{text}: {:?}", signs(text, &About::default()));
    }
    for text in ["生後3か月 38.5度", "生後10か月 39度", "10 months old 39.0", "37.9度 生後2か月"] {
        let read = young(text);
        assert!(!(read.contains("age_lt3m") && read.contains("temp_hi")), "{text}: {read}");
    }
    for (text, concept) in [
        ("血圧150/95", "bp_hi"),
        ("血圧が120/70", "bp_ok"),
        ("pressão 16 por 11", "bp_hi"),
        ("妊娠36週", "gest_pre37"),
        ("37週です", "gest_term"),
        ("20錠", "many_pills"),
        ("9 hours", "hours_long"),
        ("7時間", "hours"),
    ] {
        assert!(young(text).contains(concept), "{text}: {}", young(text));
    }
    let (data, _) = Data::read(&own());
    let stricter = Detector {
        data,
        model: Model::none(),
        thresholds: Thresholds { fever: 37.5, young_months: 6, ..Thresholds::default() },
    };
    let read = stricter.explain("生後4か月 37.6度", &About::default());
    assert!(read.contains("age_lt3m") && read.contains("temp_hi"), "{read}");
}

/// What was chosen decides what words mean, and what is on record stands beside them.
#[test]
fn the_matter_decides() {
    let pregnant = Stage::Pregnancy(Some(34));
    for (text, stage, danger) in [
        ("赤ちゃんが動きません", pregnant, Danger::FetalMovement),
        ("うごかない", pregnant, Danger::FetalMovement),
        ("この子、さっきから動かないんです", Stage::Pregnancy(None), Danger::FetalMovement),
        ("my baby has stopped moving", pregnant, Danger::FetalMovement),
        ("宝宝不动了", pregnant, Danger::FetalMovement),
        ("em bé không cử động", pregnant, Danger::FetalMovement),
        ("o bebê parou de mexer", pregnant, Danger::FetalMovement),
        ("赤ちゃんが動きません", Stage::Child(Some(40)), Danger::Vital),
        ("うごかない", Stage::Child(Some(40)), Danger::Vital),
        ("じゃーって出た", pregnant, Danger::WatersPreterm),
        ("水が出た", pregnant, Danger::WatersPreterm),
        ("水が流れてきました", Stage::Pregnancy(Some(39)), Danger::WatersTerm),
        ("少し出血がありました", pregnant, Danger::Bleeding),
        ("ち でた", pregnant, Danger::Bleeding),
        ("38.4度あります", Stage::Child(Some(50)), Danger::InfantFever),
        ("熱が38度5分", Stage::Child(Some(80)), Danger::InfantFever),
        ("7週 38.2", Stage::Child(None), Danger::InfantFever),
        ("出血が増えてナプキンがすぐいっぱいになります", Stage::After(9), Danger::Haemorrhage),
        // Somebody else than who was chosen.
        ("上の子がけいれんしています", pregnant, Danger::Vital),
        ("2歳の子がけいれんしています", pregnant, Danger::Vital),
        ("夫が倒れて動きません", pregnant, Danger::Vital),
        ("息子が電池を飲みました", pregnant, Danger::Ingestion),
        ("夫に殴られました", pregnant, Danger::Violence),
        ("死にたい", Stage::Child(Some(50)), Danger::Suicide),
    ] {
        let about = About::from(stage);
        assert_eq!(
            detector().verdict(text, &about).kind,
            Some(danger),
            "{text} {stage:?}: {}",
            detector().explain(text, &about)
        );
        let all = dangers(text, &about);
        assert!(
            all.contains(&danger) && (danger != Danger::FetalMovement || !all.contains(&Danger::Vital)),
            "{text}: {all:?}"
        );
    }
    // A fever of an older child is not one of a baby's, whatever the number.
    for (text, stage) in
        [("38.4度あります", Stage::Child(Some(700))), ("2歳の子が38.4度です。元気です", Stage::Child(Some(50)))]
    {
        assert!(
            !dangers(text, &stage.into()).contains(&Danger::InfantFever),
            "{text}: {:?}",
            signs(text, &stage.into())
        );
    }
    // What was written before tells what a later word means.
    let thread =
        About { stage: Stage::Pregnancy(None), earlier: vec!["妊娠39週です。おなかが張ります".into()] };
    assert!(detector().explain("水が出ました", &thread).contains("gest_term"));
    // What she writes herself is nearer than what is on record.
    assert!(
        !detector().explain("いま36週です。水が出ました", &Stage::Pregnancy(Some(39)).into()).contains("gest_term")
    );
}

/// Signs are quoted as whole words, with their bytes.
#[test]
fn quotes_whole_words() {
    for (text, word) in
        [("He was strangled, my husband strangles me", "strangles me"), ("もう　消え たい", "消え たい")]
    {
        assert!(
            signs(text, &About::default()).iter().any(|s| s.word.contains(word)),
            "{text}: {:?}",
            signs(text, &About::default())
        );
    }
}

#[test]
fn hears_grief() {
    for text in ["先月、流産しました", "死産でした。母乳が出ます", "心拍が確認できませんでした", "My baby died"]
    {
        assert!(grieves(text), "{text}");
    }
    for text in ["流産しやすい食べ物はありますか", "出血しています", "別れ際に泣きます"] {
        assert!(!grieves(text), "{text}");
    }
}

#[test]
fn marks_and_escapes() {
    let html = marked_html("<b>息をしていない</b>\n&", &About::default());
    assert!(html.starts_with("&lt;b&gt;<mark>") && html.ends_with("&lt;/b&gt;<br>&amp;"), "{html}");
    assert_eq!(marked_html("", &About::default()), "");
}

/// Concepts and rules alone: less than the model, and always a part of what is known without letters.
#[test]
fn by_words() {
    assert!(dangers_by_words("死にたい").contains(&Danger::Suicide));
    assert!(dangers_by_words("生後2か月で38.5度です").contains(&Danger::InfantFever));
    assert!(dangers_by_words("離乳食はいつからですか").is_empty());
    let data = &detector().data;
    assert!(data.concepts.iter().any(|c| c.id == "fever" && c.terms[&Language::Ja].iter().any(|t| t == "発熱")));
    assert!(!data.rules.is_empty());
}

/// A mistake in a file is told with its line and what to do.
#[test]
fn mistakes() {
    let with = |name: &str, text: &str| {
        let texts: Texts =
            own().into_iter().map(|(n, t)| if n == name { (n, text.to_owned()) } else { (n, t) }).collect();
        Data::read(&texts).1
    };
    for (name, text, line, says) in [
        ("words.ja.txt", "fever 熱", 1, "「:」がありません"),
        ("words.ja.txt", "# a\nfeber: 熱", 2, "feber"),
        ("rules.txt", "vital fever", 1, "「:」がありません"),
        ("rules.txt", "\nvitale: fever", 2, "vitale"),
        ("rules.txt", "vital: feber", 1, "feber"),
        ("examples.ja.tsv", "a\tvital", 1, "2列"),
        ("examples.ja.tsv", "a\tcold\t文", 1, "cold"),
        ("steps.tsv", "kind\tja\nvital\tいま119へ。", 1, "overdose"),
        ("concepts.txt", "Fever\tsign\t熱", 1, "Fever"),
    ] {
        let problems = with(name, text);
        assert!(
            problems.iter().any(|p| p.file == name && p.line == line && p.message.contains(says) && !p.hint.is_empty()),
            "{name} {text}: {:?}",
            problems.first()
        );
    }
}

fn wild() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "死にたい",
        "38.5度",
        "生後2か月",
        "。",
        "\n",
        "no ",
        "bleeding ",
        "không ",
        "sốt ",
        "发烧",
        "🩸",
        "ﾀﾞ",
        "e\u{301}",
        "100/",
        "妊娠",
        "３６週",
        "、",
        "?",
        "...",
        "ーーーー",
        "百二十",
        "\u{200b}",
        "waters ",
        "\u{3099}",
        "{}",
        "ß",
    ]);
    let part = prop_oneof![word.prop_map(str::to_owned), any::<String>(), "[ぁ-んァ-ヶ一-龥a-z0-9 ]{0,12}"];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    /// Any text: no panic, the same answer twice, places on letters' edges, words that stand in the text.
    #[test]
    fn any_text(text in wild()) {
        let found = signs(&text, &About::default());
        prop_assert_eq!(&found, &signs(&text, &About::default()));
        let _ = (dangers_by_words(&text), grieves(&text), marked_html(&text, &About::default()),
            detector().explain(&text, &About::default()));
        for sign in found {
            prop_assert!(sign.at.start < sign.at.end);
            prop_assert_eq!(text.get(sign.at.clone()), Some(sign.word.as_str()));
        }
    }
    /// What always warns does so among any letters of another script, in katakana and with spaces.
    #[test]
    fn always_warns(before in "[a-z ]{0,20}", after in "[0-9 ]{0,20}",
        grave in proptest::sample::select(vec!["死にたい", "シニタイ", "息をしていない", "死 に た い",
            "薬を全部飲んだ"])) {
        let text = format!("{before}。{grave}。{after}");
        prop_assert!(!dangers(&text, &About::default()).is_empty(), "{}", text);
    }
    /// Nor does it matter where a line ends in it.
    #[test]
    fn grave_words_over_lines(grave in proptest::sample::select(vec!["死にたい", "息をしていない", "薬を全部飲んだ",
        "死 に た い", "夫に首をしめられた"]), at in 1_usize..20, end in proptest::sample::select(vec!["\n", "\r\n",
        "\n\n", " \n "])) {
        let letters: Vec<char> = grave.chars().collect();
        let (head, tail): (String, String) = (letters[..at.min(letters.len())].iter().collect(),
            letters[at.min(letters.len())..].iter().collect());
        let text = format!("きのうから{end}{head}{end}{tail}{end}です");
        prop_assert_eq!(dangers(grave, &About::default()).iter().next().copied(), detector().verdict(&text,
            &About::default()).kind, "{}", text);
        prop_assert!(signs(&text, &About::default()).iter().all(|s| text.get(s.at.clone()) == Some(s.word.as_str())));
    }
    /// Bytes that are no model are refused.
    #[test]
    fn no_model(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Model::read(&bytes), None);
        let cut = OWN_MODEL.len() * (bytes.len() % 100) / 100;
        prop_assert_eq!(Model::read(&OWN_MODEL[..cut]), None);
    }
    /// Any text as a file of data: problems with their line, never a panic.
    #[test]
    fn any_data(text in "[a-z:|*. \t\n#!+ぁ-ん]{0,80}", at in 0_usize..14) {
        let texts: Texts = own().into_iter().enumerate().map(|(n, (name, own))| if n == at { (name,
            text.clone()) } else if name.starts_with("examples") || name.starts_with("words") { (name,
            String::new()) } else { (name, own) }).collect();
        for problem in Data::read(&texts).1 {
            prop_assert!(problem.line >= 1 && !problem.message.is_empty() && !problem.hint.is_empty());
        }
    }
}

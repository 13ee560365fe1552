//! Sentences as people write them, and what is found in each: for the review by clinicians as much as for the program.

use super::Danger::{
    self, Bleeding, ChildAbuseSeen, Clot, FetalMovement, Haemorrhage, HarmChild, InfantFever, Ingestion, Injury,
    MotherFever, OtherSick, Overdose, Preeclampsia, Psychosis, Shaken, Suicide, SuicideOther, Violence, Vital,
    WatersPreterm, WatersTerm,
};
use super::{About, dangers, signs};

/// What must be found.
const MARKED: [(&str, &[Danger]); 88] = [
    ("もう生きているのがつらいです", &[Suicide]),
    ("生きてるのがしんどい", &[Suicide]),
    ("生きていたくないです", &[Suicide]),
    ("もう生きたくない", &[Suicide]),
    ("もう終わりにしたい", &[Suicide]),
    ("終わりにしたいです。つかれました", &[Suicide]),
    ("何もかも終わらせたい", &[Suicide]),
    ("人生を終わりにしたい", &[Suicide]),
    ("どこか遠くへ行ってしまいたい", &[Suicide]),
    ("どこかへ行ってしまいたくなります", &[Suicide]),
    ("消えてしまいたい", &[Suicide]),
    ("きえちゃいたいと思う", &[Suicide]),
    ("このまま消えてなくなりたい", &[Suicide]),
    ("消えたくなる夜があります", &[Suicide]),
    ("ベランダから飛びおりたい", &[Suicide]),
    ("飛び降りようかと考えました", &[Suicide]),
    ("わたしがいないほうが、この子は幸せです", &[Suicide]),
    ("いなくなってしまいたい", &[Suicide]),
    ("シニタイ", &[Suicide]),
    ("しにたい、つかれた", &[Suicide]),
    ("もうしにたいし、ねむれない", &[Suicide]),
    ("死んじゃいたいくらい", &[Suicide]),
    ("生きていける気がしない", &[Suicide]),
    ("I want to die", &[Suicide]),
    ("Sometimes I think I should kill myself.", &[Suicide]),
    ("I don’t want to live anymore", &[Suicide]),
    ("i feel suicidal", &[Suicide]),
    ("死にたいです。薬をたくさん飲みました", &[Overdose, Suicide]),
    ("くすりを ぜんぶ のんだ", &[Overdose]),
    ("市販薬を全部飲んでしまった", &[Overdose]),
    ("オーバードーズしました", &[Overdose]),
    ("眠剤を20錠まとめて飲みました", &[Overdose]),
    ("I took too many pills", &[Overdose]),
    ("夫が首をしめます", &[Violence]),
    ("夫に首を絞められました", &[Violence]),
    ("くびをしめられる", &[Violence]),
    ("夫が怖くて家に帰れません", &[Violence]),
    ("彼に殴られた", &[Violence]),
    ("包丁を持ち出しました", &[Violence]),
    ("My husband hits me", &[Violence]),
    ("He choked me last night", &[Violence]),
    ("この子を捨てたい", &[HarmChild]),
    ("赤ちゃんを捨ててしまいたい", &[HarmChild]),
    ("泣き声を聞くと、ゆさぶりそうになる", &[HarmChild]),
    ("揺さぶってしまいそうで怖い", &[HarmChild]),
    ("首をしめそうになりました", &[HarmChild]),
    ("もう育てられない", &[HarmChild]),
    ("I'm afraid I will hurt my baby", &[HarmChild]),
    ("昨日、泣き止まないので揺さぶってしまいました", &[Shaken]),
    ("赤ちゃんを強くゆすってしまった", &[Shaken]),
    ("ゆさぶっちゃった", &[Shaken]),
    ("産後、声が聞こえるようになりました", &[Psychosis]),
    ("だれかに見張られている気がします", &[Psychosis]),
    ("頭の中で、殺せという声が命令してきます", &[Psychosis]),
    ("近所に監視されています", &[Psychosis]),
    ("赤ちゃんがすり替えられた", &[Psychosis]),
    ("ナプキンが1時間でいっぱいになります", &[Bleeding]),
    ("夜用のナプキンが１時間であふれる", &[Bleeding]),
    ("血のかたまりが出た", &[Bleeding]),
    ("I am bleeding", &[Bleeding]),
    ("けいれんしています", &[Vital]),
    ("呼びかけても反応がない", &[Vital]),
    ("息をしていない", &[Vital]),
    ("くちびるが紫っぽい", &[Vital]),
    ("ぐったりしている", &[Vital]),
    ("My baby is not breathing", &[Vital]),
    ("ソファから落ちて頭を打ちました", &[Injury]),
    ("ボタン電池を飲んだかもしれない", &[Ingestion]),
    ("やけどしました", &[Injury]),
    ("34週です。おなかがかたくなって痛い", &[WatersPreterm]),
    ("お腹がカチカチに硬くて、ずっとそのままです", &[Bleeding]),
    ("腕がしびれて落としそう", &[OtherSick]),
    ("急に右の半身がしびれます", &[Vital]),
    ("破水したかもしれません", &[WatersPreterm]),
    ("胎動を感じません", &[FetalMovement]),
    ("頭が割れるように痛い", &[Preeclampsia]),
    ("生後2か月で38.5度あります", &[InfantFever]),
    ("39週です。いま破水しました。色が緑っぽいです", &[WatersTerm]),
    ("40週、陣痛が5分おきになりました", &[WatersTerm]),
    ("産後10日、片方のふくらはぎだけ腫れて熱く、歩くと痛いです", &[Clot]),
    ("帝王切開から1週間、急に息切れして胸が痛い", &[Clot]),
    ("産後5日で39度、悪露がくさいです", &[MotherFever]),
    ("産んで10日なのに、また鮮血が増えてナプキンが1時間でいっぱい。ふらふらします", &[Haemorrhage]),
    ("妻が「死にたい」と言っています", &[SuicideOther]),
    ("隣の家の子の背中に、あざがいくつもあります", &[ChildAbuseSeen]),
    ("妊娠34週、家の血圧計で158/102でした", &[Preeclampsia]),
    ("となりの部屋で子どもを叩く音と泣き声が毎晩します", &[ChildAbuseSeen]),
    ("いまのところ胎動を朝から感じません。36週です", &[FetalMovement]),
];

/// Ordinary worries, in which nothing must be found.
const UNMARKED: [&str; 51] = [
    "死ぬほど眠いです",
    "陣痛は死ぬかと思いました。二人目はどうでしょうか",
    "わたしにたいして、夫がやさしくなりました",
    "わたしにたくさんのことを教えてくれました",
    "うんちがすこしねばねばしています",
    "夜間の授乳を終わりにしたいです",
    "添い乳は終わりにしたいのですが",
    "妊娠線が消えてしまうクリームはありますか",
    "写真が消えてしまいました。もう一度送れますか",
    "シミが消えてほしい",
    "ソファから飛び降りて遊びます。やめさせるには",
    "腰痛が楽になりたいです。体操はありますか",
    "薬をたくさんもらったのですが、一緒に飲めますか",
    "薬をたくさん飲んでいいのか心配です",
    "市販薬を飲んでもよいですか",
    "泣き声が聞こえると、起きてしまいます",
    "ママの声が聞こえると笑います",
    "呼んでも声が聞こえていないようです",
    "悪魔の3週目と聞きました。いつまで続きますか",
    "首をつけてお風呂に入れてよいですか",
    "意識して水分をとっています",
    "腹式呼吸のやり方を教えてください",
    "授乳のために起こしてもいいですか",
    "青い服が好きです",
    "転落防止の柵はいつからいりますか",
    "おむつを捨てたいのですが、ごみの日はいつですか",
    "おもちゃを捨ててしまいたい",
    "生まれるのが楽しみです",
    "遠くの実家へ行ってもいいですか",
    "保育園にいきたくないと泣きます",
    "いなくなったおしゃぶりを探しています",
    "ナプキンは何枚いりますか",
    "しびれるような味のものは食べてもよいですか",
    "おなかがかたよって大きく見えます",
    "I want to diet after birth",
    "How do I end a feed?",
    "My baby hits toys and laughs",
    "Can I take her to the pool?",
    "眠りが浅くて、夜中に3回起きます",
    "離乳食を食べてくれません",
    "つわりで、ごはんのにおいがつらいです",
    "上の子が赤ちゃん返りをしています",
    "しゃっくりが止まりません",
    "乳首が切れて、授乳のときにしみます",
    "予防接種は何本いっしょに受けられますか",
    "歯みがきをいやがります",
    "母乳が足りているか、わかりません",
    "夫が家事をしてくれません。どう話せばよいですか",
    "イヤイヤ期で、毎日へとへとです",
    "菌が死ぬまで煮沸すればよいですか",
    "出血はありません",
];

/// Kinds by which life is in danger at once, or a wrong number is a harm: they are told for sure.
const SURE: [Danger; 5] = [Overdose, Suicide, HarmChild, Shaken, Psychosis];

#[test]
fn marked() {
    let mut right = 0;
    for (text, expected) in MARKED {
        let found = dangers(text, &About::default());
        assert!(!found.is_empty(), "{text}");
        right += usize::from(expected.iter().any(|d| found.contains(d)));
        assert!(
            expected.iter().filter(|d| SURE.contains(d)).all(|d| found.contains(d)),
            "{text}: {:?}",
            signs(text, &About::default())
        );
        // One's own hand is no crime of others: nobody who fears it is sent to the police.
        assert!(!expected.contains(&HarmChild) || !found.contains(&Violence), "{text}: {found:?}");
    }
    assert!(right * 100 >= MARKED.len() * 90, "the right kind for {right} of {}", MARKED.len());
}

#[test]
fn unmarked() {
    let found: Vec<_> = UNMARKED
        .iter()
        .filter(|text| !dangers(text, &About::default()).is_empty())
        .map(|text| (text, signs(text, &About::default())))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Every danger has a sentence here, and can be stored and read back.
#[test]
fn every_danger() {
    for danger in Danger::ALL {
        assert!(MARKED.iter().any(|(_, found)| found.contains(&danger)), "{danger:?}");
        assert_eq!(Danger::from_id(danger.id()), Some(danger));
        assert!(!danger.title().is_empty());
    }
    assert_eq!(Danger::from_id("x"), None);
    assert!(Danger::ALL.is_sorted());
}

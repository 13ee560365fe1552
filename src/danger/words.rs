//! The words themselves. **Clinicians must review this list**: an obstetrician, a paediatrician, a midwife and a psychologist, before a city
//! begins and at least once a year. It was written by programmers from what people write, and nobody has approved it yet.
//!
//! What to know when changing it: words are compared after spaces, widths and katakana are made alike, so a word is written once in hiragana and
//! once with kanji. It stands here if somebody may be in danger who writes it; 「出血はない」 warns as well. An ordinary phrase that holds such
//! a word goes into [`CALM`], with a sentence in `table.rs` that shows it.

use super::Danger;

/// Words that are a sign by themselves.
pub(super) const WORDS: [(Danger, &str); 10] = [
    (
        Danger::Overdose,
        "薬をたくさん くすりをたくさん 薬を大量 くすりを大量 大量の薬 大量に薬 薬を一気 薬を全部 薬をぜんぶ くすりをぜんぶ 薬を何錠も 薬を何十錠 薬を飲みすぎ 薬を飲み過ぎ 薬をのみすぎ \
         くすりをのみすぎ 過量服薬 おーばーどーず ODして ODしま ODした ODを",
    ),
    (
        Danger::Suicide,
        "消えたい きえたい 消えたく きえたく 消えてしまいた 消えてしまえ きえてしまいた きえてしまえ 消えちゃいた きえちゃいた 消えてなくな きえてなくな 消えて無くな 消えていなくな きえていなくな 消えられたら 消えてもいい \
         いなくなりたい いなくなりたく いなくなってしまいた いなくなっちゃいた いなくなればいい わたしがいないほうが わたしがいない方が 私がいないほうが 私がいない方が 自分がいないほうが 自分がいない方が わたしがいなくなったほう 私がいなくなったほう わたしなんかいな 私なんかいな 居なくなりた 居なくなってしまいた \
         わたしさえいなければ 私さえいなければ 自分さえいなければ \
         死にたい しにたい 死にたく しにたく 死のう 死んでしま しんでしまいた 死んじゃいた しんじゃいた 死んだほう 死んだ方 しんだほう しんだ方 死ねば しねば 死ねたら しねたら 死ぬ 死んでもいい \
         自殺 じさつ 自死 命を絶 いのちを絶 いのちをたち \
         飛び降り 飛びおり とび降り とびおり 飛び込みた 飛びこみた とびこみた 首をつ 首を吊 くびをつ りすとかっと りすか 自傷 手首を切 てくびをき 練炭 心中 遺書 \
         生きていたくな いきていたくな 生きてたくな いきてたくな 生きたくな 生きるのが いきるのがつら いきるのがしんど いきるのがいや 生きているのが 生きてるのが いきているのが いきてるのが \
         生きていくのが 生きてくのが いきていくのが 生きていける気がしな 生きていけな いきていけな 生きている意味 生きてる意味 いきている意味 生きる意味 生きることに疲 生きるのに疲 生きてるだけで \
         人生を終わ 人生をおわ 命を終わ 人生が終わ 終わりにしたい おわりにしたい 終わらせたい おわらせたい 全部終わりに すべて終わりに 全て終わりに ぜんぶ終わりに \
         遠くへ行ってしまいた 遠くに行ってしまいた とおくへいってしまいた とおくにいってしまいた どこかへ行ってしまいた どこかに行ってしまいた どこかへいってしまいた どこかにいってしまいた 遠くへ消え 遠くに消え \
         楽になりたい らくになりたい 殺してほし 殺してくだ ころしてほし",
    ),
    (
        Danger::Vital,
        "けいれん 痙攣 引きつけ ひきつけ 白目 泡を吹 泡をふ あわをふ 子癇 \
         意識 いしきが 呼びかけ よびかけ 反応がな 反応しな 反応がにぶ 反応が鈍 反応がうす 反応が薄 反応が弱 気を失 失神 気絶 目を覚まさ 目をさまさ 起こしても \
         息が苦 息がくるし 息苦し 息ぐるし いきがくるし いきぐるし 息ができ 息がで 息をして 息してな 息を止 息が止 息がとま 息が荒 息があら 息が速 息が早 息がはや \
         呼吸 こきゅう ぜいぜい ぜえぜえ ぜーぜー ひゅーひゅー 窒息 ちっそく のどに詰 喉に詰 のどにつ 喉につ 溺れ おぼれ \
         青い 青く 青白 青ざめ 真っ青 まっさお あおじろ あおい顔 顔があお 顔が白 顔が真っ白 唇が白 顔色がわる 顔色が悪 紫色 紫に むらさき色 むらさきに ちあのーぜ \
         ぐったり ぐたっ ぐにゃ 麻痺 まひし ろれつ あなふぃらきしー えぴぺん 心臓が止 心肺",
    ),
    (
        Danger::Violence,
        "殴 なぐる なぐっ なぐり なぐられ 叩かれ たたかれ 叩きつけられ 夫に蹴 夫にけら 首を絞 首をしめ 首を締め くびをしめ くびを絞 くびを締め 虐待 ぎゃくたい 暴力 ぼうりょく 暴言 \
         怒鳴られ どなられ 脅さ 脅迫 おどされ 殺され 殺す 殺し ころされ 包丁 刃物 監禁 夫がこわ 夫が怖 彼がこわ 彼が怖 無理やりされ むりやりされ DVを DVで DVか DVさ DVの DV被害 DVが DV相談 DVだ",
    ),
    (
        Danger::Shaken,
        "ゆさぶった 揺さぶった ゆすぶった 揺すぶった 揺さ振った ゆさぶりました 揺さぶりました ゆすぶりました 揺すぶりました 揺さ振りました \
         ゆさぶってしまった 揺さぶってしまった ゆすぶってしまった 揺さ振ってしまった ゆさぶってしまい 揺さぶってしまい ゆすぶってしまい 揺さ振ってしまい \
         ゆさぶっちゃった 揺さぶっちゃった ゆさぶっちゃい 揺さぶっちゃい ゆさぶって泣き 強くゆすっ 強く揺すっ つよくゆすっ 激しくゆすっ 激しく揺すっ はげしくゆすっ 激しく揺らし",
    ),
    (
        Danger::Psychosis,
        "幻覚 幻聴 命令する声 声が聞こえ 声がきこえ こえがきこえ 見張られ みはられ 監視され かんしされ 盗聴 とうちょうされ 狙われてい ねらわれてい 毒を入れられ 毒が入れられ 毒をもられ 毒を盛られ \
         考えが読まれ 考えを読まれ 頭の中を読まれ 心を読まれ 操られ あやつられ 取り憑 とりつかれ 悪魔 本物の赤ちゃんじゃな 本物の子じゃな 赤ちゃんがすり替え 赤ちゃんがすりかえ 赤ちゃんを取り替え 子どもがすり替え",
    ),
    (
        Danger::HarmChild,
        "殴りそう なぐりそう 殴ってしま なぐってしま 殴りた 叩いてしま たたいてしま 叩きそう たたきそう 叩きつけ たたきつけ 蹴ってしま 蹴りそう \
         手をあげ 手を上げ 手が出 手がでる 手がでそ 手がでてし 手がでちゃ ゆさぶ 揺さぶ ゆすぶ 揺すぶ 揺さ振 激しく揺 はげしくゆ ゆさぶってしまいそう 揺さぶってしまいそう ゆすぶってしまいそう 揺さ振ってしまいそう ゆさぶっちゃいそう 揺さぶっちゃいそう 強くゆすってしまいそう \
         首をしめそう 首を締めそう 首を絞めそう くびをしめそう 首をしめてしま 首を締めてしま 首を絞めてしま 首をしめたい 首を絞めたい 口をふさ 口を塞 赤ちゃんを投げ 子どもを投げ 子を投げ 床に落と 床にたた \
         虐待してしま 虐待しそう 虐待かもしれ ぎゃくたいしそう 殺してしま 殺したい ころしたい ころしてし ころしそう 殺しそう 傷つけてしま 傷つけそう きずつけそう 置き去り \
         赤ちゃんを捨 子どもを捨 子供を捨 こどもを捨 子を捨 息子を捨 娘を捨 家族を捨 赤ちゃんをすて 子どもをすて 子をすて こどもをすて もう捨てたい もうすてたい 捨ててしまいたい すててしまいたい 捨てちゃいたい 育てられな 育てられそうにな",
    ),
    (Danger::Bleeding, "出血 しゅっけつ 鮮血 血が出 血がで 血のかたまり 血の塊 血の量 吐血 血を吐 血便"),
    (
        Danger::Injury,
        "誤飲 誤嚥 誤って飲 まちがえて飲 間違えて飲 薬を飲ませすぎ 薬をのませすぎ 薬を多く飲ませ ボタン電池 電池を \
         頭を打 あたまをう 頭をぶつ あたまをぶつ 頭から落 あたまからお 転落 墜落 やけど 火傷",
    ),
    (
        Danger::OtherSick,
        "破水 はすいした はすいかも 羊水が 早剥 常位胎盤 \
         張りが強 張りが続 張りがおさま 張りが治ま 張りが規則 強い張り 規則的な張 規則的に張 何度か張 何度も張 なんども張 強く張 ずっと張 張り返 \
         動かない うごかない 動かなく うごかなく 動いていない 動いてない うごいていない うごいてない 動きが少 動きが減 動きがない 動きが弱 \
         おしっこが出な おしっこがでな 尿が出な 水も飲め 水ものめ 水分がとれ 水分が取れ 水分もとれ 目がちかちか 目の前が暗 目がかす",
    ),
];

/// Words in letters of the alphabet, with their spaces left out. They are found between other letters of the alphabet only with their spaces:
/// 「I want to diet」 is no sign.
pub(super) const ENGLISH: [(Danger, &str); 6] = [
    (Danger::Overdose, "overdose overdosed toomanypills allmypills allthepills"),
    (
        Danger::Suicide,
        "wanttodie wannadie wishiwasdead wishiweredead betteroffdead betteroffwithoutme killmyself killingmyself endmylife endingmylife takemyownlife suicide suicidal \
         don'twanttolive donotwanttolive dontwanttolive don'twanttobehereanymore can'tgoonliving wanttoendit wanttoendeverything",
    ),
    (Danger::Vital, "notbreathing can'tbreathe cannotbreathe can'twakehim can'twakeher unconscious seizure seizures convulsion convulsions turningblue"),
    (Danger::Violence, "hitsme beatsme beatme hitme choked chokedme chokesme strangled strangledme domesticviolence myhusbandhits myhusbandbeats rapedme"),
    (
        Danger::HarmChild,
        "hurtmybaby hurtthebaby hurtmychild hurtmyson hurtmydaughter harmmybaby harmmychild killmybaby killmychild shakemybaby shakethebaby throwmybaby hitmybaby hitmychild mighthurthim mighthurther i'llhurthim i'llhurther",
    ),
    (Danger::Bleeding, "bleeding hemorrhage"),
];

/// Two halves that are a sign when they stand near each other, in either order.
pub(super) const PAIRS: [(Danger, &str, &str); 11] = [
    (Danger::OtherSick, "胎動 たいどう", "ない 無い なく 少な すくな 減 へっ 弱 よわ 感じ かんじ とま 止 わから 分から"),
    (
        Danger::OtherSick,
        "腹が張 腹の張 腹は張 腹も張 なかが張 なかの張 なかは張 なかも張 子宮が張 子宮の張 部が張 部の張 腹がはり 腹がはる 腹がはっ なかがはり なかがはる なかがはっ",
        "おさまら 治まら 収まら 強 つよ 続 規則 間隔 何度 なんど 痛 いた",
    ),
    (
        Danger::OtherSick,
        "腹がかた 腹が硬 腹が固 腹がかちかち なかがかた なかが硬 なかが固 なかがかちかち なかがぱんぱん 腹が板 なかが板",
        "痛 いた おさまら 治まら 収まら ずっと 続 戻ら もどら",
    ),
    (Danger::OtherSick, "痛 いたみ いたい", "激し はげし ひど 我慢でき がまんでき 耐え たえられ 突然 強い痛 つよい痛 つよいいた 割れ"),
    (Danger::OtherSick, "しびれ 痺れ", "落としそう 落としかけ おとしそう 力が入ら 力がはいら 片側 片方だけ 半身 右だけ 左だけ 言葉が出 ことばが出"),
    (Danger::Bleeding, "血", "とまら 止まら 大量 たくさん出 ナプキン"),
    (Danger::Bleeding, "なぷきん", "1時間 一時間 30分 時間で 分で でいっぱい あふれ 溢れ 間に合わ もれて 漏れて"),
    (Danger::Overdose, "錠 粒", "まとめて飲 一度に飲 いっぺんに飲 一気に飲 全部飲 ぜんぶ飲 ぜんぶのん まとめてのん 一度にのん"),
    (Danger::Vital, "唇 くちびる 顔 爪", "青 あお 紫 むらさき"),
    (Danger::Psychosis, "声", "命令して 悪口を言 誰もいない だれもいない 頭の中で 頭の中に あたまの中"),
    (Danger::OtherSick, "38度 39度 40度 38. 39. 40. 熱", "生後0 生後1か月 生後1ヶ月 生後1カ月 生後2か月 生後2ヶ月 生後2カ月 生後一 生後二 新生児 生まれたばかり"),
];

/// Ordinary phrases, each first half with each second (`-`: nothing): a sign inside one of them is none.
pub(super) const CALM: [(&str, &str); 20] = [
    ("死ぬ しぬ", "ほど かとおも かと思"),
    ("菌が ういるすが 虫が", "死ぬ"),
    // わたしにたいして, はしにたくさん, すこしねばねば
    ("-", "しにたいして しにたいする しにたいじゅう しにたいおん しにたくさん しにたくわえ しねばねば しねばっ しねばり しねばなら"),
    ("を", "終わりにしたい おわりにしたい 終わらせたい おわらせたい 捨ててしまいたい すててしまいたい"),
    ("授乳は 授乳も 母乳は みるくは おっぱいは 添い乳は 断乳は おむつは", "終わりにしたい おわりにしたい 終わらせたい"),
    ("そふぁから そふぁーから べっどから 椅子から いすから 階段から 台から 段から 遊具から すべり台から 滑り台から", "飛び降り 飛びおり とび降り とびおり"),
    ("薬をたくさん くすりをたくさん 大量の薬", "出され もらっ もらい 処方 いただ 飲んでい 飲んでも のんでも 使っ つかっ 塗っ 飲まず 飲みたくな 買っ"),
    ("泣き なき 鳴き 笑い わらい 話し はなし 歌 呼び 呼ぶ ままの お母さんの おかあさんの ぱぱの 親の わたしの 私の 赤ちゃんの 子の 子どもの", "声が聞こえ 声がきこえ"),
    ("声が聞こえ 声がきこえ", "ない てない ていない にく づら"),
    ("腰が 腰痛が 肩が 肩こりが つわりが 体が からだが 手首が 育児が 家事が 作業が 送り迎えが", "楽になりたい らくになりたい"),
    ("悪魔の", "3 三 2 二 週"),
    ("心中", "穏やか おだやか お察し 察し"),
    ("首を", "つけ つか つっぱ つつ"),
    ("意識", "して しま する すれ しす 的"),
    ("腹式 深 皮膚", "呼吸"),
    ("呼吸", "法 器 を整"),
    ("起こしても", "いい よい 大丈夫 飲ませ 授乳"),
    ("青い", "服 くつ 便 うんち 鳥 車 花 色 おもちゃ"),
    ("虐待", "防止 を防 予防"),
    ("転落 やけど 窒息 誤飲", "防止 を防 予防 しないように の予防 対策"),
];

/// Words of somebody who has lost a child. No danger: nothing is marked and nobody is hurried, only the page speaks more gently.
pub(super) const GRIEF: &str = "流産しま 流産した 流産して 流産にな 流産と言 流産でし 流産だ 流産のあと 流産後 流産手術 稽留流産 死産 亡くしま 亡くした 亡くして 亡くなりま 亡くなった 亡くなって お空に 天使にな 胎児死亡 \
    心拍が止 心拍が確認でき 心拍がとま 心拍がなく お別れしま お別れした 人工妊娠中絶 中絶しま 中絶した miscarried stillborn stillbirth mybabydied lostmybaby";

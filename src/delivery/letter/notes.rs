//! The gentle questions around the due date, in the languages of the site.

/// A note: not an article, not a bulletin, asked once of a pregnancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// As in `letters.sent` and in the letter.
    pub id: &'static str,
    /// The completed week in which it is asked.
    pub week: i32,
    /// Language, title, two paragraphs. The first is used where a language is missing.
    texts: [(&'static str, &'static str, [&'static str; 2]); 3],
}

/// The due date passing is not a birth: it is asked once in the week of the due date and once in the week after, and
/// never again.
pub const NOTES: [Note; 2] = [
    Note {
        id: "birth-40",
        week: 40,
        texts: [
            (
                "ja",
                "いかがお過ごしですか",
                [
                    "予定日のころになりました。予定日は目安なので、少し早くても遅くても、心配しすぎなくて大丈夫です。",
                    "変わったことがあれば、落ち着いたときに、マイページから知らせてください。\
                     おたよりの内容を変えることも、休むことも、止めることもできます。急ぎません。",
                ],
            ),
            (
                "easy",
                "いかがですか",
                [
                    "予定日（よていび）の ころに なりました。予定日（よていび）より 少（すこ）し 早（はや）くても、\
                     遅（おそ）くても、だいじょうぶです。",
                    "変（か）わったことが あったら、マイページで 教（おし）えてください。急（いそ）がなくて いいです。\
                     おたよりを 休（やす）むことも、止（と）めることも できます。",
                ],
            ),
            (
                "en",
                "How are you?",
                [
                    "It is about the time of the due date. It is only a guide: a little earlier or later is fine.",
                    "If anything has changed, please tell us on your page when you have a quiet moment. You can \
                     change, pause or stop the letters there. There is no hurry.",
                ],
            ),
        ],
    },
    Note {
        id: "birth-41",
        week: 41,
        texts: [
            (
                "ja",
                "その後、いかがですか",
                [
                    "この1週間、気になることがあったら、夜でも休みの日でも、産院へ電話してください。",
                    "変わったことがあれば、マイページから知らせてください。おたずねするのは、これが最後です。\
                     お返事がなくても、市からのお知らせだけが届き、相談はいつでもできます。",
                ],
            ),
            (
                "easy",
                "その後（ご）、いかがですか",
                [
                    "心配（しんぱい）なことが あったら、夜（よる）でも 休（やす）みの日（ひ）でも、病院（びょういん）\
                     に 電話（でんわ）してください。",
                    "変（か）わったことが あったら、マイページで 教（おし）えてください。聞（き）くのは、これが \
                     最後（さいご）です。質問（しつもん）は いつでも できます。",
                ],
            ),
            (
                "en",
                "How have you been?",
                [
                    "If anything worries you this week, call your maternity clinic, at night or on a holiday too.",
                    "If anything has changed, please tell us on your page. We will not ask again. Without an answer \
                     only the city's notices will come, and you can ask us at any time.",
                ],
            ),
        ],
    },
];

impl Note {
    /// Title and paragraphs in `language`, or in the first one.
    pub(super) fn text(&self, language: &str) -> (&'static str, [&'static str; 2]) {
        let (_, title, paragraphs) = self.texts.iter().find(|t| t.0 == language).unwrap_or(&self.texts[0]);
        (title, *paragraphs)
    }
}

//! What a clock shows and the newest instant on record in, whether it may be believed out, and what is told of it.

use super::Wall;
use crate::calendar::{TimeZone, Timestamp};

/// Clocks of several machines differ a little: by at most so many seconds.
pub const CLOCKS_DIFFER: i64 = 600;
/// After a longer silence somebody has to look: letters go weekly.
const SILENCE: i64 = 7 * 86_400;

/// How the clock stands to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// It follows from what is on record; or nothing is.
    Right,
    /// It shows an earlier instant than one on record.
    Back {
        /// The newest on record.
        newest: Wall,
    },
    /// More than seven days have passed since the newest instant on record.
    Ahead {
        /// The newest on record.
        newest: Wall,
    },
}

impl Stand {
    /// Of a clock that shows `now`, where the newest instant on record is this one.
    pub fn of(now: Wall, newest: Option<Wall>) -> Self {
        let Some(newest) = newest else { return Self::Right };
        match now.since(newest) {
            passed if passed < -CLOCKS_DIFFER => Self::Back { newest },
            passed if passed > SILENCE => Self::Ahead { newest },
            _ => Self::Right,
        }
    }

    /// Must what cannot be undone wait?
    pub fn holds(self) -> bool {
        self != Self::Right
    }

    /// For the operator who has said that the clock is right: what was taken as right, and what follows from it.
    pub fn confirmed(self, now: Wall, zone: &TimeZone) -> String {
        let (Self::Back { newest } | Self::Ahead { newest }) = self else { return self.message(now, zone) };
        let shown = |at: Wall| shown(at, zone);
        let days = (now.seconds() - newest.seconds()).abs() / 86_400;
        format!(
            "この機械の時計 {} を、正しいものとして記録しました（それまでのいちばん新しい記録は {} \
             で、{days}日ちがいます）。\n",
            shown(now),
            shown(newest)
        )
    }

    /// For the operator: what is wrong, what waits, what to type.
    pub fn message(self, now: Wall, zone: &TimeZone) -> String {
        let shown = |at: Wall| shown(at, zone);
        let now = shown(now);
        let what = match self {
            Self::Right => return format!("この機械の時計は {now} で、データベースの記録と合っています。"),
            Self::Back { newest } => {
                format!(
                    "この機械の時計は {now} ですが、データベースには、それより先の {} の記録があります。\
                     時計が戻ったか、先へ進んでいたことがあります。",
                    shown(newest)
                )
            }
            Self::Ahead { newest } => format!(
                "この機械の時計は {now} ですが、いちばん新しい記録は {} で、7日より前です。時計が進みすぎたか、\
                 長く止まっていたか、古い控えから戻したところです。",
                shown(newest)
            ),
        };
        format!(
            "{what}\n  おたよりを送ることと、日数を過ぎたものを消すことを、止めています。\
             質問とお返事は止めていません。\n  \
             `date` で時計を見て、ちがっていたら直してください（直れば自然に動きます）。時計が正しければ `otayori \
             clock confirm` で再開します"
        )
    }
}

/// For the operator: until when erasing waits, and how a mistake is taken back.
pub fn erasing_message(until: Wall, zone: &TimeZone) -> String {
    let until = shown(until, zone);
    format!(
        "日数を過ぎたものを消すことは、時計を確かめてから1日、{until} まで待っています。時計がちがっていたら、\
         それまでに直して、もう一度 `otayori clock confirm` を打ちます（何も消えません）"
    )
}

/// An instant as the operator reads it.
pub fn shown(at: Wall, zone: &TimeZone) -> String {
    Timestamp::from_second(at.seconds())
        .unwrap_or_default()
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

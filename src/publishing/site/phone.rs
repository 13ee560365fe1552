//! A notice in, the picture of a phone out: how a letter looks on LINE and on the lock screen.

use serde::Serialize;

/// Context of `phone.html`, and of the component `<phones>` that the preview and the demo put beside other things.
///
/// All texts are those that are really sent: take them from the `Notice`, not from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneView {
    /// Name of the LINE account, above the conversation.
    pub account: String,
    /// 11月24日（火）7:30
    pub at: String,
    /// 7:30, on the lock screen.
    pub clock: String,
    /// 11月24日 火曜日, on the lock screen.
    pub day: String,
    /// Title of the message: 今週のおたよりです
    pub title: String,
    /// Its body; empty if none.
    pub body: String,
    /// Where ひらく leads.
    pub url: String,
    /// Where 質問する leads.
    pub ask_url: String,
    /// What LINE's message says of its button; empty where it is a link.
    pub hint: String,
    /// Where ひらく is sent by POST, as LINE tells of a press; empty where it is a link.
    pub press: String,
    /// What LINE answered to a press.
    pub reply: Option<PhoneReply>,
}

/// An answer in the talk: its words and its one button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneReply {
    /// このボタンは30分のあいだ、1回だけ使えます。
    pub text: String,
    /// おたよりをひらく
    pub label: String,
    /// Where it leads.
    pub url: String,
}

impl PhoneView {
    /// A letter of `day` at `time` (7:30), neutral as it is sent.
    pub fn letter(
        account: &str,
        day: crate::calendar::Date,
        time: crate::calendar::Time,
        title: &str,
        body: &str,
        url: &str,
        ask_url: &str,
    ) -> Self {
        let week = super::filters::written(day, "ja", super::filters::Style::Week);
        let clock = format!("{}:{:02}", time.hour(), time.minute());
        Self {
            account: account.to_owned(),
            at: format!("{week}{clock}"),
            day: week.replace('（', " ").replace('）', "曜日"),
            clock,
            title: title.to_owned(),
            body: body.to_owned(),
            url: url.to_owned(),
            ask_url: ask_url.to_owned(),
            hint: String::new(),
            press: String::new(),
            reply: None,
        }
    }
}

//! The body of a LINE webhook in, what happened out. What people wrote or sent is kept nowhere: a text is compared with
//! a few words for "stop", and an event keeps its kind only.

use serde::{Deserialize, Serialize};

/// One event. Has no content of messages by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `webhookEventId`, a ULID: the same in a redelivery.
    pub id: String,
    /// The LINE user, if LINE tells.
    pub user: Option<String>,
    /// When it happened, Unix milliseconds; the same in a redelivery.
    pub timestamp: i64,
    /// Answers it once, within about a minute; missing when the account is not on duty (`mode: standby`).
    pub reply_token: Option<String>,
    /// What happened.
    pub kind: Kind,
    /// Of a follow: by somebody who had blocked the account.
    #[serde(default)]
    pub unblocked: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A new friend, or one who lifted the block.
    Follow,
    /// Blocked.
    Unfollow,
    /// Came back from the account link page.
    AccountLink {
        /// LINE tied the user to the nonce.
        ok: bool,
        /// As we gave it.
        nonce: String,
    },
    /// A button of ours.
    Postback {
        /// As we gave it.
        action: String,
    },
    /// The words おたよりを止める, or others that say it, and nothing else.
    Stop,
    /// A text, picture, sticker, voice, … of any kind.
    Message,
    /// Anything else, also kinds that LINE does not have yet, and whatever happens in a group.
    Other,
}

impl Kind {
    /// As in the database: LINE's `type`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Unfollow => "unfollow",
            Self::AccountLink { .. } => "accountLink",
            Self::Postback { .. } => "postback",
            Self::Stop | Self::Message => "message",
            Self::Other => "other",
        }
    }
}

#[derive(Deserialize)]
struct Body {
    events: Vec<serde_json::Value>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    webhook_event_id: String,
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default)]
    reply_token: Option<String>,
    #[serde(default)]
    follow: Option<Follow>,
    #[serde(default)]
    link: Option<Link>,
    #[serde(default)]
    postback: Option<Postback>,
    /// Looked at once, for [`says_stop`].
    #[serde(default)]
    message: serde_json::Value,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    user_id: Option<String>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Follow {
    #[serde(default)]
    is_unblocked: bool,
}
#[derive(Deserialize)]
struct Link {
    result: String,
    nonce: String,
}
#[derive(Deserialize)]
struct Postback {
    data: String,
}

/// Whole messages that mean おたよりを止める, folded as [`says_stop`] folds them.
const STOP: [&str; 16] = [
    "おたよりを止める",
    "おたよりをとめる",
    "おたよりを止めて",
    "おたよりをとめて",
    "おたよりを止めてください",
    "おたよりをとめてください",
    "おたよりを止めたい",
    "お便りを止める",
    "お便りを止めて",
    "おたより停止",
    "配信停止",
    "配信を止める",
    "stop",
    "stoptheletters",
    "stopletters",
    "unsubscribe",
];

/// Does a message say that the letters shall stop, and nothing else? Spaces, brackets, readings in brackets and marks
/// at the end do not matter.
fn says_stop(text: &str) -> bool {
    if text.len() > 200 {
        return false;
    }
    let mut within = false;
    let folded: String = text
        .chars()
        .filter(|c| {
            within = (within || *c == '（') && *c != '）';
            !within && !c.is_whitespace() && !"）「」『』。、．，.!！\"'〜~ー".contains(*c)
        })
        .flat_map(|c| crate::text::narrow(c).to_lowercase())
        .collect();
    STOP.contains(&folded.as_str())
}

/// A user id of LINE: `U` and 32 hexadecimal digits.
pub fn is_user_id(text: &str) -> bool {
    text.strip_prefix('U')
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

/// The events of a body whose signature was right. The console's "verify" button sends none. One that cannot be read
/// keeps no other back: LINE adds kinds and fields, and would send the same body again and again.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, serde_json::Error> {
    let body: Body = serde_json::from_slice(body)?;
    let all = body.events.len();
    let events: Vec<Event> = body
        .events
        .into_iter()
        .filter_map(|event| serde_json::from_value::<Raw>(event).ok())
        .map(Event::from)
        .collect();
    if events.len() < all {
        tracing::warn!(unread = all - events.len(), kept = events.len(), "events of LINE in a form that is not known");
    }
    Ok(events)
}

impl From<Raw> for Event {
    fn from(raw: Raw) -> Self {
        let in_a_group = raw.source.as_ref().is_some_and(|s| s.kind != "user");
        let kind = match (raw.kind.as_str(), raw.link, raw.postback) {
            _ if in_a_group => Kind::Other,
            ("follow", ..) => Kind::Follow,
            ("unfollow", ..) => Kind::Unfollow,
            ("accountLink", Some(link), _) => Kind::AccountLink { ok: link.result == "ok", nonce: link.nonce },
            ("postback", _, Some(postback)) => Kind::Postback { action: postback.data },
            ("message", ..) if raw.message["text"].as_str().is_some_and(says_stop) => Kind::Stop,
            ("message", ..) => Kind::Message,
            _ => Kind::Other,
        };
        let unblocked = raw.follow.is_some_and(|f| f.is_unblocked);
        let user = raw.source.and_then(|s| s.user_id).filter(|id| is_user_id(id));
        Self { id: raw.webhook_event_id, user, timestamp: raw.timestamp, reply_token: raw.reply_token, kind, unblocked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USER: &str = "U4af4980629abcdef4af4980629abcdef";

    fn one(json: &str) -> Event {
        let body = format!(r#"{{"destination":"Uxxx","events":[{}]}}"#, json.replace('\n', " "));
        parse(body.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn kinds_of_events() {
        let common = format!(
            r#""webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{{"isRedelivery":false}},"timestamp":1692251666727,"mode":"active","source":{{"type":"user","userId":"{USER}"}}"#
        );
        let text = one(&format!(
            r#"{{"type":"message","replyToken":"r","message":{{"id":"1","type":"text","text":"破水したかも"}},{common}}}"#
        ));
        assert_eq!(
            text,
            Event {
                id: "01FZ74A0TDDPYRVKNK77XKC3ZR".into(),
                user: Some(USER.into()),
                timestamp: 1_692_251_666_727,
                reply_token: Some("r".into()),
                kind: Kind::Message,
                unblocked: false,
            }
        );
        assert!(!format!("{text:?}").contains("破水"));
        assert_eq!(
            one(&format!(r#"{{"type":"message","message":{{"type":"hologram"}},{common}}}"#)).kind,
            Kind::Message
        );
        let back = one(&format!(r#"{{"type":"follow","follow":{{"isUnblocked":true}},{common}}}"#));
        assert_eq!((back.kind, back.unblocked), (Kind::Follow, true));
        assert_eq!(one(&format!(r#"{{"type":"unfollow",{common}}}"#)).kind, Kind::Unfollow);
        assert_eq!(
            one(&format!(r#"{{"type":"accountLink","link":{{"result":"ok","nonce":"n"}},{common}}}"#)).kind,
            Kind::AccountLink { ok: true, nonce: "n".into() }
        );
        assert_eq!(
            one(&format!(r#"{{"type":"accountLink","link":{{"result":"failed","nonce":"n"}},{common}}}"#)).kind,
            Kind::AccountLink { ok: false, nonce: "n".into() }
        );
        assert_eq!(
            one(&format!(r#"{{"type":"postback","postback":{{"data":"letters"}},{common}}}"#)).kind,
            Kind::Postback { action: "letters".into() }
        );
        assert_eq!(one(&format!(r#"{{"type":"membership",{common}}}"#)).kind, Kind::Other);
        assert_eq!(one(&format!(r#"{{"type":"postback",{common}}}"#)).kind, Kind::Other);
        let group = common.replace(r#""type":"user""#, r#""type":"group","groupId":"C1""#);
        assert_eq!(one(&format!(r#"{{"type":"message","replyToken":"r",{group}}}"#)).kind, Kind::Other);
    }

    #[test]
    fn a_message_that_only_says_stop() {
        for text in [
            "おたよりを止める",
            "「おたよりを止める」",
            " おたよりを とめて。",
            "おたよりを 止（と）める",
            "お便りを止めて！",
            "STOP",
            "Stop the letters.",
            "ＳＴＯＰ",
        ] {
            assert!(says_stop(text), "{text}");
        }
        for text in [
            "",
            "おたよりを止める？ 続ける？",
            "おたよりを止めるにはどうすればいいですか",
            "咳を止める薬",
            "止めない",
            "nonstop",
            "stop it, please call me",
            "（おたよりを止める）",
        ] {
            assert!(!says_stop(text), "{text}");
        }
        let of = |text: &str| {
            one(&format!(
                r#"{{"type":"message","webhookEventId":"1","source":{{"type":"user","userId":"{USER}"}},"message":{{"type":"text","text":"{text}"}}}}"#
            ))
        };
        assert_eq!(
            (of("おたよりを止める").kind, of("おたよりを止めるか迷っています").kind),
            (Kind::Stop, Kind::Message)
        );
        let group = r#"{"type":"message","webhookEventId":"1","source":{"type":"group","userId":"x"},"message":{"type":"text","text":"stop"}}"#;
        assert_eq!(one(group).kind, Kind::Other);
    }

    #[test]
    fn out_of_form_is_an_error() {
        assert_eq!(parse(br#"{"destination":"U","events":[]}"#).unwrap(), []);
        for bad in ["", "[]", "{}", r#"{"events":1}"#] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_odd_event_keeps_the_others() {
        let good = format!(
            r#"{{"type":"unfollow","webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","timestamp":1,"source":{{"type":"user","userId":"{USER}"}}}}"#
        );
        for odd in [
            r#"{"type":"message"}"#,
            "1",
            "null",
            r#""x""#,
            r#"{"type":7,"webhookEventId":"a"}"#,
            r#"{"type":"postback","webhookEventId":"a","timestamp":"soon"}"#,
            r#"{"type":"accountLink","webhookEventId":"a","link":{"result":"ok"}}"#,
            r#"{"type":"follow","webhookEventId":"a","source":{"userId":5}}"#,
        ] {
            for body in [format!(r#"{{"events":[{odd},{good}]}}"#), format!(r#"{{"events":[{good},{odd}]}}"#)] {
                let events = parse(body.as_bytes()).unwrap();
                assert_eq!((events.len(), &events[0].kind), (1, &Kind::Unfollow), "{odd}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in r#"\{"events":\[\{("[a-zA-Z]{1,16}":("[ -~]{0,8}"|[0-9]{1,20}|\{\}|null),?){0,6}\}\]\}"#) {
            let _ = parse(&bytes);
            let _ = parse(text.as_bytes());
        }
    }
}

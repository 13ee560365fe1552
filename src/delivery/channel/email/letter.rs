//! A notice and its links in, the bytes of an e-mail out: text and HTML, in words that tell nothing of whom they are
//! for.
//!
//! A letter's own texts and titles never stand in it, whatever the notice says: mail is kept by providers, shown on
//! lock screens and in lists. The links are of this contact alone, and none of them does anything by being opened: what
//! looks into mail opens links.

use crate::mailbox::EmailAddress;
use crate::outbox::{Notice, content_hash};
use crate::text::escape;
use anyhow::{Context as _, Result};
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::time::{Duration, UNIX_EPOCH};

/// What an e-mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This week's letter.
    Letter,
    /// Something else that is told to a contact.
    Told,
    /// The question whether the address is theirs who gave it.
    Confirm,
}

impl Kind {
    /// By the outbox key.
    pub fn of(key: &str) -> Self {
        match key.split(':').next() {
            Some("letter") => Self::Letter,
            Some(CONFIRM) => Self::Confirm,
            Some(_) | None => Self::Told,
        }
    }
}

/// How the keys of confirmations begin: `confirm:<id>`.
pub const CONFIRM: &str = "confirm";

/// Who writes.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The city's address.
    pub from: EmailAddress,
    /// はるかぜ市 おたより
    pub name: String,
    /// Where a question about all this is answered: office and telephone number.
    pub office: String,
}

/// The links of one e-mail, absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// What it is about.
    pub open: String,
    /// Stops mail to this address by POST; a person sees a page with a button. None where nothing is sent without being
    /// asked for.
    pub stop: Option<String>,
}

/// Words of one language.
struct Words {
    letter: &'static str,
    letter_text: &'static str,
    open: &'static str,
    once: &'static str,
    confirm: &'static str,
    confirm_text: &'static str,
    confirm_button: &'static str,
    confirm_ends: &'static str,
    ask: &'static str,
    stop: &'static str,
}

const JA: Words = Words {
    letter: "今週のおたよりです",
    letter_text: "ひらくと、おたよりが読めます。",
    open: "ひらく",
    once: "このリンクは、2週間のあいだ、1回だけ使えます。",
    confirm: "メールアドレスの確認",
    confirm_text: "このメールアドレスで、おたよりを受け取る登録がありました。受け取るときは、下のリンクを開いて、\
        ボタンを押してください。",
    confirm_button: "確認する",
    confirm_ends: "リンクは24時間で使えなくなります。心あたりのないときは、何もしないでください。何も変わりません。\
        このアドレスでもう受け取っている方が押すと、受け取りは、新しい登録に移ります。",
    ask: "質問する",
    stop: "このアドレスへのメールを止める",
};

const EASY: Words = Words {
    letter: "今週（こんしゅう）の おたよりです",
    letter_text: "ひらくと、おたよりが 読（よ）めます。",
    open: "ひらく",
    once: "この リンクは、2週間（しゅうかん）の 間（あいだ）、1回（かい）だけ 使（つか）えます。",
    confirm: "メールアドレスの 確認（かくにん）",
    confirm_text: "この メールアドレスで おたよりを 受（う）け取（と）る 登録（とうろく）が ありました。受（う）\
        け取（と）るときは、下（した）の リンクを 開（ひら）いて、ボタンを 押（お）してください。",
    confirm_button: "確認（かくにん）する",
    confirm_ends: "リンクは 24時間（じかん）で 使（つか）えなくなります。知（し）らないときは、何（なに）も \
        しないでください。何（なに）も 変（か）わりません。この アドレスで もう 受（う）け取（と）っている 人（ひと）が \
        押（お）すと、受（う）け取（と）りは、新（あたら）しい 登録（とうろく）に 移（うつ）ります。",
    ask: "質問（しつもん）する",
    stop: "この アドレスへの メールを 止（と）める",
};

const EN: Words = Words {
    letter: "This week's letter",
    letter_text: "Open it to read the letter.",
    open: "Open",
    once: "The link works once, within two weeks.",
    confirm: "Confirm your e-mail address",
    confirm_text: "Somebody registered this e-mail address for our letters. To receive them, open the link below and \
        press the button.",
    confirm_button: "Confirm",
    confirm_ends: "The link works for 24 hours. If this was not you, do nothing, and nothing changes. If letters come \
        to this address already, confirming moves them to the new registration.",
    ask: "Ask a question",
    stop: "Stop mail to this address",
};

fn words(language: &str) -> &'static Words {
    match language {
        "en" => &EN,
        "easy" => &EASY,
        _ => &JA,
    }
}

/// What a person reads: subject, paragraphs, the button, small print, and links below.
struct Wording<'a> {
    subject: &'a str,
    text: &'a str,
    button: &'a str,
    small: Vec<&'a str>,
    links: Vec<(&'a str, &'a str)>,
}

fn wording<'a>(kind: Kind, notice: &'a Notice, links: &'a Links) -> Wording<'a> {
    let w = words(&notice.language);
    let stop = links.stop.as_deref().map(|stop| (w.stop, stop));
    let ask = (w.ask, notice.ask_url.as_str());
    match kind {
        Kind::Letter => Wording {
            subject: w.letter,
            text: w.letter_text,
            button: w.open,
            small: vec![w.once],
            links: [ask].into_iter().chain(stop).collect(),
        },
        Kind::Told => Wording {
            subject: &notice.title,
            text: &notice.body,
            button: w.open,
            small: vec![w.once],
            links: [ask].into_iter().chain(stop).collect(),
        },
        Kind::Confirm => Wording {
            subject: w.confirm,
            text: w.confirm_text,
            button: w.confirm_button,
            small: vec![w.confirm_ends],
            links: Vec::new(),
        },
    }
}

/// The same for every try of a notice to a contact, and for no other; says nothing of either (a contact's id is
/// random).
pub fn message_id(key: &str, contact: &str, from: &EmailAddress) -> String {
    format!("<{}@{}>", content_hash(format!("{contact} {key}").as_bytes()), from.domain())
}

/// As SMTP and headers take it.
pub fn address(of: &EmailAddress) -> Result<Address> {
    let (local, domain) = of.quoted();
    Address::new(local, domain).context("メールアドレスの形が正しくありません")
}

/// The whole e-mail. `at` is Unix seconds by the wall's clock.
pub fn bytes(
    sender: &Sender,
    to: &EmailAddress,
    notice: &Notice,
    contact: &str,
    links: &Links,
    at: i64,
) -> Result<Vec<u8>> {
    let wording = wording(Kind::of(&notice.key), notice, links);
    let (from, to) = (address(&sender.from)?, address(to)?);
    let mut message = Message::builder()
        // It is the caller's: what is read back from the head does not know quoted addresses.
        .envelope(Envelope::new(Some(from.clone()), vec![to.clone()])?)
        .from(Mailbox::new(Some(one_line(&sender.name)), from))
        .to(Mailbox::new(None, to))
        .subject(one_line(wording.subject))
        .date(UNIX_EPOCH + Duration::from_secs(u64::try_from(at).unwrap_or_default()))
        .message_id(Some(message_id(&notice.key, contact, &sender.from)))
        .raw_header(plain_header("Auto-Submitted", "auto-generated".to_owned())?);
    if let Some(stop) = &links.stop {
        message = message.raw_header(plain_header("List-Unsubscribe", format!("<{stop}>"))?);
        message = message.raw_header(plain_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())?);
    }
    let language = if notice.language == "easy" { "ja" } else { &notice.language };
    let parts = MultiPart::alternative().singlepart(part(ContentType::TEXT_PLAIN, text(sender, &wording, links)));
    let message =
        message.multipart(parts.singlepart(part(ContentType::TEXT_HTML, html(sender, &wording, links, language))));
    Ok(message.context("メールを組み立てられません")?.formatted())
}

/// In base64, which every server takes and which is shorter than the other way for Japanese.
fn part(kind: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(body)
}

/// A header in ASCII on one line, as it is.
fn plain_header(name: &'static str, value: String) -> Result<HeaderValue> {
    anyhow::ensure!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "見出し {name} に書けない文字があります");
    Ok(HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value))
}

/// Without what would begin another line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn text(sender: &Sender, wording: &Wording<'_>, links: &Links) -> String {
    let mut lines = vec![
        wording.subject.to_owned(),
        String::new(),
        wording.text.to_owned(),
        String::new(),
        format!("{}: {}", wording.button, links.open),
    ];
    lines.extend(wording.small.iter().map(|line| (*line).to_owned()));
    lines.extend([String::new(), "--".to_owned()]);
    lines.extend(wording.links.iter().map(|(title, link)| format!("{title}: {link}")));
    lines.extend([sender.name.clone(), sender.office.clone()]);
    lines.join("\r\n") + "\r\n"
}

/// No picture, no address of anybody else's: opening it tells nobody anything.
fn html(sender: &Sender, wording: &Wording<'_>, links: &Links, language: &str) -> String {
    let small: String =
        wording.small.iter().map(|line| format!("<p style=\"font-size:14px\">{}</p>\n", escape(line))).collect();
    let more: String = wording
        .links
        .iter()
        .map(|(title, link)| {
            format!("<p style=\"font-size:14px\"><a href=\"{}\">{}</a></p>\n", escape(link), escape(title))
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title></head>\n\
         <body style=\"margin:0;padding:20px;font-family:sans-serif;font-size:16px;line-height:1.7\">\n<h1 \
         style=\"font-size:20px\">{}</h1>\n<p>{}</p>\n\
         <p style=\"margin:24px 0\"><a href=\"{}\" style=\"padding:12px 24px;border:2px \
         solid;border-radius:8px;font-weight:bold\">{}</a></p>\n{small}\
         <hr>\n{more}<p style=\"font-size:14px\">{}<br>{}</p>\n</body></html>\n",
        escape(language),
        escape(wording.subject),
        escape(wording.subject),
        escape(wording.text),
        escape(&links.open),
        escape(wording.button),
        escape(&sender.name),
        escape(&sender.office),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sender(name: &str) -> Sender {
        Sender {
            from: "otayori@city.harukaze.lg.jp".parse().unwrap(),
            name: name.into(),
            office: "こども未来課 0000-00-1234".into(),
        }
    }
    fn notice(key: &str, title: &str, body: &str, language: &str) -> Notice {
        Notice {
            key: key.into(),
            title: title.into(),
            body: body.into(),
            url: "https://o.jp/letters/2026-W48/abc/".into(),
            ask_url: "https://o.jp/ask".into(),
            language: language.into(),
            ttl: 1,
            low_urgency: false,
        }
    }
    fn links() -> Links {
        Links { open: "https://o.jp/me/enter/TOKEN".into(), stop: Some("https://o.jp/stop/mail/TOKEN2".into()) }
    }
    fn made(sender: &Sender, to: &str, notice: &Notice, links: &Links) -> String {
        String::from_utf8(bytes(sender, &to.parse().unwrap(), notice, "contact", links, 1_795_000_000).unwrap())
            .unwrap()
    }
    /// The lines of the head, unfolded.
    fn head(mail: &str) -> Vec<String> {
        mail.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_letter_says_nothing_of_what_is_in_it() {
        for language in ["ja", "easy", "en", "pt"] {
            let mail = made(
                &sender("はるかぜ市 おたより"),
                "a..b@docomo.ne.jp",
                &notice("letter:2026-W48", "妊娠24週", "つわりのこと", language),
                &links(),
            );
            let head = head(&mail);
            let of = |name: &str| {
                head.iter()
                    .filter(|l| l.starts_with(&format!("{name}: ")))
                    .map(|l| l[name.len() + 2..].to_owned())
                    .collect::<Vec<_>>()
            };
            assert_eq!(of("To"), ["\"a..b\"@docomo.ne.jp"]);
            assert_eq!(of("List-Unsubscribe"), ["<https://o.jp/stop/mail/TOKEN2>"]);
            assert_eq!(of("List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
            assert_eq!(
                (of("Auto-Submitted"), of("Date")),
                (vec!["auto-generated".to_owned()], vec!["Wed, 18 Nov 2026 11:06:40 +0000".to_owned()])
            );
            assert_eq!(of("Message-ID"), [message_id("letter:2026-W48", "contact", &sender("").from)]);
            assert!(of("From")[0].ends_with("<otayori@city.harukaze.lg.jp>"), "{:?}", of("From"));
            assert_eq!(of("Subject").len(), 1);
            assert!(mail.is_ascii() && mail.lines().all(|l| l.len() <= 998), "every server takes it");
        }
        assert_ne!(
            message_id("letter:2026-W48", "contact", &sender("").from),
            message_id("letter:2026-W49", "contact", &sender("").from)
        );
        // Decoded, neither part has the notice's words, nor the letter's own address.
        let (notice, links) = (notice("letter:2026-W48", "妊娠24週", "つわりのこと", "ja"), links());
        let wording = wording(Kind::Letter, &notice, &links);
        for part in [text(&sender("市"), &wording, &links), html(&sender("市"), &wording, &links, "ja")] {
            assert!(part.contains("今週のおたよりです") && part.contains("TOKEN") && part.contains("TOKEN2"), "{part}");
            assert!(!part.contains("妊娠") && !part.contains("つわり") && !part.contains("/letters/"), "{part}");
        }
    }

    #[test]
    fn nobody_is_asked_to_stop_what_was_not_begun() {
        let mail = made(
            &sender("市"),
            "a@b.jp",
            &notice("confirm:1", "", "", "ja"),
            &Links { open: "https://o.jp/me/email/T".into(), stop: None },
        );
        assert!(!mail.contains("List-Unsubscribe"), "{mail}");
    }

    proptest! {
        /// Whatever a setting, a notice or a link holds, the head has these lines and no other.
        #[test]
        fn nothing_is_put_into_the_head(name in "\\PC{0,30}|[a-z\r\n:,<>@\" \
            ]{0,30}", title in "\\PC{0,60}|[a-z\r\n: \
                ]{0,40}", body in "\\PC{0,80}", link in "https://[a-z]{1,9}\\.jp/[a-zA-Z0-9_-]{0,90}") {
            let links = Links { open: link.clone(), stop: Some(link) };
            if let Ok(mail) = bytes(&sender(&name), &"a..b@docomo.ne.jp".parse().unwrap(), &notice("answer:1", &title,
                &body, "ja"), "c", &links, 1) {
                let mail = String::from_utf8(mail).unwrap();
                let mut names: Vec<String> = head(&mail).iter().map(|l| l.split(':').next().unwrap().to_owned())
                    .collect();
                names.sort_unstable();
                prop_assert_eq!(names, ["Auto-Submitted", "Content-Type", "Date", "From", "List-Unsubscribe",
                    "List-Unsubscribe-Post", "MIME-Version", "Message-ID", "Subject", "To"]);
                prop_assert!(mail.is_ascii() && mail.lines().all(|l| l.len() <= 998));
            } else {
                prop_assert!(false, "an e-mail could not be made");
            }
        }

        #[test]
        fn a_header_of_our_own_is_one_line(value in "\\PC{0,40}|[a-z\r\n]{0,20}") {
            if let Ok(header) = plain_header("List-Unsubscribe", value.clone()) {
                prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{header:?}");
            }
        }
    }
}

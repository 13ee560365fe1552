//! A notice in, the JSON array of `messages` for LINE out, in neutral words: what is inside stays on our own page.
//!
//! Sizes: Flex bubble 30 KB, `altText` 400 characters, button label 20, text 5,000 UTF-16 units.

use crate::content::EmergencyContact;
use crate::outbox::Notice;
use serde_json::{Value, json};

/// What a tap on "my page" sends back: it is answered with a one-time link.
pub const POSTBACK_LETTERS: &str = "letters";
/// What a tap on a letter's button sends back where LINE Login does not recognise households: `letter:2026-W48`, the
/// same for everybody, and answered with a one-time link to the household's own letter. It is the letter's outbox key.
const POSTBACK_LETTER: &str = "letter:";
/// What a tap on "stop" sends back.
pub const POSTBACK_STOP: &str = "stop";
/// What a tap on "take it back" sends back: `start:<instant of the stop>`.
const POSTBACK_START: &str = "start:";

/// How a letter on LINE is opened. Whichever it is, the message is the same for everybody and holds no link that tells
/// whose letter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// By the week's link, behind which LINE Login recognises the household.
    Login,
    /// By a button that is answered with a one-time link.
    Postback,
}

/// A button of ours that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed<'a> {
    /// "My page".
    Mine,
    /// The letter of this week, as it was written there.
    Letter(&'a str),
    /// No more letters.
    Stop,
    /// Takes back the stop of this instant, Unix seconds.
    Start(i64),
}

/// What the data of a postback mean; `None` if they are not ours.
pub fn pressed(data: &str) -> Option<Pressed<'_>> {
    match data {
        POSTBACK_LETTERS => Some(Pressed::Mine),
        POSTBACK_STOP => Some(Pressed::Stop),
        _ => match (data.strip_prefix(POSTBACK_LETTER), data.strip_prefix(POSTBACK_START)) {
            (Some(week), _) => Some(Pressed::Letter(week)),
            (None, Some(at)) => at.parse().ok().map(Pressed::Start),
            (None, None) => None,
        },
    }
}

/// Words of one language.
struct Words {
    open: &'static str,
    press: &'static str,
    letter: &'static str,
    stop: &'static str,
    stopped: &'static str,
    kept: &'static str,
    undo: &'static str,
    undone: &'static str,
    here: &'static str,
    tied: &'static str,
    ask: &'static str,
    mine: &'static str,
    greeting: &'static str,
    register: &'static str,
    privacy: &'static str,
    linked: &'static str,
    back: &'static str,
    not_linked: &'static str,
    enter: &'static str,
    enter_note: &'static str,
    unknown: &'static str,
    talk: &'static str,
    urgent: &'static str,
}

const JA: Words = Words {
    open: "ひらく",
    press: "「ひらく」を押すと、ここにボタンが届きます。届かないときは、もう一度押してください。",
    letter: "おたよりをひらく",
    stop: "おたよりを止める",
    stopped: "おたよりを止めました。いまから、もう届きません。",
    kept: "登録は{n}日のあいだ残り、そのあと消えます。",
    undo: "元に戻す",
    undone: "元に戻しました。",
    here: "おかえりなさい。登録を見る・変えるときは、下のボタンからどうぞ。",
    tied: "LINEとつながりました。登録を見る・変えるときは、下のボタンからどうぞ。",
    ask: "質問する",
    mine: "登録の確認・変更",
    greeting: "友だち追加、ありがとうございます。登録すると、いまの時期に合うおたよりが週に1回届きます。登録は1分ほど。\
        名前や住所は聞きません。",
    register: "登録する",
    privacy: "LINE には中身を書きません。くわしいことは市のページの中だけで扱い、いつでも止めたり消したりできます。",
    linked: "登録がすみました。次のおたよりから、ここに届きます。",
    back: "おかえりなさい。次のおたよりから、またここに届きます。",
    not_linked: "登録とつなげませんでした。時間がたったのかもしれません。下のボタンから、もう一度お試しください。",
    enter: "じぶんのページをひらく",
    enter_note: "このボタンは30分のあいだ、1回だけ使えます。",
    unknown: "まだ登録がないようです。下のボタンから登録できます。",
    talk: "ここに書かれたことは、だれも読みません。保存もしていません。質問は、安全なページで受け付けています。\
        医師や助産師が読んで、お答えします。",
    urgent: "急ぐときは、電話してください。",
};

const EASY: Words = Words {
    open: "ひらく",
    press: "「ひらく」を 押（お）すと、ここに ボタンが 届（とど）きます。届（とど）かないときは、もう一度（いちど） \
        押（お）してください。",
    letter: "おたよりを ひらく",
    stop: "おたよりを 止（と）める",
    stopped: "おたよりを 止（と）めました。もう 届（とど）きません。",
    kept: "登録（とうろく）は {n}日（にち）の 間（あいだ） 残（のこ）ります。そのあと 消（き）えます。",
    undo: "元（もと）に 戻（もど）す",
    undone: "元（もと）に 戻（もど）しました。",
    here: "おかえりなさい。登録（とうろく）を 見（み）る・変（か）えるときは、下（した）の ボタンを \
        押（お）してください。",
    tied: "LINEと つながりました。登録（とうろく）を 見（み）る・変（か）えるときは、下（した）の ボタンを \
        押（お）してください。",
    ask: "質問（しつもん）する",
    mine: "登録（とうろく）を見る・変える",
    greeting: "友（とも）だち追加（ついか）、ありがとうございます。登録（とうろく）すると、週（しゅう）に1回（かい）、\
        おたよりが 届（とど）きます。名前（なまえ）と 住所（じゅうしょ）は 聞（き）きません。",
    register: "登録（とうろく）する",
    privacy: "大切（たいせつ）なことは LINE に 書（か）きません。市（し）の ページの 中（なか）だけで 使（つか）\
        います。いつでも やめられます。",
    linked: "登録（とうろく）が おわりました。次（つぎ）の おたよりから、ここに 届（とど）きます。",
    back: "おかえりなさい。次（つぎ）の おたよりから、また ここに 届（とど）きます。",
    not_linked: "うまく つながりませんでした。下（した）の ボタンから、もう一度（いちど） してください。",
    enter: "自分（じぶん）のページ",
    enter_note: "この ボタンは 30分（ぷん）の 間（あいだ）、1回（かい）だけ 使（つか）えます。",
    unknown: "まだ 登録（とうろく）が ありません。下（した）の ボタンから できます。",
    talk: "ここに 書（か）いたことは、だれも 読（よ）みません。残（のこ）しません。質問（しつもん）は 下（した）の \
        ボタンから 書（か）いてください。お医者（いしゃ）さんや 助産師（じょさんし）が 答（こた）えます。",
    urgent: "いそぐときは、電話（でんわ）してください。",
};

const EN: Words = Words {
    open: "Open",
    press: "Press Open and a button comes here. If nothing comes, press it again.",
    letter: "Open my letter",
    stop: "Stop the letters",
    stopped: "Your letters have been stopped. None will come from now on.",
    kept: "Your registration stays for {n} days and is then deleted.",
    undo: "Undo",
    undone: "Your stop has been taken back.",
    here: "Welcome back. To see or change your registration, use the button below.",
    tied: "LINE is connected. To see or change your registration, use the button below.",
    ask: "Ask a question",
    mine: "My registration",
    greeting: "Thank you for adding us. Once registered, you get one letter a week that fits this time of your life. \
        It takes about a minute; we do not ask for your name or address.",
    register: "Register",
    privacy: "Nothing personal is written on LINE. Details stay on the city's own pages, and you can stop or delete \
        them at any time.",
    linked: "You are registered. Your letters will come here from the next one on.",
    back: "Welcome back. Your letters will come here again from the next one on.",
    not_linked: "We could not connect your registration; the link may have run out. Please try again with the button \
        below.",
    enter: "Open my page",
    enter_note: "This button works once, within 30 minutes.",
    unknown: "You do not seem to be registered yet. You can register with the button below.",
    talk: "Nobody reads messages written here, and they are not kept. Please ask on our secure page, where a doctor or \
        midwife reads and answers.",
    urgent: "If it is urgent, please call.",
};

fn words(language: &str) -> &'static Words {
    match language {
        "en" => &EN,
        "easy" => &EASY,
        _ => &JA,
    }
}

/// The exact `messages` of a multicast: one bubble, that is one message on the bill. The same notice, city and way to
/// open give the same bytes.
///
/// A letter's own address, which tells of whom the letter speaks, never stands in it: the button is the week's.
pub fn messages(notice: &Notice, city: &str, open: Open) -> String {
    let w = words(&notice.language);
    let (mut lines, mut buttons) = (vec![notice.body.as_str()], Vec::new());
    match (notice.key.strip_prefix(POSTBACK_LETTER), open) {
        (Some(_), Open::Postback) => {
            lines.push(w.press);
            buttons.push(postback(w.open, &notice.key, w.open, "primary"));
        }
        (Some(week), Open::Login) => buttons.push(link(w.open, everybodys(&notice.url, week), "primary")),
        (None, _) => buttons.push(link(w.open, &notice.url, "primary")),
    }
    buttons.extend([link(w.ask, &notice.ask_url, "secondary"), mine(w)]);
    one(&format!("{city}：{}", notice.title), bubble(city, &notice.title, &lines, buttons))
}

/// What a letter's message says of its button where it is answered with a link.
pub fn press(language: &str) -> &'static str {
    words(language).press
}

/// The address of a week's letters without what tells one of them from the others.
fn everybodys<'a>(url: &'a str, week: &str) -> &'a str {
    let of_week = format!("/letters/{week}/");
    url.find(&of_week).map_or(url, |at| &url[..at + of_week.len()])
}

/// Answer to a new friend: the way to register (`register_url` carries the link token) and what happens to their words.
pub fn greeting(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.greeting, bubble(city, city, &[w.greeting, w.privacy], vec![link(w.register, register_url, "primary")]))
}

/// Answer to a household that has lifted its block. Nothing is promised to one whose letters rest or have ended.
pub fn back(city: &str, letters_go: bool, language: &str) -> String {
    let w = words(language);
    let said = if letters_go { w.back } else { w.here };
    one(said, bubble(city, city, &[said], vec![mine(w)]))
}

/// Answer to an account link that worked. Nothing is promised to a household whose letters rest or have ended.
pub fn linked(city: &str, letters_go: bool, language: &str) -> String {
    let w = words(language);
    let said = if letters_go { w.linked } else { w.tied };
    one(said, bubble(city, city, &[said], vec![mine(w)]))
}

/// Answer to an account link that did not.
pub fn not_linked(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.not_linked, bubble(city, city, &[w.not_linked], vec![link(w.register, register_url, "primary")]))
}

/// Answer to "my page" from a household that we know: a link that signs in once, and the way to stop for whoever cannot
/// use it.
pub fn enter(city: &str, enter_url: &str, stopped: bool, language: &str) -> String {
    let w = words(language);
    let mut buttons = vec![link(w.enter, enter_url, "primary")];
    if !stopped {
        buttons.push(postback(w.stop, POSTBACK_STOP, w.stop, "link"));
    }
    one(w.enter, bubble(city, city, &[w.enter_note], buttons))
}

/// Answer to a letter's button: a link that opens the household's own letter once.
pub fn letter(city: &str, letter_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.letter, bubble(city, city, &[w.enter_note], vec![link(w.letter, letter_url, "primary")]))
}

/// Answer to "stop": it has happened (at `stopped_at`, Unix seconds), how long the registration stays, and the way
/// back. With `choose` the way back is the household's page alone: whose letters come back is asked there, as no
/// message names what they are about.
pub fn stopped(city: &str, stopped_at: i64, keep_days: i64, choose: bool, language: &str) -> String {
    let w = words(language);
    let kept = w.kept.replace("{n}", &keep_days.to_string());
    let undo = (!choose).then(|| postback(w.undo, &format!("{POSTBACK_START}{stopped_at}"), w.undo, "secondary"));
    let buttons = undo.into_iter().chain([mine(w)]).collect();
    one(w.stopped, bubble(city, city, &[w.stopped, &kept], buttons))
}

/// Answer to "take it back".
pub fn undone(city: &str, language: &str) -> String {
    let w = words(language);
    one(w.undone, bubble(city, city, &[w.undone], vec![mine(w)]))
}

/// Answer to "my page" from somebody whom we do not know.
pub fn unknown(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.unknown, bubble(city, city, &[w.unknown, w.privacy], vec![link(w.register, register_url, "primary")]))
}

/// Answer to whatever a person wrote or sent: the way to the secure page, and whom to call now. The message itself
/// never gets here.
pub fn talk(city: &str, ask_url: &str, contacts: &[EmergencyContact], language: &str) -> String {
    let w = words(language);
    let mut buttons = vec![link(w.ask, ask_url, "primary")];
    let mut lines = vec![w.talk.to_owned(), w.urgent.to_owned()];
    for contact in urgent_contacts(contacts) {
        let title = match language {
            "en" => &contact.en,
            "easy" => &contact.easy,
            _ => &contact.title,
        };
        lines.push(format!("{} {title}", contact.number));
        buttons.push(link(&contact.number, &format!("tel:{}", contact.dial()), "link"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    one(&lines.join("\n"), bubble(city, city, &lines, buttons))
}

/// 119, #8000, #7119 and よりそいホットライン, as far as the city's list has them; 119 always stands first.
fn urgent_contacts(contacts: &[EmergencyContact]) -> Vec<&EmergencyContact> {
    let by_number = |number: &str| contacts.iter().find(|c| c.number == number);
    let all = [by_number("119"), by_number("#8000"), by_number("#7119"), contacts.iter().find(|c| c.id == "yorisoi")];
    all.into_iter().flatten().collect()
}

fn one(alt: &str, bubble: Value) -> String {
    json!([{ "type": "flex", "altText": cut(alt, 400), "contents": bubble }]).to_string()
}

fn bubble(small: &str, title: &str, lines: &[&str], buttons: Vec<Value>) -> Value {
    let mut body =
        vec![json!({ "type": "text", "text": cut(title, 100), "weight": "bold", "size": "lg", "wrap": true })];
    if small != title {
        body.insert(
            0,
            json!({ "type": "text", "text": cut(small, 40), "size": "sm", "color": "#5a6470", "wrap": true }),
        );
    }
    // A text component must not be empty.
    body.extend(
        lines
            .iter()
            .filter(|l| !l.is_empty())
            .map(|line| json!({ "type": "text", "text": cut(line, 500), "wrap": true, "margin": "md" })),
    );
    json!({
        "type": "bubble",
        "body": { "type": "box", "layout": "vertical", "contents": body },
        "footer": { "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons },
    })
}

fn link(label: &str, url: &str, style: &str) -> Value {
    json!({ "type": "button", "style": style, "height": "sm", "action": { "type": "uri", "label": cut(label, 20),
        "uri": url } })
}

fn mine(w: &Words) -> Value {
    postback(w.mine, POSTBACK_LETTERS, w.mine, "link")
}

/// A button that tells the webhook `data`; `said` stands in the talk, as the person's own words.
fn postback(label: &str, data: &str, said: &str, style: &str) -> Value {
    let action = json!({ "type": "postback", "label": cut(label, 20), "data": data, "displayText": said });
    json!({ "type": "button", "style": style, "height": "sm", "action": action })
}

/// At most `most` UTF-16 units, as LINE counts.
fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most - 1;
    let kept: String =
        text.chars().take_while(|c| left.checked_sub(c.len_utf16()).map(|rest| left = rest).is_some()).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::line::rules::refused_messages;
    use proptest::prelude::*;

    fn notice(title: &str, body: &str, language: &str) -> Notice {
        Notice {
            key: "letter:2026-W48".into(),
            title: title.into(),
            body: body.into(),
            url: "https://otayori.example.jp/letters/2026-W48/".into(),
            ask_url: "https://otayori.example.jp/ask?from=letter".into(),
            language: language.into(),
            ttl: 604_800,
            low_urgency: false,
        }
    }

    fn actions(text: &str) -> Vec<Value> {
        let json: Value = serde_json::from_str(text).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 1);
        json[0]["contents"]["footer"]["contents"].as_array().unwrap().iter().map(|b| b["action"].clone()).collect()
    }

    #[test]
    fn a_letter_has_three_ways_on() {
        let letter = notice("今週のおたよりです", "読みもの2つ、市からのお知らせ3つ。5分で読めます。", "ja");
        let by_login = messages(&letter, "はるかぜ市", Open::Login);
        assert_eq!(serde_json::from_str::<Value>(&by_login).unwrap()[0]["altText"], "はるかぜ市：今週のおたよりです");
        let found = actions(&by_login);
        assert_eq!(
            (&found[0]["label"], &found[0]["uri"]),
            (&json!("ひらく"), &json!("https://otayori.example.jp/letters/2026-W48/"))
        );
        assert_eq!(
            (&found[1]["label"], &found[1]["uri"]),
            (&json!("質問する"), &json!("https://otayori.example.jp/ask?from=letter"))
        );
        assert_eq!(found[2]["data"], POSTBACK_LETTERS);
        let by_postback = messages(&letter, "はるかぜ市", Open::Postback);
        let found = actions(&by_postback);
        assert_eq!(
            (&found[0]["type"], &found[0]["label"], &found[0]["data"]),
            (&json!("postback"), &json!("ひらく"), &json!("letter:2026-W48"))
        );
        assert_eq!((&found[1], &found[2]), (&actions(&by_login)[1], &actions(&by_login)[2]));
        assert!(by_postback.contains("もう一度押してください") && !by_postback.contains("/letters/"), "{by_postback}");
    }

    /// Whatever the notice says: the address of one letter among others is in no message, and an answer's notice keeps
    /// its link.
    #[test]
    fn no_letters_own_address_is_in_a_message() {
        for (url, base) in [
            ("https://otayori.example.jp/letters/2026-W48/0123456789abcdef/", ""),
            ("https://a.example.jp/x/letters/2026-W48/0123456789abcdef/", "/x"),
        ] {
            let letter = Notice { url: url.into(), ..notice("t", "b", "ja") };
            for open in [Open::Login, Open::Postback] {
                assert!(!messages(&letter, "市", open).contains("0123456789abcdef"), "{open:?}");
            }
            assert!(
                actions(&messages(&letter, "市", Open::Login))[0]["uri"]
                    .as_str()
                    .unwrap()
                    .ends_with(&format!("{base}/letters/2026-W48/"))
            );
        }
        let answer = Notice {
            key: "answer:1".into(),
            url: "https://otayori.example.jp/me/answers".into(),
            ..notice("t", "b", "ja")
        };
        assert_eq!(messages(&answer, "市", Open::Login), messages(&answer, "市", Open::Postback));
        assert_eq!(
            actions(&messages(&answer, "市", Open::Postback))[0]["uri"],
            "https://otayori.example.jp/me/answers"
        );
    }

    #[test]
    fn what_was_pressed() {
        for (data, meant) in [
            ("letters", Some(Pressed::Mine)),
            ("letter:2026-W48", Some(Pressed::Letter("2026-W48"))),
            ("stop", Some(Pressed::Stop)),
            ("start:1795000000", Some(Pressed::Start(1_795_000_000))),
            ("start:", None),
            ("start:x", None),
            ("richmenu", None),
            ("", None),
        ] {
            assert_eq!(pressed(data), meant, "{data}");
        }
    }

    #[test]
    fn every_fixed_answer_is_one_that_line_takes() {
        for language in ["ja", "easy", "en", "pt"] {
            let url = "https://otayori.example.jp/register?line=abc";
            for text in [
                greeting("市", url, language),
                linked("市", true, language),
                linked("市", false, language),
                back("市", true, language),
                back("市", false, language),
                letter("市", url, language),
                stopped("市", 1_795_000_000, 90, false, language),
                stopped("市", 1_795_000_000, 90, true, language),
                undone("市", language),
                enter("市", url, true, language),
                not_linked("市", url, language),
                enter("市", url, false, language),
                unknown("市", url, language),
                talk("市", url, &[], language),
            ] {
                assert_eq!(refused_messages(&text), None, "{text}");
                assert!(!text.contains('…'), "cut: {text}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_larger_than_line_takes(title in ".{1,600}", body in ".{0,2000}", city in ".{1,300}",
            language in "ja|easy|en|x") {
            for open in [Open::Login, Open::Postback] {
                prop_assert_eq!(refused_messages(&messages(&notice(&title, &body, &language), &city, open)), None);
            }
        }

        #[test]
        fn cuts_by_utf16(text in ".{0,80}", most in 1usize..40) {
            prop_assert!(cut(&text, most).encode_utf16().count() <= most);
        }
    }
}

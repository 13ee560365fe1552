//! A notice in, the JSON array of `messages` for LINE out, in neutral words: what is inside stays on our own page.
//!
//! Sizes: Flex bubble 30 KB, `altText` 400 characters, button label 20, text 5,000 UTF-16 units.

use crate::content::EmergencyContact;
use crate::outbox::Notice;
use serde_json::{Value, json};

/// What a tap on "my page" sends back: it is answered with a one-time link.
pub const POSTBACK_LETTERS: &str = "letters";

/// Words of one language.
struct Words {
    open: &'static str,
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
    ask: "質問する",
    mine: "登録の確認・変更",
    greeting: "友だち追加、ありがとうございます。登録すると、いまの時期に合うおたよりが週に1回届きます。登録は1分ほど。名前や住所は聞きません。",
    register: "登録する",
    privacy: "LINE には中身を書きません。くわしいことは市のページの中だけで扱い、いつでも止めたり消したりできます。",
    linked: "登録がすみました。次のおたよりから、ここに届きます。",
    back: "おかえりなさい。次のおたよりから、またここに届きます。",
    not_linked: "登録とつなげませんでした。時間がたったのかもしれません。下のボタンから、もう一度お試しください。",
    enter: "じぶんのページをひらく",
    enter_note: "このボタンは30分のあいだ、1回だけ使えます。",
    unknown: "まだ登録がないようです。下のボタンから登録できます。",
    talk: "ここに書かれたことは読まれません。保存もしていません。質問は、安全なページで受け付けています。医師や助産師が読んで、お答えします。",
    urgent: "急ぐときは、電話してください。",
};

const EASY: Words = Words {
    open: "ひらく",
    ask: "質問（しつもん）する",
    mine: "登録（とうろく）を見る・変える",
    greeting: "友（とも）だち追加（ついか）、ありがとうございます。登録（とうろく）すると、週（しゅう）に1回（かい）、おたよりが 届（とど）きます。名前（なまえ）と 住所（じゅうしょ）は 聞（き）きません。",
    register: "登録（とうろく）する",
    privacy: "大切（たいせつ）なことは LINE に 書（か）きません。市（し）の ページの 中（なか）だけで 使（つか）います。いつでも やめられます。",
    linked: "登録（とうろく）が おわりました。次（つぎ）の おたよりから、ここに 届（とど）きます。",
    back: "おかえりなさい。次（つぎ）の おたよりから、また ここに 届（とど）きます。",
    not_linked: "うまく つながりませんでした。下（した）の ボタンから、もう一度（いちど） してください。",
    enter: "自分（じぶん）のページ",
    enter_note: "この ボタンは 30分（ぷん）の 間（あいだ）、1回（かい）だけ 使（つか）えます。",
    unknown: "まだ 登録（とうろく）が ありません。下（した）の ボタンから できます。",
    talk: "ここに 書（か）いたことは、だれも 読（よ）みません。質問（しつもん）は 下（した）の ボタンから 書（か）いてください。お医者（いしゃ）さんや 助産師（じょさんし）が 答（こた）えます。",
    urgent: "いそぐときは、電話（でんわ）してください。",
};

const EN: Words = Words {
    open: "Open",
    ask: "Ask a question",
    mine: "My registration",
    greeting: "Thank you for adding us. Once registered, you get one letter a week that fits this time of your life. It takes about a minute; we do not ask for your name or address.",
    register: "Register",
    privacy: "Nothing personal is written on LINE. Details stay on the city's own pages, and you can stop or delete them at any time.",
    linked: "You are registered. Your letters will come here from the next one on.",
    back: "Welcome back. Your letters will come here again from the next one on.",
    not_linked: "We could not connect your registration; the link may have run out. Please try again with the button below.",
    enter: "Open my page",
    enter_note: "This button works once, within 30 minutes.",
    unknown: "You do not seem to be registered yet. You can register with the button below.",
    talk: "Messages written here are not read and not kept. Please ask on our secure page, where a doctor or midwife reads and answers.",
    urgent: "If it is urgent, please call.",
};

fn words(language: &str) -> &'static Words {
    match language {
        "en" => &EN,
        "easy" => &EASY,
        _ => &JA,
    }
}

/// The exact `messages` of a multicast: one bubble, that is one message on the bill. The same notice and city give the same bytes.
pub fn messages(notice: &Notice, city: &str) -> String {
    let w = words(&notice.language);
    let buttons = vec![link(w.open, &notice.url, "primary"), link(w.ask, &notice.ask_url, "secondary"), mine(w)];
    one(&format!("{city}：{}", notice.title), bubble(city, &notice.title, &[&notice.body], buttons))
}

/// Answer to a new friend: the way to register (`register_url` carries the link token) and what happens to their words.
pub fn greeting(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.greeting, bubble(city, city, &[w.greeting, w.privacy], vec![link(w.register, register_url, "primary")]))
}

/// Answer to a household that has lifted its block.
pub fn back(city: &str, language: &str) -> String {
    let w = words(language);
    one(w.back, bubble(city, city, &[w.back], vec![mine(w)]))
}

/// Answer to an account link that worked.
pub fn linked(city: &str, language: &str) -> String {
    let w = words(language);
    one(w.linked, bubble(city, city, &[w.linked], vec![mine(w)]))
}

/// Answer to an account link that did not.
pub fn not_linked(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.not_linked, bubble(city, city, &[w.not_linked], vec![link(w.register, register_url, "primary")]))
}

/// Answer to "my page" from a household that we know: a link that signs in once.
pub fn enter(city: &str, enter_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.enter, bubble(city, city, &[w.enter_note], vec![link(w.enter, enter_url, "primary")]))
}

/// Answer to "my page" from somebody whom we do not know.
pub fn unknown(city: &str, register_url: &str, language: &str) -> String {
    let w = words(language);
    one(w.unknown, bubble(city, city, &[w.unknown, w.privacy], vec![link(w.register, register_url, "primary")]))
}

/// Answer to whatever a person wrote or sent: the way to the secure page, and whom to call now. The message itself never gets here.
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
    let mut body = vec![json!({ "type": "text", "text": cut(title, 100), "weight": "bold", "size": "lg", "wrap": true })];
    if small != title {
        body.insert(0, json!({ "type": "text", "text": cut(small, 40), "size": "sm", "color": "#5a6470", "wrap": true }));
    }
    // A text component must not be empty.
    body.extend(lines.iter().filter(|l| !l.is_empty()).map(|line| json!({ "type": "text", "text": cut(line, 500), "wrap": true, "margin": "md" })));
    json!({
        "type": "bubble",
        "body": { "type": "box", "layout": "vertical", "contents": body },
        "footer": { "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons },
    })
}

fn link(label: &str, url: &str, style: &str) -> Value {
    json!({ "type": "button", "style": style, "height": "sm", "action": { "type": "uri", "label": cut(label, 20), "uri": url } })
}

fn mine(w: &Words) -> Value {
    let action = json!({ "type": "postback", "label": cut(w.mine, 20), "data": POSTBACK_LETTERS, "displayText": w.mine });
    json!({ "type": "button", "style": "link", "height": "sm", "action": action })
}

/// At most `most` UTF-16 units, as LINE counts.
fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most - 1;
    let kept: String = text.chars().take_while(|c| left.checked_sub(c.len_utf16()).map(|rest| left = rest).is_some()).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::standin::refused_messages;
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

    #[test]
    fn a_letter_has_three_ways_on() {
        let text = messages(&notice("今週のおたよりです", "読みもの2つ、市からのお知らせ3つ。5分で読めます。", "ja"), "はるかぜ市");
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 1);
        assert_eq!(json[0]["altText"], "はるかぜ市：今週のおたよりです");
        let actions: Vec<&Value> = json[0]["contents"]["footer"]["contents"].as_array().unwrap().iter().map(|b| &b["action"]).collect();
        assert_eq!(actions[0]["label"], "ひらく");
        assert_eq!(actions[0]["uri"], "https://otayori.example.jp/letters/2026-W48/");
        assert_eq!(actions[1]["label"], "質問する");
        assert_eq!(actions[1]["uri"], "https://otayori.example.jp/ask?from=letter");
        assert_eq!(actions[2]["data"], POSTBACK_LETTERS);
    }

    #[test]
    fn every_fixed_answer_is_one_that_line_takes() {
        for language in ["ja", "easy", "en", "pt"] {
            let url = "https://otayori.example.jp/register?line=abc";
            for text in [
                greeting("市", url, language),
                linked("市", language),
                back("市", language),
                not_linked("市", url, language),
                enter("市", url, language),
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
        fn never_larger_than_line_takes(title in ".{1,600}", body in ".{0,2000}", city in ".{1,300}", language in "ja|easy|en|x") {
            prop_assert_eq!(refused_messages(&messages(&notice(&title, &body, &language), &city)), None);
        }

        #[test]
        fn cuts_by_utf16(text in ".{0,80}", most in 1usize..40) {
            prop_assert!(cut(&text, most).encode_utf16().count() <= most);
        }
    }
}

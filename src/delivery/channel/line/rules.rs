//! A request body in, what LINE would refuse about it out: for its stand-in, and for tests of what is sent to it.

use super::webhook::is_user_id;
use serde_json::{Value, json};
use std::collections::HashSet;

/// What LINE answers a request that is out of form with: the body of a 400.
pub type Refusal = Value;

fn refusal(details: &[(String, &str)]) -> Refusal {
    let list: Vec<Value> =
        details.iter().map(|(property, message)| json!({ "message": message, "property": property })).collect();
    json!({ "message": format!("The request body has {} error(s)", list.len()), "details": list })
}

/// Why LINE would not take this JSON array of `messages`; `None` if it would.
pub fn refused_messages(messages: &str) -> Option<String> {
    match serde_json::from_str::<Value>(messages) {
        Ok(value) => check_messages(&value).map(|v| v.to_string()),
        Err(e) => Some(e.to_string()),
    }
}

/// 1 to 500 different user ids.
pub fn check_recipients(to: &Value) -> Option<Refusal> {
    let Some(to) = to.as_array().filter(|to| (1..=500).contains(&to.len())) else {
        return Some(refusal(&[("to".into(), "Size must be between 1 and 500")]));
    };
    let mut seen = HashSet::new();
    let wrong: Vec<(String, &str)> = to
        .iter()
        .enumerate()
        .filter_map(|(n, id)| match id.as_str() {
            Some(id) if !is_user_id(id) => Some((format!("to[{n}]"), "The value is not a user ID")),
            Some(id) => (!seen.insert(id)).then(|| (format!("to[{n}]"), "May not be duplicated")),
            None => Some((format!("to[{n}]"), "Must be a string")),
        })
        .collect();
    (!wrong.is_empty()).then(|| refusal(&wrong))
}

/// 1 to 5 messages, each within LINE's sizes.
pub fn check_messages(messages: &Value) -> Option<Refusal> {
    let Some(list) = messages.as_array().filter(|m| (1..=5).contains(&m.len())) else {
        return Some(refusal(&[("messages".into(), "Size must be between 1 and 5")]));
    };
    let mut wrong = Vec::new();
    for (n, message) in list.iter().enumerate() {
        let at = format!("messages[{n}]");
        match message["type"].as_str() {
            Some("text") => length(&mut wrong, message, &at, "text", 5000),
            Some("flex") => flex(&mut wrong, message, &at),
            _ => wrong.push((format!("{at}/type"), "Must be one of the following values: [text, flex]")),
        }
    }
    (!wrong.is_empty()).then(|| refusal(&wrong))
}

fn flex(wrong: &mut Vec<(String, &'static str)>, message: &Value, at: &str) {
    length(wrong, message, at, "altText", 400);
    let bubble = &message["contents"];
    if bubble["type"] != "bubble" {
        wrong.push((format!("{at}/contents/type"), "must be `bubble`"));
    }
    if bubble.to_string().len() > 30 * 1024 {
        wrong.push((format!("{at}/contents"), "must be less than 30KB"));
    }
    component(wrong, &bubble["body"], &format!("{at}/contents/body"));
    component(wrong, &bubble["footer"], &format!("{at}/contents/footer"));
}

fn component(wrong: &mut Vec<(String, &'static str)>, part: &Value, at: &str) {
    match part["type"].as_str() {
        None if part.is_null() => {}
        Some("box") => {
            for (n, inner) in part["contents"].as_array().into_iter().flatten().enumerate() {
                component(wrong, inner, &format!("{at}/contents/{n}"));
            }
        }
        Some("text") => length(wrong, part, at, "text", 2000),
        Some("button") => action(wrong, &part["action"], &format!("{at}/action")),
        _ => wrong.push((format!("{at}/type"), "unknown component")),
    }
}

fn action(wrong: &mut Vec<(String, &'static str)>, action: &Value, at: &str) {
    length(wrong, action, at, "label", 20);
    match action["type"].as_str() {
        Some("uri") => {
            length(wrong, action, at, "uri", 1000);
            let uri = action["uri"].as_str().unwrap_or_default();
            if !["http://", "https://", "tel:", "line://"].iter().any(|scheme| uri.starts_with(scheme)) {
                wrong.push((format!("{at}/uri"), "invalid uri scheme"));
            }
        }
        Some("postback") => length(wrong, action, at, "data", 300),
        _ => wrong.push((format!("{at}/type"), "unknown action")),
    }
}

/// 1 to `most` UTF-16 units.
fn length(wrong: &mut Vec<(String, &'static str)>, part: &Value, at: &str, field: &str, most: usize) {
    let units = part[field].as_str().map_or(0, |text| text.encode_utf16().count());
    if units == 0 {
        wrong.push((format!("{at}/{field}"), "must be non-empty text"));
    } else if units > most {
        wrong.push((format!("{at}/{field}"), "Length is too long"));
    }
}

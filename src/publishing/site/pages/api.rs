//! The description of the JSON in, the page `/api/` out that a person reads.

use crate::site::{Edition, api};
use serde_json::{Value, json};

pub(super) fn page(edition: &Edition<'_>) -> Value {
    let document = api::document(edition.config);
    let server = document["servers"][0]["url"].as_str().unwrap_or_default().to_owned();
    let operations: Vec<Value> =
        entries(&document["paths"]).map(|(path, methods)| operation(&server, path, &methods["get"])).collect();
    let shapes: Vec<Value> =
        entries(&document["components"]["schemas"]).map(|(name, schema)| shape(name, schema)).collect();
    json!({ "section": "", "about": document["info"]["description"], "server": server,
        "document": format!("{}/openapi.json", api::BASE), "operations": operations, "shapes": shapes })
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

fn operation(server: &str, path: &str, get: &Value) -> Value {
    let parameters: Vec<Value> = get["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| {
            json!({ "name": p["name"], "about": p["description"], "required": p["required"],
            "of": kind(&p["schema"]) })
        })
        .collect();
    let file = get["externalDocs"]["url"]
        .as_str()
        .map(|url| url.strip_prefix(server).map_or(url.to_owned(), |below| format!("{}{below}", api::BASE)));
    json!({
        "id": get["operationId"], "path": path, "title": get["summary"], "about": get["description"],
        "parameters": parameters, "file": file,
        "answer": kind(&get["responses"]["200"]["content"]["application/json"]["schema"]),
    })
}

fn shape(name: &str, schema: &Value) -> Value {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields: Vec<Value> = entries(&schema["properties"])
        .map(|(field, s)| {
            json!({ "name": field, "about": s["description"], "of": kind(s),
            "always": required.contains(&field.as_str()) })
        })
        .collect();
    // An enumeration: its words, or its variants with one field each.
    for variant in schema["oneOf"].as_array().into_iter().flatten() {
        match (&variant["const"], &variant["properties"]) {
            (Value::String(word), _) => fields.push(
                json!({ "name": word, "about": variant["description"], "of": [{ "text": "ことば" }], "always": false }),
            ),
            (_, Value::Object(only)) => {
                fields.extend(only.iter().map(
                    |(n, s)| json!({ "name": n, "about": variant["description"], "of": kind(s), "always": false }),
                ))
            }
            _ => {}
        }
    }
    json!({ "name": name, "about": schema["description"], "fields": fields })
}

/// What kind of value it is, in words and links to shapes: `[{text, shape}]`.
fn kind(schema: &Value) -> Vec<Value> {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return vec![json!({ "text": name, "shape": name })];
    }
    if let Some(any) = schema["anyOf"]
        .as_array()
        .or_else(|| schema["oneOf"].as_array().filter(|all| all.iter().any(|s| s["const"].is_null())))
    {
        let mut words: Vec<Value> = Vec::new();
        for one in any {
            words.extend((!words.is_empty()).then(|| json!({ "text": "か" })));
            words.extend(kind(one));
        }
        return words;
    }
    if let Some(words) = schema["oneOf"]
        .as_array()
        .map(|all| all.iter().filter_map(|s| s["const"].as_str()).collect::<Vec<_>>().join("、"))
    {
        return vec![json!({ "text": words })];
    }
    let word = |of: &str| match of {
        "string" if schema["format"] == "date" => "年月日",
        "string" => "文字",
        "integer" | "number" => "数",
        "boolean" => "true か false",
        "array" => "ならび",
        "null" => "null",
        _ => "もの",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(word).collect(),
        one => one.as_str().map(word).into_iter().collect(),
    };
    let mut words = vec![json!({ "text": types.join("か") })];
    if schema["items"].is_object() {
        words.push(json!({ "text": "：" }));
        words.extend(kind(&schema["items"]));
    }
    words
}

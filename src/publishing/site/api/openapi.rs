//! The shapes in, their description as OpenAPI 3.1 out: schemas by `schemars` from the structs that are sent, paths
//! from one table.

use super::query::{ArticleQuery, BulletinQuery, SearchQuery};
use super::shape::{self, List};
use super::{BASE, Resource};
use crate::config::Config;
use crate::site::coverage::Coverage;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Adds a shape to the components; a reference to it.
type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What can be asked for.
struct Operation {
    path: &'static str,
    id: &'static str,
    title: &'static str,
    about: &'static str,
    /// Places in the path: name, what stands there, an example.
    places: &'static [(&'static str, &'static str, &'static str)],
    /// What may follow `?`.
    query: Option<Shape>,
    answer: Shape,
    /// Its static file, where there is one without filters.
    file: Option<Resource>,
}

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn query<T: JsonSchema>(_: &mut SchemaGenerator) -> Schema {
    SchemaSettings::draft2020_12()
        .with(|s| (s.inline_subschemas, s.meta_schema) = (true, None))
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The one table of paths.
fn operations() -> Vec<Operation> {
    const SLUG: (&str, &str, &str) = ("slug", "識別子", "");
    let plain = |path, id, title, about, answer, file| Operation {
        path,
        id,
        title,
        about,
        places: &[],
        query: None,
        answer,
        file: Some(file),
    };
    vec![
        plain("/", "root", "入口", "サイトの名前、ことば、一覧の場所。", shape::<shape::Root>, Resource::Root),
        Operation {
            query: Some(query::<ArticleQuery>),
            ..plain(
                "/articles",
                "listArticles",
                "記事の一覧",
                "出している記事。絞りこめます。",
                shape::<List<shape::ArticleSummary>>,
                Resource::Articles(1),
            )
        },
        Operation {
            places: &[SLUG],
            file: None,
            ..plain(
                "/articles/{slug}",
                "getArticle",
                "記事",
                "1つの記事の、すべてのことばの全文。",
                shape::<shape::Article>,
                Resource::Root,
            )
        },
        plain(
            "/stages",
            "listStages",
            "時期の一覧",
            "妊娠4〜41週、0〜11か月、1〜6歳。",
            shape::<List<shape::StageSummary>>,
            Resource::Stages,
        ),
        Operation {
            places: &[("group", "weeks、months、years のどれか", "weeks"), ("number", "数", "24")],
            file: None,
            ..plain(
                "/stages/{group}/{number}",
                "getStage",
                "時期",
                "その時期の記事。合うものから先に並びます。",
                shape::<shape::Stage>,
                Resource::Root,
            )
        },
        Operation {
            query: Some(query::<BulletinQuery>),
            ..plain(
                "/bulletins",
                "listBulletins",
                "お知らせの一覧",
                "いま出しているお知らせ。絞りこめます。",
                shape::<List<shape::BulletinSummary>>,
                Resource::Bulletins(1),
            )
        },
        Operation {
            places: &[SLUG],
            file: None,
            ..plain(
                "/bulletins/{slug}",
                "getBulletin",
                "お知らせ",
                "1つのお知らせの、すべてのことばの全文。",
                shape::<shape::Bulletin>,
                Resource::Root,
            )
        },
        plain(
            "/segments",
            "listSegments",
            "セグメント",
            "だれに届けるかの決まり。世帯や人のことは、ふくみません。",
            shape::<List<shape::Segment>>,
            Resource::Segments,
        ),
        Operation {
            query: Some(query::<SearchQuery>),
            file: None,
            ..plain(
                "/search",
                "search",
                "さがす",
                "ことばからさがします。サイトの「さがす」と同じ結果です。",
                shape::<shape::Found>,
                Resource::Root,
            )
        },
        plain(
            "/coverage",
            "coverage",
            "記事の足りない所",
            "時期と分野ごとの記事の数と、毎週のおたよりに足りるか。",
            shape::<Coverage>,
            Resource::Coverage,
        ),
        plain("/topics", "listTopics", "分野", "記事の分野。", shape::<List<shape::Topic>>, Resource::Topics),
        plain(
            "/people",
            "listPeople",
            "書いた人・監修した人",
            "職種、資格、利益相反。",
            shape::<List<shape::Person>>,
            Resource::People,
        ),
        plain(
            "/contacts",
            "listContacts",
            "急ぐときの連絡先",
            "番号、時間、ことば、確かめた日。",
            shape::<List<shape::Contact>>,
            Resource::Contacts,
        ),
        plain(
            "/pages",
            "listPages",
            "固定ページ",
            "このサイトについて、夜のページなどの全文。",
            shape::<List<shape::FixedPage>>,
            Resource::Pages,
        ),
    ]
}

/// `openapi.json`.
pub fn document(config: &Config) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|s| {
            s.definitions_path = "/components/schemas".into();
            s.meta_schema = None;
        })
        .into_generator();
    let problem = reference(shape::<shape::Problem>(&mut generator));
    let paths: Map<String, Value> = operations()
        .iter()
        .map(|o| (o.path.to_owned(), json!({ "get": operation(o, config, &problem, &mut generator) })))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{} {}", config.site.city, config.site.title),
            "version": "1",
            "description": "サイトにあるものを JSON で読めます。読むだけで、鍵も登録もいりません。\
                個人の情報はありません。絞りこみと /search のほかは、同じ場所に静的なファイルがあります。",
        },
        "servers": [{ "url": config.url(BASE) }],
        "paths": paths,
        "components": { "schemas": generator.take_definitions(true) },
    })
}

fn operation(o: &Operation, config: &Config, problem: &Value, generator: &mut SchemaGenerator) -> Value {
    let places = o.places.iter().map(|(name, about, example)| {
        let mut place = json!({ "name": name, "in": "path", "required": true, "description": about,
            "schema": { "type": "string" } });
        if !example.is_empty() {
            place["example"] = json!(example);
        }
        place
    });
    let asked = o.query.map(|query| parameters(query(generator).to_value())).unwrap_or_default();
    let wrong =
        |about: &str| json!({ "description": about, "content": { "application/problem+json": { "schema": problem } } });
    let mut responses = json!({
        "200": {
            "description": o.title,
            "headers": {
                "ETag": { "description": "中身のしるし。If-None-Match に入れると、同じなら 304 \
                    が返ります", "schema": { "type": "string" } },
                "Link": { "description": "続きがあれば rel=\"next\"", "schema": { "type": "string" } },
            },
            "content": { "application/json": { "schema": reference((o.answer)(generator)) } },
        },
        "304": { "description": "前に読んだときと同じ" },
    });
    if o.query.is_some() {
        responses["400"] = wrong("問いの書きかたがちがう");
    }
    if !o.places.is_empty() {
        responses["404"] = wrong("ない");
    }
    let mut operation = json!({
        "operationId": o.id, "summary": o.title, "description": o.about,
        "parameters": places.chain(asked).collect::<Vec<_>>(), "responses": responses,
    });
    if let Some(file) = &o.file {
        operation["externalDocs"] =
            json!({ "description": "静的なファイル", "url": config.url(&format!("{BASE}/{}", file.file())) });
    }
    operation
}

fn reference(schema: Schema) -> Value {
    schema.to_value()
}

/// A query's fields as parameters.
fn parameters(mut schema: Value) -> Vec<Value> {
    let required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(Value::Object(fields)) = schema.get_mut("properties").map(Value::take) else { return Vec::new() };
    let one = |(name, mut field): (String, Value)| {
        let about = field.as_object_mut().and_then(|f| f.remove("description")).unwrap_or_default();
        json!({ "name": name, "in": "query", "required": required.contains(&json!(name)), "description": about,
            "schema": without_null(field) })
    };
    fields.into_iter().map(one).collect()
}

/// What is left out of a query is not `null`.
fn without_null(mut field: Value) -> Value {
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            field["type"] = only.clone();
        }
    }
    let given = field.get_mut("anyOf").and_then(Value::as_array_mut).and_then(|any| {
        any.retain(|s| s["type"] != "null");
        (any.len() == 1).then(|| any.remove(0))
    });
    given.unwrap_or(field)
}

//! The proof round as the city's staff go through it, from remark to 校了 and back.

use super::*;
use crate::calendar::date;
use crate::engine::new;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

const FLYER: &str = "---\ntitle: \"{毎週|まいしゅう}のおたより\"\nsummary: 登録は1分です。\ntemplate: handout\nsizes: \
    [a5]\ncode: x\n---\n読んで、聞けます。\n\n## 登録\n\n1. **読みとる** カメラを向けます。\n";

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned())
}
fn get_page(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}
fn form(path: &str, origin: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("host", "127.0.0.1:8090")
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(body)).unwrap()
}

/// A remark and a 校了 are kept beside the flyer; the 校了 is of the bytes, and a change makes it void.
#[tokio::test(flavor = "multi_thread")]
async fn the_round_from_remark_to_pass_and_back() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), date(2026, 11, 24)).unwrap();
    std::fs::create_dir_all(dir.path().join("content/flyers")).unwrap();
    let file = dir.path().join("content/flyers/x.md");
    std::fs::write(&file, FLYER).unwrap();
    let state = PreviewState::open(dir.path(), Some(date(2026, 11, 24)), Arc::new(|_, _, _| Ok(None)));
    let router = router(state.clone());
    let (status, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(
        status == StatusCode::OK
            && html.contains("x-a5.png")
            && html.contains("毎週のおたより")
            && html.contains("まだ校了がありません"),
        "{html}"
    );
    assert_eq!(ask(&router, get_page("/preview/flyers/x/x-a5.png")).await.0, StatusCode::OK);
    assert_eq!(ask(&router, get_page("/preview/flyers/x/x-a4.png")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&router, get_page("/preview/flyers/y/")).await.0, StatusCode::NOT_FOUND);

    let (here, first) = ("http://127.0.0.1:8090", digest_of(&html));
    let remark = [("by", "佐藤"), ("size", "a5"), ("text", "電話を大きく\n<b>"), ("digest", first.as_str())];
    assert_eq!(
        ask(&router, form("/preview/flyers/x/comment", "https://evil.example", &remark)).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(ask(&router, form("/preview/flyers/x/comment", here, &remark)).await.0, StatusCode::SEE_OTHER);
    let record = dir.path().join("content/flyers/x.proof.yaml");
    assert!(std::fs::read_to_string(&record).unwrap().contains("電話を大きく"));
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(html.contains("電話を大きく<br>&lt;b&gt;") && html.contains("指摘（残り 1／全部で 1）"), "{html}");

    let digest = digest_of(&html);
    let (status, html) = ask(
        &router,
        form(
            "/preview/flyers/x/pass",
            here,
            &[("by", "佐藤"), ("digest", "other"), ("left", "1"), ("text", "次の版で直す")],
        ),
    )
    .await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY
            && html.contains("見ているあいだに、チラシが変わりました")
            && html.contains("次の版で直す"),
        "{html}"
    );
    assert!(
        ask(&router, get_page("/preview/flyers/x/")).await.1.contains("まだ校了がありません"),
        "what was not looked at is not passed"
    );

    // An open remark is not passed over: it is closed, or left with a reason.
    assert!(html.contains("残っている指摘 1件をそのままにして校了にする"), "{html}");
    let (status, html) =
        ask(&router, form("/preview/flyers/x/pass", here, &[("by", "佐藤"), ("digest", &digest)])).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY
            && html.contains("残っている指摘が1件あります")
            && html.contains("value=\"佐藤\""),
        "{html}"
    );
    let (status, html) =
        ask(&router, form("/preview/flyers/x/pass", here, &[("by", "佐藤"), ("digest", &digest), ("left", "1")])).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("そのままにする理由を書いてください"),
        "{html}"
    );
    ask(
        &router,
        form(
            "/preview/flyers/x/pass",
            here,
            &[("by", "佐藤"), ("digest", &digest), ("left", "1"), ("text", "次の版で直す")],
        ),
    )
    .await;
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(
        html.contains("<b>佐藤</b>")
            && html.contains("残した指摘 1件：次の版で直す")
            && !html.contains("校了にする</button>"),
        "{html}"
    );

    // Taken back, with who and why; the remark is closed, and then nothing is asked.
    assert_eq!(
        ask(&router, form("/preview/flyers/x/undo", here, &[("by", "鈴木"), ("digest", &digest)])).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    ask(
        &router,
        form("/preview/flyers/x/undo", here, &[("by", "鈴木"), ("digest", &digest), ("text", "日付のまちがい")]),
    )
    .await;
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(
        html.contains("まだ校了がありません") && html.contains("取り消し：鈴木") && html.contains("日付のまちがい"),
        "{html}"
    );
    let at = html.split_once("name=\"at\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let answer = |text: &'static str, at: &str| {
        form("/preview/flyers/x/answer", here, &[("n", "1"), ("at", at), ("by", "山本"), ("text", text)])
    };
    let (status, html) = ask(&router, answer("", &at)).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY
            && html.contains("どうしたかを、ひとこと書いてください")
            && html.contains("value=\"山本\""),
        "{html}"
    );
    assert_eq!(
        ask(&router, answer("18ポイントにした", "2000-01-01 00:00")).await.0,
        StatusCode::UNPROCESSABLE_ENTITY,
        "another remark"
    );
    assert_eq!(ask(&router, answer("18ポイントにした", &at)).await.0, StatusCode::SEE_OTHER);
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(
        html.contains("指摘（残り 0／全部で 1）")
            && html.contains("18ポイントにした")
            && html.contains("山本")
            && !html.contains("そのままにして校了"),
        "{html}"
    );
    ask(&router, form("/preview/flyers/x/pass", here, &[("by", "佐藤"), ("digest", &digest)])).await;
    assert!(!ask(&router, get_page("/preview/flyers/x/")).await.1.contains("校了にする</button>"));

    // Opened again: the list counts it.
    let reopen = [("n", "1"), ("at", at.as_str()), ("by", "佐藤"), ("text", "まだ小さい"), ("reopen", "1")];
    ask(&router, form("/preview/flyers/x/answer", here, &reopen)).await;
    assert!(ask(&router, get_page("/preview/flyers/")).await.1.contains("残り 1"));

    // Another version: the 校了 is void, and the remark is one on the version before.
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(html.contains("いまの版への指摘") && !html.contains("前の版への指摘"), "{html}");
    std::fs::write(&file, FLYER.replace("聞けます", "聞けるよ")).unwrap();
    state.reload();
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(html.contains("校了のあとで変わっています") && html.contains("指摘を残して校了にする"), "{html}");
    assert!(
        html.contains(&format!("前の版への指摘（照合番号 {}…）", &digest[..8])) && !html.contains("いまの版への指摘"),
        "{html}"
    );
    let list = ask(&router, get_page("/preview/flyers/")).await.1;
    assert!(list.contains("佐藤") && list.contains("残り 1"), "{list}");
    // A flyer that cannot be made says why, and cannot be passed.
    std::fs::write(&file, FLYER.replace("カメラ", "カメラ📷")).unwrap();
    state.reload();
    let (_, html) = ask(&router, get_page("/preview/flyers/x/")).await;
    assert!(html.contains("U+1F4F7") && !html.contains("校了にする</button>"), "{html}");
}

fn digest_of(html: &str) -> String {
    html.split_once("name=\"digest\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

//! It changed meanwhile: two at once, words that cross, windows that are old. Nothing is lost, nothing happens twice,
//! and everybody is told alike.

use super::*;
use tokio::task::JoinSet;

/// The site with a question, whoever answers signed in, and the thread's addresses.
struct Scene {
    site: Site,
    web: Router,
    path: String,
    open: String,
    desk: Vec<String>,
}

impl Scene {
    async fn new(test: &TestDb, text: &str, clinicians: usize) -> Self {
        let site = Site::new(test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let mut desk = Vec::new();
        for n in 0..clinicians {
            site.staff(&format!("staff{n}"), Role::Clinician, Some(Profession::Counsellor), app.now()).await;
            desk.push(sign_in(&web, &format!("staff{n}")).await);
        }
        let mut scene = Self { site, web, path: String::new(), open: String::new(), desk };
        scene.asked(text).await;
        scene
    }
    /// From now on another question.
    async fn asked(&mut self, text: &str) {
        self.path = ask(&self.web, "", "self", text).await;
        self.open = format!("/desk/q/{}", consult::by_token(&self.site.db, &self.path[3..]).await.unwrap().unwrap().id);
    }
    /// The desk's page, as one of them sees it.
    async fn page(&self, who: usize) -> String {
        get(&self.web, &self.open, &self.desk[who]).await.body
    }
    async fn post(&self, who: usize, what: &str, form: &[(&str, &str)]) -> Answer {
        send(&self.web, "POST", &format!("{}/{what}", self.open), &self.desk[who], form).await
    }
    /// What is on the asker's page goes along.
    async fn write(&self, page: &str, text: &str) -> Answer {
        send(
            &self.web,
            "POST",
            &self.path,
            "",
            &[("text", text), ("ticket", &field(page, "ticket")), ("version", &field(page, "version"))],
        )
        .await
    }
    async fn state(&self) -> consult::State {
        consult::by_token(&self.site.db, &self.path[3..]).await.unwrap().unwrap().state
    }
}

/// The form of the answer on a page of the desk.
fn answer_form<'a>(page: &str, text: &'a str) -> Vec<(&'static str, std::borrow::Cow<'a, str>)> {
    let form = &page[page.find("class=\"write\"").unwrap()..];
    let value = |name| std::borrow::Cow::Owned(field(form, name));
    vec![("text", text.into()), ("ticket", value("ticket")), ("version", value("version")), ("draft", value("draft"))]
}
fn pairs<'a>(form: &'a [(&'static str, std::borrow::Cow<'a, str>)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_ref())).collect()
}

/// Six clinicians press at once: one answer is stored, five keep their words, are shown the one, and go on by one more
/// tap.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_answers_at_once_is_stored() {
    for test in databases().await {
        let scene = Scene::new(&test, "眠れません", 6).await;
        let mut pages = Vec::new();
        for who in 0..6 {
            pages.push(scene.page(who).await);
        }
        let mut set = JoinSet::new();
        for (who, page) in pages.into_iter().enumerate() {
            let (web, open, cookie) = (scene.web.clone(), scene.open.clone(), scene.desk[who].clone());
            set.spawn(async move {
                let text = format!("お返事その{who}");
                let form = answer_form(&page, &text);
                (who, send(&web, "POST", &format!("{open}/answer"), &cookie, &pairs(&form)).await)
            });
        }
        let all = set.join_all().await;
        let (stored, kept): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, answer)| answer.status == StatusCode::SEE_OTHER);
        assert_eq!((stored.len(), kept.len()), (1, 5), "{}", test.name());
        assert_eq!(count(&scene.site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 1);
        assert_eq!(
            count(&scene.site.db, "SELECT COUNT(*) FROM consultations WHERE version = 2 AND turn = 'answered'").await,
            1
        );
        let first = stored[0].0;
        for (who, refused) in &kept {
            assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
            for words in [
                "まだ送っていません",
                &format!("お返事を送りました（staff{first}さん）"),
                &format!("\nお返事その{who}</textarea>"),
                &format!("お返事その{first}</p>"),
                "新しい</i>",
            ] {
                assert!(refused.body.contains(words), "{words}\n{}", refused.body);
            }
        }
        // Whoever has read it sends all the same.
        let (who, refused) = &kept[0];
        let text = format!("お返事その{who}");
        let form = answer_form(&refused.body, &text);
        assert_eq!(scene.post(*who, "answer", &pairs(&form)).await.status, StatusCode::SEE_OTHER);
        // Pressed once more, it is there once.
        assert_eq!(scene.post(*who, "answer", &pairs(&form)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(count(&scene.site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'staff'").await, 2);
    }
}

/// The asker adds words at the moment at which an answer is sent: hers are stored whoever is first; an answer that did
/// not know them is not.
#[tokio::test(flavor = "multi_thread")]
async fn words_and_answers_that_cross() {
    for test in databases().await {
        let mut scene = Scene::new(&test, "眠れません", 1).await;
        for _ in 0..6 {
            scene.asked("眠れません").await;
            let (own, desk) = (get(&scene.web, &scene.path, "").await.body, scene.page(0).await);
            let form = answer_form(&desk, "お返事です");
            let form = pairs(&form);
            let (words, answer) = tokio::join!(scene.write(&own, "つづきです"), scene.post(0, "answer", &form));
            assert_eq!(words.status, StatusCode::SEE_OTHER, "never refused: {}", words.body);
            let stands = scene.state().await.stands();
            assert!(matches!(stands, consult::Stands::Waits { .. }), "what was added waits: {stands:?}");
            let page = get(&scene.web, &words.location, "").await.body;
            let (told, shown) =
                (page.contains("書いているあいだに、お返事が届いていました"), page.contains("<p>お返事です</p>"));
            assert!(page.contains("<p>つづきです</p>"), "{page}");
            match answer.status {
                StatusCode::SEE_OTHER => assert!(shown && told && words.location.ends_with("?since=1"), "{page}"),
                StatusCode::CONFLICT => assert!(
                    !shown
                        && !told
                        && answer.body.contains("お返事です</textarea>")
                        && answer.body.contains("相談した方が、書きました")
                ),
                other => panic!("{other} {}", answer.body),
            }
        }
    }
}

/// What was answered or closed while the asker wrote is said; her words are in the thread all the same.
#[tokio::test]
async fn an_asker_is_never_refused() {
    for test in databases().await {
        let scene = Scene::new(&test, "眠れません", 1).await;
        let own = get(&scene.web, &scene.path, "").await.body;
        let desk = scene.page(0).await;
        assert_eq!(
            scene.post(0, "answer", &pairs(&answer_form(&desk, "まず横になって"))).await.status,
            StatusCode::SEE_OTHER
        );
        // Nothing is written: said beside what is wrong, and the words to come go on from here.
        let empty = scene.write(&own, " ").await;
        assert!(
            empty.status == StatusCode::UNPROCESSABLE_ENTITY
                && empty.body.contains("見ているあいだに、お返事が届いていました"),
            "{}",
            empty.body
        );
        let sent = scene.write(&own, "それから").await;
        assert_eq!(sent.location, format!("{}?since=1", scene.path));
        let page = get(&scene.web, &sent.location, "").await.body;
        assert!(
            page.contains("書いているあいだに、お返事が届いていました")
                && page.contains("<p>それから</p>")
                && page.contains("まず横になって"),
            "{page}"
        );
        // Who comes back later is told nothing twice.
        assert!(!get(&scene.web, &scene.path, "").await.body.contains("書いているあいだに"));
        let version = field(&scene.page(0).await, "version");
        let form = [("sure", "yes"), ("version", version.as_str())];
        assert_eq!(scene.post(0, "close", &form).await.status, StatusCode::SEE_OTHER);
        let sent = scene.write(&page, "まだあります").await;
        let page = get(&scene.web, &sent.location, "").await.body;
        assert!(page.contains("いったん終わりになっていました") && page.contains("<p>まだあります</p>"), "{page}");
        assert!(matches!(scene.state().await.stands(), consult::Stands::Waits { .. }), "{}", test.name());
        // Nothing in between: nothing is said.
        let sent = scene.write(&page, "それだけです").await;
        assert_eq!(sent.location, scene.path);
    }
}

/// A mark is for the answer that was read: where a newer one came, that is shown first.
#[tokio::test]
async fn a_mark_is_for_the_answer_that_was_read() {
    for test in databases().await {
        let scene = Scene::new(&test, "眠れません", 1).await;
        let answer = async |text: &str| {
            let page = scene.page(0).await;
            assert_eq!(scene.post(0, "answer", &pairs(&answer_form(&page, text))).await.status, StatusCode::SEE_OTHER);
        };
        answer("ひとつめ").await;
        let read = get(&scene.web, &scene.path, "").await.body;
        answer("ふたつめ").await;
        let say = async |page: &str| {
            send(
                &scene.web,
                "POST",
                &format!("{}/survey", scene.path),
                "",
                &[("answer", "helped"), ("version", &field(page, "version"))],
            )
            .await
        };
        let shown = say(&read).await;
        assert_eq!(shown.status, StatusCode::CONFLICT);
        assert!(
            shown.body.contains("お返事が届いていました")
                && shown.body.contains("ふたつめ")
                && shown.body.contains("役に立ちましたか"),
            "{}",
            shown.body
        );
        assert_eq!(count(&scene.site.db, "SELECT COUNT(*) FROM consultation_surveys").await, 0);
        assert_eq!(say(&shown.body).await.status, StatusCode::SEE_OTHER);
        assert_eq!(count(&scene.site.db, "SELECT COUNT(*) FROM consultation_surveys").await, 1, "{}", test.name());
    }
}

/// A watch is not ended over words that nobody has read, nor a thread closed; a call of urgency and a note are taken
/// from any page.
#[tokio::test]
async fn nobody_decides_over_what_is_not_read() {
    for test in databases().await {
        let scene = Scene::new(&test, "死にたいです", 2).await;
        let version = field(&scene.page(0).await, "version");
        let own = get(&scene.web, &scene.path, "").await.body;
        scene.write(&own, "薬をたくさん飲みました").await;
        for (what, undone) in [("calm", "まだ急ぎを外していません"), ("close", "まだ終えていません")]
        {
            let form = [("version", version.as_str()), ("sure", "yes"), ("reason", "phone")];
            let refused = scene.post(0, what, &form).await;
            assert_eq!(refused.status, StatusCode::CONFLICT);
            assert!(
                refused.body.contains(undone) && refused.body.contains("相談した方が、書きました"),
                "{what}: {}",
                refused.body
            );
            assert!(
                scene.state().await.tag() == consult::Tag::Urgent
                    && matches!(scene.state().await.stands(), consult::Stands::Waits { .. }),
                "{what}"
            );
        }
        // A colleague's note is news for who answers, one's own is not.
        let (mine, theirs) = (scene.page(0).await, scene.page(1).await);
        let ticket = field(&mine, "ticket");
        let noted = scene.post(0, "contacted", &[("note", "係長へ"), ("ticket", &ticket), ("version", &version)]).await;
        assert!(noted.location.contains("did=contacted"), "{}", noted.body);
        let late = scene.post(1, "answer", &pairs(&answer_form(&theirs, "お返事です"))).await;
        assert!(
            late.status == StatusCode::CONFLICT && late.body.contains("メモを書きました（staff0さん）"),
            "{}",
            late.body
        );
        assert_eq!(
            scene.post(0, "answer", &pairs(&answer_form(&mine, "お返事です"))).await.status,
            StatusCode::SEE_OTHER
        );
        // Called urgent from a page of before the answer: danger waits for nobody's reading.
        assert!(scene.post(1, "urgent", &[("version", &version)]).await.location.contains("did=urgent"));
        assert_eq!(scene.state().await.tag(), consult::Tag::Urgent);
        // Opened again from an old list: it is open, and stays where it is.
        assert!(scene.post(1, "reopen", &[("version", "1")]).await.location.contains("did=reopened"));
        assert!(matches!(scene.state().await.stands(), consult::Stands::Answered { .. }), "{}", test.name());
    }
}

/// Closed by one and answered by another at the same moment: one of them, and the other is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_closing_and_an_answer_at_once() {
    for test in databases().await {
        let scene = Scene::new(&test, "眠れません", 2).await;
        let (desk, close) =
            (scene.page(0).await, get(&scene.web, &format!("{}/close", scene.open), &scene.desk[1]).await.body);
        let form = answer_form(&desk, "お返事です");
        let form = pairs(&form);
        let version = field(&close, "version");
        let closing = [("sure", "yes"), ("version", version.as_str())];
        let (answer, close) = tokio::join!(scene.post(0, "answer", &form), scene.post(1, "close", &closing));
        let mut both = [answer.status.as_u16(), close.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [303, 409], "{}", test.name());
        let answered = answer.status == StatusCode::SEE_OTHER;
        let told = if answered {
            close.body.contains("お返事を送りました（staff0さん）")
        } else {
            answer.body.contains("この相談を終えました（staff1さん）")
        };
        assert!(told, "{}\n{}", answer.body, close.body);
        assert_eq!(matches!(scene.state().await.stands(), consult::Stands::Answered { .. }), answered);
    }
}

/// A draft of another window comes back instead of being written over; news is shown after a preview, whoever looked
/// away.
#[tokio::test]
async fn drafts_of_two_windows() {
    for test in databases().await {
        let scene = Scene::new(&test, "眠れません", 1).await;
        let (one, other) = (scene.page(0).await, scene.page(0).await);
        let kept = scene.post(0, "draft", &pairs(&answer_form(&one, "机で書いた文"))).await;
        assert!(kept.location.contains("did=draft"), "{}", kept.body);
        let refused = scene.post(0, "draft", &pairs(&answer_form(&other, "電話で書いた文"))).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        for words in [
            "まだ残していません",
            "別の画面で、ちがう下書きを残しています",
            "<p>机で書いた文</p>",
            "\n電話で書いた文</textarea>",
        ] {
            assert!(refused.body.contains(words), "{words}\n{}", refused.body);
        }
        assert!(scene.page(0).await.contains("机で書いた文</textarea>"), "nothing was written over");
        // One more tap takes its place; words that hold the other's do so at once.
        assert!(
            scene
                .post(0, "draft", &pairs(&answer_form(&refused.body, "電話で書いた文")))
                .await
                .location
                .contains("did=draft")
        );
        let more = answer_form(&other, "電話で書いた文、その続き");
        let own = get(&scene.web, &scene.path, "").await.body;
        scene.write(&own, "夜中に目がさめます").await;
        let shown = scene.post(0, "preview", &pairs(&more)).await.location;
        assert!(shown.contains("did=preview&since=1#talk"), "{shown}");
        let page = get(&scene.web, shown.split('#').next().unwrap(), &scene.desk[0]).await.body;
        for words in [
            "この相談が変わりました",
            "相談した方が、書きました",
            "電話で書いた文、その続き</textarea>",
            "この方に見える形",
        ] {
            assert!(page.contains(words), "{words}\n{page}");
        }
        // It is read now; what is sent from here is stored, and its draft with it.
        assert_eq!(
            scene.post(0, "answer", &pairs(&answer_form(&page, "電話で書いた文、その続き"))).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            count(&scene.site.db, "SELECT COUNT(*) FROM consultation_entries WHERE author = 'draft'").await,
            0,
            "{}",
            test.name()
        );
    }
}

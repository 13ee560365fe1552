//! An emergency under watch is never wiped without a word: the numbers once more before, when and which danger at the
//! desk after.

use super::*;

const NUMBERS: &str = "消す前に。つらいとき、急ぐときは、いまかけられます";
const WORDS: &str = "登録とやりとりを消します。市が法律や決まりで残す記録は、期間が終わるまで別に保管します。\
    記録の有無は、ここではお答えしていません。";

#[tokio::test]
async fn an_emergency_is_not_wiped_without_a_word() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T22:10");
        site.staff("saeki", Role::Clinician, Some(Profession::Midwife), app.now()).await;
        let saeki = sign_in(&web, "saeki").await;
        let (calm, afraid) = (site.household("h1", app.now()).await, site.household("h2", app.now()).await);
        let silent = site.household("h3", app.now()).await;
        ask(&web, &calm, "self", &format!("{MARKER} 離乳食のこと")).await;
        ask(&web, &afraid, "self", &format!("{MARKER} 夫に殴られました。消えたい")).await;

        // The same words for everybody and numbers by who is registered, and nothing of what was written: the page
        // tells nobody that something is watched over.
        assert_eq!(get(&web, "/me/delete", &calm).await.body, get(&web, "/me/delete", &afraid).await.body);
        let page = get(&web, "/me/delete", &afraid).await.body;
        assert!(page.contains(WORDS) && page.contains(NUMBERS), "{page}");
        for number in ["tel:119", "tel:110", "tel:189"] {
            assert!(page.contains(number), "{number}: {page}");
        }
        assert!(!page.contains(MARKER) && page.find("tel:119") < page.find("tel:110"), "{page}");
        // Three at most stand open, her own clinic's before them where her device keeps it.
        let (open, folded) = page.split_once("<summary>ほかの番号</summary>").unwrap();
        assert!(
            open.matches("href=\"tel:").count() == 3
                && open.find("data-own-clinic") < open.find("href=\"tel:")
                && folded.contains("tel:110"),
            "{page}"
        );
        assert!(page.contains("まだお返事をしていない質問があっても、消すと、お返事は届かなくなります"), "{page}");

        // A calm household leaves no word, the other when and which; of whom nothing is kept.
        assert!(send(&web, "POST", "/me/delete", &calm, &[]).await.body.contains("消しました"));
        assert!(!get(&web, "/desk", &saeki).await.body.contains("見守り中に消された相談"));
        assert!(
            send(&web, "POST", "/me/delete", &afraid, &[])
                .await
                .body
                .contains("記録の有無は、ここではお答えしていません")
        );
        let list = get(&web, "/desk", &saeki).await.body;
        let left = list.split("見守り中に消された相談").nth(1).unwrap_or_else(|| panic!("{list}"));
        assert!(
            left.contains("11月24日（火）22:10")
                && left.contains(consult::Danger::Suicide.title())
                && left.contains(consult::Danger::Violence.title()),
            "{left}"
        );
        let row: (String, String, i64) =
            sqlx::query_as("SELECT id, kinds, erased_at FROM erased_watches").fetch_one(test.db.pool()).await.unwrap();
        assert_eq!((row.1.as_str(), row.2), ("suicide violence", app.now()), "{}", test.name());
        assert_eq!(
            count(&test.db, "SELECT COUNT(*) FROM audit a JOIN erased_watches e ON e.id = a.target OR e.id = a.id")
                .await,
            0
        );
        assert!(!everything(&test.db).await.contains(MARKER));
        // What was tapped and not written is known by its kind, too: whoever holds the phone is the reason to tap.
        let typed =
            [("who", "self"), ("text", "健診のことで聞きたいです"), ("consent", "yes"), ("from", ""), ("tap", "home")];
        let confirm = send(&web, "POST", "/ask", &silent, &typed).await.body;
        send(&web, "POST", "/ask/send", &silent, &[&typed[..], &[("ticket", &field(&confirm, "ticket"))]].concat())
            .await;
        send(&web, "POST", "/me/delete", &silent, &[]).await;
        let kinds: Vec<String> = sqlx::query_scalar("SELECT kinds FROM erased_watches ORDER BY kinds")
            .fetch_all(test.db.pool())
            .await
            .unwrap();
        assert_eq!(kinds, ["suicide violence", "violence"], "{}", test.name());
        // It goes from the list after a month.
        let (web, _) = site.at("2026-12-26T09:00");
        let saeki = sign_in(&web, "saeki").await;
        assert!(!get(&web, "/desk", &saeki).await.body.contains("見守り中に消された相談"));
    }
}

/// What stands open before erasing fits who is registered: after a stop somebody to talk to, in pregnancy the clinic,
/// for a child its advice; never poison first.
#[tokio::test]
async fn the_numbers_before_erasing_fit_the_household() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T22:10");
        let home = site.household("h1", app.now()).await;
        let set = async |sql: &'static str| {
            sqlx::query(sql).execute(test.db.pool()).await.unwrap();
        };
        let open = async || {
            let page = get(&web, "/me/delete", &home).await.body;
            let open = page.split("<summary>ほかの番号</summary>").next().unwrap();
            let numbers: Vec<String> =
                open.split("href=\"tel:").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
            assert!(page.contains("tel:0727272499"), "all others are there, folded");
            numbers
        };
        let (grief, listens, clinic, child) = ("0120279338", "0120061338", "0000004567", "%238000");
        // One of two pregnancies was stopped.
        assert_eq!(open().await, [grief, listens, clinic], "{}", test.name());
        set("DELETE FROM subjects WHERE slot = 'c'").await;
        assert_eq!(open().await, [clinic, child, listens], "{}", test.name());
        set("DELETE FROM subjects WHERE slot = 'b'").await;
        assert_eq!(open().await[..2], [child, listens], "{}", test.name());
        set("UPDATE households SET stopped_at = 7").await;
        assert_eq!(open().await, [grief, listens, clinic], "{}", test.name());
    }
}

/// The same where the time is over: a guest's thread and a household that stopped.
#[tokio::test]
async fn nor_by_the_time() {
    for test in databases().await {
        let site = Site::new(&test).await;
        let (web, app) = site.at("2026-11-24T09:38");
        let home = site.household("h1", app.now()).await;
        ask(&web, "", "self", "消えたいです").await;
        ask(&web, "", "self", "名前のつけ方").await;
        let typed =
            [("who", "self"), ("text", "健診のことで聞きたいです"), ("consent", "yes"), ("from", ""), ("tap", "home")];
        let confirm = send(&web, "POST", "/ask", "", &typed).await.body;
        send(&web, "POST", "/ask/send", "", &[&typed[..], &[("ticket", &field(&confirm, "ticket"))]].concat()).await;
        ask(&web, &home, "pregnancy-b", "出血しています").await;
        household::stop_all(&test.db, "h1", app.now()).await.unwrap();
        let later = app.now() + 91 * 86_400;
        consult::forget_guests(&test.db, &site.vault, later - 90 * 86_400, later).await.unwrap();
        assert_eq!(erasure::due(&test.db, later - 90 * 86_400).await.unwrap(), ["h1"]);
        erasure::all_due(&test.db, &site.vault, later - 90 * 86_400, later).await.unwrap();
        let mut kinds: Vec<String> =
            sqlx::query_scalar("SELECT kinds FROM erased_watches").fetch_all(test.db.pool()).await.unwrap();
        kinds.sort();
        assert_eq!(kinds, ["bleeding", "suicide", "violence"], "{}", test.name());
        assert_eq!(count(&test.db, "SELECT COUNT(*) FROM consultations").await, 0);
        assert_eq!(count(&test.db, "SELECT COUNT(*) FROM households").await, 0);
        // It is itself kept no longer than everything else.
        otayori::audit::forget_erased_watches(test.db.pool(), later + 1).await.unwrap();
        assert_eq!(count(&test.db, "SELECT COUNT(*) FROM erased_watches").await, 0);
    }
}

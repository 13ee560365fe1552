//! An e-mail address from the form to the first letter, its stop, and everything that must not happen on the way.

use super::*;
use otayori::calendar::Timestamp;
use otayori::channel::Carriers;
use otayori::config::{Email, Encryption};
use otayori::demo::standin::{Mail, MailServer};
use otayori::schedule::Sender;
use std::time::Duration;

fn settings(server: &MailServer) -> Email {
    Email {
        from: "otayori@city.harukaze.lg.jp".into(),
        smtp: "127.0.0.1".into(),
        port: server.port(),
        tls: Some(Encryption::None),
        ca: None,
    }
}

/// The service of a city that sends e-mail.
async fn start(test: &TestDb, server: &MailServer) -> Service {
    Service::start_with(test, |config| config.site.email = Some(settings(server))).await
}

/// Sends what is due.
async fn dispatch(service: &Service) {
    let (config, db, vault) = (service.app.config.clone(), service.db.clone(), service.vault.clone());
    let carriers = Carriers::open(&config, &db, &vault, otayori::clock::machine_seconds).await.unwrap();
    let clock = otayori::clock::Clock::set(service.now);
    let sender = Sender { config, db, vault, carriers, patience: Duration::from_secs(20), clock, drop_gone: false };
    sender.dispatcher(clock).dispatch().await.unwrap();
}

/// The week's letters of 24 November, to whoever is registered.
async fn letters(service: &Service) {
    let at = otayori::clock::Wall::at(service.now);
    otayori::letter::enqueue(&service.db, &crate::letter::city(), &service.app.config, crate::letter::tuesday(), at)
        .await
        .unwrap();
    dispatch(service).await;
}

fn later(service: &Service, seconds: i64) -> Browser {
    with(service, seconds, |_| ())
}

/// The same service so many seconds later, started again with other settings.
fn with(service: &Service, seconds: i64, change: impl FnOnce(&mut Config)) -> Browser {
    let mut config = Config::clone(&service.app.config);
    change(&mut config);
    let at = Timestamp::from_second(service.now + seconds).unwrap();
    let published = Published::new(Library::default(), Theme::load(&config).unwrap());
    let app = App::new(Arc::new(config), service.db.clone(), service.vault.clone(), Clock::Fixed(at), published);
    Browser { router: router(app), cookies: BTreeMap::new() }
}

const CONTACTS: &str = "SELECT COUNT(*) FROM contacts WHERE channel = 'email' AND gone_at IS NULL AND address <> ''";

/// Registers, types the address, and opens the mail that asks: the path of its link.
async fn asked(service: &Service, server: &MailServer, browser: &mut Browser, typed: &str) -> String {
    let before = server.mails().len();
    browser.post("/me/email", &[("email", typed)]).await.status(200).has("確認のメールを");
    dispatch(service).await;
    let mails = server.mails();
    assert_eq!(mails.len(), before + 1);
    mails[before].link("/me/email/").unwrap().to_owned()
}

#[tokio::test]
async fn from_the_form_to_the_first_letter() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let mut browser = service.browser();
        browser.register(&DUE, "email").await.leads_to("/register/done?to=email");
        browser.get("/register/done?to=email").await.has("action=\"/me/email\"").has("メールアドレスを確認すると、");
        // Full-width letters, a domain in capitals, spaces around.
        browser
            .post("/me/email", &[("email", "　ｈａｎａｋｏ＠EZWEB．ne.jp ")])
            .await
            .status(200)
            .has("hanako@ezweb.ne.jp");
        assert_eq!((service.count(CONTACTS).await, server.mails().len()), (0, 0), "nothing before it is confirmed");
        browser.get("/me/channel").await.has("確認を待っています").has("hanako@ezweb.ne.jp");
        letters(&service).await;

        let [Mail { to, .. }] = &server.mails()[..] else { panic!("the question alone: {:?}", server.mails()) };
        let question = server.mails().remove(0);
        assert_eq!((to.as_str(), question.header("List-Unsubscribe")), ("hanako@ezweb.ne.jp", None));
        assert!(question.text.contains("確認する") && question.html.contains("確認する"), "{}", question.text);
        let link = question.link("/me/email/").unwrap();

        // What looks into mail opens links.
        for _ in 0..3 {
            service.browser().get(link).await.status(200).has("確認する");
        }
        assert_eq!(service.count(CONTACTS).await, 0);
        let mut elsewhere = service.browser();
        elsewhere.post(link, &[("lang", "ja")]).await.status(200).has("確認できました");
        assert_eq!(
            (service.count(CONTACTS).await, service.count("SELECT COUNT(*) FROM email_confirmations").await),
            (1, 0)
        );
        elsewhere.post(link, &[("lang", "ja")]).await.status(410).has("使えません");
        browser.get("/me/channel").await.lacks("確認を待っています").has("メール");

        letters(&service).await;
        let letter = server.mails().remove(1);
        assert_eq!(
            (letter.to.as_str(), letter.header("List-Unsubscribe-Post")),
            ("hanako@ezweb.ne.jp", Some("List-Unsubscribe=One-Click"))
        );
        assert!(
            !letter.text.contains("妊娠")
                && !letter.text.contains("/letters/")
                && letter.text.contains("今週のおたよりです"),
            "{}",
            letter.text
        );
        // The link lets in once, by a button; where the household is recognised it goes straight on.
        let open = letter.link("/me/enter/").unwrap();
        service.browser().get(open).await.status(200).has("おたよりを開く");
        let mut phone = service.browser();
        phone.post(open, &[]).await.leads_to("/letters/2026-W48/");
        assert!(phone.cookies.contains_key("household"));
        service.browser().post(open, &[]).await.status(410);
        phone.get(open).await.status(410);
        later(&service, 15 * 86_400).post(open, &[]).await.status(410);
    }
}

#[tokio::test]
async fn one_click_stops_one_address_alone() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let mut browser = service.browser();
        browser.register(&DUE, "web_push").await;
        browser.json("/push/subscriptions", SUBSCRIPTION).await.status(201);
        for address in ["a..b@docomo.ne.jp", "hanako@ezweb.ne.jp"] {
            let link = asked(&service, &server, &mut browser, address).await;
            service.browser().post(&link, &[]).await.status(200);
        }
        assert_eq!(service.count(CONTACTS).await, 2);
        letters(&service).await;
        let letter = server
            .mails()
            .into_iter()
            .find(|m| m.to == "a..b@docomo.ne.jp" && m.header("List-Unsubscribe").is_some())
            .unwrap();
        assert_eq!(letter.header("To"), Some("\"a..b\"@docomo.ne.jp"));
        let stop = letter.header("List-Unsubscribe").unwrap().trim_matches(['<', '>']).to_owned();
        let path = &stop[stop.find("/stop/mail/").unwrap()..];
        assert!(letter.text.contains(path));
        for _ in 0..2 {
            service.browser().get(path).await.status(200).has("このアドレスへのメールを止める");
        }
        assert_eq!(service.count(CONTACTS).await, 2, "opening it changes nothing");
        // As a mail provider does it: no cookies, no page read.
        let field = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        service
            .browser()
            .ask(Method::POST, path, "multipart/form-data; boundary=b", field.to_owned())
            .await
            .status(200);
        assert_eq!(service.count(CONTACTS).await, 1);
        assert_eq!(
            service.count("SELECT COUNT(*) FROM contacts WHERE gone_at IS NULL").await,
            2,
            "the browser and the other address stay"
        );
        assert_eq!(
            service.count("SELECT COUNT(*) FROM households WHERE stopped_at IS NULL").await,
            1,
            "so do the letters"
        );
        service.browser().post(path, &[("List-Unsubscribe", "One-Click")]).await.status(200).has("止めました");
        service.browser().post("/stop/mail/nonsense", &[]).await.status(410);
        // A link of that address lets nobody in any more.
        service.browser().post(letter.link("/me/enter/").unwrap(), &[]).await.status(410);
    }
}

#[tokio::test]
async fn whose_an_address_is_is_told_to_nobody() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let (mut hers, mut his) = (service.browser(), service.browser());
        hers.register(&DUE, "email").await;
        his.register(&DUE, "email").await;
        let link = asked(&service, &server, &mut hers, "hanako@ezweb.ne.jp").await;
        service.browser().post(&link, &[]).await.status(200);
        // The same words, and the same mail, for an address that is somebody's and one that is nobody's.
        let theirs = his.post("/me/email", &[("email", "hanako@ezweb.ne.jp")]).await.text;
        let nobodys = his.post("/me/email", &[("email", "nobody@ezweb.ne.jp")]).await.text;
        assert_eq!(theirs.replace("hanako", "nobody"), nobodys);
        dispatch(&service).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 3);
        assert_eq!(mails[1].header("Subject"), mails[2].header("Subject"));
        assert_eq!(service.count(CONTACTS).await, 1, "it stays hers");
        // Whoever reads the mail decides, and hears beforehand what becomes of the letters that come already.
        let (mail, moves) = (&mails[1], "受け取りは、新しい登録に移ります");
        assert!(mail.text.contains(moves) && mail.html.contains(moves), "{}", mail.text);
        service.browser().get(mail.link("/me/email/").unwrap()).await.status(200).has(moves);
        service.browser().post(mails[1].link("/me/email/").unwrap(), &[]).await.status(200);
        assert_eq!(service.count(CONTACTS).await, 1);
        assert_eq!(hers.get("/me/channel").await.text.matches("/me/channel/remove").count(), 0, "hers no more");
    }
}

#[tokio::test]
async fn a_strangers_mailbox_is_not_filled_and_nothing_is_kept() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let mut browser = service.browser();
        browser.register(&DUE, "email").await;
        for _ in 0..6 {
            browser.post("/me/email", &[("email", "stranger@ezweb.ne.jp")]).await.status(200).has("確認のメールを");
            dispatch(&service).await;
        }
        assert_eq!(server.mails().len(), 3, "three times a day, whoever asks");
        let mut other = service.browser();
        other.register(&DUE, "email").await;
        other.post("/me/email", &[("email", "stranger@EZWEB.ne.jp")]).await.status(200);
        dispatch(&service).await;
        assert_eq!(server.mails().len(), 3);
        for wrong in ["", "stranger", "a b@ezweb.ne.jp", "x@y@z.jp", "花子@ezweb.ne.jp", "a@b.jp\r\nBcc: c@d.jp"] {
            browser.post("/me/email", &[("email", wrong)]).await.status(422).has("id=\"email-e\"");
        }
        // A day later the link is over, and the address is erased.
        let link = server.mails()[0].link("/me/email/").unwrap().to_owned();
        later(&service, 86_401).get(&link).await.status(410);
        later(&service, 86_401).post(&link, &[]).await.status(410);
        assert_eq!(contact::forget_unconfirmed(&service.db, service.now + 86_401).await.unwrap(), 1);
        assert_eq!(
            (service.count(CONTACTS).await, service.count("SELECT COUNT(*) FROM email_confirmations").await),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn what_waits_can_be_withdrawn_taken_out_and_erased() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let mut browser = service.browser();
        browser.register(&DUE, "email").await;
        for address in ["one@ezweb.ne.jp", "two@ezweb.ne.jp"] {
            browser.post("/me/email", &[("email", address)]).await.status(200);
        }
        browser.get("/me/record.json").await.status(200).has("one@ezweb.ne.jp").has("unconfirmed");
        let page = browser.get("/me/channel").await;
        let id = page.hidden().into_iter().find(|(name, _)| name == "contact").unwrap().1;
        browser.post("/me/channel/remove", &[("contact", &id)]).await.leads_to("/me/channel");
        assert_eq!(service.count("SELECT COUNT(*) FROM email_confirmations").await, 1);
        let id = service.only().await.id;
        erasure::household(&service.db, &service.vault, &id, service.now).await.unwrap();
        assert_eq!(service.count("SELECT COUNT(*) FROM email_confirmations").await, 0);
    }
}

/// Without the setting e-mail is offered nowhere.
#[tokio::test]
async fn without_a_mail_server_nothing_is_offered() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let mut browser = service.browser();
        let page = browser.register(&DUE, "email").await;
        page.status(422).lacks("value=\"email\"").has("受け取り方が選ばれていません");
        browser.register(&DUE, "none").await;
        browser.get("/me/channel").await.status(200).lacks("/me/email");
        browser.get("/register/done?to=email").await.status(200).lacks("/me/email");
        browser.post("/me/email", &[("email", "a@b.jp")]).await.status(404);
    }
}

/// Where somebody reads letters by e-mail and none can go, `/healthz` names what the operator has to mend.
#[tokio::test]
async fn the_health_page_says_why_no_mail_goes() {
    for test in databases().await {
        let server = MailServer::start().await.unwrap();
        let service = start(&test, &server).await;
        let mut browser = service.browser();
        browser.register(&DUE, "email").await;
        service.browser().get("/healthz").await.status(200).lacks("email:");
        let link = asked(&service, &server, &mut browser, "hanako@ezweb.ne.jp").await;
        browser.post(&link, &[]).await.status(200);
        service.browser().get("/healthz").await.status(200).lacks("email:");

        test.db.note(&otayori::watch::barred("email"), true).await.unwrap();
        let refused = "email: the mail server takes nothing from this account, letters on e-mail wait";
        service.browser().get("/healthz").await.status(200).has("attention\n").has(refused);
        test.db.note(&otayori::watch::barred("email"), false).await.unwrap();
        service.browser().get("/healthz").await.lacks("email:");

        let example = Email { smtp: "smtp.example.jp".into(), ..settings(&server) };
        type Change = Box<dyn FnOnce(&mut Config)>;
        let cases: [(Change, &str); 4] = [
            (Box::new(|config| config.site.email = None), "`email` is missing in otayori.yaml"),
            (Box::new(|config| config.site.email = Some(example)), "`email` in otayori.yaml is an example"),
            (Box::new(|config| config.services.smtp_user = Some("otayori".into())), "OTAYORI_SMTP_PASSWORD is missing"),
            (
                Box::new(|config| {
                    config.services.smtp_user = Some("otayori".into());
                    config.services.smtp_password = Some("...".into());
                }),
                "OTAYORI_SMTP_PASSWORD is an example and no secret",
            ),
        ];
        for (change, why) in cases {
            let line = format!("email: {why}, letters on e-mail wait");
            with(&service, 0, change).get("/healthz").await.status(200).has("attention\n").has(&line);
        }
    }
}

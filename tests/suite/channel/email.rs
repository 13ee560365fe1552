//! E-mail through a real SMTP server on loopback (aiosmtpd), with and without STARTTLS and a sign-in: what was sent,
//! what a refusal means, what is in doubt.

use crate::letter::{City, tuesday};
use crate::support::databases;
use otayori::calendar::date;
use otayori::channel::{Carriers, Outcome, Single, Way, email};
use otayori::config::{Config, Email, Encryption};
use otayori::contact::Channel;
use otayori::household;
use otayori::schedule::Sender;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A python that has aiosmtpd: the one in use, or Debian's.
fn python() -> &'static str {
    let has = |python: &&str| {
        Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has)
        .expect("aiosmtpd is missing: `./test` installs python3-aiosmtpd")
}

/// The server of `tests/fixtures/mail_server.py`; it ends with this.
pub struct MailServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<serde_json::Value>>>,
    child: Child,
    _stdin: ChildStdin,
}

impl MailServer {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(python())
            .arg(fixture("mail_server.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        let mails: Arc<Mutex<Vec<serde_json::Value>>> = Arc::default();
        let kept = mails.clone();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(serde_json::from_str(&line).unwrap()))
        });
        Self { port, mails, child, _stdin: stdin }
    }

    pub fn with_starttls(more: &[&str]) -> Self {
        let (certificate, key) = (fixture("tls/mail-server.pem"), fixture("tls/mail-server.key"));
        Self::start(&[&["--tls", certificate.to_str().unwrap(), key.to_str().unwrap()], more].concat())
    }

    /// The letters that it took, once there are so many: it says so on a pipe.
    pub async fn took(&self, letters: usize) -> Vec<serde_json::Value> {
        for _ in 0..500 {
            if self.mails.lock().unwrap().len() >= letters {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mails = self.mails.lock().unwrap().clone();
        assert_eq!(mails.len(), letters, "{mails:#?}");
        mails
    }

    /// The settings of a city that sends by it.
    pub fn settings(&self, tls: Encryption) -> Email {
        let ca = (tls != Encryption::None).then(|| fixture("tls/mail-ca.pem"));
        Email {
            from: "otayori@city.harukaze.lg.jp".into(),
            smtp: "localhost".into(),
            port: self.port,
            tls: Some(tls),
            ca,
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn with_mail(config: &Config, email: Email, account: Option<(&str, &str)>) -> Config {
    let mut config = config.clone();
    config.site.email = Some(email);
    config.services.smtp_user = account.map(|(user, _)| user.to_owned());
    config.services.smtp_password = account.map(|(_, password)| password.to_owned());
    config
}

async fn send_one(city: &City, config: &Config, to: &str) -> Outcome {
    let carriers = Carriers::open(config, &city.test.db, &city.vault, otayori::clock::machine_seconds).await.unwrap();
    let Way::Each(post) = carriers.way(Channel::Email) else { panic!("letters by e-mail stand alone") };
    post.send(Single { to, notice: &super::notice("letter:2026-W48"), contact: "contact", attempt: 1 }).await
}

/// The head's lines, unfolded.
fn head(mail: &serde_json::Value) -> Vec<String> {
    mail["data"]
        .as_str()
        .unwrap()
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .replace("\r\n ", " ")
        .split("\r\n")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_letter_is_handed_in_by_starttls_and_a_sign_in() {
    let city = City::on(crate::support::sqlite().await).await;
    let server = MailServer::with_starttls(&["--auth", "otayori", "s3cret-of-the-city"]);
    let right = Some(("otayori", "s3cret-of-the-city"));
    let config = with_mail(&city.config, server.settings(Encryption::Starttls), right);
    // An address that breaks the standard is quoted; the server, which knows the standard, takes it.
    assert_eq!(send_one(&city, &config, "a..b@docomo.ne.jp").await, Outcome::Sent);
    let mail = server.took(1).await.remove(0);
    assert_eq!(
        (mail["from"].as_str(), mail["tls"].as_bool(), mail["auth"].as_bool()),
        (Some("otayori@city.harukaze.lg.jp"), Some(true), Some(true))
    );
    assert_eq!(mail["to"].as_str().unwrap().replace('"', ""), "a..b@docomo.ne.jp");
    let head = head(&mail);
    assert!(head.contains(&"To: \"a..b\"@docomo.ne.jp".to_owned()), "{head:#?}");
    assert!(
        head.contains(&"List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned())
            && head.contains(&"Auto-Submitted: auto-generated".to_owned()),
        "{head:#?}"
    );
    assert!(head.iter().any(|l| l.starts_with("List-Unsubscribe: <http")), "{head:#?}");

    // What is the account's trouble is the whole channel's: everybody waits, nothing was taken.
    let barred = async |config: &Config| matches!(send_one(&city, config, "a@b.jp").await, Outcome::Barred { .. });
    assert!(
        barred(&with_mail(&city.config, server.settings(Encryption::Starttls), Some(("otayori", "wrong-of-the-city"))))
            .await,
        "a wrong password"
    );
    assert!(barred(&with_mail(&city.config, server.settings(Encryption::Starttls), None)).await, "no sign-in");
    assert!(barred(&with_mail(&city.config, server.settings(Encryption::None), right)).await, "no encryption");
    let strange = Email { ca: Some(fixture("tls/fullchain.pem")), ..server.settings(Encryption::Starttls) };
    assert!(
        barred(&with_mail(&city.config, strange, right)).await,
        "a certificate of an authority that we do not know"
    );
    let usual = Email { ca: None, ..server.settings(Encryption::Starttls) };
    assert!(barred(&with_mail(&city.config, usual, right)).await, "nor does the world");
    server.took(1).await;
}

#[tokio::test]
async fn where_nothing_is_offered_nothing_is_said() {
    let city = City::on(crate::support::sqlite().await).await;
    let plain = MailServer::start(&[]);
    // Asked for, but not offered: the address is not said in plain.
    let outcome = send_one(&city, &with_mail(&city.config, plain.settings(Encryption::Starttls), None), "a@b.jp").await;
    assert!(matches!(outcome, Outcome::Barred { .. }), "{outcome:?}");
    let outcome = send_one(&city, &with_mail(&city.config, plain.settings(Encryption::Tls), None), "a@b.jp").await;
    assert!(matches!(outcome, Outcome::Barred { .. }), "{outcome:?}");
    plain.took(0).await;
    let nobody = Email { port: 9, ..plain.settings(Encryption::None) };
    assert!(
        matches!(send_one(&city, &with_mail(&city.config, nobody, None), "a@b.jp").await, Outcome::NotTaken { .. }),
        "nobody listens: nothing was taken"
    );
}

#[tokio::test]
async fn answers_of_a_real_server_are_understood() {
    let city = City::on(crate::support::sqlite().await).await;
    let server = MailServer::start(&[]);
    let config = with_mail(&city.config, server.settings(Encryption::None), None);
    assert_eq!(send_one(&city, &config, "gone-1@b.jp").await, Outcome::Gone);
    assert!(matches!(send_one(&city, &config, "later-1@b.jp").await, Outcome::NotTaken { .. }));
    assert_eq!(send_one(&city, &config, "later-1@b.jp").await, Outcome::Sent);
    let Outcome::Refused { reason } = send_one(&city, &config, "spam-1@b.jp").await else {
        panic!("a letter that is not wanted")
    };
    assert!(reason.starts_with("554 ") && !reason.contains("spam-1"), "{reason}");
    assert!(
        matches!(send_one(&city, &config, "drop-1@b.jp").await, Outcome::Retry { .. }),
        "broken off after the letter: nobody knows"
    );
    server.took(2).await;
}

/// A week's letters: greylisting, an address that is gone among many, and one that breaks off; few connections for many
/// letters.
#[tokio::test]
async fn a_week_by_e_mail() {
    for test in databases().await {
        let city = City::on(test).await;
        let server = MailServer::with_starttls(&["--auth", "otayori", "s3cret-of-the-city"]);
        let config =
            with_mail(&city.config, server.settings(Encryption::Starttls), Some(("otayori", "s3cret-of-the-city")));
        let mut addresses: Vec<String> = (0..30).map(|n| format!("reader-{n}@harukaze.jp")).collect();
        addresses.extend(["later-1@harukaze.jp", "gone-1@harukaze.jp", "spam-1@harukaze.jp"].map(str::to_owned));
        for address in &addresses {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("email", address)]).await;
        }
        let carriers =
            Carriers::open(&config, &city.test.db, &city.vault, otayori::clock::machine_seconds).await.unwrap();
        let sender = Sender { config: Arc::new(config), carriers, ..city.sender() };
        let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!(
            (sent.sent, sent.gone, sent.refused, sent.retry + sent.pending),
            (31, 1, 1, 0),
            "{} {:?}",
            city.test.name(),
            sent.trouble
        );
        let mails = server.took(31).await;
        let to: BTreeSet<&str> = mails.iter().filter_map(|m| m["to"].as_str()).collect();
        assert_eq!(to.len(), 31, "nobody twice");
        let connections: BTreeSet<u64> = mails.iter().filter_map(|m| m["peer"].as_u64()).collect();
        assert!(connections.len() <= 8, "connections are kept: {connections:?}");
        assert_eq!(
            city.number("SELECT COUNT(*) FROM contacts WHERE gone_at IS NOT NULL").await,
            1,
            "who is gone is dropped"
        );
        // The same letter for all, and none of its words in any e-mail.
        let ids: BTreeSet<String> = mails.iter().flat_map(head).filter(|l| l.starts_with("Message-ID: ")).collect();
        assert_eq!(ids.len(), 31);
        assert!(mails.iter().all(|m| m["data"].as_str().unwrap().is_ascii()));
        // Again, and nobody gets anything.
        let again = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((again.sent, again.already), (0, 31), "{}", city.test.name());
        server.took(31).await;
        let planned =
            otayori::letter::plan(&city.test.db, &crate::letter::city(), &city.config, tuesday()).await.unwrap();
        assert_eq!((planned.of(Channel::Email).requests, planned.of(Channel::Line).requests), (33, 0));
    }
}

/// While the account is refused everybody waits, and it is told; with the right one the same letters go.
#[tokio::test]
async fn a_refused_account_holds_the_channel_and_nobody_is_dropped() {
    for test in databases().await {
        let city = City::on(test).await;
        let server = MailServer::with_starttls(&["--auth", "otayori", "s3cret-of-the-city"]);
        for n in 0..12 {
            city.household("ja", &[("pregnancy", date(2027, 3, 16))], &[("email", &format!("reader-{n}@harukaze.jp"))])
                .await;
        }
        let with = async |password: &str| {
            let config = with_mail(&city.config, server.settings(Encryption::Starttls), Some(("otayori", password)));
            let carriers =
                Carriers::open(&config, &city.test.db, &city.vault, otayori::clock::machine_seconds).await.unwrap();
            Sender { config: Arc::new(config), carriers, patience: Duration::from_secs(2), ..city.sender() }
        };
        let sent = with("wrong-of-the-city").await.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!(
            (sent.sent, sent.gone, sent.refused, sent.retry + sent.pending),
            (0, 0, 0, 12),
            "{}",
            city.test.name()
        );
        assert!(
            sent.trouble.iter().any(|t| t.starts_with("メールサーバーが、こちらからのメールを受け付けません")),
            "{:?}",
            sent.trouble
        );
        assert!(otayori::watch::refuses(&city.test.db, "email").await.unwrap());
        let sender = Sender { patience: Duration::from_secs(30), ..with("s3cret-of-the-city").await };
        let sent = sender.send(&crate::letter::city(), tuesday()).await.unwrap();
        assert_eq!((sent.sent, sent.retry + sent.pending), (12, 0), "{} {:?}", city.test.name(), sent.trouble);
        assert!(!otayori::watch::refuses(&city.test.db, "email").await.unwrap());
        server.took(12).await;
    }
}

/// A letter in doubt goes once more, as the same message; what its links do is of one contact.
#[tokio::test]
async fn a_letter_in_doubt_is_the_same_message() {
    let city = City::on(crate::support::sqlite().await).await;
    let server = MailServer::start(&[]);
    let config = with_mail(&city.config, server.settings(Encryption::None), None);
    assert!(matches!(send_one(&city, &config, "drop-1@b.jp").await, Outcome::Retry { .. }));
    assert!(matches!(send_one(&city, &config, "drop-1@b.jp").await, Outcome::Retry { .. }));
    let mails = server.took(2).await;
    let id = |mail: &serde_json::Value| head(mail).into_iter().find(|l| l.starts_with("Message-ID: ")).unwrap();
    assert_eq!(id(&mails[0]), id(&mails[1]));
    let from = "otayori@city.harukaze.lg.jp".parse().unwrap();
    assert_eq!(id(&mails[0]), format!("Message-ID: {}", email::message_id("letter:2026-W48", "contact", &from)));
    assert!(household::stops_mail(&city.test.db, &city.vault, "nonsense").await.unwrap().is_none());
}

/// The rest of the settings: what is an example is none, and without `email:` nothing is asked of anybody.
#[tokio::test]
async fn what_is_missing_is_told() {
    let city = City::on(crate::support::sqlite().await).await;
    let lacks = |config: &Config| otayori::channel::lacks(Channel::Email, config).map(|lacks| lacks.short);
    assert_eq!(lacks(&city.config).as_deref(), Some("`email` is missing in otayori.yaml"));
    let real = Email {
        from: "otayori@city.minato.lg.jp".into(),
        smtp: "smtp.city.minato.lg.jp".into(),
        port: 587,
        tls: None,
        ca: None,
    };
    assert_eq!(real.encryption(), Encryption::Starttls);
    assert_eq!(Email { port: 465, ..real.clone() }.encryption(), Encryption::Tls);
    assert_eq!(lacks(&with_mail(&city.config, real.clone(), None)), None);
    let example = Email { smtp: "smtp.example.jp".into(), ..real.clone() };
    assert_eq!(
        lacks(&with_mail(&city.config, example, None)).as_deref(),
        Some("`email` in otayori.yaml is an example")
    );
    let placeholder = with_mail(&city.config, real.clone(), Some(("otayori", "xxxx")));
    assert_eq!(lacks(&placeholder).as_deref(), Some("OTAYORI_SMTP_PASSWORD is an example and no secret"));
    let mut half = with_mail(&city.config, real, Some(("otayori", "s3cret")));
    half.services.smtp_password = None;
    assert_eq!(lacks(&half).as_deref(), Some("OTAYORI_SMTP_PASSWORD is missing"));
    assert!(matches!(send_one(&city, &half, "a@b.jp").await, Outcome::Barred { .. }));
}

//! A letter and its envelope in, one SMTP conversation and its outcome out. Connections are kept for the next letter.
//!
//! The conversation is led step by step, because what a failure means depends on the step: before the letter's last
//! line nothing was accepted, after it nobody knows until the server has answered.

use super::answer::{Reply, Step, outcome};
use crate::channel::{Outcome, back_off};
use crate::config::{Config, Email, Encryption};
use anyhow::{Context as _, Result};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Connections at the same time: as many as mail servers take from one place without complaint.
const MOST_CONNECTIONS: usize = 4;
/// Letters over one connection; many servers end it after a hundred.
const MOST_LETTERS: u32 = 50;
/// A connection that has been idle for so long is not used any more.
const IDLE: Duration = Duration::from_secs(20);
/// A server that was not reached is not asked again for so long: whoever waits behind waits in the queue.
const DOWN: Duration = Duration::from_secs(10);
/// To be reached, and for each reply but the last.
const REPLY: Duration = Duration::from_secs(30);
/// For the word on a letter that came whole, in which servers look into it (RFC 5321, 4.5.3.2.6 has ten minutes; a
/// lease is renewed meanwhile).
const LAST_REPLY: Duration = Duration::from_secs(120);

/// A mail server of the city's. Share one: it holds the connections.
pub struct Server {
    name: String,
    port: u16,
    encryption: Encryption,
    tls: Option<TlsParameters>,
    account: Option<Credentials>,
    hello: ClientId,
    idle: Mutex<Vec<Kept>>,
    free: Semaphore,
    /// When it was not reached last.
    down: Mutex<Option<Instant>>,
    /// It was said that nothing is taken; said again when something has been taken in between.
    barred: AtomicBool,
}

/// A connection that waits for its next letter.
struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
    letters: u32,
}

/// Why a conversation ended before the letter was accepted.
enum Trouble {
    /// There was no connection, or it broke before the letter's last line.
    Unreached(String),
    /// The certificate does not fit, or there is no encryption: nothing was said.
    Untrusted(String),
    /// The server said no.
    Said(Step, Reply),
    /// It broke after the letter's last line.
    Unknown(String),
}

impl Server {
    /// With the settings; nothing is asked yet.
    pub fn new(config: &Config, email: &Email) -> Result<Self> {
        let encryption = email.encryption();
        let tls = match encryption {
            Encryption::None => None,
            Encryption::Starttls | Encryption::Tls => Some(trust(config, email)?),
        };
        let account = config.services.smtp_user.clone().zip(config.services.smtp_password.clone());
        let domain = email.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        Ok(Self {
            name: email.smtp.clone(),
            port: email.port,
            encryption,
            tls,
            account: account.map(|(user, password)| Credentials::new(user, password)),
            hello: ClientId::Domain(domain.to_owned()),
            idle: Mutex::default(),
            free: Semaphore::new(MOST_CONNECTIONS),
            down: Mutex::default(),
            barred: AtomicBool::new(false),
        })
    }

    /// Its name, as the operator knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hands in a letter. `to` is who it is for, in plain, so that it stands in no log.
    pub async fn hand_in(&self, envelope: (&Address, &Address), letter: &[u8], to: &str, attempt: u32) -> Outcome {
        // It is never closed.
        let _free = self.free.acquire().await;
        let said = match self.talk(envelope, letter).await {
            Ok(()) => Outcome::Sent,
            Err(Trouble::Said(step, reply)) => {
                let outcome = outcome(step, &reply, to, attempt);
                self.tell(&outcome, &reply.words(to));
                return outcome;
            }
            Err(Trouble::Unreached(why)) => {
                tracing::warn!(server = self.name, why, attempt, "the mail server was not reached");
                Outcome::NotTaken { after: back_off(attempt) }
            }
            Err(Trouble::Unknown(why)) => {
                tracing::warn!(
                    server = self.name,
                    why,
                    attempt,
                    "the mail server did not say whether it took a letter"
                );
                Outcome::Retry { after: back_off(attempt) }
            }
            Err(Trouble::Untrusted(why)) => {
                let outcome = Outcome::Barred { after: back_off(attempt) };
                self.tell(&outcome, &why);
                outcome
            }
        };
        if said == Outcome::Sent {
            self.barred.store(false, Ordering::Relaxed);
        }
        said
    }

    /// That nothing is taken is said once.
    fn tell(&self, outcome: &Outcome, why: &str) {
        if matches!(outcome, Outcome::Barred { .. }) && !self.barred.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "メールサーバー {} が、こちらからのメールを受け付けません（{why}）。otayori.yaml の email \
                 と、otayori.env の OTAYORI_SMTP_USER・OTAYORI_SMTP_PASSWORD を\
                 確かめてください。それまで、メールのおたよりは送らずに待っています。だれの登録も外していません",
                self.name
            );
        }
    }

    /// The whole conversation, over a kept connection if there is one that still holds.
    async fn talk(&self, envelope: (&Address, &Address), letter: &[u8]) -> Result<(), Trouble> {
        while let Some(kept) = self.take() {
            match self.over(kept, envelope, letter).await {
                // It was closed meanwhile: nothing was said over it.
                Err(Trouble::Unreached(_)) => {}
                done => return done,
            }
        }
        if self.down().is_some_and(|since| since.elapsed() < DOWN) {
            return Err(Trouble::Unreached("少し前につながりませんでした".into()));
        }
        let connected = self.connect().await;
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) =
            matches!(connected, Err(Trouble::Unreached(_))).then(Instant::now);
        let connection = connected?;
        self.over(Kept { connection, since: Instant::now(), letters: 0 }, envelope, letter).await
    }

    fn down(&self) -> Option<Instant> {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Kept> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < IDLE);
        idle.pop()
    }

    fn keep(&self, kept: Kept) {
        if kept.letters < MOST_LETTERS {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Kept { since: Instant::now(), ..kept });
        }
    }

    async fn over(&self, mut kept: Kept, (from, to): (&Address, &Address), letter: &[u8]) -> Result<(), Trouble> {
        kept.letters += 1;
        let connection = &mut kept.connection;
        let envelope = async {
            answered(Step::Sender, REPLY, connection.command(Mail::new(Some(from.clone()), Vec::new()))).await?;
            answered(Step::Recipient, REPLY, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
            answered(Step::Data, REPLY, connection.command(Data)).await
        };
        if let Err(trouble) = envelope.await {
            // One recipient's trouble ends no connection, unless the server closes it (421).
            if matches!(&trouble, Trouble::Said(_, reply) if reply.code != 421)
                && answered(Step::Sender, REPLY, kept.connection.command(Rset)).await.is_ok()
            {
                self.keep(kept);
            }
            return Err(trouble);
        }
        match answered(Step::Content, LAST_REPLY, connection.message(letter)).await {
            Ok(()) => {
                self.keep(kept);
                Ok(())
            }
            // From here on silence says nothing.
            Err(Trouble::Unreached(why)) => Err(Trouble::Unknown(why)),
            Err(trouble) => Err(trouble),
        }
    }

    /// A connection that is encrypted, where it has to be, and signed in, where there is an account.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let from_first_byte = self.tls.clone().filter(|_| self.encryption == Encryption::Tls);
        let server = (self.name.trim_matches(['[', ']']), self.port);
        let reached = AsyncSmtpConnection::connect_tokio1(server, Some(REPLY), &self.hello, from_first_byte, None);
        let mut connection = within(REPLY, reached).await.and_then(|done| done.map_err(|e| met(Step::Greeting, &e)))?;
        if let (Encryption::Starttls, Some(tls)) = (self.encryption, &self.tls) {
            if !connection.can_starttls() {
                return Err(Trouble::Untrusted("STARTTLS がありません".into()));
            }
            let encrypted = connection.starttls(tls.clone(), &self.hello);
            within(REPLY, encrypted).await.and_then(|done| done.map_err(|e| met(Step::Greeting, &e)))?;
        }
        if let Some(account) = &self.account {
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], account);
            answered(Step::SignIn, REPLY, signed_in).await?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server {}:{}", self.name, self.port)
    }
}

/// Whom the server's certificate is to be signed by: the usual authorities, or the city's own.
fn trust(config: &Config, email: &Email) -> Result<TlsParameters> {
    let parameters = TlsParameters::builder(email.smtp.clone());
    let parameters = match &email.ca {
        None => parameters.certificate_store(CertificateStore::WebpkiRoots),
        Some(ca) => {
            let pem = std::fs::read(config.root.join(ca))
                .with_context(|| format!("認証局の証明書 {} を読めません", ca.display()))?;
            let certificate = Certificate::from_pem(&pem).context("認証局の証明書の形が正しくありません")?;
            parameters.certificate_store(CertificateStore::None).add_root_certificate(certificate)
        }
    };
    parameters.build().context("メールサーバーとの TLS を用意できません")
}

async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::time::timeout(time, work).await.map_err(|_| Trouble::Unreached("時間内に返事がありません".into()))
}

/// A reply that is asked for; one that says no, or none, is trouble.
async fn answered(
    step: Step,
    time: Duration,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<(), Trouble> {
    match within(time, work).await? {
        Ok(_) => Ok(()),
        Err(e) => Err(met(step, &e)),
    }
}

/// What an error of the conversation is.
fn met(step: Step, e: &Error) -> Trouble {
    if let Some(code) = e.status() {
        let words = std::error::Error::source(e).map(ToString::to_string).unwrap_or_default();
        return Trouble::Said(step, Reply::new(code.into(), &words));
    }
    if e.is_tls() || is_of_tls(e) {
        return Trouble::Untrusted(format!("証明書: {e}"));
    }
    // The server does not offer what we need: a way to sign in.
    if e.is_client() && step == Step::SignIn {
        return Trouble::Said(step, Reply::new(504, &e.to_string()));
    }
    Trouble::Unreached(e.to_string())
}

/// Does the error come from the handshake?
fn is_of_tls(e: &Error) -> bool {
    let mut source = std::error::Error::source(e);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || io.is_some_and(|io| io.is::<rustls::Error>()) {
            return true;
        }
        source = inner.source();
    }
    false
}

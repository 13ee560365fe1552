//! What `otayori.yaml` and the environment say of e-mail in, a mail server that may be spoken to out, or what is
//! missing for it.

use super::email::Encryption;
use super::file::{FILE, place};
use super::reach::{is_an_example, is_no_secret};
use super::{Services, Site};
use crate::diag::Diagnostics;
use crate::diag::yaml::Node;
use crate::mailbox::EmailAddress;
use std::path::Path;

/// Names of the secrets: of the mail server's account.
pub const USER: &str = "OTAYORI_SMTP_USER";
/// Of its password.
pub const PASSWORD: &str = "OTAYORI_SMTP_PASSWORD";

/// What would break later, each at its place.
pub(super) fn values(root: &Path, site: &Site, tree: &Node, problems: &mut Diagnostics) {
    let Some(email) = &site.email else { return };
    let mut wrong = |path: &str, message: String, hint: &str| problems.error(FILE, place(tree, path), message, hint);
    if let Err(e) = email.from.parse::<EmailAddress>() {
        wrong(
            "email.from",
            format!("差出人のメールアドレス `{}` が正しくありません（{e}）", email.from),
            "市の、返事を受け取れるアドレスだけを書きます。例: otayori@city.minato.lg.jp",
        );
    }
    if url::Host::parse(&email.smtp).is_err() {
        wrong(
            "email.smtp",
            format!("メールサーバーの名前 `{}` が正しくありません", email.smtp),
            "名前だけを書きます（smtp:// やポートは書きません）。例: smtp.city.minato.lg.jp",
        );
    }
    if email.port == 0 {
        wrong("email.port", "メールサーバーのポート 0 は使えません".into(), "ふつうは 587（STARTTLS）か 465");
    }
    if email.encryption() == Encryption::None && !email.is_loopback() {
        wrong(
            "email.tls",
            "暗号化しない接続は、この機械の中のメールサーバーにだけ使えます".into(),
            "tls: starttls（587）か tls: tls（465）にしてください。宛先が、通り道でだれにでも読めてしまいます",
        );
    }
    if let Some(ca) = &email.ca {
        let read = std::fs::read(root.join(ca));
        if !read.is_ok_and(|bytes| bytes.windows(27).any(|w| w == b"-----BEGIN CERTIFICATE-----")) {
            wrong(
                "email.ca",
                format!("認証局の証明書 `{}` を読めません", ca.display()),
                "PEM 形式（-----BEGIN CERTIFICATE----- で始まる文字）のファイルを、otayori.yaml \
                 から見た場所で書いてください",
            );
        }
    }
}

/// Why nothing goes out by e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailLacks {
    /// There is no `email:`.
    Setting,
    /// Server or sender are what a guide writes in their place.
    Example,
    /// User or password are.
    NoSecret(&'static str),
    /// One of the two is missing.
    Half(&'static str),
}

impl EmailLacks {
    /// A line of `/healthz`, without its end.
    pub fn short(self) -> String {
        match self {
            Self::Setting => "`email` is missing in otayori.yaml".into(),
            Self::Example => "`email` in otayori.yaml is an example".into(),
            Self::NoSecret(name) => format!("{name} is an example and no secret"),
            Self::Half(name) => format!("{name} is missing"),
        }
    }
    /// For the operator: what is missing, what waits, what to type.
    pub fn message(self) -> String {
        let (what, mend) = match self {
            Self::Setting => (
                "メールを送る設定がありません".to_owned(),
                "otayori.yaml に email（差出人とメールサーバー）を書いて".to_owned(),
            ),
            Self::Example => (
                "メールを送る設定が、説明書の例のままです".to_owned(),
                "otayori.yaml の email を、市のものに書きかえて".to_owned(),
            ),
            Self::NoSecret(name) => (
                format!("{name} が、説明書の例のままです"),
                format!("otayori.env の {name} を、メールサーバーの本物に書きかえて"),
            ),
            Self::Half(name) => (
                format!("{name} がありません"),
                format!("otayori.env に {name} を書くか、{USER} と {PASSWORD} を両方とも消して"),
            ),
        };
        format!("{what}。メールのおたよりは、送らずに待っています。{mend}、動かし直してください")
    }
}

/// What is missing for e-mail; `None` where letters may go by it. A server of this machine may have any name.
pub fn email_lacks(site: &Site, services: &Services) -> Option<EmailLacks> {
    let Some(email) = &site.email else { return Some(EmailLacks::Setting) };
    let sender = email.from.parse::<EmailAddress>().ok();
    if !email.is_loopback() && (is_an_example(&email.smtp) || sender.is_none_or(|from| is_an_example(from.domain()))) {
        return Some(EmailLacks::Example);
    }
    match (services.smtp_user.as_deref(), services.smtp_password.as_deref()) {
        (None, None) => None,
        (None, Some(_)) => Some(EmailLacks::Half(USER)),
        (Some(_), None) => Some(EmailLacks::Half(PASSWORD)),
        (Some(user), Some(_)) if is_no_secret(user) => Some(EmailLacks::NoSecret(USER)),
        (Some(_), Some(password)) if is_no_secret(password) => Some(EmailLacks::NoSecret(PASSWORD)),
        (Some(_), Some(_)) => None,
    }
}

//! LINE Login (OpenID Connect): the address of LINE's page out, the code that it sends back in, the LINE user out.
//! Knows no household.
//!
//! <https://developers.line.biz/en/docs/line-login/integrate-line-login/>, PKCE:
//! <https://developers.line.biz/en/docs/line-login/integrate-pkce/>. Only `openid` is asked for: no name, no picture.
//! The access token that comes along is not used and not kept.

use crate::channel::http::Client;
use crate::channel::line::webhook::is_user_id;
use crate::config::Services;
use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use serde::Deserialize;

/// The city's LINE Login channel.
#[derive(Clone)]
pub struct Login {
    client: Client,
    /// `https://access.line.me`; also the issuer of its tokens.
    login_base: String,
    api_base: String,
    channel_id: String,
    channel_secret: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login {}", self.channel_id)
    }
}

/// One try to sign in. Everything that only this browser and this try may know follows from one secret, which its
/// cookie keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt(String);

impl Attempt {
    /// A new one.
    pub fn begin() -> Self {
        Self(crate::vault::token())
    }
    /// From the cookie; `None` if it is not one of ours.
    pub fn from_secret(secret: &str) -> Option<Self> {
        (secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
            .then(|| Self(secret.to_owned()))
    }
    /// For the cookie.
    pub fn secret(&self) -> &str {
        &self.0
    }
    /// Ties LINE's answer to this browser (RFC 6749, 10.12).
    pub fn state(&self) -> String {
        self.derived("state")
    }
    /// Ties the id token to this try (OpenID Connect Core, 15.5.2).
    fn nonce(&self) -> String {
        self.derived("nonce")
    }
    /// PKCE's `code_verifier`: 43 characters (RFC 7636, 4.1).
    fn verifier(&self) -> String {
        self.derived("verifier")
    }
    fn derived(&self, what: &str) -> String {
        sha256(&format!("otayori line login\0{what}\0{}", self.0))
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Login {
    /// The channel of the settings; `None` without its id and secret.
    pub fn of(services: &Services) -> Option<Self> {
        let (channel_id, channel_secret) = services.line_login.clone()?;
        match Client::new() {
            Ok(client) => Some(Self {
                client,
                login_base: services.line_login_base.clone(),
                api_base: services.line_api_base.clone(),
                channel_id,
                channel_secret,
            }),
            Err(e) => {
                tracing::error!(error = format!("{e:#}"), "LINE Login cannot be used");
                None
            }
        }
    }

    /// LINE's page for this try; it comes back to `callback` with a code and the try's state.
    pub fn page(&self, attempt: &Attempt, callback: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.channel_id)
            .append_pair("redirect_uri", callback)
            .append_pair("state", &attempt.state())
            .append_pair("scope", "openid")
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &sha256(&attempt.verifier()))
            .append_pair("code_challenge_method", "S256")
            .finish();
        format!("{}/oauth2/v2.1/authorize?{query}", self.login_base)
    }

    /// Exchanges the code and checks the id token: the LINE user's id. `now` by the machine's clock, Unix seconds. The
    /// caller has compared the state.
    pub async fn finish(&self, attempt: &Attempt, callback: &str, code: &str, now: i64) -> Result<String> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", callback)
            .append_pair("client_id", &self.channel_id)
            .append_pair("client_secret", &self.channel_secret)
            .append_pair("code_verifier", &attempt.verifier())
            .finish();
        let request = Request::post(format!("{}/oauth2/v2.1/token", self.api_base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.client.send(request.body(Full::from(Bytes::from(form)))?).await?;
        if !answer.status.is_success() {
            bail!("LINE Login does not take the code: {}", answer.words(&[code, &self.channel_secret]));
        }
        let tokens: Tokens = serde_json::from_slice(&answer.body).context("LINE Login's answer")?;
        self.user(&tokens.id_token, &attempt.nonce(), now)
    }

    /// The LINE user of an id token, if LINE signed it for this channel and this try and it holds now.
    fn user(&self, id_token: &str, nonce: &str, now: i64) -> Result<String> {
        #[derive(Deserialize)]
        struct Head {
            alg: String,
        }
        #[derive(Deserialize)]
        struct Claims {
            iss: String,
            sub: String,
            aud: String,
            exp: i64,
            nonce: String,
        }
        let (signed, signature) = id_token.rsplit_once('.').context("the id token has no signature")?;
        let (head, claims) = signed.split_once('.').context("the id token has no claims")?;
        let head: Head = json(head)?;
        // Web logins are signed with the channel's secret; anything else, `none` above all, is not.
        ensure!(head.alg == "HS256", "the id token is signed by {}", head.alg.chars().take(10).collect::<String>());
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.channel_secret.as_bytes());
        let tag = BASE64_URL_SAFE_NO_PAD.decode(signature).context("the id token's signature")?;
        hmac::verify(&key, signed.as_bytes(), &tag)
            .ok()
            .context("the id token is not signed with the channel's secret")?;
        let claims: Claims = json(claims)?;
        ensure!(claims.iss == self.login_base, "the id token is from another issuer");
        ensure!(claims.aud == self.channel_id, "the id token is for another channel");
        ensure!(claims.exp > now, "the id token has run out");
        ensure!(claims.nonce == nonce, "the id token belongs to another try");
        ensure!(is_user_id(&claims.sub), "the id token names no LINE user");
        Ok(claims.sub)
    }
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).context("the id token is not base64url")?;
    serde_json::from_slice(&bytes).context("the id token is out of form")
}

fn sha256(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// An id token as LINE signs it, for the stand-in and the tests.
pub fn id_token(channel_secret: &str, head: &serde_json::Value, claims: &serde_json::Value) -> String {
    let signed = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(head.to_string()),
        BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, channel_secret.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

/// PKCE: does the verifier belong to the challenge?
pub fn is_verifier(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len()) && sha256(verifier) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const USER: &str = "U4af4980629abcdef4af4980629abcdef";
    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn login() -> Login {
        Login {
            client: Client::new().unwrap(),
            login_base: "https://access.line.me".into(),
            api_base: "https://api.line.me".into(),
            channel_id: "1234567890".into(),
            channel_secret: SECRET.into(),
        }
    }

    fn claims() -> Value {
        json!({ "iss": "https://access.line.me", "sub": USER, "aud": "1234567890", "exp": 2000, "iat": 1000,
            "nonce": "n", "amr": ["linesso"] })
    }

    #[test]
    fn every_claim_is_checked() {
        let (login, head) = (login(), json!({ "typ": "JWT", "alg": "HS256" }));
        let user = |token: &str| login.user(token, "n", 1500).map_err(|e| e.to_string());
        let good = id_token(SECRET, &head, &claims());
        assert_eq!(user(&good), Ok(USER.into()));
        assert!(login.user(&good, "n", 2000).unwrap_err().to_string().contains("run out"));
        assert!(login.user(&good, "other", 1500).unwrap_err().to_string().contains("another try"));
        for (claim, value, why) in [
            ("iss", json!("https://access.line.me.example"), "another issuer"),
            ("aud", json!("999"), "another channel"),
            ("exp", json!(1), "run out"),
            ("nonce", json!(""), "another try"),
            ("sub", json!("somebody"), "no LINE user"),
            ("exp", json!("soon"), "out of form"),
            ("nonce", Value::Null, "out of form"),
        ] {
            let mut wrong = claims();
            wrong[claim] = value;
            let said = user(&id_token(SECRET, &head, &wrong)).unwrap_err();
            assert!(said.contains(why), "{claim}: {said}");
        }
        // Signed by somebody else, by nobody, or by another algorithm with the same bytes.
        assert!(user(&id_token("other", &head, &claims())).unwrap_err().contains("not signed"));
        for alg in ["none", "ES256", "hs256", ""] {
            assert!(
                user(&id_token(SECRET, &json!({ "alg": alg }), &claims())).unwrap_err().contains("signed by"),
                "{alg}"
            );
        }
        let (signed, _) = good.rsplit_once('.').unwrap();
        assert!(user(&format!("{signed}.")).is_err() && user(signed).is_err());
        // One changed character anywhere.
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(bytes).unwrap();
            // The last character of a base64 text has bits that say nothing; the decoder refuses those that are not
            // zero.
            assert!(user(&text).is_err(), "{at}");
        }
    }

    #[test]
    fn the_page_carries_what_line_asks_for() {
        let (login, attempt) = (login(), Attempt::begin());
        let page = url::Url::parse(&login.page(&attempt, "https://otayori.example.jp/line/login/callback")).unwrap();
        let query: std::collections::BTreeMap<_, _> = page.query_pairs().into_owned().collect();
        assert_eq!((page.host_str(), page.path()), (Some("access.line.me"), "/oauth2/v2.1/authorize"));
        assert_eq!(query["redirect_uri"], "https://otayori.example.jp/line/login/callback");
        assert_eq!(
            (query["response_type"].as_str(), query["scope"].as_str(), query["code_challenge_method"].as_str()),
            ("code", "openid", "S256")
        );
        assert_eq!((query["state"].clone(), query["nonce"].clone()), (attempt.state(), attempt.nonce()));
        assert!(
            is_verifier(&attempt.verifier(), &query["code_challenge"])
                && !is_verifier(&Attempt::begin().verifier(), &query["code_challenge"])
        );
        // Nothing of them can be worked out from another.
        let all = [attempt.secret().to_owned(), attempt.state(), attempt.nonce(), attempt.verifier()];
        assert!(all.iter().enumerate().all(|(n, a)| all.iter().skip(n + 1).all(|b| a != b)));
        assert!(!page.as_str().contains(&attempt.verifier()) && !page.as_str().contains(attempt.secret()));
        assert_eq!(Attempt::from_secret(attempt.secret()).map(|a| a.state()), Some(attempt.state()));
        // RFC 7636, appendix B.
        assert!(is_verifier(
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        ));
    }

    proptest! {
        #[test]
        fn never_panics(token in r#"[A-Za-z0-9_.=-]{0,200}"#, any in ".{0,80}") {
            let login = login();
            prop_assert!(login.user(&token, "n", 0).is_err() && login.user(&any, "n", 0).is_err());
            let _ = Attempt::from_secret(&any);
        }
    }
}

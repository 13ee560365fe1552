//! The installation's signing key and a push service's address in, the `Authorization` header that says who we are out
//! (RFC 8292).

use crate::db::Db;
use crate::outbox::subscription::Subscription;
use crate::vault::Vault;
use anyhow::{Context, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hyper::header::HeaderValue;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const NAME: &str = "vapid";

/// A token is used for 12 hours and holds for 13; a service refuses more than 24 (RFC 8292, 2).
const USED_FOR: i64 = 12 * 3600;
const HOLDS_FOR: i64 = 13 * 3600;
/// Push services number in tens; past this the cache is emptied rather than grown.
const MOST_ORIGINS: usize = 500;

/// The installation's P-256 key. Browsers subscribe to its public half; losing it loses every subscription. Cheap to
/// clone.
#[derive(Clone)]
pub struct Key(Arc<EcdsaKeyPair>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key {}", self.public())
    }
}

impl Key {
    /// The key from the database, opened by the master key; made there if there is none yet. `now` in Unix seconds.
    pub async fn load(db: &Db, vault: &Vault, now: i64) -> Result<Self> {
        if let Some(key) = Self::find(db, vault).await? {
            return Ok(key);
        }
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| anyhow!("署名の鍵を作れません"))?;
        // Two processes that start at once agree on the first one's.
        vault.keep_secret(db, NAME, &BASE64_URL_SAFE_NO_PAD.encode(made), now).await?;
        Self::find(db, vault).await?.context("署名の鍵がありません")
    }

    async fn find(db: &Db, vault: &Vault) -> Result<Option<Self>> {
        let text = vault
            .secret(db, NAME)
            .await
            .context("署名の鍵を開けません: OTAYORI_KEY_FILE が、このデータベースのものか確かめてください")?;
        let Some(text) = text else { return Ok(None) };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).context("署名の鍵の形が正しくありません")?;
        Self::from_pkcs8(&bytes).map(Some)
    }

    /// A new key that is kept nowhere, for tests and benches.
    pub fn generate() -> Result<Self> {
        Ok(Self(Arc::new(
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| anyhow!("署名の鍵を作れません"))?,
        )))
    }

    /// The key of a private number of 32 bytes, as other programs keep theirs: for tests and benches against them.
    pub fn from_private(bytes: &[u8]) -> Result<Self> {
        use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
        let wrong = || anyhow!("P-256 の秘密鍵ではありません");
        let public = PrivateKey::from_private_key(&ECDH_P256, bytes)
            .map_err(|_| wrong())?
            .compute_public_key()
            .map_err(|_| wrong())?;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, public.as_ref())
                .map_err(|_| wrong())?;
        Ok(Self(Arc::new(pair)))
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self> {
        Ok(Self(Arc::new(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
                .map_err(|e| anyhow!("署名の鍵が読めません: {e}"))?,
        )))
    }

    /// What a browser takes as `applicationServerKey`: the uncompressed point in base64url.
    pub fn public(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    /// `vapid t=<JWT>, k=<public key>` for the push service at `origin`, until `expires_at` (Unix seconds).
    pub fn authorization(&self, origin: &str, contact: &str, expires_at: i64) -> Result<String> {
        let claims = json!({ "aud": origin, "exp": expires_at, "sub": contact }).to_string();
        let signed = format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#),
            BASE64_URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| anyhow!("署名できません"))?;
        Ok(format!("vapid t={signed}.{}, k={}", BASE64_URL_SAFE_NO_PAD.encode(signature), self.public()))
    }
}

/// Signs once for each push service and half a day, because a signature costs as much as an encryption.
#[derive(Debug)]
pub struct Vapid {
    key: Key,
    contact: String,
    tokens: Mutex<HashMap<String, Token>>,
}

#[derive(Debug, Clone)]
struct Token {
    header: HeaderValue,
    made_at: i64,
}

impl Vapid {
    /// `contact` is a `mailto:` or `https:` address at which a push service reaches the city.
    pub fn new(key: Key, contact: &str) -> Self {
        Self { key, contact: contact.to_owned(), tokens: Mutex::default() }
    }

    /// A service refused the token: the next message to it gets a new one, by the clock as it is then.
    pub fn forget(&self, to: &Subscription) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&to.endpoint.origin().ascii_serialization());
    }

    /// The header for a message to `to`. Its origin has the port, if it is not the scheme's own.
    pub fn header(&self, to: &Subscription, now: i64) -> Result<HeaderValue> {
        let origin = to.endpoint.origin().ascii_serialization();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(&origin).filter(|t| (t.made_at..t.made_at + USED_FOR).contains(&now)) {
            return Ok(token.header.clone());
        }
        let mut header = HeaderValue::try_from(self.key.authorization(&origin, &self.contact, now + HOLDS_FOR)?)?;
        header.set_sensitive(true);
        if tokens.len() >= MOST_ORIGINS {
            tokens.clear();
        }
        tokens.insert(origin, Token { header: header.clone(), made_at: now });
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(endpoint: &str) -> Subscription {
        let json = r#"{"endpoint":"E","keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#;
        Subscription::parse(json.replace("\"E\"", &format!("\"{endpoint}\"")), true).unwrap()
    }

    fn claims(header: &HeaderValue) -> serde_json::Value {
        let text = header.to_str().unwrap().strip_prefix("vapid t=").unwrap();
        let claims = text.split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }

    #[test]
    fn one_token_for_each_origin_and_half_a_day() {
        let vapid = Vapid::new(Key::generate().unwrap(), "mailto:x@example.jp");
        let (fcm, other) = (
            subscription("https://fcm.googleapis.com/fcm/send/a"),
            subscription("https://fcm.googleapis.com/fcm/send/b"),
        );
        let loopback = subscription("http://127.0.0.1:9123/push/a");
        let first = vapid.header(&fcm, 1_000_000).unwrap();
        assert_eq!(
            claims(&first),
            json!({ "aud": "https://fcm.googleapis.com", "exp": 1_000_000 + HOLDS_FOR, "sub": "mailto:x@example.jp" })
        );
        assert_eq!(vapid.header(&other, 1_000_000 + USED_FOR - 1).unwrap(), first);
        assert_ne!(vapid.header(&fcm, 1_000_000 + USED_FOR).unwrap(), first);
        // A clock that was set back makes a new token: the old one could hold for too long.
        assert_eq!(claims(&vapid.header(&fcm, 5).unwrap())["exp"], 5 + HOLDS_FOR);
        assert_eq!(claims(&vapid.header(&loopback, 5).unwrap())["aud"], "http://127.0.0.1:9123");
    }
}

//! A password in, an argon2id hash out (PHC string), and back: right or wrong.

use anyhow::{Context, Result, anyhow, bail};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

/// Characters that a password has at least. Length is what counts (NIST SP 800-63B): no rules on kinds of characters.
const SHORTEST: usize = 12;
/// More is not hashed: a megabyte of password would be work for nothing.
const LONGEST: usize = 200;

/// Hashes on a thread for blocking work: it takes some ten milliseconds and 19 MiB (OWASP's setting, the crate's default).
pub(super) async fn hash(password: &str) -> Result<String> {
    let letters = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&letters) {
        bail!("パスワードは{SHORTEST}文字以上、{LONGEST}文字以内にしてください（いま{letters}文字）");
    }
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).map(|h: PasswordHash| h.to_string()))
        .await
        .context("パスワードの計算が止まりました")?
        .map_err(|e| anyhow!("パスワードを保存できる形にできません（{e}）"))
}

/// Is it the password of `hash`? Without a hash (no such login) the same work is done and the answer is no.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    /// Of a password that nobody knows, with the same settings.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2Yg$3Q2VtY2gTKuO3wIQjo3Dd5ZEELnhZYz9PRpTW1zuLZk";
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let hash = PasswordHash::new(&hash).map_err(|e| anyhow!("保存されたパスワードの形が正しくありません（{e}）"))?;
        let password = if password.chars().count() > LONGEST { "" } else { &password };
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
    .context("パスワードの計算が止まりました")?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let hashed = hash("harukaze no tsubame").await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("harukaze no tsubame".into(), Some(hashed.clone())).await.unwrap());
        assert!(!verify("harukaze no suzume".into(), Some(hashed)).await.unwrap());
        assert!(!verify(String::new(), None).await.unwrap());
        assert!(hash("short").await.unwrap_err().to_string().contains("12文字以上"));
    }
}

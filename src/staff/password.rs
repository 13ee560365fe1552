//! A password in, an argon2id hash out (PHC string), and back: right or wrong.

use anyhow::{Context, Result, anyhow, bail};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Characters that a password has at least. Length is what counts (NIST SP 800-63B): no rules on kinds of characters.
const SHORTEST: usize = 12;
/// More is not hashed: a megabyte of password would be work for nothing.
const LONGEST: usize = 200;

/// Hashes that are computed at once: more would only take memory and both cores from those who read.
const AT_ONCE: usize = 2;
static TURN: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// Work on a thread for blocking work, in its turn. The turn goes along: it ends with the work, even when nobody waits
/// for it any more.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = TURN.clone().acquire_owned().await.context("パスワードの計算が止まりました")?;
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.context("パスワードの計算が止まりました")
}

/// Hashes on a thread for blocking work: it takes some ten milliseconds and 19 MiB (OWASP's setting, the crate's
/// default).
pub(super) async fn hash(password: &str) -> Result<String> {
    let letters = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&letters) {
        bail!("パスワードは{SHORTEST}文字以上、{LONGEST}文字以内にしてください（いま{letters}文字）");
    }
    let password = password.to_owned();
    in_turn(move || Argon2::default().hash_password(password.as_bytes()).map(|h: PasswordHash| h.to_string()))
        .await?
        .map_err(|e| anyhow!("パスワードを保存できる形にできません（{e}）"))
}

/// Is it the password of `hash`? Without a hash (no such login) the same work is done and the answer is no.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    /// Of a password that nobody knows, with the same settings.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2Yg$3Q2VtY2gTKuO3wIQjo3Dd5ZEELnhZYz9PRpTW1zuLZk";
    in_turn(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let hash =
            PasswordHash::new(&hash).map_err(|e| anyhow!("保存されたパスワードの形が正しくありません（{e}）"))?;
        let password = if password.chars().count() > LONGEST { "" } else { &password };
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many try: two at once, and the others in their turn.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_at_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (now, most) = (now.clone(), most.clone());
            all.spawn(in_turn(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(20));
                now.fetch_sub(1, Ordering::SeqCst);
            }));
        }
        // Who goes away keeps no turn, and what was begun keeps its own.
        all.spawn(async {
            let gone = tokio::time::timeout(
                std::time::Duration::from_millis(1),
                in_turn(|| std::thread::sleep(std::time::Duration::from_millis(50))),
            )
            .await;
            assert!(gone.is_err());
            Ok(())
        });
        all.join_all().await.into_iter().for_each(|done| done.unwrap());
        let most = most.load(Ordering::SeqCst);
        assert!((1..=AT_ONCE).contains(&most), "{most} at once");
        assert!(verify(String::new(), None).await.is_ok());
    }

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

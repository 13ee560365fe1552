//! A key and a text in, the sealed text out, and back.

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::sync::Arc;

/// A 256-bit key that seals texts (AES-256-GCM, random nonce). Never printed.
#[derive(Clone)]
pub struct DataKey(Arc<LessSafeKey>);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

impl DataKey {
    /// A key of 32 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| anyhow!("鍵は 32 バイトでなければなりません"))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Seals `plain`; `context` names the column (`contacts.address`) and must be the same on opening. Base64 of nonce
    /// and ciphertext.
    pub fn seal(&self, context: &str, plain: &str) -> Result<String> {
        self.seal_bytes(context, plain.as_bytes())
    }
    /// Opens what [`DataKey::seal`] made with the same context.
    pub fn open(&self, context: &str, sealed: &str) -> Result<String> {
        String::from_utf8(self.open_bytes(context, sealed)?).context("暗号の中身が文字ではありません")
    }

    pub(crate) fn seal_bytes(&self, context: &str, plain: &[u8]) -> Result<String> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| anyhow!("暗号にできません"))?;
        Ok(BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }
    pub(crate) fn open_bytes(&self, context: &str, sealed: &str) -> Result<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(sealed).context("暗号の形が正しくありません")?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).context("暗号が短すぎます")?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("暗号の形が正しくありません"))?;
        let mut rest = rest.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut rest)
            .map_err(|_| anyhow!("暗号を開けません（鍵が違うか、書きかえられています）"))?;
        Ok(plain.to_vec())
    }
}

/// The key that wraps data keys and seals the installation's own secrets.
pub(super) fn wrapping(master: &[u8; 32]) -> Result<DataKey> {
    DataKey::new(&derived(master, b"otayori wrap 1")?)
}

pub(super) fn derived(master: &[u8; 32], info: &'static [u8]) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    Salt::new(HKDF_SHA256, &[])
        .extract(master)
        .expand(&[info], Length)
        .and_then(|okm| okm.fill(&mut key))
        .map_err(|_| anyhow::anyhow!("鍵を導けません"))?;
    Ok(key)
}

struct Length;
impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

/// `N` random bytes from the operating system's source.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow!("乱数が得られません"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_nothing_else(text in ".*", context in "[a-z.]{1,20}", flip in 0usize..200) {
            let key = DataKey::new(&[7; 32]).unwrap();
            let sealed = key.seal(&context, &text).unwrap();
            prop_assert_eq!(key.open(&context, &sealed).unwrap(), text);
            prop_assert!(key.open("another", &sealed).is_err());
            prop_assert!(DataKey::new(&[8; 32]).unwrap().open(&context, &sealed).is_err());
            let mut bytes = BASE64_STANDARD.decode(&sealed).unwrap();
            let at = flip % bytes.len();
            bytes[at] ^= 1;
            prop_assert!(key.open(&context, &BASE64_STANDARD.encode(bytes)).is_err());
        }

        #[test]
        fn never_panics_on_what_it_is_given(sealed in ".*") {
            let _ = DataKey::new(&[7; 32]).unwrap().open("x", &sealed);
        }
    }
}

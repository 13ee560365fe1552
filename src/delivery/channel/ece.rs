//! A plain text and a browser's keys in, one `aes128gcm` record that only the browser opens out (RFC 8291 over RFC
//! 8188), and back for the stand-in.

use crate::outbox::subscription::Subscription;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

/// A push service takes at most this many bytes (RFC 8030, 7.2: it must take 4096).
pub const LONGEST_BODY: usize = 4096;
/// Plain texts are padded to the next step, so that the length gives nothing away.
pub const STEP: usize = 128;
/// Salt, record size, length of the key id, and the key id, which is our ephemeral point (RFC 8188, 2.1).
const HEADER: usize = 16 + 4 + 1 + POINT;
const POINT: usize = 65;
const TAG: usize = 16;
/// The longest plain text: a whole number of steps with the delimiter inside.
pub const LONGEST_PLAIN: usize = (LONGEST_BODY - HEADER - TAG) / STEP * STEP - 1;
/// Ends the last record's text; padding zeros follow (RFC 8188, 2).
const LAST: u8 = 2;

/// Why a text was not sealed or a record not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than [`LONGEST_PLAIN`].
    #[error("通知の文が長すぎます（{0} バイト、{LONGEST_PLAIN} まで）")]
    TooLong(usize),
    /// A key is not a point of P-256, or the record was changed or is not ours.
    #[error("通知を暗号にできません（鍵が正しくありません）")]
    Key,
    /// Not one record of `aes128gcm` with a P-256 point as its key id.
    #[error("aes128gcm の形ではありません")]
    Form,
}

impl From<Unspecified> for Error {
    fn from(_: Unspecified) -> Self {
        Self::Key
    }
}

/// Encrypts `plain` for the browser: a fresh key pair and salt each time, padded to the next 128 bytes.
pub fn seal(to: &Subscription, plain: &[u8]) -> Result<Vec<u8>, Error> {
    if plain.len() > LONGEST_PLAIN {
        return Err(Error::TooLong(plain.len()));
    }
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt)?;
    seal_with(to, plain, &PrivateKey::generate(&ECDH_P256)?, &salt, (plain.len() + 1).next_multiple_of(STEP))
}

/// As [`seal`], with key, salt and padded length (delimiter included) given, as the RFC's example needs it.
fn seal_with(
    to: &Subscription,
    plain: &[u8],
    own: &PrivateKey,
    salt: &[u8; 16],
    padded: usize,
) -> Result<Vec<u8>, Error> {
    let point = own.compute_public_key()?;
    let (key, nonce) = agree(own, UnparsedPublicKey::new(&ECDH_P256, &to.public_key), Error::Key, |secret| {
        derive(secret, &to.auth, &to.public_key, point.as_ref(), salt)
    })?;
    let mut body = Vec::with_capacity(HEADER + padded + TAG);
    body.extend_from_slice(salt);
    body.extend_from_slice(&(LONGEST_BODY as u32).to_be_bytes());
    body.push(POINT as u8);
    body.extend_from_slice(point.as_ref());
    body.extend_from_slice(plain);
    body.push(LAST);
    body.resize(HEADER + padded.max(plain.len() + 1), 0);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut body[HEADER..])?;
    body.extend_from_slice(tag.as_ref());
    Ok(body)
}

/// What a browser does: opens a body with its private key. Written from the RFCs, apart from [`seal`] but for the key
/// schedule.
pub fn open(own: &PrivateKey, auth: &[u8; 16], body: &[u8]) -> Result<Vec<u8>, Error> {
    let (salt, rest) = body.split_first_chunk::<16>().ok_or(Error::Form)?;
    let (size, rest) = rest.split_first_chunk::<4>().ok_or(Error::Form)?;
    let (&length, rest) = rest.split_first().ok_or(Error::Form)?;
    let (point, record) = rest.split_at_checked(usize::from(length)).ok_or(Error::Form)?;
    if point.len() != POINT || record.len() > u32::from_be_bytes(*size) as usize || record.len() <= TAG {
        return Err(Error::Form);
    }
    let public = own.compute_public_key()?;
    let (key, nonce) = agree(own, UnparsedPublicKey::new(&ECDH_P256, point), Error::Key, |secret| {
        derive(secret, auth, public.as_ref(), point, salt)
    })?;
    let mut record = record.to_vec();
    let plain = key.open_in_place(nonce, Aad::empty(), &mut record)?;
    let end = plain.iter().rposition(|byte| *byte != 0).ok_or(Error::Form)?;
    if plain[end] != LAST {
        return Err(Error::Form);
    }
    Ok(plain[..end].to_vec())
}

/// RFC 8291, 3.4: shared secret and `auth` make the input key, its salt and the two points the content key and nonce.
fn derive(
    secret: &[u8],
    auth: &[u8],
    browser: &[u8],
    server: &[u8],
    salt: &[u8; 16],
) -> Result<(LessSafeKey, Nonce), Error> {
    let mut input = [0; 32];
    expand(&Salt::new(HKDF_SHA256, auth).extract(secret), &[b"WebPush: info\0", browser, server], &mut input)?;
    let prk = Salt::new(HKDF_SHA256, salt).extract(&input);
    let (mut key, mut nonce) = ([0; 16], [0; NONCE_LEN]);
    expand(&prk, &[b"Content-Encoding: aes128gcm\0"], &mut key)?;
    expand(&prk, &[b"Content-Encoding: nonce\0"], &mut nonce)?;
    // One record only: the nonce is that of sequence number 0.
    Ok((LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?), Nonce::assume_unique_for_key(nonce)))
}

struct Length(usize);
impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, label: &[&[u8]], out: &mut [u8]) -> Result<(), Unspecified> {
    prk.expand(label, Length(out.len()))?.fill(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
    use proptest::prelude::*;

    fn browser() -> (PrivateKey, Subscription) {
        // RFC 8291, appendix A: the user agent's key pair and authentication secret.
        let private = PrivateKey::from_private_key(
            &ECDH_P256,
            &B64.decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").unwrap(),
        )
        .unwrap();
        let json = r#"{"endpoint":"https://fcm.googleapis.com/x","keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#;
        (private, Subscription::parse(json, false).unwrap())
    }

    #[test]
    fn the_example_of_rfc_8291() {
        let (private, subscription) = browser();
        let own = PrivateKey::from_private_key(
            &ECDH_P256,
            &B64.decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap(),
        )
        .unwrap();
        let salt: [u8; 16] = B64.decode("DGv6ra1nlYgDCS1FRnbzlw").unwrap().try_into().unwrap();
        let plain = b"When I grow up, I want to be a watermelon";
        let body = seal_with(&subscription, plain, &own, &salt, 0).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(B64.encode(&body), expected);
        assert_eq!(open(&private, &subscription.auth, &body).unwrap(), plain);
    }

    #[test]
    fn too_long_is_said_and_the_longest_fits() {
        let (private, subscription) = browser();
        assert_eq!(seal(&subscription, &vec![b'x'; LONGEST_PLAIN + 1]), Err(Error::TooLong(LONGEST_PLAIN + 1)));
        let body = seal(&subscription, &vec![b'x'; LONGEST_PLAIN]).unwrap();
        assert!(body.len() <= LONGEST_BODY);
        assert_eq!(open(&private, &subscription.auth, &body).unwrap().len(), LONGEST_PLAIN);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn opens_what_was_sealed_and_lengths_are_steps(plain in proptest::collection::vec(any::<u8>(), 0..1500),
            flip in any::<usize>()) {
            let (private, subscription) = browser();
            let mut body = seal(&subscription, &plain).unwrap();
            prop_assert_eq!((body.len() - HEADER - TAG) % STEP, 0);
            prop_assert_eq!(&open(&private, &subscription.auth, &body).unwrap(), &plain);
            prop_assert!(open(&private, &[0; 16], &body).is_err());
            // The record size (bytes 16..20) is only a limit; everything else is authenticated.
            let at = flip % body.len();
            if !(16..20).contains(&at) {
                body[at] ^= 1;
                prop_assert!(open(&private, &subscription.auth, &body).is_err());
            }
        }

        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (private, subscription) = browser();
            let _ = open(&private, &subscription.auth, &body);
        }
    }
}

//! A picture in, its bytes in a format of the web out.

use anyhow::{Result, anyhow};
use image::DynamicImage;

/// Of libwebp, 0–100: no visible loss in photographs at these widths.
const WEBP: f32 = 78.0;
/// Of ravif, 1–100, a scale of its own.
#[cfg(feature = "avif")]
const AVIF: u8 = 62;
/// Of rav1e, 1 (slow) to 10: 6 takes a second for the widest, slower ones save hardly a byte more.
#[cfg(feature = "avif")]
const SPEED: u8 = 6;
/// Changes with what shapes a file: the cache keeps files by it.
pub(super) const SETTINGS: &str = "78 62 6";

/// How a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Every browser in use reads it.
    WebP,
    /// Smaller for photographs, slow to make.
    Avif,
}

impl Format {
    /// Of its files' names.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::WebP => "webp",
            Self::Avif => "avif",
        }
    }

    /// Lossy.
    pub(super) fn encode(self, picture: &DynamicImage) -> Result<Vec<u8>> {
        match self {
            Self::WebP => webp(picture),
            Self::Avif => avif(picture),
        }
    }
}

fn webp(picture: &DynamicImage) -> Result<Vec<u8>> {
    let encoded = if picture.color().has_alpha() {
        let pixels = picture.to_rgba8();
        webp::Encoder::from_rgba(&pixels, pixels.width(), pixels.height()).encode_simple(false, WEBP)
    } else {
        let pixels = picture.to_rgb8();
        webp::Encoder::from_rgb(&pixels, pixels.width(), pixels.height()).encode_simple(false, WEBP)
    };
    encoded.map(|w| w.to_vec()).map_err(|e| anyhow!("WebP に変換できません: {e:?}"))
}

/// Its encoder is a fortieth of the whole program's compiling, for a setting that hardly anybody makes: it is built
/// with the feature `avif` only.
#[cfg(feature = "avif")]
fn avif(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let encoder = image::codecs::avif::AvifEncoder::new_with_speed_quality(&mut out, SPEED, AVIF);
    let written = if picture.color().has_alpha() {
        picture.to_rgba8().write_with_encoder(encoder)
    } else {
        picture.to_rgb8().write_with_encoder(encoder)
    };
    written.map_err(|e| anyhow!("AVIF に変換できません: {e}"))?;
    Ok(out)
}

#[cfg(not(feature = "avif"))]
fn avif(_: &DynamicImage) -> Result<Vec<u8>> {
    Err(anyhow!("このプログラムは AVIF を作れません。`cargo build --release --features avif` で作ったものが要ります"))
}

#[cfg(all(test, feature = "avif"))]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_that_are_used() {
        assert_eq!(SETTINGS, format!("{WEBP} {AVIF} {SPEED}"));
    }
}

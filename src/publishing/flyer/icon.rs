//! A theme's mark as SVG in, a square PNG of so many pixels for home screens out.

use crate::paper::Engine;
use anyhow::{Context as _, Result};
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use serde_json::json;

/// Points of the template's square.
const SQUARE: f64 = 64.0;

/// The mark, drawn as the theme's `flyers/icon.typ` says; where it is transparent, white is behind it.
pub fn icon(engine: &Engine, svg: &str, side: u32) -> Result<Vec<u8>> {
    let sheet = engine.compile("icon", &json!({ "svg": svg }))?;
    let page = sheet.pages().first().context("ページがありません")?;
    let options = typst_render::RenderOptions { pixel_per_pt: (f64::from(side) / SQUARE).into(), render_bleed: false };
    let map = typst_render::render(page, &options);
    anyhow::ensure!(
        map.width() == side && map.height() == side,
        "絵の大きさが違います（{}×{}）",
        map.width(),
        map.height()
    );
    let rgb: Vec<u8> = map.take().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive).write_image(
        &rgb,
        side,
        side,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

//! A laid-out page in, its pixels out: the codes that a phone reads in them, the paper behind a text, a PNG.

use anyhow::Result;
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use std::collections::HashMap;
use typst_layout::Page;

/// Pixels on the longer side that are aimed at: on A4 two for each point, so that a module of half a millimetre has
/// three.
const LONGER_SIDE: f64 = 1700.0;

/// Pixels of a text's place that are looked at.
const SAMPLES: f64 = 600.0;

/// A page as pixels.
pub struct Picture {
    width: usize,
    height: usize,
    /// Red, green, blue, 255 for each pixel.
    pixels: Vec<u8>,
    /// Pixels a point.
    scale: f64,
}

/// A code as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it says.
    pub text: String,
    /// Millimetres of a module.
    pub module: f64,
}

impl Picture {
    /// Renders a page without its bleed.
    pub fn of(page: &Page) -> Self {
        Self::with(page, 1.0)
    }

    /// With so many times more pixels a point.
    pub fn with(page: &Page, finer: f64) -> Self {
        let longer = page.frame.width().to_pt().max(page.frame.height().to_pt()).max(1.0);
        let scale = (LONGER_SIDE / longer).clamp(1.25, 3.0) * finer;
        let options = typst_render::RenderOptions { pixel_per_pt: scale.into(), render_bleed: false };
        let map = typst_render::render(page, &options);
        Self { width: map.width() as usize, height: map.height() as usize, scale, pixels: map.take() }
    }

    /// The codes in a part of it (in points: left, top, right, bottom), or in all of it.
    pub fn codes(&self, part: Option<[f64; 4]>) -> Vec<Found> {
        let [left, top, right, bottom] = part.map_or([0, 0, self.width, self.height], |part| self.inside(part));
        let luma = |x: usize, y: usize| {
            let [r, g, b] = self.pixel(left + x, top + y).map(u32::from);
            ((r * 77 + g * 151 + b * 28) >> 8) as u8
        };
        if right <= left || bottom <= top {
            return Vec::new();
        }
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(right - left, bottom - top, luma);
        let read = |grid: &rqrr::Grid<_>| {
            let [a, b, ..] = grid.bounds;
            let (meta, text) = grid.decode().ok()?;
            let side = f64::from(b.x - a.x).hypot(f64::from(b.y - a.y));
            Some(Found { text, module: side / self.scale * 25.4 / 72.0 / meta.version.to_size() as f64 })
        };
        prepared.detect_grids().iter().filter_map(read).collect()
    }

    /// Pixels of a part of the page, cut to what there is.
    fn inside(&self, part: [f64; 4]) -> [usize; 4] {
        let pixel = |v: f64, most: usize| ((v * self.scale).round().max(0.0) as usize).min(most);
        [
            pixel(part[0], self.width),
            pixel(part[1], self.height),
            pixel(part[2], self.width),
            pixel(part[3], self.height),
        ]
    }

    /// The colour that most of a place has (given in points: left, top, right, bottom): the paper behind the text that
    /// stands there.
    pub fn paper(&self, at: [f64; 4]) -> Option<[f32; 3]> {
        let [left, top, right, bottom] = self.inside([at[0] - 1.0, at[1] - 1.0, at[2] + 1.0, at[3] + 1.0]);
        // Some hundred pixels tell as much as all of them.
        let step =
            (((right.saturating_sub(left) * bottom.saturating_sub(top)) as f64 / SAMPLES).sqrt() as usize).max(1);
        let mut seen: HashMap<[u8; 3], (u32, [u8; 3])> = HashMap::new();
        for y in (top..bottom).step_by(step) {
            for x in (left..right).step_by(step) {
                let colour = self.pixel(x, y);
                // Neighbouring shades count as one.
                seen.entry(colour.map(|c| c >> 3)).or_insert((0, colour)).0 += 1;
            }
        }
        // Of two that cover the same, the first in order: the answer never depends on the map's.
        seen.into_iter()
            .max_by_key(|(key, (n, _))| (*n, *key))
            .map(|(_, (_, colour))| colour.map(|c| f32::from(c) / 255.0))
    }

    /// As PNG.
    pub fn png(&self) -> Result<Vec<u8>> {
        let rgb: Vec<u8> = self.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up);
        encoder.write_image(&rgb, self.width as u32, self.height as u32, image::ExtendedColorType::Rgb8)?;
        Ok(bytes)
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 4;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }
}

/// How well an ink stands out from its paper: 1 to 21, as WCAG 2 and JIS X 8341-3 reckon.
pub fn contrast(ink: [f32; 3], paper: [f32; 3]) -> f32 {
    let light = |c: [f32; 3]| {
        let [r, g, b] = c.map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (light(ink), light(paper));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_as_the_standard_says() {
        assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 0.01);
        let grey = [119.0 / 255.0; 3];
        assert!((contrast(grey, [1.0; 3]) - 4.48).abs() < 0.01, "#777 on white");
    }

    #[test]
    fn the_paper_is_what_covers_most() {
        let mut pixels = [250, 240, 230, 255].repeat(100);
        pixels[..120].copy_from_slice(&[0, 0, 0, 255].repeat(30));
        let picture = Picture { width: 10, height: 10, pixels, scale: 1.0 };
        let paper = picture.paper([1.0, 1.0, 9.0, 9.0]).unwrap().map(|c| (c * 255.0) as u8);
        assert_eq!(paper, [250, 240, 230]);
        assert_eq!(picture.paper([20.0, 1.0, 29.0, 9.0]), None, "beside the page");
    }
}

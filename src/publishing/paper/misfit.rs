//! What a template says of a picture that does not fit its room in, message and hint out.

use super::source::Source;
use crate::diag::Place;
use serde::Deserialize;

/// What a template says of a picture that does not fit as it is, by `metadata((…)) <photo>`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Misfit {
    /// Its shape: so many hundredths would be cut off above and below (`tall`) or at its sides.
    Shape {
        /// Its file.
        file: String,
        /// Taller than its room?
        tall: bool,
        /// Hundredths of it that would be lost.
        cut: f64,
        /// The room: its width, its least and its greatest height, in millimetres.
        room: [f64; 3],
    },
    /// Too few pixels for its size on paper.
    Coarse {
        /// Its file.
        file: String,
        /// Dots an inch.
        dpi: f64,
        /// Pixels that it should be wide.
        wide: f64,
    },
}

impl Misfit {
    /// Message and hint for `what`, a size and its template.
    pub fn message_and_hint(&self, what: &str) -> (String, String) {
        let name = |file: &str| file.trim_start_matches("/content/").to_owned();
        match self {
            Self::Shape { file, tall, cut, room: [width, least, most] } => {
                let (shape, lost) = if *tall { ("縦に長く", "上下") } else { ("横に長く", "左右") };
                let message = format!("写真 `{}` が、{what} の場所より{shape}、{lost}が{cut:.0}%切れます", name(file));
                let hint = format!(
                    "幅{width:.0} mm・高さ{least:.0}〜{most:.0} mm の形（横:縦が {:.1}:1 から \
                     {:.1}:1）に切った写真にするか、残す所を `keep: まん中`（上・下・左・右）と書いてください。\
                     書いたときは、そのように切ります",
                    width / least.max(1.0),
                    width / most.max(1.0)
                );
                (message, hint)
            }
            Self::Coarse { file, dpi, wide } => (
                format!(
                    "写真 `{}` は画素が足りず、{what} で刷るとぼやけます（{dpi:.0} dpi。150 dpi 以上）",
                    name(file)
                ),
                format!("横 {wide:.0} 画素より大きい写真にしてください"),
            ),
        }
    }

    /// Where it is told.
    pub fn at(&self, source: &Source) -> Place {
        source.word_below("picture", "file")
    }
}

//! What `typst-render` and `typst-svg` call to draw a page of a PDF, and nothing that draws. Files that are PDFs are
//! refused before they come here.

/// How a page would be read.
pub mod hayro_interpret {
    use std::sync::Arc;

    /// Fonts, and what else is asked while a page is read.
    pub struct InterpreterSettings {
        /// Finds a font that the file has not brought.
        #[expect(clippy::type_complexity, reason = "the shape that is called")]
        pub font_resolver: Arc<dyn Fn(&font::FontQuery) -> Option<(font::FontData, u32)> + Send + Sync>,
        /// Finds a table of characters that the file has not brought.
        pub cmap_resolver: Arc<dyn Fn(&str) -> Option<&'static [u8]> + Send + Sync>,
        /// Hears what is odd in a file.
        pub warning_sink: Arc<dyn Fn(&str) + Send + Sync>,
        /// Notes on the page, too.
        pub render_annotations: bool,
    }

    /// Fonts of pages.
    pub mod font {
        use std::sync::Arc;

        /// A font's bytes.
        pub type FontData = Arc<dyn AsRef<[u8]> + Send + Sync>;

        /// Which font is wanted.
        pub enum FontQuery {
            /// One that every reader has.
            Standard(StandardFont),
            /// The nearest one.
            Fallback(FallbackFontQuery),
        }

        /// What is known of a font that is not there.
        pub struct FallbackFontQuery;

        impl FallbackFontQuery {
            /// The nearest one that every reader has.
            pub fn pick_standard_font(&self) -> StandardFont {
                StandardFont::Helvetica
            }
        }

        /// The fourteen fonts of the standard (ISO 32000-1, 9.6.2.2).
        #[derive(Debug, Clone, Copy)]
        #[expect(missing_docs, reason = "names of fonts")]
        pub enum StandardFont {
            Helvetica,
            HelveticaBold,
            HelveticaOblique,
            HelveticaBoldOblique,
            Courier,
            CourierBold,
            CourierOblique,
            CourierBoldOblique,
            TimesRoman,
            TimesBold,
            TimesItalic,
            TimesBoldItalic,
            ZapfDingBats,
            Symbol,
        }
    }
}

/// Colours.
pub mod vello_cpu {
    /// Colours.
    pub mod color {
        /// A colour.
        pub struct Color;
        /// Named ones.
        pub mod palette {
            /// Those of CSS.
            pub mod css {
                /// None.
                pub const TRANSPARENT: super::super::Color = super::super::Color;
            }
        }
    }
}

/// What would be kept from page to page.
#[derive(Default)]
pub struct RenderCache;

impl RenderCache {
    /// Nothing yet.
    pub fn new() -> Self {
        Self
    }
}

/// How large a page would be drawn.
#[expect(missing_docs, reason = "the shape that is called")]
pub struct RenderSettings {
    pub x_scale: f32,
    pub y_scale: f32,
    pub width: Option<u16>,
    pub height: Option<u16>,
    pub bg_color: vello_cpu::color::Color,
}

/// A drawn page: none.
pub struct Pixmap;

impl Pixmap {
    /// Its bytes: none, so that nothing is placed.
    pub fn take(self) -> Vec<u8> {
        Vec::new()
    }
}

/// Draws nothing.
pub fn render<P>(_: &P, _: &RenderCache, _: &hayro_interpret::InterpreterSettings, _: &RenderSettings) -> Pixmap {
    Pixmap
}

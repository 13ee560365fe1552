//! What `typst-svg` calls to write a page of a PDF as SVG, and nothing that does.

/// What would be kept from page to page.
#[derive(Default)]
pub struct RenderCache;

impl RenderCache {
    /// Nothing yet.
    pub fn new() -> Self {
        Self
    }
}

/// How a page would be written.
pub struct SvgRenderSettings {
    /// Behind the page.
    pub bg_color: [u8; 4],
}

/// An empty picture.
pub fn convert<P, S>(_: &P, _: &RenderCache, _: &S, _: &SvgRenderSettings) -> String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()
}

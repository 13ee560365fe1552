//! A flyer with everything that its variants share.

use super::printing::Printing;
use super::sheet::Text;
use super::template::Template;
use crate::calendar::Date;
use crate::content::Flyer;
use crate::paper::source::Source;

/// A flyer with everything that its variants share.
pub struct Order<'a> {
    /// As loaded.
    pub flyer: &'a Flyer,
    /// Its text in phrases.
    pub text: Text,
    /// What must be large enough to read.
    pub written: String,
    /// Its file, for diagnostics.
    pub source: Source,
    /// What was ordered of the printer.
    pub printing: Printing,
    /// The day that its PDFs carry.
    pub made: Date,
    /// Sizes and the template of each.
    pub sizes: Vec<(String, Template)>,
}

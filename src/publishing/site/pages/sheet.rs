//! A page before it is printed.

use crate::content::Version;
use crate::site::Edition;
use crate::stamp::{Digest, Digester};
use serde_json::Value;

/// A page before it is printed.
pub(in crate::site) struct Sheet<'a> {
    pub(super) template: &'static str,
    pub(super) language: String,
    /// All but the body.
    pub(super) context: Value,
    /// Where in the context a body goes, and whose.
    pub(super) body: Option<(&'static str, &'a Version)>,
}

impl Sheet<'_> {
    /// Of all that is on the page.
    pub(in crate::site) fn digest(&self, edition: &Edition<'_>) -> Digest {
        let own = Digester::default().part(self.template).part(&self.language).digest(Digest::of_json(&self.context));
        let Some((field, version)) = self.body else { return own.end() };
        own.part(field).digest(version.digest).digests(version.images.iter().map(|i| edition.pictures.digest(i))).end()
    }
}

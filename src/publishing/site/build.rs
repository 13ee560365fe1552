//! An edition in, the whole public site out; pages whose contents are as they were for the last build are not made
//! again.

use super::Progress;
use super::squeeze::squeeze;
use super::{Address, Edition, Pictures, api, feeds, search};
use crate::press::Press;
use crate::stamp::{Digest, Digester};
use anyhow::{Result, ensure};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What a build made; `build --json` prints it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BuildReport {
    /// HTML pages of the site.
    pub pages: usize,
    /// Pages that were made anew; the others are as the last build made them.
    pub fresh: usize,
    /// JSON files below `api/`.
    pub json: usize,
    /// PDFs of flyers; filled in by the caller, who calls the flyer room.
    pub flyers: usize,
    /// Resized pictures.
    pub images: usize,
    /// Of all phases together.
    pub seconds: f64,
    /// Seconds of each phase.
    pub phases: BTreeMap<String, f64>,
}

impl BuildReport {
    /// Adds a phase that began at `since`.
    pub fn phase(&mut self, name: &str, since: Instant) {
        let seconds = since.elapsed().as_secs_f64();
        self.seconds += seconds;
        *self.phases.entry(name.to_owned()).or_default() += seconds;
    }
}

impl Edition<'_> {
    /// Makes this edition on a press. A mistake in any page is an error; what is on the press is then of no use.
    pub fn build(mut self, press: &Press, progress: Progress<'_>) -> Result<BuildReport> {
        let mut report = BuildReport::default();
        let start = Instant::now();
        self.pictures = Pictures::prepare(self.config, self.library, progress)?;
        report.images = self.pictures.put(press)?;
        report.phase("images", start);

        let start = Instant::now();
        let pages = self.pages(press, progress)?;
        (report.pages, report.fresh) = (pages.len(), pages.into_iter().filter(|fresh| *fresh).count());
        report.phase("pages", start);

        let start = Instant::now();
        for (name, bytes) in self.theme.assets().files() {
            let name = format!("static/{name}");
            press.put(&name, Digest::default(), Digest::default(), [(name.clone(), bytes.to_vec())])?;
        }
        feeds::put(&self, press)?;
        report.phase("files", start);

        let start = Instant::now();
        report.json = api::put(&self, press)?;
        report.phase("api", start);

        let start = Instant::now();
        search::put(&self, press)?;
        report.phase("search", start);
        let moved = self.library.moved();
        ensure!(moved.is_empty(), "作っている間に、{} が変わりました。もう一度作ってください", moved.join("、"));
        Ok(report)
    }

    /// All pages, in parallel; whether each was made anew.
    fn pages(&self, press: &Press, progress: Progress<'_>) -> Result<Vec<bool>> {
        let addresses = self.addresses();
        let (of, done) = (addresses.len() as u64, AtomicU64::new(0));
        let made = addresses.par_iter().map(|address| {
            let fresh = self.page(press, address);
            progress("pages", done.fetch_add(1, Ordering::Relaxed) + 1, of);
            fresh
        });
        made.collect()
    }

    /// Puts a page on the press unless it is there; was it made?
    fn page(&self, press: &Press, address: &Address) -> Result<bool> {
        let file = address.file(self.config);
        let gate = self.gate(address);
        if gate.is_some_and(|gate| press.keeps_gate(&file, gate)) {
            return Ok(false);
        }
        let gate = gate.unwrap_or_default();
        let sheet = self.sheet(address)?;
        let key = Digester::default().digest(self.world()).digest(sheet.digest(self)).end();
        if press.keeps(&file, gate, key) {
            return Ok(false);
        }
        let html = self.print(sheet)?;
        press.put(&file, gate, key, [(file.clone(), squeeze(&html))])?;
        Ok(true)
    }
}

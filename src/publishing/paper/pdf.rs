//! A laid-out document in, PDF bytes for the screen or for a printer out.

use crate::calendar::Date;
use anyhow::{Context as _, Result};
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Millimetres of colour beyond the cut (塗り足し).
const BLEED_MM: f64 = 3.0;

/// PDF/A-2a and PDF/UA-1.
pub fn screen(document: &PagedDocument, ident: &str, made: Date) -> Result<Vec<u8>> {
    export(document, ident, made, &[PdfStandard::A_2a, PdfStandard::Ua_1])
}

/// CMYK needs a colour profile for PDF/A, which Typst cannot embed: a printer's file is PDF/UA-1 with a trim and a
/// bleed box.
pub fn print(document: &PagedDocument, ident: &str, made: Date) -> Result<Vec<u8>> {
    with_bleed_box(export(document, ident, made, &[PdfStandard::Ua_1])?)
}

fn export(document: &PagedDocument, ident: &str, made: Date, standards: &[PdfStandard]) -> Result<Vec<u8>> {
    let day = Datetime::from_ymd_hms(made.year().into(), made.month() as u8, made.day() as u8, 0, 0, 0);
    let options = PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some("Otayori".into())),
        timestamp: day.map(Timestamp::new_utc),
        standards: PdfStandards::new(standards).map_err(|e| anyhow::anyhow!("{}", e.message()))?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| p.message.to_string()).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })
}

/// Typst writes MediaBox and TrimBox, but no BleedBox (14.11.2 of ISO 32000-1: it would then be the whole sheet with
/// the crop marks). Adds one 3 mm around the trim by an incremental update, which leaves every byte before it in place.
fn with_bleed_box(mut pdf: Vec<u8>) -> Result<Vec<u8>> {
    let pages = page_objects(&pdf).context("PDF のページが見つかりません")?;
    let trailer = last_trailer(&pdf).context("PDF の目次が見つかりません")?;
    let mut entries = Vec::new();
    if !pdf.ends_with(b"\n") {
        pdf.push(b'\n');
    }
    for (number, dictionary) in pages {
        if dictionary.contains("/BleedBox") {
            continue;
        }
        let Some(trim) = rect(&dictionary, "/TrimBox") else { continue };
        let bleed = BLEED_MM * 72.0 / 25.4;
        let bleed = [trim[0] - bleed, trim[1] - bleed, trim[2] + bleed, trim[3] + bleed].map(|v| format!("{v:.3}"));
        entries.push((number, pdf.len()));
        let body = dictionary.replacen("<<", &format!("<</BleedBox[{}]", bleed.join(" ")), 1);
        pdf.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    if entries.is_empty() {
        return Ok(pdf);
    }
    let start = pdf.len();
    let mut table = String::from("xref\n");
    for (number, at) in entries {
        table.push_str(&format!("{number} 1\n{at:010} 00000 n \n"));
    }
    let (dictionary, previous) = trailer;
    let dictionary = dictionary.replacen("<<", &format!("<</Prev {previous}"), 1);
    table.push_str(&format!("trailer\n{dictionary}\nstartxref\n{start}\n%%EOF"));
    pdf.extend_from_slice(table.as_bytes());
    Ok(pdf)
}

/// Width and height of the first page after the cut.
pub fn trim_millimetres(pdf: &[u8]) -> Option<[f64; 2]> {
    let (_, page) = page_objects(pdf)?.into_iter().next()?;
    let [left, bottom, right, top] = rect(&page, "/TrimBox").or_else(|| rect(&page, "/MediaBox"))?;
    Some([right - left, top - bottom].map(|pt| pt * 25.4 / 72.0))
}

/// Number and dictionary of each page.
fn page_objects(pdf: &[u8]) -> Option<Vec<(usize, String)>> {
    let mut pages = Vec::new();
    let mut from = 0;
    while let Some(at) = find(pdf, b"/Type/Page/", from) {
        from = at + 1;
        let start = rfind(pdf, b" 0 obj\n", at)?;
        let line = rfind(pdf, b"\n", start)? + 1;
        let number = std::str::from_utf8(&pdf[line..start]).ok()?.trim().parse().ok()?;
        let end = find(pdf, b"\nendobj", at)?;
        pages.push((number, String::from_utf8_lossy(&pdf[start + 7..end]).into_owned()));
    }
    (!pages.is_empty()).then_some(pages)
}

/// The trailer's dictionary and where its table begins.
fn last_trailer(pdf: &[u8]) -> Option<(String, usize)> {
    let at = rfind(pdf, b"trailer\n", pdf.len())?;
    let end = find(pdf, b"startxref\n", at)?;
    let rest = std::str::from_utf8(&pdf[end + 10..]).ok()?;
    let start = rest.lines().next()?.trim().parse().ok()?;
    Some((String::from_utf8_lossy(&pdf[at + 8..end]).trim_end().to_owned(), start))
}

fn rect(dictionary: &str, key: &str) -> Option<[f64; 4]> {
    let (_, after) = dictionary.split_once(key)?;
    let (inside, _) = after.split_once('[')?.1.split_once(']')?;
    let numbers: Vec<f64> = inside.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    numbers.try_into().ok()
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|w| w == what).map(|at| from + at)
}

fn rfind(bytes: &[u8], what: &[u8], before: usize) -> Option<usize> {
    bytes.get(..before)?.windows(what.len()).rposition(|w| w == what)
}

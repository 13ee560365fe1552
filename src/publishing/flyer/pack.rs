//! A flyer in, the ZIP for its printer out: print and screen PDFs, codes, a sheet of what was ordered, and the sums of
//! all files.

use super::order::Order;
use super::pieces::{Pieces, each};
use super::printing::Printing;
use super::proof_record::{ProofRecord, digest};
use super::variant::{Variant, theme_fault};
use super::{Progress, template};
use crate::config::Config;
use crate::content::Library;
use crate::diag::Diagnostics;
use crate::paper::faults::broken;
use crate::paper::{Engine, finished, pdf, size};
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

/// All files of one flyer, made but not written.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Name and bytes, as `build` would write them.
    pub files: Vec<(String, Vec<u8>)>,
    /// Of its PDFs: what a 校了 is of.
    pub digest: String,
}

/// A finished ZIP.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The flyer.
    pub id: String,
    /// File name.
    pub name: String,
    /// The ZIP.
    pub bytes: Vec<u8>,
    /// Copies in all.
    pub copies: u64,
    /// What whoever sends it should know first.
    pub remarks: Vec<String>,
}

/// Makes all files of one flyer (drafts too) in memory, with every check.
pub fn make(config: &Config, library: &Library, engine: &Engine, id: &str) -> Result<Made, Diagnostics> {
    let mut library =
        Library { flyers: library.flyers.clone(), credits: library.credits.clone(), ..Library::default() };
    if let Some(flyer) = library.flyers.get_mut(id) {
        flyer.draft = false;
    }
    let mut problems = Diagnostics::new();
    let pieces = Pieces::of(config, &library, &template::all(engine), Some(id), &mut problems);
    match pieces.orders.first() {
        Some(order) if !problems.has_errors() => made(config, engine, order, &|| ()),
        _ => Err(problems),
    }
}

/// `step` is called after each variant.
fn made(config: &Config, engine: &Engine, order: &Order<'_>, step: &(dyn Fn() + Sync)) -> Result<Made, Diagnostics> {
    let mut problems = Diagnostics::new();
    let variants: Vec<_> = Variant::of(order).map(|variant| (0, variant)).collect();
    let made = each(&variants, &mut problems, &|_, _| step(), |_, variant| Ok(variant.make(config, engine)?.files));
    if problems.has_errors() {
        return Err(problems);
    }
    let mut files: Vec<(String, Vec<u8>)> = made.into_iter().filter_map(|(_, files)| files).flatten().collect();
    files.sort();
    let pdfs = files.iter().filter(|(name, _)| name.ends_with(".pdf"));
    Ok(Made { digest: digest(pdfs.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))), files })
}

/// Packs every flyer that is not a draft, or one, and gives each ZIP to `take` as soon as it is whole: of one flyer at
/// a time the files are in memory. Flyers with mistakes have none; the mistakes of all are the error.
pub fn pack(
    config: &Config,
    library: &Library,
    engine: &Engine,
    only: Option<&str>,
    progress: Progress<'_>,
    take: &mut dyn FnMut(Packed) -> anyhow::Result<()>,
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    let pieces = Pieces::of(config, library, &template::all(engine), only, &mut problems);
    let (of, done) = (pieces.orders.iter().flat_map(Variant::of).count(), AtomicUsize::new(0));
    for order in &pieces.orders {
        let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
        let zip = made(config, engine, order, &step).and_then(|made| packed(config, engine, order, &made));
        let taken = zip.and_then(|zip| take(zip).map_err(|e| broken(&order.flyer.file, &e)));
        problems.extend(taken.err().unwrap_or_default());
    }
    if problems.has_errors() { Err(problems) } else { Ok(()) }
}

/// One line of the sheet of what was ordered.
struct Line<'a> {
    file: String,
    id: &'a str,
    size: String,
    dimensions: String,
    place: String,
    copies: Option<u64>,
    /// Of its PDF for the press.
    sha256: String,
}

fn packed(config: &Config, engine: &Engine, order: &Order<'_>, made: &Made) -> Result<Packed, Diagnostics> {
    let flyer = order.flyer;
    let fault = |e: anyhow::Error| broken(&flyer.file, &e);
    let round = ProofRecord::load(&ProofRecord::path(config, &flyer.id)).map_err(fault)?;
    let lines: Vec<Line<'_>> = Variant::of(order)
        .map(|variant| {
            let (name, Variant { size, place, .. }) = (variant.name(), variant);
            let code = place.map_or("", |p| p.code.as_str());
            let bytes = made
                .files
                .iter()
                .find(|(n, _)| *n == format!("{name}.print.pdf"))
                .map(|(_, b)| b.as_slice())
                .unwrap_or_default();
            let sha256 = finished::sha256(bytes);
            let dimensions = pdf::trim_millimetres(bytes).map(|[w, h]| format!("{w:.0}×{h:.0} mm")).unwrap_or_default();
            let place = place.map_or_else(|| "場所なし".to_owned(), |p| p.name.clone());
            Line {
                file: name,
                id: size,
                size: size::title(size),
                dimensions,
                place,
                copies: order.printing.copies_of(size, code),
                sha256,
            }
        })
        // Where copies are told, only those sheets are ordered.
        .filter(|line| !order.printing.counts() || line.copies.is_some_and(|n| n > 0))
        .collect();
    let remarks = remarks(order, &round, &made.digest, &lines);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let sheet = order_sheet(config, engine, order, made, &round, &lines)?;
    files.extend(sheet.map(|bytes| ("order.pdf".to_owned(), bytes)));
    files.push(("order.csv".into(), csv(order, &lines).into_bytes()));
    for (name, bytes) in &made.files {
        let ordered =
            lines.iter().any(|l| name.strip_prefix(l.file.as_str()).is_some_and(|rest| rest.starts_with('.')));
        let folder = match name {
            _ if name.contains(".qr.") => "codes",
            _ if name.ends_with(".print.pdf") && ordered => "print",
            _ if name.ends_with(".screen.pdf") && ordered => "screen",
            _ => continue,
        };
        files.push((format!("{folder}/{name}"), bytes.clone()));
    }
    files.push(("SHA256SUMS".into(), sums(&files).into_bytes()));
    let name = format!("{}-{}.zip", flyer.id, order.made);
    let bytes = zip(&files, order).map_err(fault)?;
    Ok(Packed { id: flyer.id.clone(), name, bytes, copies: total(&lines), remarks })
}

/// As `sha256sum` writes and `sha256sum -c` reads it.
fn sums(files: &[(String, Vec<u8>)]) -> String {
    files.iter().map(|(name, bytes)| format!("{}  {name}\n", finished::sha256(bytes))).collect()
}

/// The first eight characters in two groups, which two people can compare on the telephone.
fn grouped(sha256: &str) -> String {
    format!("{} {}", sha256.get(..4).unwrap_or_default(), sha256.get(4..8).unwrap_or_default())
}

fn remarks(order: &Order<'_>, round: &ProofRecord, digest: &str, lines: &[Line<'_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    match (round.passed(digest), round.void(digest)) {
        (Some(_), _) => {}
        (None, Some(old)) => remarks.push(format!(
            "校了（{}、{}）のあとで変わっています。もう一度、校了にしてください（otayori preview の「チラシ」）",
            old.by, old.at
        )),
        (None, None) => remarks.push("まだ校了がありません（otayori preview の「チラシ」）".into()),
    }
    if round.open() > 0 {
        remarks.push(format!("校正の指摘が{}件、終わっていません（otayori preview の「チラシ」）", round.open()));
    }
    if !order.printing.counts() {
        remarks.push("部数が書かれていません（front matter の order に copies）".into());
    } else if lines.is_empty() {
        remarks.push("部数がすべて0です".into());
    }
    remarks
}

/// The sheet as PDF; a theme without `order.typ` has only the CSV.
fn order_sheet(
    config: &Config,
    engine: &Engine,
    order: &Order<'_>,
    made: &Made,
    round: &ProofRecord,
    lines: &[Line<'_>],
) -> Result<Option<Vec<u8>>, Diagnostics> {
    if !engine.templates().iter().any(|(name, _)| name == "order") {
        return Ok(None);
    }
    let (flyer, site, printing) = (order.flyer, &config.site, &order.printing);
    let row = |l: &Line<'_>| {
        json!({"file": format!("{}.print.pdf", l.file), "size": l.size, "dimensions": l.dimensions,
        "place": l.place, "copies": l.copies, "sha": grouped(&l.sha256)})
    };
    let edition = flyer.fields.get("edition").and_then(|e| e.as_str()).unwrap_or_default();
    let title = crate::paper::inline::plain(&order.text.title).replace('\n', " ");
    let data: Value = json!({
        "language": "ja", "size": "a4", "print": false, "service": site.title, "city": site.city, "office": site.office,
        "tel": site.tel, "hours": site.hours,
        "title": Value::Array(Vec::new()), "title_plain": format!("注文書 {title}"), "summary": "印刷の注文書",
        "fields": {}, "texts": {}, "mark": "", "place": null, "url": "", "url_shown": "",
        "local": crate::config::is_loopback(&config.site.public_url), "flyer": flyer.id, "flyer_title": title,
        "edition": edition, "order": printing, "lines": lines.iter().map(row).collect::<Vec<_>>(),
        "specs": specs(printing, lines), "places": table(lines),
        "total": total(lines), "counts": printing.counts(), "digest": made.digest,
        "passed": round.passed(&made.digest), "void": round.void(&made.digest), "open": round.open(),
    });
    let fault = |e: anyhow::Error| theme_fault(order, "a4", "order", &e);
    let document = engine.compile("order", &data).map_err(fault)?;
    pdf::screen(&document, &format!("otayori/order/{}/{}", flyer.id, order.made), order.made).map(Some).map_err(fault)
}

fn total<'a>(lines: impl IntoIterator<Item = &'a Line<'a>>) -> u64 {
    lines.into_iter().filter_map(|l| l.copies).sum()
}

/// The sizes that are ordered, in their order.
fn sizes<'a>(lines: &'a [Line<'a>]) -> Vec<&'a Line<'a>> {
    let mut first: Vec<&Line<'_>> = Vec::new();
    for line in lines {
        if first.iter().all(|f| f.id != line.id) {
            first.push(line);
        }
    }
    first
}

/// A row for each size: on what and how it is printed, and how many in all.
fn specs(printing: &Printing, lines: &[Line<'_>]) -> Vec<Value> {
    let row = |l: &Line<'_>| {
        let copies = total(lines.iter().filter(|other| other.id == l.id));
        json!({"size": l.size, "dimensions": l.dimensions, "paper": printing.paper.of(l.id),
            "colours": printing.colours.of(l.id), "finish": printing.finish.of(l.id), "copies": copies})
    };
    sizes(lines).into_iter().map(row).collect()
}

/// Copies by place and size, with the sums both ways.
fn table(lines: &[Line<'_>]) -> Value {
    let sizes = sizes(lines);
    let mut places: Vec<&str> = Vec::new();
    for line in lines.iter().filter(|l| l.copies.is_some()) {
        if !places.contains(&line.place.as_str()) {
            places.push(&line.place);
        }
    }
    let row = |place: &str| {
        let here = || lines.iter().filter(move |l| l.place == place);
        let cells: Vec<Option<u64>> =
            sizes.iter().map(|size| here().find(|l| l.id == size.id).and_then(|l| l.copies)).collect();
        json!({"place": place, "copies": cells, "sum": total(here())})
    };
    let sums: Vec<u64> = sizes.iter().map(|size| total(lines.iter().filter(|l| l.id == size.id))).collect();
    json!({"sizes": sizes.iter().map(|l| &l.size).collect::<Vec<_>>(),
        "rows": places.into_iter().map(row).collect::<Vec<_>>(), "sums": sums})
}

/// The same for spreadsheets, with the mark by which Excel knows UTF-8.
fn csv(order: &Order<'_>, lines: &[Line<'_>]) -> String {
    let printing = &order.printing;
    let cell = |text: &str| {
        // A cell that begins like a formula would be run as one.
        let text =
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let mut out = String::from("\u{FEFF}ファイル,大きさ,仕上がり,場所,部数,用紙,色,加工,納期,納品先,備考,SHA-256\r\n");
    for line in lines {
        let copies = line.copies.map(|n| n.to_string()).unwrap_or_default();
        let due = printing.due.map(|d| d.to_string()).unwrap_or_default();
        let name = format!("{}.print.pdf", line.file);
        let [paper, colours, finish] =
            [&printing.paper, &printing.colours, &printing.finish].map(|said| said.of(line.id));
        let cells = [
            &name,
            &line.size,
            &line.dimensions,
            &line.place,
            &copies,
            paper,
            colours,
            finish,
            &due,
            &printing.deliver_to,
            &printing.note,
            &line.sha256,
        ];
        out.push_str(&cells.map(&cell).join(","));
        out.push_str("\r\n");
    }
    out
}

/// Stored, not packed tighter (PDF and PNG are already), all of the edition's day: the same files give the same bytes.
fn zip(files: &[(String, Vec<u8>)], order: &Order<'_>) -> anyhow::Result<Vec<u8>> {
    let day = order.made;
    let time =
        zip::DateTime::from_date_and_time(day.year().max(1980) as u16, day.month() as u8, day.day() as u8, 0, 0, 0)
            .map_err(|e| anyhow::anyhow!("{e}"))?;
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(time)
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

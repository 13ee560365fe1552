//! A flyer with an order in, the printer's ZIP and its sheet out.

use super::site::{GOOD, Site, engine, read, shown, text};
use otayori::flyer;
use std::collections::BTreeMap;
use std::io::Read as _;

pub const ORDERED: &str = "order:\n  paper: コート紙 110kg\n  colours: 片面4色\n  due: 2026-12-10\n  copies:\n    a5: {nanbu: 1200, なし: 30}\n";

fn pack(site: &Site) -> flyer::Packed {
    let (config, library) = read(site.root());
    let mut packed = Vec::new();
    let mut take = |zip| {
        packed.push(zip);
        Ok(())
    };
    flyer::pack(&config, &library, &engine(), Some("x"), &|_, _| {}, &mut take).map_err(shown).unwrap();
    packed.remove(0)
}

fn unzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let read = |n: usize, archive: &mut zip::ZipArchive<std::io::Cursor<&[u8]>>| {
        let mut file = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..archive.len()).map(|n| read(n, &mut archive)).collect()
}

/// The printer gets what was ordered, and reads how much of it; a flyer that nobody passed, or that has changed since, says so.
#[test]
fn the_printer_gets_a_zip() {
    use otayori::flyer::round::{Passed, Round};
    let flyer_text = GOOD.replace("code: x\n", &format!("code: x\nedition: 2026-10\n{ORDERED}"));
    let site = Site::new(&[("content/flyers/x.md", &flyer_text)]);
    let packed = pack(&site);
    assert_eq!((packed.name.as_str(), packed.copies), ("x-2026-10-01.zip", 1230));
    assert_eq!(packed.remarks, ["まだ校了がありません（otayori preview の「チラシ」）"]);
    assert_eq!(pack(&site).bytes, packed.bytes, "the same content gives the same bytes");
    let files = unzip(&packed.bytes);
    assert_eq!(
        files.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "codes/x-nanbu.qr.png",
            "codes/x-nanbu.qr.svg",
            "codes/x.qr.png",
            "codes/x.qr.svg",
            "order.csv",
            "order.pdf",
            "print/x-a5-nanbu.print.pdf",
            "print/x-a5.print.pdf",
            "screen/x-a5-nanbu.screen.pdf",
            "screen/x-a5.screen.pdf"
        ]
    );
    let csv = std::str::from_utf8(&files["order.csv"]).unwrap();
    assert!(csv.contains("x-a5-nanbu.print.pdf,A5,148×210 mm,南部保健センター,1200,コート紙 110kg,片面4色,,2026-12-10,,,"), "{csv}");
    let sheet = site.root().join("order.pdf");
    std::fs::write(&sheet, &files["order.pdf"]).unwrap();
    let told = text(&sheet);
    for part in ["印刷の注文書", "コート紙110kg", "南部保健センター", "1,200", "1,230", "校了がまだです"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    // Passed, then changed.
    let (config, library) = read(site.root());
    let digest = flyer::make(&config, &library, &engine(), "x").map_err(shown).unwrap().digest;
    let path = Round::path(&config, "x");
    Round { passed: vec![Passed { at: "2026-11-21 14:05".into(), by: "佐藤".into(), sha256: digest }], ..Round::default() }.save(&path).unwrap();
    assert_eq!(pack(&site).remarks, Vec::<String>::new());
    std::fs::write(site.root().join("content/flyers/x.md"), flyer_text.replace("読んで、", "読んで")).unwrap();
    assert_eq!(pack(&site).remarks, ["校了（佐藤、2026-11-21 14:05）のあとで変わっています。もう一度、校了にしてください（otayori preview の「チラシ」）"]);
}

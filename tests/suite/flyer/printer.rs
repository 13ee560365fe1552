//! A flyer with an order in, the printer's ZIP and its sheet out.

use super::site::{GOOD, Site, engine, read, shown, text};
use otayori::flyer;
use std::collections::BTreeMap;
use std::io::Read as _;

pub const ORDERED: &str = "order:\n  paper: コート紙 110kg\n  colours: 片面4色\n  due: 2026-12-10\n  copies:\n    a5: \
    {nanbu: 1200, なし: 30}\n";

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

/// The printer gets what was ordered, and reads how much of it; a flyer that nobody passed, or that has changed since,
/// says so.
#[test]
fn the_printer_gets_a_zip() {
    use otayori::flyer::proof_record::{Passed, ProofRecord};
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
            "SHA256SUMS",
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
    assert!(
        csv.contains("x-a5-nanbu.print.pdf,A5,148×210 mm,南部保健センター,1200,コート紙 110kg,片面4色,,2026-12-10,,,"),
        "{csv}"
    );
    let sheet = site.root().join("order.pdf");
    std::fs::write(&sheet, &files["order.pdf"]).unwrap();
    let told = text(&sheet);
    for part in ["印刷の注文書", "コート紙110kg", "南部保健センター", "1,200", "1,230", "校了がまだです"]
    {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    // Two people compare eight characters; a program all of them.
    let sha = otayori_sha256(&files["print/x-a5-nanbu.print.pdf"]);
    assert!(told.contains(&sha[..8]) && csv.contains(&sha), "{sha} is not in {told}");
    let folder = site.root().join("unpacked");
    for (name, bytes) in &files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let check = || {
        std::process::Command::new("sha256sum")
            .args(["--strict", "-c", "SHA256SUMS"])
            .current_dir(&folder)
            .output()
            .unwrap()
    };
    let said = String::from_utf8(check().stdout).unwrap();
    assert_eq!(said.matches(": OK").count(), files.len() - 1, "{said}");
    std::fs::write(folder.join("print/x-a5.print.pdf"), "cut short").unwrap();
    assert!(!check().status.success());
    // Passed, then changed.
    let (config, library) = read(site.root());
    let digest = flyer::make(&config, &library, &engine(), "x").map_err(shown).unwrap().digest;
    let path = ProofRecord::path(&config, "x");
    ProofRecord {
        passed: vec![Passed {
            at: "2026-11-21 14:05".into(), by: "佐藤".into(), sha256: digest, ..Passed::default()
        }],
        ..ProofRecord::default()
    }
    .save(&path)
    .unwrap();
    assert_eq!(pack(&site).remarks, Vec::<String>::new());
    std::fs::write(site.root().join("content/flyers/x.md"), flyer_text.replace("読んで、", "読んで")).unwrap();
    assert_eq!(
        pack(&site).remarks,
        ["校了（佐藤、2026-11-21 14:05）のあとで変わっています。もう一度、校了にしてください（otayori preview \
             の「チラシ」）"]
    );
}

fn otayori_sha256(bytes: &[u8]) -> String {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// Each size on its own paper; copies by place with their sums; a remark that nobody closed.
#[test]
fn sizes_are_ordered_on_papers_of_their_own() {
    use otayori::flyer::proof_record::{Comment, ProofRecord};
    let order = "order:\n  paper: {a4: コート紙 110kg, a5: 上質紙 70kg}\n  colours: 片面4色\n  deliver_to: 市役所2階 \
        こども未来課\n  copies:\n    a4: {nanbu: 20, なし: 5}\n    a5: {nanbu: 1200, minato: 300}\n";
    let places = "places:\n  - {code: nanbu, name: 南部保健センター}\n  - {code: minato, name: 港こども館}\n";
    let flyer = GOOD
        .replace("code: x\n", &format!("code: x\n{order}"))
        .replace("[a5]", "[a4, a5]")
        .replace("places:\n  - {code: nanbu, name: 南部保健センター}\n", places);
    let site = Site::new(&[("content/flyers/x.md", &flyer)]);
    let comment =
        Comment { at: "2026-11-21 14:05".into(), by: "佐藤".into(), text: "大きく".into(), ..Comment::default() };
    ProofRecord { comments: vec![comment], ..ProofRecord::default() }
        .save(&ProofRecord::path(&read(site.root()).0, "x"))
        .unwrap();
    let packed = pack(&site);
    assert_eq!(packed.copies, 1525);
    assert!(
        packed.remarks.contains(&"校正の指摘が1件、終わっていません（otayori preview の「チラシ」）".to_owned()),
        "{:?}",
        packed.remarks
    );
    let files = unzip(&packed.bytes);
    let csv = std::str::from_utf8(&files["order.csv"]).unwrap();
    assert!(
        csv.contains("x-a4.print.pdf,A4,210×297 mm,場所なし,5,コート紙 110kg,片面4色")
            && csv.contains("x-a5-minato.print.pdf,A5,148×210 mm,港こども館,300,上質紙 70kg,片面4色"),
        "{csv}"
    );
    let sheet = site.root().join("order.pdf");
    std::fs::write(&sheet, &files["order.pdf"]).unwrap();
    let told = text(&sheet);
    // Sums of a place, of a size, of all; a dash where nothing was ordered.
    for part in [
        "大きさごと",
        "コート紙110kg25",
        "上質紙70kg1,500",
        "場所ごとの部数",
        "南部保健センター201,2001,220",
        "港こども館―300300",
        "計251,5001,525",
        "市役所2階こども未来課",
        "校正の指摘が1件",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

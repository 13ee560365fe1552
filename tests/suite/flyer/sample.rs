//! The sample city's flyers in, every code read back, every box and ink measured.

use super::site::{PUBLIC_URL, codes, engine, names, picture_codes, read, run, sample, shown, squeeze, text};
use otayori::content::Library;
use otayori::flyer::{self, FlyerReport};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Everything about the sample city's flyers, in one test because nextest gives each test a process and each would
/// build them again.
#[test]
fn flyers_of_the_sample_city() {
    let out = tempfile::tempdir().unwrap();
    let (config, library) = read(sample());
    let report = flyer::build(&config, &library, &engine(), out.path(), None, &|_, _| {}).map_err(shown).unwrap();
    let folder = out.path().join("flyers");
    every_code_is_read_back(&folder, &library, &report);
    screen_pdfs_are_archival_and_accessible(&folder);
    print_pdfs_have_bleed_and_black_text_alone(&folder);
    crop_marks_stand_outside(&folder);
}

fn every_code_is_read_back(folder: &Path, library: &Library, report: &FlyerReport) {
    let mut expected = BTreeMap::new();
    for flyer in library.flyers.values() {
        let places = std::iter::once(String::new()).chain(flyer.places.iter().map(|p| format!("-{}", p.code)));
        for place in places {
            let url = format!("{PUBLIC_URL}/r/{}{place}", flyer.code);
            for size in &flyer.sizes {
                for kind in ["screen.pdf", "print.pdf", "png"] {
                    expected.insert(format!("{}-{size}{place}.{kind}", flyer.id), url.clone());
                }
            }
            expected.insert(format!("{}{place}.qr.png", flyer.id), url.clone());
            expected.insert(format!("{}{place}.qr.svg", flyer.id), url);
        }
    }
    assert!(library.flyers.len() >= 4);
    assert_eq!(names(folder), expected.keys().cloned().collect::<Vec<_>>());
    assert_eq!(report.files, expected.len());
    expected.into_par_iter().for_each(|(name, url)| {
        let path = folder.join(&name);
        let found = match name.rsplit('.').next().unwrap() {
            "pdf" => codes(&path),
            "png" => picture_codes(&path),
            _ => {
                let svg = std::fs::read_to_string(&path).unwrap();
                return assert!(svg.contains(&url), "{name}");
            }
        };
        let times = if name.contains("-cards") {
            10
        } else if name.contains("-stickers") {
            12
        } else {
            1
        };
        // The preview of ten cards is too coarse for every one of its codes.
        if times == 1 || name.ends_with(".pdf") {
            assert_eq!(found, vec![url.clone(); times], "{name}");
        }
        if name.ends_with(".pdf") {
            let address: String = url.trim_start_matches("https://").into();
            assert!(text(&path).contains(&address), "{name}: the address must stand under its code");
        }
    });
}

fn screen_pdfs_are_archival_and_accessible(folder: &Path) {
    for name in names(folder).into_iter().filter(|n| n.ends_with(".pdf")) {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let has = |what: &str| bytes.windows(what.len()).any(|w| w == what.as_bytes());
        assert!(has("<pdfuaid:part>1"), "{name}");
        assert_eq!(has("<pdfaid:part>2") && has("<pdfaid:conformance>A"), name.ends_with(".screen.pdf"), "{name}");
        assert!(has("/StructTreeRoot") && has("/Lang"), "{name}");
    }
    // As a screen reader goes through it: in order, without the readings, which are artifacts.
    let poster = squeeze(&run("pdfinfo", &["-struct-text", folder.join("touroku-a4.screen.pdf").to_str().unwrap()]));
    let mut from = 0;
    for part in [
        "妊娠・子育ての毎週に、",
        "ひとりで悩まない。",
        "妊娠中から6歳まで、",
        "かんたん3ステップ",
        "二次元コードを読みとる",
        "理由は聞きません。",
        "0000-00-1234",
    ] {
        from += poster[from..].find(part).unwrap_or_else(|| panic!("{part} does not follow in {poster}"));
    }
    assert!(!poster.contains("にんしん"), "{poster}");
}

fn print_pdfs_have_bleed_and_black_text_alone(folder: &Path) {
    for (name, width, height) in [
        ("touroku-a4.print.pdf", 210.0, 297.0),
        ("touroku-a5-nanbu.print.pdf", 148.0, 210.0),
        ("card-cards.print.pdf", 210.0, 297.0),
    ] {
        let path = folder.join(name);
        let shown = run("pdfinfo", &["-box", path.to_str().unwrap()]);
        let size = |key: &str| {
            let line = shown.lines().find(|l| l.starts_with(key)).unwrap();
            let v: Vec<f64> = line.split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect();
            [(v[2] - v[0]) * 25.4 / 72.0, (v[3] - v[1]) * 25.4 / 72.0]
        };
        let near = |found: [f64; 2], more: f64| {
            assert!(
                (found[0] - width - more).abs() < 0.1 && (found[1] - height - more).abs() < 0.1,
                "{name}: {found:?}"
            )
        };
        near(size("TrimBox"), 0.0);
        near(size("BleedBox"), 6.0);
        near(size("MediaBox"), 26.0);
        for (operators, fill) in inks(&std::fs::read(&path).unwrap()) {
            assert!(operators, "{name}: RGB or grey in a printer's file");
            assert_eq!(fill, [0.0; 3], "{name}: text of more than black");
        }
    }
}

/// Crop marks begin 3 mm outside of the trim; nothing of them may be on the paper that is kept. The cards' sheet has no
/// colour at its edges.
fn crop_marks_stand_outside(folder: &Path) {
    let picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap().into_temp_path();
    let base = picture.to_str().unwrap().trim_end_matches(".png").to_owned();
    run(
        "pdftoppm",
        &["-r", "254", "-gray", "-png", "-singlefile", folder.join("card-cards.print.pdf").to_str().unwrap(), &base],
    );
    let page = image::open(format!("{base}.png")).unwrap().into_luma8();
    // 254 dpi: ten pixels a millimetre; the trim begins 13 mm inside of the sheet.
    let dark = |x: f64, y: f64| {
        (-2..=2).any(|dx| {
            (-2..=2).any(|dy| {
                page.get_pixel((((x + 13.0) * 10.0) as i32 + dx) as u32, (((y + 13.0) * 10.0) as i32 + dy) as u32)[0]
                    < 160
            })
        })
    };
    for (x, y) in [
        (-8.0, 0.0),
        (0.0, -8.0),
        (218.0, 0.0),
        (210.0, -8.0),
        (-8.0, 297.0),
        (0.0, 305.0),
        (218.0, 297.0),
        (105.0, -7.0),
        (105.0, 304.0),
        (-7.0, 148.5),
        (217.0, 148.5),
    ] {
        assert!(dark(x, y), "no crop mark at {x}, {y} mm");
    }
    for step in 0..200 {
        let (along, down) = (f64::from(step) * 1.045 + 0.5, f64::from(step) * 1.48 + 0.5);
        for (x, y) in [(along, 1.5), (along, 295.0), (1.5, down), (208.0, down)] {
            assert!(!dark(x, y), "a mark on the paper at {x}, {y} mm");
        }
    }
}

/// For every piece of text: is all colour so far CMYK, and how much cyan, magenta and yellow has the text?
fn inks(pdf: &[u8]) -> Vec<(bool, [f32; 3])> {
    let mut found = Vec::new();
    let mut rest = pdf;
    while let Some(at) = rest.windows(7).position(|w| w == b"stream\n") {
        rest = &rest[at + 7..];
        let mut content = String::new();
        if flate2::read::ZlibDecoder::new(rest).read_to_string(&mut content).is_err() || !content.contains("BT") {
            continue;
        }
        let (mut stack, mut fill, mut pure, mut numbers) = (Vec::new(), [0.0; 3], true, Vec::<f32>::new());
        for word in content.split_ascii_whitespace() {
            match word {
                "q" => stack.push(fill),
                "Q" => fill = stack.pop().unwrap_or_default(),
                "k" => fill = [numbers[numbers.len() - 4], numbers[numbers.len() - 3], numbers[numbers.len() - 2]],
                "rg" | "RG" | "g" | "G" | "sc" | "scn" | "SC" | "SCN" => pure = false,
                "BT" => found.push((pure, fill)),
                _ => {}
            }
            match word.parse() {
                Ok(number) => numbers.push(number),
                Err(_) => numbers.clear(),
            }
        }
    }
    assert!(!found.is_empty(), "no text was found");
    found
}

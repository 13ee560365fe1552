//! Flyers as a printer and a phone see them: rendered, read back and measured.

#![expect(clippy::unwrap_used, reason = "what cannot be read or written here ends the test")]

use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, load};
use otayori::flyer::{self, Engine, FlyerReport};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

const PUBLIC_URL: &str = "https://otayori.city.harukaze.example.jp";

/// The sample city's settings and theme over a content folder of one's own.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(sample.join("otayori.yaml"), folder.path().join("otayori.yaml")).unwrap();
        std::os::unix::fs::symlink(sample.join("themes"), folder.path().join("themes")).unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { folder }
    }
    fn root(&self) -> &Path {
        self.folder.path()
    }
    fn build(&self, out: &Path) -> Result<FlyerReport, Vec<String>> {
        let (config, library) = read(self.root());
        flyer::build(&config, &library, &engine(), out, None, &|_, _| {}).map_err(shown)
    }
    /// The same with the theme's flyers changed by a designer: each file's text goes through `change`.
    fn with_theme(files: &[(&str, &str)], change: impl Fn(&str, String) -> String) -> Self {
        let site = Self::new(files);
        std::fs::remove_file(site.root().join("themes")).unwrap();
        let (theme, theirs) = (site.root().join("themes/default"), sample().join("themes/default"));
        std::fs::create_dir_all(theme.join("flyers")).unwrap();
        for folder in ["fonts", "i18n", "templates"] {
            std::os::unix::fs::symlink(theirs.join(folder), theme.join(folder)).unwrap();
        }
        for name in names(&theirs.join("flyers")) {
            let text = std::fs::read_to_string(theirs.join("flyers").join(&name)).unwrap();
            std::fs::write(theme.join("flyers").join(&name), change(&name, text)).unwrap();
        }
        site
    }
    /// Mistakes of a flyer under a changed theme; nothing is written.
    fn theme_mistakes(flyer: &str, change: impl Fn(&str, String) -> String) -> Vec<String> {
        let site = Self::with_theme(&[("content/flyers/x.md", flyer)], change);
        let (config, library) = read(site.root());
        let out = site.root().join("out");
        let mistakes = flyer::build(&config, &library, &Engine::of(&config).unwrap(), &out, None, &|_, _| {}).map_err(shown).unwrap_err();
        assert_eq!(names(&out.join("flyers")), Vec::<String>::new(), "a flyer with a mistake must not write files");
        mistakes
    }
    /// What one flyer's mistakes are called.
    fn mistakes(flyer: &str) -> Vec<String> {
        let site = Self::new(&[("content/flyers/x.md", flyer)]);
        let out = site.root().join("out");
        let mistakes = site.build(&out).unwrap_err();
        assert_eq!(names(&out.join("flyers")), Vec::<String>::new(), "a flyer with a mistake must not write files");
        mistakes
    }
}

fn shown(problems: otayori::diag::Diagnostics) -> Vec<String> {
    problems.sorted().iter().map(ToString::to_string).collect()
}

fn read(root: &Path) -> (Config, Library) {
    let config = Config::load_with(root, &|name| (name == "OTAYORI_PUBLIC_URL").then(|| PUBLIC_URL.to_owned())).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    (config, library)
}

fn sample() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The default theme's engine, read once for all tests.
fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    Arc::clone(ENGINE.get_or_init(|| Engine::of(&read(sample()).0).unwrap()))
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e} (poppler-utils and zbar-tools are needed)"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every code on a page of a PDF, read from a picture of 150 dpi.
fn codes(pdf: &Path) -> Vec<String> {
    let picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap().into_temp_path();
    let base = picture.to_str().unwrap().trim_end_matches(".png").to_owned();
    // zbar loses one or two of a dozen codes on a sheet: each sticker is read alone, as a phone does.
    let parts: Vec<Vec<String>> = if pdf.to_string_lossy().contains("-stickers") {
        let edge = if pdf.to_string_lossy().contains(".print.") { 13.0 } else { 0.0 };
        let label = |n: usize| [18.7 + 88.8 * (n % 2) as f64 + edge, 21.6 + 42.3 * (n / 2) as f64 + edge, 83.8, 42.3];
        let dots = |mm: f64| format!("{:.0}", mm / 25.4 * 200.0);
        let part = |[x, y, w, h]: [f64; 4]| ["-r", "200", "-x", &dots(x), "-y", &dots(y), "-W", &dots(w), "-H", &dots(h)].map(str::to_owned).to_vec();
        (0..12).map(label).map(part).collect()
    } else {
        vec![vec!["-r".to_owned(), "150".to_owned()]]
    };
    let mut found = Vec::new();
    for part in parts {
        let mut args: Vec<&str> = part.iter().map(String::as_str).collect();
        args.extend(["-gray", "-png", "-singlefile", pdf.to_str().unwrap(), &base]);
        run("pdftoppm", &args);
        found.extend(picture_codes(Path::new(&format!("{base}.png"))));
    }
    found
}

fn picture_codes(picture: &Path) -> Vec<String> {
    run("zbarimg", &["-q", "--raw", picture.to_str().unwrap()]).lines().map(ToOwned::to_owned).collect()
}

fn text_of(pdf: &Path) -> String {
    text(pdf)
}

fn text(pdf: &Path) -> String {
    squeeze(&run("pdftotext", &[pdf.to_str().unwrap(), "-"]))
}

fn squeeze(text: &str) -> String {
    let kept = text.lines().filter(|l| !l.contains("(block)") && !l.contains("(inline)"));
    kept.flat_map(str::chars).filter(|c| !c.is_whitespace() && !"\u{2060}\"".contains(*c)).collect()
}

/// Everything about the sample city's flyers, in one test because nextest gives each test a process and each would build them again.
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
    for part in ["妊娠・子育ての毎週に、", "ひとりで悩まない。", "妊娠中から6歳まで、", "かんたん3ステップ", "二次元コードを読みとる", "理由は聞きません。", "0000-00-1234"]
    {
        from += poster[from..].find(part).unwrap_or_else(|| panic!("{part} does not follow in {poster}"));
    }
    assert!(!poster.contains("にんしん"), "{poster}");
}

fn print_pdfs_have_bleed_and_black_text_alone(folder: &Path) {
    for (name, width, height) in [("touroku-a4.print.pdf", 210.0, 297.0), ("touroku-a5-nanbu.print.pdf", 148.0, 210.0), ("card-cards.print.pdf", 210.0, 297.0)] {
        let path = folder.join(name);
        let shown = run("pdfinfo", &["-box", path.to_str().unwrap()]);
        let size = |key: &str| {
            let line = shown.lines().find(|l| l.starts_with(key)).unwrap();
            let v: Vec<f64> = line.split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect();
            [(v[2] - v[0]) * 25.4 / 72.0, (v[3] - v[1]) * 25.4 / 72.0]
        };
        let near = |found: [f64; 2], more: f64| assert!((found[0] - width - more).abs() < 0.1 && (found[1] - height - more).abs() < 0.1, "{name}: {found:?}");
        near(size("TrimBox"), 0.0);
        near(size("BleedBox"), 6.0);
        near(size("MediaBox"), 26.0);
        for (operators, fill) in inks(&std::fs::read(&path).unwrap()) {
            assert!(operators, "{name}: RGB or grey in a printer's file");
            assert_eq!(fill, [0.0; 3], "{name}: text of more than black");
        }
    }
}

/// Crop marks begin 3 mm outside of the trim; nothing of them may be on the paper that is kept. The cards' sheet has no colour at its edges.
fn crop_marks_stand_outside(folder: &Path) {
    let picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap().into_temp_path();
    let base = picture.to_str().unwrap().trim_end_matches(".png").to_owned();
    run("pdftoppm", &["-r", "254", "-gray", "-png", "-singlefile", folder.join("card-cards.print.pdf").to_str().unwrap(), &base]);
    let page = image::open(format!("{base}.png")).unwrap().into_luma8();
    // 254 dpi: ten pixels a millimetre; the trim begins 13 mm inside of the sheet.
    let dark = |x: f64, y: f64| (-2..=2).any(|dx| (-2..=2).any(|dy| page.get_pixel((((x + 13.0) * 10.0) as i32 + dx) as u32, (((y + 13.0) * 10.0) as i32 + dy) as u32)[0] < 160));
    for (x, y) in [(-8.0, 0.0), (0.0, -8.0), (218.0, 0.0), (210.0, -8.0), (-8.0, 297.0), (0.0, 305.0), (218.0, 297.0), (105.0, -7.0), (105.0, 304.0), (-7.0, 148.5), (217.0, 148.5)]
    {
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

#[test]
fn the_same_content_gives_the_same_bytes() {
    let site = Site::new(&[("content/flyers/x.md", GOOD)]);
    let (one, two) = (site.root().join("one"), site.root().join("two"));
    let report = site.build(&one).unwrap();
    assert_eq!((report.flyers, report.pdfs, report.files), (1, 4, 10));
    site.build(&two).unwrap();
    let files = names(&one.join("flyers"));
    assert_eq!(files, names(&two.join("flyers")));
    let (old, new) = (SystemTime::UNIX_EPOCH, one.join("flyers").join(&files[0]));
    std::fs::File::options().write(true).open(&new).unwrap().set_modified(old).unwrap();
    site.build(&one).unwrap();
    for name in files {
        assert!(std::fs::read(one.join("flyers").join(&name)).unwrap() == std::fs::read(two.join("flyers").join(&name)).unwrap(), "{name}");
    }
    assert_eq!(std::fs::metadata(new).unwrap().modified().unwrap(), old, "unchanged files keep their time");
}

const GOOD: &str = "---\ntitle: 毎週のおたより\nsummary: 登録は1分です。\ntemplate: handout\nsizes: [a5]\ncode: x\nplaces:\n  - {code: nanbu, name: 南部保健センター}\n---\n読んで、聞けます。\n\n## 登録\n\n1. **読みとる** カメラを向けます。\n";

#[test]
fn missing_glyphs_name_the_line() {
    let text = GOOD.replace("カメラを", "カメラ📷を").replace("登録は1分", "登録は𠮷1分").replace("毎週の", "𠮷の");
    assert_eq!(
        Site::mistakes(&text),
        [
            "error: content/flyers/x.md:2:8 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます",
            "error: content/flyers/x.md:3:13 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます",
            "error: content/flyers/x.md:14:16 「📷」（U+1F4F7）は、チラシの書体にありません\n  hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます",
        ]
    );
    // A place's name is on its own PDF only.
    let text = GOOD.replace("南部保健", "𠮷野保健");
    assert_eq!(
        Site::mistakes(&text),
        [
            "error: content/flyers/x.md:8:25 「𠮷」（U+20BB7）は、チラシの書体にありません\n  hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます"
        ]
    );
}

/// One text in every size: set anew, so that what must be read is never smaller than may be, and every code leads home.
#[test]
fn one_text_in_every_size() {
    let long = "1. **読みとる** スマートフォンのカメラを、コードに向けてください。\n2. **日を入れる** 出産予定日か、お子さんの誕生日を入力します。\n3. **届け方をえらぶ** LINEか、通知をえらべば終わります。\n\n##\n\n- **お名前はいりません** 住所も聞きません。\n- **質問できます** 助産師や医師がお答えします。\n\n> [!119] すぐに119番へ\n> - 息が苦しい\n";
    let flyer = GOOD
        .replace("template: handout", "template: poster\nlayouts: {a5: handout}")
        .replace("sizes: [a5]", "sizes: [a3, a4, a5, postcard, cards, stickers]")
        .replace("places:\n  - {code: nanbu, name: 南部保健センター}\n", "")
        .replace("1. **読みとる** カメラを向けます。\n", long);
    let site = Site::new(&[("content/flyers/x.md", &flyer)]);
    let out = site.root().join("out");
    assert_eq!(site.build(&out).unwrap().pdfs, 12);
    for (size, width, times, body) in
        [("a3", 297.0, 1, 15.0), ("a4", 210.0, 1, 12.0), ("a5", 148.0, 1, 10.0), ("postcard", 100.0, 1, 9.0), ("cards", 210.0, 10, 9.0), ("stickers", 210.0, 12, 8.0)]
    {
        let pdf = out.join(format!("flyers/x-{size}.screen.pdf"));
        assert_eq!(codes(&pdf), vec![format!("{PUBLIC_URL}/r/x"); times], "{size}");
        let shown = run("pdfinfo", &[pdf.to_str().unwrap()]);
        let points: f64 = shown.lines().find_map(|l| l.strip_prefix("Page size:")).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        assert!((points * 25.4 / 72.0 - width).abs() < 0.1, "{size}: {points}");
        assert_eq!(shown.lines().find(|l| l.starts_with("Pages:")).unwrap().split_whitespace().last(), Some("1"), "{size}");
        // As poppler measures it: the lead's height in points.
        let boxes = run("pdftotext", &["-bbox", pdf.to_str().unwrap(), "-"]);
        let word = boxes.lines().find(|l| l.contains("読んで")).map(|l| {
            let at = |key: &str| -> f64 { l.split_once(key).unwrap().1.split('"').nth(1).unwrap().parse().unwrap() };
            at("yMax=") - at("yMin=")
        });
        if let Some(height) = word {
            assert!(height >= body * 0.95, "{size}: {height}");
        }
        assert!(size == "stickers" || word.is_some(), "{size}: {boxes}");
    }
    let postcard = text(&out.join("flyers/x-postcard.screen.pdf"));
    assert!(postcard.contains("すぐに119番へ") && postcard.contains("息が苦しい") && postcard.contains("日を入れる"), "danger is never left out: {postcard}");
}

/// What a designer did wrong is told as the finished pages show it, with the author's line.
#[test]
fn finished_pages_are_looked_at() {
    let lib = |name: &str, text: String, from: &str, to: &str| {
        assert!(name != "lib.typ" || text.contains(from), "{from} is not in lib.typ");
        if name == "lib.typ" { text.replace(from, to) } else { text }
    };
    // A sheet scaled down: its type is measured as it stands on the paper.
    let small = Site::theme_mistakes(GOOD, |name, text| {
        if name == "handout.typ" { text.replace("for p in d.lead { para(p) }", "scale(90%, reflow: true, origin: left, for p in d.lead { para(p) })") } else { text }
    });
    assert!(small[0].starts_with("error: content/flyers/x.md:10:1 「読んで、聞けます。」の字が小さすぎます（A5（handout） で 9."), "{small:?}");
    let pale = Site::theme_mistakes(GOOD, |name, text| lib(name, text, "#let ink = pick(\"#1c2733\"", "#let ink = pick(\"#8899aa\""));
    assert!(pale.iter().any(|m| m.starts_with("error: content/flyers/x.md:14:6 「読みとる」の色が、うしろの色に近すぎます（A5（handout） でコントラスト 2.")), "{pale:?}");
    let covered =
        Site::theme_mistakes(GOOD, |name, text| lib(name, text, "+ qr-curve(size))", "+ qr-curve(size) + place(top + left, rect(width: 60%, height: 60%, fill: white)))"));
    assert_eq!(
        covered,
        ["error: content/flyers/x.md:6:7 A5（handout） の二次元コードを読めません（1個のうち0個を読めました）\n  hint: テーマの flyers/ を作った人に見せてください"]
    );
    let cut = Site::theme_mistakes(GOOD, |name, text| if name == "handout.typ" { text.replace("a5: (side: 11mm", "a5: (side: 2mm") } else { text });
    assert!(cut.iter().any(|m| m.contains("が、紙の端に近すぎます（A5（handout） で 2.0 mm。3 mm 以上）")), "{cut:?}");
}

#[test]
fn text_that_runs_over_is_measured() {
    let text = format!("{GOOD}{}", "2. **日を入れる** 出産予定日か、お子さんの誕生日を入力します。\n".repeat(14));
    let mistakes = Site::mistakes(&text);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].starts_with("error: content/flyers/x.md:10:1 本文が A5（handout） に入りきりません（"), "{mistakes:?}");
    assert!(mistakes[0].ends_with("mm あふれています）\n  hint: 文を短くするか、項目を減らしてください。ほかの大きさ（sizes）にすることもできます"), "{mistakes:?}");
    let text = GOOD.replace("code: x", &format!("code: {}", "long-".repeat(7)));
    let long = Site::mistakes(&text);
    assert!(long[0].starts_with("error: content/flyers/x.md:6:7 二次元コードの下の URLが A5（handout） に入りきりません"), "{long:?}");
}

/// What `check` says of a flyer is what `build` would say, and nothing is written; each mistake is said once.
#[test]
fn check_lays_out_the_flyers() {
    use otayori::cli::check::{Format, report};
    let small = [("content/people.yaml", "- {id: a, name: あ, profession: 助産師}\n"), ("content/topics.yaml", "- {id: b, title: からだ, summary: 体}\n")];
    let checked = |flyer: &str| {
        let site = Site::new(&[small[0], small[1], ("content/flyers/x.md", flyer)]);
        let (text, failed) = report(site.root(), Format::Human, Some(date(2026, 11, 21))).unwrap();
        assert!(!site.root().join("public").exists());
        (text, failed)
    };
    let (text, failed) = checked(GOOD);
    assert!(!failed, "{text}");
    let (text, failed) = checked(&GOOD.replace("カメラを", "カメラ📷を").replace("南部保健", "𠮷野保健"));
    assert!(failed);
    insta::assert_snapshot!(text, @r"
    error: content/flyers/x.md:8:25 「𠮷」（U+20BB7）は、チラシの書体にありません
      hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます
      8 |   - {code: nanbu, name: 𠮷野保健センター}
        |                         ^

    error: content/flyers/x.md:14:16 「📷」（U+1F4F7）は、チラシの書体にありません
      hint: 別の字（異体字は常用の字）か、かなにしてください。その字がある書体をテーマの fonts/ に入れることもできます
      14 | 1. **読みとる** カメラ📷を向けます。
         |                       ^

    エラー 2件（記事 0、お知らせ 0、ページ 0、チラシ 1、セグメント 0）
    ");
    let (text, _) = checked(&format!("{GOOD}{}", "2. **日を入れる** 出産予定日か、お子さんの誕生日を入力します。\n".repeat(14)));
    assert_eq!(text.matches("本文が A5（handout） に入りきりません（").count(), 1, "{text}");
    // A mistake in the front matter is not told a second time by the layout.
    let (text, _) = checked(&GOOD.replace("code: x", "code: あ"));
    assert_eq!(text.matches("コード `あ` は使えません").count(), 1, "{text}");
}

/// A theme that has no fonts builds no flyers: `check` says where they belong.
#[test]
fn check_says_where_fonts_are_missing() {
    use otayori::cli::check::{Format, report};
    let site = Site::new(&[("content/flyers/x.md", GOOD)]);
    std::fs::remove_file(site.root().join("themes")).unwrap();
    let theme = site.root().join("themes/default");
    std::fs::create_dir_all(&theme).unwrap();
    for folder in ["templates", "i18n", "flyers"] {
        std::os::unix::fs::symlink(sample().join("themes/default").join(folder), theme.join(folder)).unwrap();
    }
    let (text, failed) = report(site.root(), Format::Human, Some(date(2026, 11, 21))).unwrap();
    assert!(failed && text.starts_with("error: themes/default/fonts チラシを組めません（書体が1つもありません"), "{text}");
}

#[test]
fn mistakes_before_the_layout() {
    let one = |text: String| Site::mistakes(&text).remove(0);
    insta::assert_snapshot!(one(GOOD.replace("handout", "handuot")), @r"
    error: content/flyers/x.md:4:11 テンプレート `handuot` がありません
      hint: もしかして handout ですか
    ");
    insta::assert_snapshot!(one(GOOD.replace("[a5]", "[a5, b9]")), @r"
    error: content/flyers/x.md:5:13 テンプレート `handout` には、大きさ `b9` がありません
      hint: handout で使える大きさ: a4 a5
    ");
    // Keys are the template's: a misspelled one would be lost without a word.
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: x\ncoll: 登録はこちら")), @r"
    error: content/flyers/x.md:7:1 `coll` という項目はありません
      hint: 「call」のことですか
    ");
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: x\nstages: [誕生]")), @r"
    error: content/flyers/x.md:7:1 `stages` という項目はありません
      hint: テンプレート `handout` が読む項目: badge、call、edition、hours、layouts、office、order、tel、voice_code、without_phone
    ");
    insta::assert_snapshot!(one(GOOD.replace("code: x", "code: あ")), @r"
    error: content/flyers/x.md:6:7 コード `あ` は使えません
      hint: 英小文字、数字、- だけ、40文字までにしてください（アドレスになります）
    ");
    insta::assert_snapshot!(one(GOOD.replace("handout", "poster").replace("a5", "a4").replace("1. ", "- ")), @r"
    error: content/flyers/x.md:10:1 手順がありません（テンプレート `poster`）
      hint: 見出し（##）の下に「1. **題** 説明」の番号つきの箇条書きで書いてください
    ");
}

const ORDERED: &str = "order:\n  paper: コート紙 110kg\n  colours: 片面4色\n  due: 2026-12-10\n  copies:\n    a5: {nanbu: 1200, なし: 30}\n";

fn pack(site: &Site) -> flyer::Packed {
    let (config, library) = read(site.root());
    flyer::pack(&config, &library, &engine(), Some("x"), &|_, _| {}).map_err(shown).unwrap().remove(0)
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
    let text = GOOD.replace("code: x\n", &format!("code: x\nedition: 2026-10\n{ORDERED}"));
    let site = Site::new(&[("content/flyers/x.md", &text)]);
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
    let told = text_of(&sheet);
    for part in ["印刷の注文書", "コート紙110kg", "南部保健センター", "1,200", "1,230", "校了がまだです"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    // Passed, then changed.
    let (config, library) = read(site.root());
    let digest = flyer::make(&config, &library, &engine(), "x").map_err(shown).unwrap().digest;
    let path = Round::path(&config, "x");
    Round { passed: vec![Passed { at: "2026-11-21 14:05".into(), by: "佐藤".into(), sha256: digest }], ..Round::default() }.save(&path).unwrap();
    assert_eq!(pack(&site).remarks, Vec::<String>::new());
    std::fs::write(site.root().join("content/flyers/x.md"), text.replace("読んで、", "読んで")).unwrap();
    assert_eq!(pack(&site).remarks, ["校了（佐藤、2026-11-21 14:05）のあとで変わっています。もう一度、校了にしてください（otayori preview の「チラシ」）"]);
}

#[test]
fn mistakes_in_an_order() {
    let one = |order: &str| Site::mistakes(&GOOD.replace("code: x\n", &format!("code: x\n{order}"))).remove(0);
    insta::assert_snapshot!(one(&ORDERED.replace("paper", "papre")), @r"
    error: content/flyers/x.md:8:3 注文（order）に `papre` という項目はありません
      hint: 「paper」のことですか
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("nanbu", "nambu")), @r"
    error: content/flyers/x.md:12:10 このチラシに、場所 `nambu` はありません
      hint: 「nanbu」のことですか
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("1200", "たくさん")), @r"
    error: content/flyers/x.md:12:10 部数 `たくさん` は、数ではありません
      hint: 例: copies: {a5: 200}（枚数を半角の数字で）
    ");
    insta::assert_snapshot!(one(&ORDERED.replace("2026-12-10", "12月10日")), @r"
    error: content/flyers/x.md:10:3 `12月10日` は日付ではありません
      hint: 例: 2026-11-21
    ");
}

#[test]
fn a_code_belongs_to_one_flyer_and_mistakes_stay_with_their_flyer() {
    let site = Site::new(&[("content/flyers/a.md", GOOD), ("content/flyers/b.md", &GOOD.replace("code: x", "code: x-nanbu"))]);
    let out = site.root().join("out");
    assert_eq!(
        site.build(&out).unwrap_err(),
        [
            "error: content/flyers/b.md:6:7 コード `x-nanbu` は content/flyers/a.md も使っています\n  hint: どこから登録されたかを数えるコードです。チラシごと、場所ごとに変えてください"
        ]
    );
    assert_eq!(names(&out.join("flyers")).len(), 10, "the other flyer is made");
}

#[test]
fn articles_become_handouts_with_the_code_of_their_page() {
    let article = "---\ntitle: つわりがつらいとき\nsummary: 水分を。\n---\n> [!まとめ]\n> - **水分**です。\n\n{妊娠悪阻|にんしんおそ}という病気です[^1]。**「がまん」**はいりません。\n\n> [!119] すぐに119番へ\n> - けいれんした\n\n| 妊娠前 | いま |\n|---:|---:|\n| 45kg | **{体重|たいじゅう}** |\n\n{2026-12-08}の[健診](page:about)で。\n\n[^1]: ガイドラインより。\n";
    let site = Site::new(&[("content/articles/tsuwari.md", article), ("content/articles/tofu.md", "---\ntitle: だめな字\nsummary: x\n---\n本文です。\n\n## 見出し𠮷\n")]);
    let (config, library) = read(site.root());
    let out = site.root().join("out");
    let report = flyer::build_handouts(&config, &library, &engine(), &out, Some("tsuwari"), &|_, _| {}).map_err(shown).unwrap();
    assert_eq!(report.pdfs, 1);
    let pdf = out.join("handouts/tsuwari.pdf");
    assert_eq!(codes(&pdf), [format!("{PUBLIC_URL}/articles/tsuwari/")]);
    let text = text(&pdf);
    for part in [
        "つわりがつらいとき",
        "妊娠悪阻という病気です",
        "「がまん」はいりません",
        "12月8日（火）の健診で",
        "すぐに119番へ",
        "45kg",
        "ガイドラインより",
        "otayori.city.harukaze.example.jp/articles/tsuwari",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains('{') && !text.contains("[!") && !text.contains("**"), "{text}");
    let wrong = flyer::build_handouts(&config, &library, &engine(), &out, Some("tofu"), &|_, _| {}).map_err(shown).unwrap_err();
    assert!(wrong[0].starts_with("error: content/articles/tofu.md:7:7 「𠮷」（U+20BB7）"), "{wrong:?}");
    assert!(!out.join("handouts/tofu.pdf").exists());
}

/// A tenth of the sample city's articles: all of them take half a minute here (`otayori flyer --handouts` makes them all).
#[test]
fn handouts_of_the_sample_city() {
    let (config, mut library) = read(sample());
    let kept: Vec<String> = library.articles.keys().step_by(10).cloned().collect();
    library.articles.retain(|slug, _| kept.contains(slug));
    let out = tempfile::tempdir().unwrap();
    let report = flyer::build_handouts(&config, &library, &engine(), out.path(), None, &|_, _| {}).map_err(shown).unwrap();
    for name in names(&out.path().join("handouts")) {
        assert_eq!(codes(&out.path().join("handouts").join(&name)).len(), 1, "{name}");
    }
    assert_eq!(report.pdfs, names(&out.path().join("handouts")).len());
}

//! A site of one's own over the sample city's settings and theme, and what people's programs see in its PDFs.

use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{Library, LoadOptions, load};
use otayori::flyer::{self, FlyerReport};
use otayori::paper::Engine;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

pub const PUBLIC_URL: &str = "https://otayori.city.harukaze.example.jp";

pub const GOOD: &str = "---\ntitle: 毎週のおたより\nsummary: 登録は1分です。\ntemplate: handout\nsizes: [a5]\ncode: x\n\
    places:\n  - {code: nanbu, name: 南部保健センター}\n---\n読んで、聞けます。\n\n## 登録\n\n1. **読みとる** \
    カメラを向けます。\n";

/// The sample city's settings and theme over a content folder of one's own.
pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub fn new(files: &[(&str, &str)]) -> Self {
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
    pub fn root(&self) -> &Path {
        self.folder.path()
    }
    pub fn build(&self, out: &Path) -> Result<FlyerReport, Vec<String>> {
        let (config, library) = read(self.root());
        flyer::build(&config, &library, &engine(), out, None, &|_, _| {}).map_err(shown)
    }
    /// The same with the theme's flyers changed by a designer: each file's text goes through `change`.
    pub fn with_theme(files: &[(&str, &str)], change: impl Fn(&str, String) -> String) -> Self {
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
    pub fn theme_mistakes(flyer: &str, change: impl Fn(&str, String) -> String) -> Vec<String> {
        let site = Self::with_theme(&[("content/flyers/x.md", flyer)], change);
        let (config, library) = read(site.root());
        let out = site.root().join("out");
        let mistakes = flyer::build(&config, &library, &Engine::of(&config).unwrap(), &out, None, &|_, _| {})
            .map_err(shown)
            .unwrap_err();
        assert_eq!(names(&out.join("flyers")), Vec::<String>::new(), "a flyer with a mistake must not write files");
        mistakes
    }
    /// What one flyer's mistakes are called.
    pub fn mistakes(flyer: &str) -> Vec<String> {
        let site = Self::new(&[("content/flyers/x.md", flyer)]);
        let out = site.root().join("out");
        let mistakes = site.build(&out).unwrap_err();
        assert_eq!(names(&out.join("flyers")), Vec::<String>::new(), "a flyer with a mistake must not write files");
        mistakes
    }
}

pub fn shown(problems: otayori::diag::Diagnostics) -> Vec<String> {
    problems.sorted().iter().map(ToString::to_string).collect()
}

pub fn read(root: &Path) -> (Config, Library) {
    let config =
        Config::load_with(root, &|name| (name == "OTAYORI_PUBLIC_URL").then(|| PUBLIC_URL.to_owned())).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    (config, library)
}

pub fn sample() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The default theme's engine, read once for all tests.
pub fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    Arc::clone(ENGINE.get_or_init(|| Engine::of(&read(sample()).0).unwrap()))
}

pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e} (poppler-utils and zbar-tools are needed)"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every code on a page of a PDF, read from a picture of 150 dpi.
pub fn codes(pdf: &Path) -> Vec<String> {
    let picture = tempfile::Builder::new().suffix(".png").tempfile().unwrap().into_temp_path();
    let base = picture.to_str().unwrap().trim_end_matches(".png").to_owned();
    // zbar loses one or two of a dozen codes on a sheet: each sticker is read alone, as a phone does.
    let parts: Vec<Vec<String>> = if pdf.to_string_lossy().contains("-stickers") {
        let edge = if pdf.to_string_lossy().contains(".print.") { 13.0 } else { 0.0 };
        let label = |n: usize| [18.7 + 88.8 * (n % 2) as f64 + edge, 21.6 + 42.3 * (n / 2) as f64 + edge, 83.8, 42.3];
        let dots = |mm: f64| format!("{:.0}", mm / 25.4 * 200.0);
        let part = |[x, y, w, h]: [f64; 4]| {
            ["-r", "200", "-x", &dots(x), "-y", &dots(y), "-W", &dots(w), "-H", &dots(h)].map(str::to_owned).to_vec()
        };
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

pub fn picture_codes(picture: &Path) -> Vec<String> {
    run("zbarimg", &["-q", "--raw", picture.to_str().unwrap()]).lines().map(ToOwned::to_owned).collect()
}

pub fn text(pdf: &Path) -> String {
    squeeze(&run("pdftotext", &[pdf.to_str().unwrap(), "-"]))
}

pub fn squeeze(text: &str) -> String {
    let kept = text.lines().filter(|l| !l.contains("(block)") && !l.contains("(inline)"));
    kept.flat_map(str::chars).filter(|c| !c.is_whitespace() && !"\u{2060}\"".contains(*c)).collect()
}

//! Ten flyers in five sizes for ten places: 500 variants. First one PDF of each, compiled and exported alone, then the
//! two that are published (for the screen and for the press), then these with every check and picture, in one run.
//!
//! `cargo bench --bench flyers`. The aims, on two cores: 5 s for compiling and exporting, 30 s with everything, and
//! memory that does not grow with the number of variants.

use anyhow::{Context as _, Result, anyhow, ensure};
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::flyer;
use otayori::paper::Engine;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds for compiling and exporting, and with every check.
const AIMS: [f64; 2] = [5.0, 30.0];
/// Memory after all variants, as a part of that after the first fifth.
const LEVEL: f64 = 1.25;
const SIZES: &str = "[a3, a4, a5, postcard, cards]";

fn main() -> Result<()> {
    // `cargo test --benches` runs this too: then once through with few variants is enough.
    let quick = !std::env::args().any(|a| a == "--bench");
    let (flyers, places) = if quick { (1, 1) } else { (10, 10) };
    let folder = tempfile::tempdir()?;
    write_site(folder.path(), flyers, places)?;
    let config = Config::load_with(folder.path(), &|name| {
        (name == "OTAYORI_PUBLIC_URL").then(|| "https://otayori.city.harukaze.example.jp".to_owned())
    })
    .map_err(told)?;
    let (library, problems) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    ensure!(!problems.iter().any(|p| p.file.starts_with("content/flyers")), "{}", told(problems));
    let engine = Engine::of(&config)?;
    let variants = flyers * places * 5;
    println!(
        "{variants} variants ({flyers} flyers, 5 sizes, {places} places), {} cores",
        std::thread::available_parallelism()?
    );

    for (what, press) in [("for the screen", false), ("for screen and press", true)] {
        let memory = Memory::default();
        let (start, cpu) = (Instant::now(), processor()?);
        let bytes =
            flyer::export_only(&config, &library, &engine, press, &|done, of| memory.note(done, of)).map_err(told)?;
        report(what, [start.elapsed().as_secs_f64(), processor()? - cpu], variants, AIMS[0], bytes);
        memory.report()?;
    }

    let memory = Memory::default();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let (start, cpu) = (Instant::now(), processor()?);
    let made = flyer::build(&config, &library, &engine, &one, None, &|done, of| memory.note(done, of)).map_err(told)?;
    ensure!(made.pdfs == 2 * variants, "{} PDFs", made.pdfs);
    report("with every check", [start.elapsed().as_secs_f64(), processor()? - cpu], variants, AIMS[1], size_of(&one)?);
    memory.report()?;

    // The same content gives the same bytes, whatever thread made them.
    flyer::build(&config, &library, &engine, &two, Some("f00"), &|_, _| {}).map_err(told)?;
    for entry in std::fs::read_dir(two.join("flyers"))? {
        let name = entry?.file_name();
        ensure!(
            std::fs::read(one.join("flyers").join(&name))? == std::fs::read(two.join("flyers").join(&name))?,
            "{} differs",
            name.to_string_lossy()
        );
    }
    println!("  made twice: the same bytes");
    Ok(())
}

/// `cpu` tells what a busy machine hides: on two idle cores the time is half of it.
fn report(what: &str, [seconds, cpu]: [f64; 2], variants: usize, aim: f64, bytes: u64) {
    let aimed = aim * variants as f64 / 500.0;
    println!(
        "  {what:<24} {seconds:>7.2} s ({:.1} of the aim), {cpu:.1} s of CPU, {:.1} ms of CPU a variant, {:.0} KB a \
         variant (aim: 500 in {aim} s)",
        seconds / aimed,
        1000.0 * cpu / variants as f64,
        bytes as f64 / 1000.0 / variants as f64
    );
}

fn told(problems: otayori::diag::Diagnostics) -> anyhow::Error {
    anyhow!("{}", problems.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The sample city's settings and theme, with flyers of our own that differ in their words.
fn write_site(root: &Path, flyers: usize, places: usize) -> Result<()> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(sample.join("otayori.yaml"), root.join("otayori.yaml"))?;
    std::fs::create_dir_all(root.join("content/flyers"))?;
    std::os::unix::fs::symlink(sample.join("themes"), root.join("themes"))?;
    for n in 0..flyers {
        let mut text = format!(
            "---\ntitle: \"{{毎週|まいしゅう}}のおたより、\\n{n}のかたち。\"\nsummary: 毎週のおたよりが届きます。\n\
             template: poster\nlayouts: {{a5: handout}}\nsizes: {SIZES}\ncode: f{n:02}\nbadge: 無料\ncall: \
             登録はこちら\nplaces:\n"
        );
        // With the one without a place there are as many as were asked for.
        for place in 1..places {
            writeln!(text, "  - {{code: p{place:02}, name: 第{place}保健センター}}")?;
        }
        if places == 1 {
            text = text.replace("places:\n", "");
        }
        write!(
            text,
            "---\n妊娠中から6{{歳|さい}}まで、その{{週|しゅう}}のおたよりが届きます。\n\n## かんたん3ステップ\n\n1. \
             **{{読|よ}}みとる** カメラを、コードに向けてください。\n2. **日を入れる** 出産予定日か、\
             お子さんの誕生日を入力します。\n3. **届け方をえらぶ** LINEか、通知をえらべば終わります。\n\n##\n\n- \
             **お名前はいりません** 住所も聞きません。\n- **質問できます** 助産師や医師がお答えします。\n- \
             **止められます** その場で止まります。これは{n}番目です。\n"
        )?;
        std::fs::write(root.join(format!("content/flyers/f{n:02}.md")), text)?;
    }
    Ok(())
}

fn size_of(folder: &Path) -> Result<u64> {
    std::fs::read_dir(folder.join("flyers"))?.map(|e| Ok(e?.metadata()?.len())).sum()
}

/// The process's memory after each fifth of the variants, and its peak.
#[derive(Default)]
struct Memory(Mutex<Vec<f64>>);

impl Memory {
    fn note(&self, done: usize, of: usize) {
        let mut seen = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if done * 5 >= of * (seen.len() + 1)
            && let Some(now) = status("VmRSS:")
        {
            seen.push(now);
        }
    }

    fn report(self) -> Result<()> {
        let seen = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return Ok(()) };
        let peak = status("VmHWM:").context("no peak")?;
        let shown: Vec<String> = seen.iter().map(|m| format!("{m:.0}")).collect();
        println!(
            "    memory after each fifth (the first is 100 of 500) {} MiB, peak of the process {peak:.0} MiB; last to \
             first {:.2} (aim {LEVEL})",
            shown.join(" "),
            last / first
        );
        Ok(())
    }
}

/// Seconds of CPU that this process has used.
fn processor() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything: user and system time are the 12th and 13th, in hundredths.
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    behind.split_whitespace().skip(11).take(2).map(|ticks| Ok(ticks.parse::<f64>()? / 100.0)).sum()
}

/// A line of `/proc/self/status` in MiB; nothing where there is none.
fn status(key: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

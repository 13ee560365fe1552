//! `otayori build`: the site's folder in, `public/` out; a failed build leaves `public/` as it was.

use crate::calendar::Date;
use crate::config::Config;
use crate::content::Shelf;
use crate::diag::{Diagnostics, hint_of_io};
use crate::engine::{ground, load_for, publish_on, trace};
use crate::press::Press;
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `otayori build`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// サイトのフォルダ（otayori.yaml のある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
    /// 出力先（指定がなければ、サイトのフォルダの public）
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// 結果を JSON で標準出力に出す
    #[arg(long)]
    pub json: bool,
    /// public/ の中の、otayori が作ったのではないもの（手で置いたもの、作った記録のないもの）も消す
    #[arg(long)]
    pub clean_unknown: bool,
    /// この日のサイトを作る（例 2026-11-24。指定がなければ今日）
    #[arg(long, value_name = "D")]
    pub date: Option<Date>,
}

/// Prints problems for a person, the summary last.
pub fn print_problems(problems: Diagnostics) {
    let (errors, warnings) = problems.counts();
    for problem in problems.sorted() {
        err!("{problem}");
    }
    if errors + warnings > 0 {
        err!("エラー {errors}件、注意 {warnings}件");
    }
}

/// Runs `otayori build`.
pub fn run(args: Args) -> Result<ExitCode> {
    if let Err(e) = super::danger::in_place(&args.root) {
        err!("{e:#}\n作りませんでした。前のサイトは、そのままです。");
        return Ok(ExitCode::FAILURE);
    }
    // Mistakes in the settings are told below.
    if let Ok(config) = Config::load(&args.root) {
        trace::refuse_missing(&config)?;
    }
    let mut shelf = Shelf::of(&args.root);
    let out = args.out.clone().unwrap_or_else(|| args.root.join("public"));
    // What stands in the output folder is looked at while the content is read; where there is no site, nothing is
    // touched.
    let open = || {
        ground::outside(&args.root, &out)
            .and_then(|place| Press::open(&place, &ground::data(&args.root)?.join("cache")))
    };
    let open = || open().map(|press| if args.clean_unknown { press.cleaning() } else { press });
    let press = || args.root.join("otayori.yaml").is_file().then(open);
    let (loaded, press) = rayon::join(|| load_for(&args.root, args.out.as_deref(), args.date, &mut shelf), press);
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(problems) => {
            print_problems(problems);
            err!("作りませんでした。前のサイトは、そのままです。");
            return Ok(ExitCode::FAILURE);
        }
    };
    print_problems(loaded.problems.clone());
    let report = std::thread::scope(|scope| {
        // Without it the next build is slower, and no worse.
        scope.spawn(|| drop(shelf.save()));
        publish_on(press.context("no site")??, &loaded, !args.json, &|said| err!("{said}"))
    });
    let report = report.map_err(|e| {
        let hint = if e.chain().any(|cause| cause.is::<std::io::Error>()) || format!("{e:#}").contains("os error") {
            format!("\n  hint: {}", hint_of_io(&e))
        } else {
            String::new()
        };
        anyhow::anyhow!("{e:#}{hint}\n作りませんでした。{} は、前のままです。", out.display())
    })?;
    if args.json {
        out!("{}", serde_json::to_string(&report)?);
    } else {
        err!(
            "{} に {}ページ、チラシ {}枚、画像 {}枚を作りました（{:.1}秒）",
            out.display(),
            report.pages,
            report.flyers,
            report.images,
            report.seconds
        );
    }
    // The process ends here: giving back every text one by one takes longer than a small build.
    std::mem::forget((loaded, shelf));
    Ok(ExitCode::SUCCESS)
}

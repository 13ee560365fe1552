//! `households`: made-up households in, a list out, a CSV in.

use super::{Root, log};
use crate::calendar::{Date, TimeZone, Timestamp};
use crate::clock::Clock;
use crate::consult;
use crate::db::Db;
use crate::demo::standin::push_subscription;
use crate::engine::stores::{Stores, with_stores};
use crate::engine::{block_on, date_or_today};
use crate::erasure;
use crate::household::generate::{Spec, Target, generate};
use crate::household::{self, import};
use crate::watch;
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `households`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// 架空の世帯を作ります（demo と試験のため。本物の配信先には送られません）
    ///
    /// 同じ --seed と --date なら、何度動かしても同じ世帯です。すでにあるときは何も書きません。
    Generate(Generate),
    /// 世帯を並べます（ID、対象、ことば、地区、受け取り方、停止。宛先は出しません）
    List(List),
    /// CSV から世帯を登録します
    #[command(long_about = IMPORT)]
    Import(Import),
    /// 世帯のおたよりを、すべて止めます（本人の「すべて止める」と同じ。すぐに止まります）
    Stop(Stop),
    /// 世帯を消します（本人の「すべて消す」と同じ。聞いてから消します）
    Remove(Remove),
}

#[derive(clap::Args, Debug)]
struct Generate {
    #[command(flatten)]
    root: Root,
    /// 世帯の数
    #[arg(long, value_name = "N", required_unless_present_all = ["pregnancies", "children"],
        conflicts_with_all = ["pregnancies", "children"])]
    count: Option<usize>,
    /// 妊娠の数（--children と一緒に。ふたごは2と数えます）
    #[arg(long, value_name = "N", requires = "children")]
    pregnancies: Option<usize>,
    /// 未就学児の数（--pregnancies と一緒に）
    #[arg(long, value_name = "N", requires = "pregnancies")]
    children: Option<usize>,
    /// 乱数の種
    #[arg(long, value_name = "S")]
    seed: u64,
    /// LINE で受け取る世帯の割合（%）
    #[arg(long, value_name = "PERCENT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=100))]
    line: u32,
    /// 通知の宛先の URL の前半（省くと、全世帯が LINE）
    #[arg(long, value_name = "URL")]
    push_base: Option<String>,
    /// 週数と月齢を数える日（省くと今日）
    #[arg(long, value_name = "D")]
    date: Option<Date>,
}

#[derive(clap::Args, Debug)]
struct List {
    #[command(flatten)]
    root: Root,
    /// JSON の配列で
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args, Debug)]
struct Import {
    #[command(flatten)]
    root: Root,
    /// UTF-8 の CSV
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// 週数と年齢を確かめる日（省くと今日）
    #[arg(long, value_name = "D")]
    date: Option<Date>,
}

#[derive(clap::Args, Debug)]
struct Stop {
    #[command(flatten)]
    root: Root,
    /// 世帯の ID（households list で見られます）
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(clap::Args, Debug)]
struct Remove {
    #[command(flatten)]
    root: Root,
    /// 世帯の ID（households list で見られます）
    #[arg(value_name = "ID")]
    id: String,
    /// 聞かずに消す
    #[arg(long)]
    yes: bool,
}

const IMPORT: &str =
    "CSV から世帯を登録します。1行に1人（妊娠か子）ずつ。まちがいが1つでもあれば、何も書かずに全部の行と列を示します。

1行目は列の名前です（順番は自由）:
  household       同じ世帯の行に、同じ番号や文字（必須。データベースには残りません）
  kind            pregnancy か child（必須）
  due_on          妊娠の出産予定日（2026-11-03、2026/11/3、令和8-11-3）
  birth_on        子の誕生日
  preterm_due_on  3週間以上早く生まれた子の、もとの出産予定日
  area            otayori.yaml の areas の id（空けられます）
  language        otayori.yaml の languages（空けると最初のことば）
  first_child     yes か no（空けられます）
  line            LINE のユーザー ID（空けられます）
世帯の列（area から後ろ）は、2行目からは空けられます。同意は、版 `import` として記録します。
終わると、household と新しい ID を1行ずつ出します。

例:
  household,kind,due_on,birth_on,preterm_due_on,area,language,first_child
  1,pregnancy,2027-03-16,,,south,ja,no
  1,child,,2025-04-10,,,,";

/// Runs `households …`.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    match args.command {
        Command::Generate(args) => block_on(run_generate(args)),
        Command::List(args) => block_on(run_list(args)),
        Command::Import(args) => block_on(run_import(args)),
        Command::Stop(args) => block_on(run_stop(args)),
        Command::Remove(args) => block_on(run_remove(args)),
    }
}

async fn run_generate(args: Generate) -> Result<ExitCode> {
    let config = args.root.config()?;
    let date = date_or_today(args.date, &config);
    let target = match (args.count, args.pregnancies, args.children) {
        (Some(count), ..) => Target::Households(count),
        (None, Some(pregnancies), Some(children)) => Target::Subjects { pregnancies, children },
        (None, ..) => bail!("--count か、--pregnancies と --children が要ります"),
    };
    // As if they had registered in the morning of the day.
    let now = date.at(9, 0, 0, 0).to_zoned(config.zone.clone())?.timestamp().as_second();
    // Browsers whose keys follow from the seed, so that a stand-in of a push service can open what is sent to them.
    let seed = args.seed;
    let mut address = args.push_base.map(|base| move |n: u64| Ok(push_subscription(&base, &format!("{seed}-{n}"))));
    let push: Option<household::generate::PushAddress<'_>> = match &mut address {
        Some(address) => Some(address),
        None => None,
    };
    let bar =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} 世帯を登録しています {pos}")?);
    let spec = Spec { target, seed: args.seed, date, now, site: &config.site, line_percent: args.line, push };
    let made =
        with_stores(&config, async |Stores { db, vault }| generate(&db, &vault, spec, &mut |n| bar.inc(n)).await)
            .await?;
    bar.finish_and_clear();
    let what = if made.already { "もうあります（何も書いていません）" } else { "登録しました" };
    out!(
        "世帯 {}（妊娠 {}、子 {}、LINE {}、通知 {}）を{what}",
        made.households,
        made.pregnancies,
        made.children,
        made.line,
        made.web_push
    );
    Ok(ExitCode::SUCCESS)
}

async fn run_list(args: List) -> Result<ExitCode> {
    let config = args.root.config()?;
    crate::engine::stores::beside_what_there_was(&config).await?;
    let households = match Db::existing(&config.services.database_url).await? {
        Some(db) => household::list(&db).await?,
        None => Vec::new(),
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = if args.json {
        serde_json::to_writer(&mut out, &households).map_err(std::io::Error::from).and_then(|()| writeln!(out))
    } else {
        write_list(&mut out, &households, &config.zone)
    };
    match written.and_then(|()| out.flush()) {
        // `| head` has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(e) => Err(e.into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

/// One line a household, columns by tabs; the last but one is the day of registration, which people are asked for who
/// can open nothing any more.
fn write_list(out: &mut impl Write, households: &[household::Listed], zone: &TimeZone) -> std::io::Result<()> {
    for h in households {
        let subjects: Vec<String> = h
            .subjects
            .iter()
            .map(|s| {
                let kind = if s.kind == "pregnancy" { "予定日" } else { "誕生日" };
                let stopped = if s.stopped_at.is_some() { "（停止）" } else { "" };
                format!("{kind} {}{stopped}", s.stage_on)
            })
            .collect();
        let state = match (h.stopped_at, &h.paused_until) {
            (Some(_), _) => "停止".to_owned(),
            (None, Some(day)) => format!("{day} まで休み"),
            (None, None) => String::new(),
        };
        let since = Timestamp::from_second(h.created_at)
            .map_or_else(|_| String::new(), |at| at.to_zoned(zone.clone()).date().to_string());
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{}\t{since} 登録\t{state}",
            h.id,
            subjects.join("、"),
            h.language,
            h.area,
            h.channels.iter().map(|channel| channel.id()).collect::<Vec<_>>().join(",")
        )?;
    }
    Ok(())
}

/// Stops all letters of a household that rang up; nothing is asked, and it can take it back on its own page.
async fn run_stop(args: Stop) -> Result<ExitCode> {
    let config = args.root.config()?;
    with_stores(&config, async |Stores { db, .. }| {
        let stopped = household::stop(&db, &args.id, crate::clock::Clock::System.now().seconds()).await?;
        stopped.with_context(|| format!("世帯 {} はありません（otayori households list で見られます）", args.id))?;
        out!("{} のおたよりを、すべて止めました。本人がマイページで選ぶと、また届きます", args.id);
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Shows what is erased, asks, and erases the household as its own button does.
async fn run_remove(args: Remove) -> Result<ExitCode> {
    let config = args.root.config()?;
    with_stores(&config, async |Stores { db, vault }| {
        let listed = household::list(&db).await?.into_iter().find(|h| h.id == args.id);
        let listed = listed.with_context(|| {
            format!(
                "世帯 {} はありません（otayori households list \
            で見られます）",
                args.id
            )
        })?;
        let mut shown = Vec::new();
        write_list(&mut shown, std::slice::from_ref(&listed), &config.zone)?;
        super::mention(&String::from_utf8_lossy(&shown));
        if consult::under_watch(&db, &args.id).await? {
            err!(
                "見守り中の相談があります。消す前に、相談デスクで確かめてください。消すと、日時と危険の種類だけが、\
                相談デスクの一覧に残ります"
            );
        }
        if !args.yes {
            if !std::io::stdin().is_terminal() {
                bail!("端末ではないので、聞けません。消すなら --yes を付けてください。何も消していません");
            }
            super::mention("この世帯の登録・宛先・質問とお返事を、すべて消します。元には戻せません。よいですか [y/N] ");
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer)?;
            if !matches!(answer.trim(), "y" | "Y" | "yes" | "はい") {
                err!("何も消していません");
                return Ok(ExitCode::FAILURE);
            }
        }
        erasure::household(&db, &vault, &args.id, crate::clock::Clock::System.now().seconds()).await?;
        done!("{} を消しました", args.id);
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn run_import(args: Import) -> Result<ExitCode> {
    let config = args.root.config()?;
    let file = args.file.display().to_string();
    let bytes = std::fs::read(&args.file).with_context(|| format!("{file} を読めません"))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        anyhow::anyhow!("{file} は UTF-8 ではありません。表計算ソフトでは「CSV UTF-8」で保存してください")
    })?;
    let today = date_or_today(args.date, &config);
    let (imported, mut problems) = import::read(&file, &text, &config.site, today);
    with_stores(&config, async |Stores { db, vault }| {
        problems.extend(import::check_known(&db, &vault, &file, &imported).await?);
        if problems.has_errors() {
            let (errors, _) = problems.counts();
            for problem in problems.sorted() {
                err!("{problem}");
            }
            err!("直すところが {errors} あります。何も書いていません。");
            return Ok(ExitCode::FAILURE);
        }
        for problem in problems.sorted() {
            err!("{problem}");
        }
        let now = Clock::of(config.services.now).now();
        // What is written now is on record as now, so that a clock which jumps before the first letter is seen.
        let stand = watch::beat(&db, now).await?;
        if stand.holds() {
            err!("注意: {}", stand.message(now, &config.zone));
        }
        let now = now.seconds();
        for (key, id) in import::store(&db, &vault, imported, now).await? {
            done!("{key}\t{id}");
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

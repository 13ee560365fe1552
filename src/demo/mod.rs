//! The whole sample city on this machine, from Markdown to the phone and back, with stand-ins of LINE, of a
//! push service and of a mail server.
//!
//! Circle of 2 files: LINE's stand-in and its login sign in the same people.

pub mod pages;
mod people;
mod scene;
pub mod standin;
mod visitor;

use crate::calendar::{Date, days_between};
use crate::clock::Clock;
use crate::config::{Config, Email, is_loopback};
use crate::contact::Channel;
use crate::engine::{Engine, Loaded, block_on, date_or_today, publish, read, refusal, until_stopped};
use crate::household;
use crate::household::generate::{Spec, Target, generate};
use crate::letter;
use crate::site::Published;
use crate::web::{Patience, serve};
use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use pages::{Demo, Figure};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// How the demo is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The site's folder.
    pub root: PathBuf,
    /// Ends after the summary.
    pub once: bool,
    /// The day that it takes for today.
    pub date: Option<Date>,
    /// Where it is opened; the stand-ins take the three ports behind it.
    pub port: u16,
}

/// Where the summary is written, line by line.
pub type Say<'a> = &'a dyn Fn(String) -> Result<()>;

/// A city of 40,000: as many as the commissioning contract counts.
const TARGET: Target = Target::Subjects { pregnancies: 160, children: 1200 };
/// The made-up households are the same everywhere.
const SEED: u64 = 40_000;

/// Runs the demo until Ctrl-C, or to the summary.
pub fn run(args: &Options, say: Say<'_>) -> Result<()> {
    let began = Instant::now();
    let mut config = settings(args)?;
    let today = date_or_today(args.date, &config);
    // With `--date` the whole city lives on that day, at this hour.
    let clock = match days_between(date_or_today(None, &config), today) {
        0 => Clock::System,
        days => Clock::Shifted(i64::from(days) * 86_400),
    };
    if let Some(sample) = config.site.sample_date {
        config.shift_days = days_between(sample, today).div_euclid(7) * 7;
    }
    block_on(async move {
        let loaded = read(config, today).map_err(|p| refusal(p, "見本を読めません"))?;
        let (loaded, report) = tokio::task::spawn_blocking(move || {
            let report = publish(&loaded, &loaded.config.public, true)?;
            Ok::<_, anyhow::Error>((loaded, report))
        })
        .await??;
        let Loaded { config, library, theme, .. } = loaded;
        let config = Arc::new(config);

        let address = SocketAddr::from(([127, 0, 0, 1], args.port));
        let busy = |port: u16| {
            format!("ポート {port} を使えません。ほかのプログラムが使っているときは --port で変えてください")
        };
        let listener = tokio::net::TcpListener::bind(address).await.with_context(|| busy(args.port))?;
        let line = Arc::new(standin::Line::start_on(args.port + 1).await.with_context(|| busy(args.port + 1))?);
        let push = standin::Push::start_on(args.port + 2).await.with_context(|| busy(args.port + 2))?;
        let mail = Arc::new(standin::MailServer::start_on(args.port + 3).await.with_context(|| busy(args.port + 3))?);
        line.set_webhook(&format!("http://{address}/line/webhook"));
        ensure!(is_loopback(line.base()) && is_loopback(push.base()), "見本は、この機械の外へは送りません");

        let engine = Engine::open(config.clone(), Published::new(library, theme), clock).await?;
        let app = engine.app.clone();
        // The sample lives on whatever day it is told to.
        crate::schedule::confirm(&app.db, &config, engine.clock()).await?;
        if household::list(&app.db).await?.is_empty() {
            register(&engine, &push, today).await?;
            people::by_mail(&engine).await?;
        }
        let households = household::list(&app.db).await?;

        let spinner = spinner("今週のおたよりを選んで送る");
        let published = app.published();
        let sent = engine.sender().send(&published.library, today).await?;
        let plan = letter::plan(&app.db, &published.library, &config, today).await?;
        spinner.finish_and_clear();

        let accounts = people::accounts(&app).await?;
        let mut demo = Demo {
            start: scene::start(&app, &households, &plan.week, accounts, &mail).await?,
            notices: scene::notices(&app, &plan.week).await?,
            day: today,
            line: line.clone(),
            mail: mail.clone(),
        };
        // The service has to run for the question: it goes through the same pages as a household's.
        let served = tokio::spawn(axum::serve(listener, with_addresses(crate::web::router(app.clone()))).into_future());
        let question =
            people::question(&engine, &demo.start.accounts, &demo.start.households, &format!("http://{address}"))
                .await?;
        served.abort();
        let _ = served.await;

        demo.start.question = question.path.clone();
        demo.start.summary = [
            ("ページ", report.pages.to_string()),
            ("チラシ（PDF）", report.flyers.to_string()),
            ("登録した世帯", plan.households.to_string()),
            ("おたより", format!("{} 世帯へ {} 種類", plan.letters, plan.messages.len())),
            ("今回送った宛先", sent.sent.to_string()),
            ("LINE への依頼", format!("{} 回（{} 人）", line.requests(), plan.of(Channel::Line).recipients)),
            ("通知", push.accepted().to_string()),
            ("メール", mail.mails().len().to_string()),
            ("質問とお返事", format!("{} 件", question.answered)),
            ("かかった時間", format!("{:.0} 秒", began.elapsed().as_secs_f64())),
        ]
        .map(|(label, value)| Figure { label: label.to_owned(), value })
        .into();
        summary(&demo, &sent, &config, began, say)?;
        if args.once {
            engine.close().await;
            return Ok(());
        }
        let listener = tokio::net::TcpListener::bind(address).await.with_context(|| busy(args.port))?;
        let schedule = engine.schedule().start().await?;
        say(format!(
            "\n開きました。ブラウザーで見てください（Ctrl-C で終わり）\n  {0}/demo/　全部への入口\n  \
             {0}　市民が見るサイト",
            config.site.public_url
        ))?;
        serve(listener, pages::router(app, demo), Patience::default(), until_stopped()).await;
        schedule.stop().await;
        engine.close().await;
        Ok(())
    })
}

/// The sample's settings with everything on this machine, in a data folder of its own; the site is built there, too.
fn settings(args: &Options) -> Result<Config> {
    let data = args.root.join("data").join("demo");
    let public = data.join("public");
    let (port, root) = (args.port, args.root.clone());
    let environment = move |name: &str| {
        let file = |name: &str| data.join(name).display().to_string();
        match name {
            "DATABASE_URL" => Some(format!("sqlite:{}", file("otayori.db"))),
            "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", file("keys.db"))),
            "OTAYORI_KEY_FILE" => Some(file("master.key")),
            "OTAYORI_PUBLIC_URL" => Some(format!("http://localhost:{port}")),
            "OTAYORI_LINE_API_BASE" | "OTAYORI_LINE_LOGIN_BASE" | "OTAYORI_LINE_LINK_BASE" => {
                Some(format!("http://127.0.0.1:{}", port + 1))
            }
            "OTAYORI_LINE_CHANNEL_SECRET" => Some(standin::Line::SECRET.to_owned()),
            "OTAYORI_LINE_CHANNEL_TOKEN" => Some(standin::Line::TOKEN.to_owned()),
            "OTAYORI_ALLOW_LOOPBACK_PUSH" => Some("1".to_owned()),
            _ => None,
        }
    };
    let mut config =
        Config::load_with(&root, &environment).map_err(|problems| refusal(problems, "設定に直すところがあります"))?;
    config.site.email = Some(Email {
        from: "otayori@harukaze.example.jp".into(),
        smtp: "127.0.0.1".into(),
        port: port + 3,
        tls: None,
        ca: None,
    });
    // A city's own site stays as it is.
    Ok(Config { public, ..config })
}

/// The service, told of each caller's address (the desk's sign-in counts by it).
fn with_addresses(
    router: axum::Router,
) -> axum::extract::connect_info::IntoMakeServiceWithConnectInfo<axum::Router, SocketAddr> {
    router.into_make_service_with_connect_info()
}

/// Makes up the households, a bar showing how far.
async fn register(engine: &Engine, push: &standin::Push, today: Date) -> Result<()> {
    let app = &engine.app;
    let bar =
        ProgressBar::new(0).with_style(ProgressStyle::with_template("{msg:8} {bar:40} {pos}")?).with_message("世帯");
    let mut address = |n: u64| Ok(push.subscription(&format!("demo-{n}")));
    let spec = Spec {
        target: TARGET,
        seed: SEED,
        date: today,
        now: app.now(),
        site: &app.config.site,
        line_percent: 60,
        push: Some(&mut address),
    };
    generate(&app.db, &app.vault, spec, &mut |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(())
}

fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

/// What the terminal shows at the end.
fn summary(demo: &Demo, sent: &crate::schedule::Sent, config: &Config, began: Instant, say: Say<'_>) -> Result<()> {
    say(format!(
        "\n{} の見本ができました（{}、{:.1} 秒）\n",
        config.site.city,
        sent.week,
        began.elapsed().as_secs_f64()
    ))?;
    for Figure { label, value } in &demo.start.summary {
        let width: usize = label.chars().map(|c| if crate::markdown::is_wide(c) { 2 } else { 1 }).sum();
        say(format!("  {label}{}{value}", " ".repeat(18usize.saturating_sub(width))))?;
    }
    if sent.sent == 0 {
        say("\n  今週のおたよりは、前に動かしたときに送り終えています。二度は送りません。".to_owned())?;
    }
    say(format!("\n相談デスクのサインイン（{}/desk）", config.site.public_url))?;
    for account in &demo.start.accounts {
        say(format!("  {}　名前 {}　合い言葉 {}", account.what, account.login, account.password))?;
    }
    Ok(())
}

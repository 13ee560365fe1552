//! Arguments in, exit code out: one file a command.

/// A line to standard output, as [`say`] writes it.
macro_rules! out {
    ($($text:tt)*) => {
        $crate::cli::say(&(format!($($text)*) + "\n"))?
    };
}

/// As [`out`], of work that is done: where standard output cannot be written (a full disk), it is told on standard
/// error, and the exit status is of the work.
macro_rules! done {
    ($($text:tt)*) => {
        $crate::cli::report(&(format!($($text)*) + "\n"))
    };
}

/// A line to standard error. Whoever does not read it (a pipe that was closed) misses it; the work goes on.
macro_rules! err {
    ($($text:tt)*) => {
        $crate::cli::mention(&(format!($($text)*) + "\n"))
    };
}

pub mod backup;
pub mod build;
pub mod check;
pub mod clock;
pub mod coverage;
pub mod danger;
pub mod demo;
pub mod explain;
pub mod flyer;
mod holding;
pub mod households;
mod japanese;
pub mod keys;
mod named;
pub mod new;
pub mod outbox;
mod placeholders;
pub mod plan;
pub mod preview;
pub mod review;
pub mod send;
pub mod serve;
pub mod staff;
mod sure;
pub mod theme;
pub mod worker;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::calendar::Date;
use crate::config::Config;

/// 市の医師・助産師が Markdown で書いた記事を、週数と月齢に合わせて家庭へ届け、質問を受け取ります。
#[derive(Parser)]
#[command(name = "otayori", version, propagate_version = true, after_help = ENVIRONMENT)]
struct Otayori {
    #[command(subcommand)]
    command: Command,
}

const ENVIRONMENT: &str = "秘密と場所の設定（otayori.yaml の隣の otayori.env に「名前=値」で書きます。\
    環境変数があれば、そちらが先。
serve も、ほかのどの命令も、同じものを読みます）:
  DATABASE_URL                    sqlite:… か postgres://…（省くと data/otayori.db）
  OTAYORI_KEY_FILE                鍵ファイル（省くと data/master.key）
  OTAYORI_KEY_STORE_URL           家庭ごとの鍵の置き場（省くと data/keys.db）
  OTAYORI_PUBLIC_URL              公開先の URL
  OTAYORI_LINE_CHANNEL_SECRET     LINE のチャネルシークレット
  OTAYORI_LINE_CHANNEL_TOKEN      LINE のチャネルアクセストークン
  OTAYORI_LINE_API_BASE           LINE API の場所（省くと https://api.line.me）
  OTAYORI_LINE_LOGIN_CHANNEL_ID   LINE ログインのチャネル ID（あれば、LINE のおたよりは全員に同じ1通になります）
  OTAYORI_LINE_LOGIN_CHANNEL_SECRET  LINE ログインのチャネルシークレット
  OTAYORI_LINE_LOGIN_BASE         LINE ログインの場所（省くと https://access.line.me）
  OTAYORI_LINE_LINK_BASE          LINE アカウント連携の場所
  OTAYORI_ALLOW_LOOPBACK_PUSH=1   この機械の通知サービスを許す（試験と demo だけ）

環境変数:
  OTAYORI_NOW=2026-11-24T10:00    時計を決める（公開先も LINE の API もこの機械のときだけ。試験用）
  RUST_LOG                        記録のくわしさ（省くと warn,otayori=info）
  NO_COLOR=1                      記録に色を付けない

終わりの値:
  0 できた　1 できなかった（check のエラー、send で1通も送れない・送れずに止めているもの・届いたかわからないもの）　2 \
  命令の書き方が違う";

#[derive(Subcommand)]
enum Command {
    /// 見本の市「はるかぜ市」を、この機械の中だけで全部動かします
    Demo(demo::Args),
    /// 新しい市のサイトを、この名前のフォルダに作ります
    New(new::Args),
    /// サイトを public/ に作ります（ページ、チラシ、配付用の PDF）
    Build(build::Args),
    /// 書きまちがいを、ファイル・行・桁つきで全部教えます
    Check(check::Args),
    /// 監修したことを、記事に記録します
    Review(review::Args),
    /// どの時期・分野の記事が足りないかを、表か JSON で見ます
    Coverage(coverage::Args),
    /// 書きながら見ます。保存すると1秒以内に変わります
    Preview(preview::Args),
    /// チラシの PDF・画像・二次元コードを作ります
    Flyer(flyer::Args),
    /// テーマを作る人のための道具（ホーム画面のしるし）
    Theme(theme::Args),
    /// 危険のしるしのことばを、学習させ、確かめ、監修を記録します
    Danger(danger::Args),
    /// サイトと窓口を HTTP で開きます（配信と予定の実行も、この中で動きます）
    Serve(serve::Args),
    /// 配信と予定の実行だけをします（何台でも、いくつでも）
    Worker(worker::Args),
    /// その日のおたよりの予定を見ます。何も書きません
    Plan(plan::Args),
    /// その日の週のおたよりを、いま送ります
    Send(send::Args),
    /// その世帯に、なぜ届くか・届かないか
    Explain(explain::Args),
    /// 登録した世帯（見本を作る、一覧、取りこみ）
    Households(households::Args),
    /// 相談デスクのアカウント
    Staff(staff::Args),
    /// 鍵を作り、控えるものを教えます
    Keys(keys::Args),
    /// 送ったもの・送らなかったものを、週と受け取り方ごとに数えます（宛先は出しません）
    Outbox(outbox::Args),
    /// この機械の時計が、データベースの記録と合っているかを見ます（confirm で再開）
    Clock(clock::Args),
    /// 動かしたまま控えを取り、古いものを捨てます（データ、鍵の置き場、秘密を別々の所に）
    Backup(backup::Args),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let otayori = match japanese::read::<Otayori>() {
        Ok(otayori) => otayori,
        Err(code) => return code,
    };
    let result = match otayori.command {
        Command::Demo(args) => demo::run(args),
        Command::New(args) => new::run(args),
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
        Command::Review(args) => review::run(args),
        Command::Coverage(args) => coverage::run(args),
        Command::Preview(args) => preview::run(args),
        Command::Flyer(args) => flyer::run(args),
        Command::Theme(args) => theme::run(args),
        Command::Danger(args) => danger::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Worker(args) => worker::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Send(args) => send::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Households(args) => households::run(args),
        Command::Staff(args) => staff::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Outbox(args) => outbox::run(args),
        Command::Clock(args) => clock::run(args),
        Command::Backup(args) => backup::run(args),
    };
    result.unwrap_or_else(|e| {
        err!("error: {e:#}");
        ExitCode::FAILURE
    })
}

/// The folder of the site, of every command that reads one.
#[derive(clap::Args, Debug, Clone)]
pub struct Root {
    /// サイトのフォルダ（otayori.yaml がある所）
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
}

impl Root {
    /// The settings; problems are printed one by one.
    pub fn config(&self) -> Result<Config> {
        Config::load(&self.root).map_err(|problems| {
            let lines: Vec<String> = problems.sorted().iter().map(ToString::to_string).collect();
            anyhow::anyhow!("設定に直すところがあります\n{}", lines.join("\n"))
        })
    }
}

/// A letter week of a site and how to print it: `plan`, `send`, `explain`.
#[derive(clap::Args, Debug, Clone)]
pub struct Week {
    #[command(flatten)]
    root: Root,
    /// この日を含む配信週のおたより（例 2026-11-24）
    #[arg(long, value_name = "D")]
    date: Date,
    /// 結果を JSON で出す
    #[arg(long)]
    json: bool,
}

impl Week {
    /// What is written for that day, with its settings.
    fn read(&self) -> Result<(Config, crate::content::Library)> {
        let config = self.root.config()?;
        let library = crate::engine::written(&config, self.date)?;
        Ok((config, library))
    }

    /// Prints the result: as JSON, or as a person reads it.
    fn print<T: serde::Serialize>(&self, result: &T, told: impl FnOnce(&T) -> String) -> Result<()> {
        say(&if self.json { serde_json::to_string(result)? + "\n" } else { told(result) })
    }
}

/// Standard error for log lines: what cannot be written there is lost, and nothing else.
#[derive(Debug, Clone, Copy)]
struct Stderr;

impl std::io::Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(bytes).ok();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes to standard error, if somebody reads it.
pub fn mention(text: &str) {
    use std::io::Write as _;
    std::io::stderr().write_all(text.as_bytes()).ok();
}

/// Writes to standard output. Whoever reads only the first lines (`| head`) has seen enough: that is no error.
pub fn say(text: &str) -> Result<()> {
    use std::io::Write as _;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// As [`say`], of work that is done: what cannot be written goes to standard error.
pub fn report(text: &str) {
    if let Err(e) = say(text) {
        err!("標準出力に書けませんでした（{e:#}）。結果は次のとおりです\n{text}");
    }
}

/// Log lines go to standard error: `RUST_LOG`, or `info` of ours.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,otayori=info".into());
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(|| Stderr).try_init();
}

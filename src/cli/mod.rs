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
mod print;
pub mod review;
pub mod send;
pub mod serve;
mod site;
pub mod staff;
mod sure;
pub mod theme;
pub mod worker;

pub use print::{log, mention, report, say};
pub use site::{Root, Week};

use clap::{Parser, Subcommand};
use std::process::ExitCode;

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

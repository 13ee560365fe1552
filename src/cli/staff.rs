//! `staff`: who may sign in at the desk.

use super::{Root, log};
use crate::clock::Clock;
use crate::content::Profession;
use crate::db::Db;
use crate::engine::block_on;
use crate::engine::stores::{Stores, with_stores};
use crate::staff::{self, NewAccount, Role};
use anyhow::{Context, Result, bail};
use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

/// Arguments of `staff`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// アカウントを作ります（パスワードは端末で聞きます）
    Add(Add),
    /// アカウントの一覧
    List {
        #[command(flatten)]
        root: Root,
    },
    /// パスワードを新しくします（開いているサインインは終わります）
    Password(Known),
    /// アカウントを止めます（開いているサインインは終わります。記録は残ります）
    Disable {
        #[command(flatten)]
        root: Root,
        /// ログイン名
        #[arg(long)]
        login: String,
    },
    /// 止めたアカウントを、また開けます
    Enable(Named),
    /// 何度もまちがえて休んでいるログイン名を、すぐ開けます
    Unlock(Named),
}

#[derive(clap::Args, Debug)]
struct Named {
    #[command(flatten)]
    root: Root,
    /// ログイン名
    #[arg(value_name = "LOGIN")]
    login: String,
}

#[derive(clap::Args, Debug)]
struct Add {
    #[command(flatten)]
    root: Root,
    /// ログイン名（3〜60文字の a-z 0-9 . _ - @）
    #[arg(long)]
    login: String,
    /// お返事に出る名前
    #[arg(long)]
    name: String,
    /// 役割: clinician（回答者） / editor（編集） / city_staff（市の担当） / city_observer（市の閲覧） / admin（管理）
    #[arg(long, value_parser = role)]
    role: Role,
    /// 回答者の職種: obstetrician / paediatrician / midwife / counsellor
    #[arg(long, value_parser = profession)]
    profession: Option<Profession>,
    /// パスワードを標準入力の1行目から読みます
    #[arg(long)]
    password_stdin: bool,
}

#[derive(clap::Args, Debug)]
struct Known {
    #[command(flatten)]
    root: Root,
    /// ログイン名
    #[arg(long)]
    login: String,
    /// パスワードを標準入力の1行目から読みます
    #[arg(long)]
    password_stdin: bool,
}

/// Does what the subcommand says.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let now = Clock::System.now().seconds();
    match args.command {
        Command::Add(add) => {
            let password = password(add.password_stdin)?;
            let account = NewAccount { login: add.login, name: add.name, role: add.role, profession: add.profession };
            block_on(async { staff::add(&open(&add.root).await?, &account, &password, now).await })?;
            out!(
                "{}（{}）のアカウントを作りました。ログイン名: {}",
                account.name,
                account.profession.map_or(account.role.title(), Profession::title),
                account.login
            );
        }
        Command::List { root } => {
            for account in block_on(async { staff::list(&open(&root).await?).await })? {
                let disabled = if account.disabled_at.is_some() { "\t止めています" } else { "" };
                out!("{}\t{}\t{}\t{}{disabled}", account.login, account.name, account.role, account.profession);
            }
        }
        Command::Password(known) => {
            let password = password(known.password_stdin)?;
            block_on(async { staff::set_password(&open(&known.root).await?, &known.login, &password, now).await })?;
            out!("{} のパスワードを新しくしました", known.login);
        }
        Command::Disable { root, login } => {
            block_on(async { staff::disable(&open(&root).await?, &login, now).await })?;
            out!("{login} を止めました");
        }
        Command::Enable(Named { root, login }) => {
            block_on(async { staff::enable(&open(&root).await?, &login, now).await })?;
            out!("{login} を、また開けました");
        }
        Command::Unlock(Named { root, login }) => {
            let config = root.config()?;
            let was = block_on(with_stores(&config, async |Stores { db, vault }| {
                staff::unlock(&db, &vault, &login, now).await
            }))?;
            out!(
                "{}",
                if was {
                    format!("{login} は、すぐに試せます")
                } else {
                    format!("{login} は、休みになっていません")
                }
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(root: &Root) -> Result<Db> {
    crate::engine::stores::database(&root.config()?).await
}

/// From the terminal without echo, twice; or the first line of standard input.
fn password(from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("標準入力を読めません")?;
        return text.lines().next().map(str::to_owned).context("標準入力にパスワードがありません");
    }
    if !std::io::stdin().is_terminal() {
        bail!("端末ではないので、パスワードを聞けません。--password-stdin を使ってください");
    }
    let first = rpassword::prompt_password("パスワード（12文字以上）: ").context("パスワードを読めません")?;
    if rpassword::prompt_password("もう一度: ").context("パスワードを読めません")? != first {
        bail!("2回のパスワードが違います");
    }
    Ok(first)
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_id(text).ok_or_else(|| format!("役割は {} のどれかです", Role::ALL.map(Role::id).join(" / ")))
}

fn profession(text: &str) -> Result<Profession, String> {
    Profession::from_id(text)
        .ok_or_else(|| format!("職種は {} のどれかです", Profession::ALL.map(Profession::id).join(" / ")))
}

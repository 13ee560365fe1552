//! `backup`: an installation under way in, whole copies out: data with content and settings, key store, and secrets,
//! each at a place of its own.

mod fall;
mod folders;
mod places;
mod prune;

use super::{Root, log};
use crate::clock::Clock;
use crate::config::{Config, ENV_FILE, Services};
use crate::db::{Db, file_of};
use crate::engine::stores::Stores;
use crate::engine::{block_on, stores::existing};
use crate::household;
use crate::vault::Vault;
use crate::watch;
use anyhow::{Context as _, Result, bail};
use places::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Arguments of `backup`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// データ（データベース、記事、設定）の控えを入れるフォルダ
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// 家庭ごとの鍵の置き場の控えを入れるフォルダ（データの控えとは別のディスクか機械に）
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// 鍵のファイルと otayori.env の控えを入れるフォルダ（金庫に1つあれば、毎日は要りません）
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    /// データと秘密の控えを残す日数（鍵の置き場は、いつも7日で捨てます）
    #[arg(long, value_name = "DAYS", default_value_t = KEEP_DATA,
        value_parser = clap::value_parser!(u32).range(1..=3650))]
    keep: u32,
    /// 世帯や、記事などのファイルが前の控えの半分より少なくなったのは、正しい（そうでなければ、古い控えを捨てずに残します）
    #[arg(long)]
    fewer: bool,
}

/// Destroying a key erases what older copies of the data hold, once the last copy of the key store that has it is gone.
pub const KEEP_KEYS: u32 = 7;
/// What the data holds in plain is there so long after an erasure, unless the city says otherwise.
pub const KEEP_DATA: u32 = 30;

/// Copies, throws away what is too old, and says what is where.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let now = Clock::System.zoned(&config.zone);
    let place = |what, dir: &PathBuf, keep| Place { what, dir: dir.clone(), keep };
    let places: Vec<Place> = [
        Some(place("データ", &args.data, args.keep)),
        Some(place("鍵の置き場", &args.keys, KEEP_KEYS)),
        args.secrets.as_ref().map(|dir| place("秘密", dir, args.keep)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (said, held, failed) = block_on(async {
        let db = existing(&config).await?;
        let vault = Vault::open(&config.services, &db).await?;
        let stores = Stores { db, vault };
        let copied = async {
            places::check(&config, &places)?;
            let name = now.strftime("%Y-%m-%dT%H%M%S").to_string();
            let households = household::count(&stores.db).await?;
            let now_there = fall::Amounts::now(households, &config.root);
            let fell = fall::since(&places, &now_there)?.filter(|_| !args.fewer);
            let note = fall::note(&now_there, fell.is_some());
            let (mut said, mut failed) = (Vec::new(), Vec::new());
            // The data before the key store: a household that registers in between has a key too many, never one too
            // few.
            for place in &places {
                let copied = match place.what {
                    "データ" => {
                        whole(place, &name, &note, async |folder| data(&config, &stores.db, folder).await).await
                    }
                    "鍵の置き場" => {
                        whole(place, &name, &note, async |folder| {
                            key_store(&config.services, &stores.vault, folder).await
                        })
                        .await
                    }
                    _ => whole(place, &name, &note, async |folder| secrets(&config, folder)).await,
                };
                // One disk that is full is no reason to go without the other copies.
                match copied.with_context(|| format!("{}の控えを取れませんでした", place.what)) {
                    Ok(copied) => said.push(copied),
                    Err(e) => failed.push(untaken(&e, &place.dir)),
                }
            }
            // By a clock that nobody believes nothing is old: every other copy might go, and the one of that day would
            // be the newest for ever.
            let wall = Clock::System.now();
            let stand = watch::look(&stores.db, wall).await?;
            let waits = watch::erasing_waits(&stores.db, wall).await?;
            if waits.is_some() {
                said.push("時計を確かめてから1日は、古い控えを捨てません".to_owned());
            } else if !stand.holds() && fell.is_none() && failed.is_empty() {
                for place in &places {
                    said.extend(prune::old(place, &now)?);
                }
            }
            Ok::<_, anyhow::Error>((
                said,
                fell.or_else(|| stand.holds().then(|| stand.message(wall, &config.zone))),
                failed,
            ))
        };
        let copied = copied.await;
        stores.close().await;
        copied
    })?;
    if !said.is_empty() {
        done!("{}", said.join("\n"));
    }
    if args.secrets.is_none() {
        done!("鍵のファイルと otayori.env は写していません。金庫に1つ取るには --secrets DIR を付けます");
    }
    done!("戻し方は docs/はじめての設置.md「控えと戻し方」");
    if !failed.is_empty() {
        err!("{}\n古い控えは、1つも捨てていません", failed.join("\n"));
    }
    if let Some(held) = &held {
        err!("古い控えは、下のことを確かめるまで捨てません。\n{held}");
    }
    Ok(if failed.is_empty() && held.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Why there is no copy at a place, and what to do.
fn untaken(e: &anyhow::Error, place: &Path) -> String {
    let because = |kind: &[std::io::ErrorKind]| {
        e.chain().filter_map(|e| e.downcast_ref::<std::io::Error>()).any(|e| kind.contains(&e.kind()))
    };
    // SQLite and `pg_dump` say it in words.
    let said = format!("{e:#}");
    let full = because(&[std::io::ErrorKind::StorageFull, std::io::ErrorKind::QuotaExceeded])
        || ["disk is full", "No space left"].iter().any(|word| said.contains(word));
    let hint = if full {
        format!("ディスクがいっぱいです。{} の空きを作ってください（df -h）", place.display())
    } else if because(&[std::io::ErrorKind::ReadOnlyFilesystem, std::io::ErrorKind::PermissionDenied]) {
        format!(
            "{} に書けません。書ける形でつながっているか（マウント）、書く権利があるかを確かめてください",
            place.display()
        )
    } else {
        format!("{} を見てください", place.display())
    };
    format!("{said}\n  hint: {hint}")
}

/// One copy: its folder has its name only when everything is in it.
async fn whole(place: &Place, name: &str, note: &str, copy: impl AsyncFnOnce(&Path) -> Result<()>) -> Result<String> {
    let (folder, unnamed) = (place.dir.join(name), place.dir.join(format!("{name}.part")));
    if folder.exists() {
        bail!("{} は、もうあります", folder.display());
    }
    places::make(&unnamed)?;
    let done = copy(&unnamed).await.and_then(|()| {
        fs::write(unnamed.join(prune::MARK), format!("otayori backup: {}\n{note}", place.what))?;
        Ok(fs::rename(&unnamed, &folder)?)
    });
    if let Err(e) = done {
        let _ = fs::remove_dir_all(&unnamed);
        return Err(e);
    }
    Ok(format!("{}　{}　（{}日で捨てます）", place.what, folder.display(), place.keep))
}

async fn data(config: &Config, db: &Db, folder: &Path) -> Result<()> {
    match file_of(&config.services.database_url) {
        Some(_) => db.copy_to(&folder.join("otayori.db")).await?,
        None => dump(&config.services.database_url, &folder.join("otayori.dump"), &[])?,
    }
    for name in folders::SITE {
        let from = config.root.join(name);
        if from.exists() {
            copy_tree(&from, &folder.join("site").join(name))?;
        }
    }
    Ok(())
}

async fn key_store(services: &Services, vault: &Vault, folder: &Path) -> Result<()> {
    match file_of(&services.key_store_url) {
        Some(_) => vault.copy_to(&folder.join("keys.db")).await,
        // What was sent is never in a copy: a restore on a letter day has to know it.
        None => dump(&services.key_store_url, &folder.join("keys.dump"), &["ledger*"]),
    }
}

fn secrets(config: &Config, folder: &Path) -> Result<()> {
    copy_secret(&config.services.key_file, &folder.join("master.key"))?;
    let env = config.root.join(ENV_FILE);
    if env.exists() { copy_secret(&env, &folder.join(ENV_FILE)) } else { Ok(()) }
}

/// A whole copy of a PostgreSQL database; an error unless `pg_dump` says that it is. The password is in no argument,
/// which others can see.
fn dump(url: &str, file: &Path, without: &[&str]) -> Result<()> {
    let (url, password) = without_password(url)?;
    let mut command = Command::new("pg_dump");
    command.args(without.iter().map(|table| format!("--exclude-table={table}")));
    command.arg("--format=custom").arg("--file").arg(file).arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.output().context(
        "pg_dump を動かせません。PostgreSQL のクライアント（Debian なら postgresql-client）を入れてください",
    )?;
    if !output.status.success() {
        bail!("pg_dump が失敗しました（{}）\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    if fs::metadata(file).map_or(0, |m| m.len()) == 0 {
        bail!("pg_dump は成功と言いましたが、{} は空です", file.display());
    }
    only_ours(file)
}

/// The address without its password, and the password as it is typed.
fn without_password(url: &str) -> Result<(String, Option<String>)> {
    let mut parsed = url::Url::parse(url).context("PostgreSQL の場所が読めません")?;
    let password = parsed.password().map(|p| {
        url::form_urlencoded::parse(format!("p={}", p.replace('+', "%2B")).as_bytes())
            .map(|(_, v)| v.into_owned())
            .collect::<String>()
    });
    // Fails only for addresses that cannot have a password.
    let _ = parsed.set_password(None);
    Ok((parsed.to_string(), password))
}

/// A file or a folder with all that is in it; links are followed, so that the copy stands alone.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("{} を {} に写せません", from.display(), to.display());
    if from.is_dir() {
        places::make(to)?;
        for entry in fs::read_dir(from).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        places::make(folder)?;
    }
    fs::copy(from, to).map(drop).with_context(failed)
}

fn only_ours(file: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .with_context(|| format!("{} の権限を変えられません", file.display()))?;
    fs::File::open(file)?.sync_all().with_context(|| format!("{} に書けません", file.display()))
}

/// A copy that only its owner reads, on the disk when this returns.
fn copy_secret(from: &Path, to: &Path) -> Result<()> {
    use std::io::Write as _;
    let bytes = fs::read(from).with_context(|| format!("{} を読めません", from.display()))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to).with_context(|| format!("{} に書けません", to.display()))?;
    file.write_all(&bytes)?;
    file.sync_all().with_context(|| format!("{} に書けません", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_by_the_environment() {
        let (url, password) =
            without_password("postgres://otayori:p%40ss+w@db:5432/otayori?options=-c%20search_path%3Dx").unwrap();
        assert_eq!(
            (url.as_str(), password.as_deref()),
            ("postgres://otayori@db:5432/otayori?options=-c%20search_path%3Dx", Some("p@ss+w"))
        );
        assert_eq!(without_password("postgres://otayori@db/x").unwrap(), ("postgres://otayori@db/x".into(), None));
    }
}

//! `backup`: an installation under way in, whole copies of its database, its key store and its key file out, each in a folder of its own.

use super::stores::Stores;
use super::{Root, block_on, existing, log};
use crate::config::{Config, Services};
use crate::db::{file_of, shown};
use crate::vault::Vault;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `backup`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    root: Root,
    /// 控えを入れる新しいフォルダ（例 /backup/2026-11-21）
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// The copies' folders below the one that was named: they are kept apart.
const FOLDERS: [&str; 3] = ["database", "key-store", "key-file"];

/// Copies and says where to keep what.
pub fn run(args: Args) -> Result<ExitCode> {
    log();
    let config = args.root.config()?;
    let dir = &args.dir;
    if FOLDERS.iter().any(|folder| dir.join(folder).exists()) {
        bail!("{} には、もう控えがあります。新しいフォルダを指定してください（例 日付: /backup/2026-11-21）", dir.display());
    }
    let said = block_on(async {
        let db = existing(&config).await?;
        let vault = Vault::open(&config.services, &db).await?;
        let stores = Stores { db, vault };
        let copied = copy(&config, &stores, dir).await;
        stores.close().await;
        copied
    })?;
    println!("{}", said.join("\n"));
    Ok(ExitCode::SUCCESS)
}

/// The database before the key store: a household that registers in between has a key too many, never one too few.
async fn copy(config: &Config, stores: &Stores, dir: &Path) -> Result<Vec<String>> {
    let Services { database_url, key_store_url, key_file, .. } = &config.services;
    let [database, key_store, key_folder] = FOLDERS.map(|folder| dir.join(folder));
    for folder in [&database, &key_store, &key_folder] {
        make(folder)?;
    }
    let mut said = Vec::new();
    match file_of(database_url) {
        Some(_) => {
            let file = database.join("otayori.db");
            stores.db.copy_to(&file).await?;
            said.push(format!("本体のデータ          {}", file.display()));
        }
        None => said.push(format!(
            "本体のデータ          PostgreSQL です。**先に**次を動かし、そのあとで otayori backup を取ってください（鍵のない世帯が出ないように）\n  pg_dump --format=custom --file={} '{}'",
            database.join("otayori.dump").display(),
            shown(database_url)
        )),
    }
    match file_of(key_store_url) {
        Some(_) => {
            let file = key_store.join("keys.db");
            stores.vault.copy_to(&file).await?;
            said.push(format!("家庭ごとの鍵の置き場  {}　7日たったら捨てます", file.display()));
        }
        None => said.push(format!(
            "家庭ごとの鍵の置き場  PostgreSQL です。次で取ってください。7日たったら捨てます\n  pg_dump --format=custom --file={} --exclude-table=ledger --exclude-table=ledger_id '{}'",
            key_store.join("keys.dump").display(),
            shown(key_store_url)
        )),
    }
    let file = key_folder.join("master.key");
    copy_secret(key_file, &file)?;
    said.push(format!("鍵のファイル          {}　金庫に1つあれば、毎日は要りません", file.display()));
    said.push("送付の記録（ledger）は、控えに入れません。戻すときは、元のものをそのまま使います（同じおたよりを二度送らないため）".into());
    said.push("3つは、別々の所に置いてください。1か所にそろうと、だれでも中を読めます。戻し方は docs/はじめての設置.md「控えと戻し方」".into());
    Ok(said)
}

fn make(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))
}

/// A copy that only its owner reads, on the disk when this returns.
fn copy_secret(from: &Path, to: &Path) -> Result<()> {
    use std::io::Write as _;
    let bytes = fs::read(from).with_context(|| format!("鍵のファイル {} を読めません", from.display()))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to).with_context(|| format!("{} に書けません", to.display()))?;
    file.write_all(&bytes)?;
    file.sync_all().with_context(|| format!("{} に書けません", to.display()))
}

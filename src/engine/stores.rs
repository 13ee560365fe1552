//! Settings in, the database and its keys out: opened together, checked to belong together, and left whole at the end
//! of a command.

use super::{ground, trace};
use crate::config::{Config, Services};
use crate::db::{self, Db, file_of, shown};
use crate::vault::Vault;
use anyhow::{Context as _, Result, bail};

/// Database and keys.
#[derive(Debug, Clone)]
pub struct Stores {
    /// The database.
    pub db: Db,
    /// The keys.
    pub vault: Vault,
}

impl Stores {
    /// Opens both. Both are made on first use; keys of another database are an error, and nothing is touched.
    pub async fn open(config: &Config) -> Result<Self> {
        let db = database(config).await?;
        let vault = Vault::open(&config.services, &db).await?;
        trace::leave(config);
        ground::close_data(&config.root);
        Ok(Self { db, vault })
    }

    /// SQLite's write-ahead logs go into the files, so that a copy of the files is whole.
    pub async fn close(&self) {
        self.vault.close().await;
        self.db.close().await;
    }
}

/// The database alone, made on first use.
pub async fn database(config: &Config) -> Result<Db> {
    beside_what_there_was(config).await?;
    Db::open(&config.services.database_url).await
}

/// An empty database where there were households before is a wrong address or a lost file: nothing is made, and it is
/// said.
pub async fn beside_what_there_was(config: &Config) -> Result<()> {
    let Services { database_url, key_store_url, .. } = &config.services;
    if !db::is_empty(database_url).await? {
        return Ok(());
    }
    let old = config.root.join("data").join("otayori.db");
    // The sample's households are made up: nobody is lost with them.
    if config.site.sample_date.is_none()
        && file_of(database_url).is_none()
        && let Some(households) = Db::households_in(&old).await?
    {
        bail!(
            "DATABASE_URL の PostgreSQL（{}）は空ですが、隣の SQLite のデータ {} に {households} 世帯あります。\
             何も書いていません。\n  \
             SQLite の世帯を PostgreSQL へ移すことは、できません。いまの世帯で続けるなら、otayori.env の DATABASE_URL \
             の行を消してください。\n  \
             PostgreSQL で新しい市を始めるなら、別のフォルダに `otayori new` で作り、記事を写してください（data/ \
             には鍵も入っています。動かさないでください）",
            shown(database_url),
            old.display(),
        );
    }
    // Before the keys are counted: a store that is not there is not made by looking.
    if let Some(said) = trace::used_before(config) {
        bail!("{said}");
    }
    let keys = Vault::keys_in(&config.services).await?;
    if keys > 0 {
        bail!(
            "データベース（{}）は空ですが、鍵の置き場（{}）には、もう {keys} 件の鍵があります。何も書いていません。\n  \
             DATABASE_URL が違うか、データをなくしています。DATABASE_URL を確かめるか、データベースを控えから戻してくだ\
             さい（docs/はじめての設置.md「控えと戻し方」）。\n  \
             前の世帯を使わず、はじめから作るなら、鍵の置き場もよけてください",
            shown(database_url),
            shown(key_store_url),
        );
    }
    if Vault::has_ledger_of_before(&config.services).await? {
        bail!(
            "データベース（{}）は空ですが、鍵の置き場（{}）には、送付の記録があります。何も書いていません。\n  \
             データをなくしています。データベースと鍵の置き場を、控えから戻してください（docs/はじめての設置.md「控えと\
             戻し方」）。\n  \
             前の世帯を使わず、はじめから作るなら、鍵の置き場と送付の記録（ledger.db）もよけてください",
            shown(database_url),
            shown(key_store_url),
        );
    }
    Ok(())
}

/// Does something with database and keys, and closes them whatever came of it.
pub async fn with_stores<T>(config: &Config, work: impl AsyncFnOnce(Stores) -> Result<T>) -> Result<T> {
    let Stores { db, vault } = Stores::open(config).await?;
    let done = work(Stores { db: db.clone(), vault: vault.clone() }).await;
    Stores { db, vault }.close().await;
    done
}

/// The database for reading, with the key store that belongs to it. Nothing is made.
pub async fn with_existing<T>(config: &Config, work: impl AsyncFnOnce(&Db) -> Result<T>) -> Result<T> {
    let db = existing(config).await?;
    let done = async {
        Vault::check(&config.services, &db).await?;
        work(&db).await
    };
    let done = done.await;
    db.close().await;
    done
}

/// The database for reading. Nothing is made: where there is none, the error says how to get one.
pub async fn existing(config: &Config) -> Result<Db> {
    // Where there was one before, it is missing: nobody is told to make another.
    beside_what_there_was(config).await?;
    let url = &config.services.database_url;
    let shown = url
        .strip_prefix("sqlite:")
        .map_or_else(|| "PostgreSQL".to_owned(), |file| file.trim_start_matches("//").to_owned());
    let root = if config.root == std::path::Path::new(".") {
        String::new()
    } else {
        format!(" --root {}", config.root.display())
    };
    Db::existing(url).await?.with_context(|| {
        format!(
            "登録した世帯のデータベースが、まだありません（{shown}）。次のどれかで作ってください\n  \
             otayori households import 世帯.csv{root}                  いまある名簿を取りこむ\n  \
             otayori households generate --count 500 --seed 1{root}  架空の世帯でためす\n  \
             otayori demo                                       見本の市を、この機械の中だけで動かす"
        )
    })
}

//! The signing key: made once, the same ever after, and sealed.

use crate::support::databases;
use otayori::channel::vapid::Key;
use otayori::config::Config;
use otayori::db::Db;
use otayori::vault::Vault;
use std::path::Path;

async fn vault(folder: &Path, db: &Db) -> anyhow::Result<Vault> {
    let env = |name: &str| match name {
        "OTAYORI_KEY_FILE" => Some(folder.join("master.key").display().to_string()),
        "OTAYORI_KEY_STORE_URL" => Some(format!("sqlite:{}", folder.join("keys.db").display())),
        _ => None,
    };
    Vault::open(&Config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), &env).unwrap().services, db).await
}

#[tokio::test]
async fn two_processes_agree_on_one_key_and_another_master_key_opens_nothing() {
    for database in &databases().await {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault_here = vault(folder.path(), &database.db).await.unwrap();
        let load = || Key::load(&database.db, &vault_here, 1);
        let keys = tokio::join!(load(), load(), load());
        let public = keys.0.unwrap().public();
        assert_eq!(
            (keys.1.unwrap().public(), keys.2.unwrap().public()),
            (public.clone(), public.clone()),
            "{}",
            database.name()
        );
        assert_eq!(public.len(), 87);
        assert_eq!(load().await.unwrap().public(), public);
        std::fs::write(other.path().join("master.key"), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        let e = vault(other.path(), &database.db).await.unwrap_err().to_string();
        assert!(e.contains("OTAYORI_KEY_FILE"), "{e}");
    }
}

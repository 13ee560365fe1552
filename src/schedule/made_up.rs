//! Made-up households in, a refusal out unless every service is a stand-in on this machine.

use crate::channel::web_push::endpoint;
use crate::channel::{self, Elsewhere};
use crate::config::{Config, is_loopback};
use crate::contact::Channel;
use crate::db::Db;
use crate::vault::Vault;
use anyhow::{Result, bail};

const ANY: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM households WHERE generated_at IS NOT NULL LIMIT 1) one";
/// A page of addresses of made-up households on a channel. $1 after this contact, $2 channel.
const ADDRESSES: &str =
    "SELECT c.id, p.key_owner, c.address FROM contacts c JOIN persons p ON p.id = c.person_id JOIN \
    households h ON h.id = c.household_id
   WHERE h.generated_at IS NOT NULL AND c.channel = $2 AND c.gone_at IS NULL AND c.id > $1 ORDER BY c.id LIMIT 500";

/// Are there made-up households (`households generate`)?
pub(super) async fn any(db: &Db) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>(ANY).fetch_one(db.pool()).await? > 0)
}

/// Why nothing is sent where there are made-up households and a channel's service is not on this machine.
pub(super) async fn elsewhere(db: &Db, config: &Config) -> Result<Option<String>> {
    let Some(Elsewhere { service, set }) =
        Channel::ALL.into_iter().find_map(|channel| channel::elsewhere(channel, config))
    else {
        return Ok(None);
    };
    if !any(db).await? {
        return Ok(None);
    }
    Ok(Some(format!(
        "作りものの世帯（households generate）があるので、送りません。{service}がこの機械のものではないからです。\n  \
         試すときは {set}指定してください。本番では、作りもののないデータベースを使ってください。"
    )))
}

/// An error when there are made-up households and a channel's service, or one of their push services, is not on this
/// machine.
pub async fn refuse_made_up(db: &Db, vault: &Vault, config: &Config) -> Result<()> {
    if !any(db).await? {
        return Ok(());
    }
    if let Some(told) = elsewhere(db, config).await? {
        bail!("{told}");
    }
    let mut after = String::new();
    loop {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(ADDRESSES).bind(&after).bind(Channel::WebPush.id()).fetch_all(db.pool()).await?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after.clone_from(last);
        let owners: Vec<String> = rows.iter().map(|r| r.1.clone()).collect();
        let keys = vault.keys(&owners).await?;
        for (_, household, address) in &rows {
            let Some(key) = keys.get(household) else { continue };
            let subscription = key.open("contacts.address", address)?;
            if !endpoint(&subscription).is_some_and(|e| is_loopback(&e)) {
                bail!(
                    "作りものの世帯の通知先に、この機械ではない通知サービスがあるので、送りません（世帯 {household}）。\
                     households generate の --push-base を確かめてください"
                );
            }
        }
    }
}

/// For the test that prepares every text.
pub(super) fn sql_texts() -> Vec<String> {
    vec![ANY.into(), ADDRESSES.into()]
}

//! Made-up households in, a refusal out unless every service is a stand-in on this machine.

use crate::channel::web_push::endpoint;
use crate::channel::{self, Elsewhere};
use crate::config::{Config, is_loopback};
use crate::contact::{self, Channel, SealedAddress};
use crate::db::Db;
use crate::household;
use crate::vault::Vault;
use anyhow::{Result, bail};
use std::collections::BTreeSet;

/// Why nothing is sent where there are made-up households and a channel's service is not on this machine.
pub(super) async fn elsewhere(db: &Db, config: &Config) -> Result<Option<String>> {
    let Some(Elsewhere { service, set }) =
        Channel::ALL.into_iter().find_map(|channel| channel::elsewhere(channel, config))
    else {
        return Ok(None);
    };
    if !household::any_generated(db).await? {
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
    if !household::any_generated(db).await? {
        return Ok(());
    }
    if let Some(told) = elsewhere(db, config).await? {
        bail!("{told}");
    }
    let mut after = String::new();
    loop {
        let households = household::generated_after(db, &after).await?;
        let Some(last) = households.last() else { return Ok(()) };
        after.clone_from(last);
        let addresses = contact::sealed_on(db, &households, Channel::WebPush).await?;
        let owners: BTreeSet<&String> = addresses.iter().map(|a| &a.key_owner).collect();
        let keys = vault.keys(&owners.into_iter().cloned().collect::<Vec<_>>()).await?;
        for SealedAddress { household_id, key_owner, address } in &addresses {
            let Some(key) = keys.get(key_owner) else { continue };
            let subscription = key.open(contact::CONTEXT, address)?;
            if !endpoint(&subscription).is_some_and(|e| is_loopback(&e)) {
                bail!(
                    "作りものの世帯の通知先に、この機械ではない通知サービスがあるので、送りません（世帯 \
                     {household_id}）。households generate の --push-base を確かめてください"
                );
            }
        }
    }
}

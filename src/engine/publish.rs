//! What a site's folder holds in, the published site out, as a whole: pages, flyers, handouts.

use super::bar::Bar;
use super::load::Loaded;
use super::prints::Prints;
use crate::press::{Doubled, Press};
use crate::site::{BuildReport, Edition};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Builds pages, flyers and handouts and puts them in place as a whole; what is as the last build made it is not made
/// again.
pub fn publish(loaded: &Loaded, out: &Path, bars: bool) -> Result<BuildReport> {
    let root = &loaded.config.root;
    publish_on(
        Press::open(&super::ground::outside(root, out)?, &super::ground::data(root)?.join("cache"))?,
        loaded,
        bars,
        &|said| tracing::warn!("{said}"),
    )
}

/// As [`publish`], on a press that is open already.
pub fn publish_on(press: Press, loaded: &Loaded, bars: bool, say: &dyn Fn(&str)) -> Result<BuildReport> {
    let Loaded { config, library, theme, today, .. } = loaded;
    let bar = Bar::new(bars);
    let prints = Prints::new(config, library, &press, &bar);

    let start = Instant::now();
    let flyers = prints.flyers()?.pdfs;
    let handouts_start = Instant::now();
    let flyer_time = handouts_start.duration_since(start);
    let handouts = if config.site.handouts { prints.handouts()? } else { BTreeMap::new() };
    let handout_time = handouts_start.elapsed();

    let edition = Edition::new(config, library, theme, *today).with_handouts(handouts);
    let mut report = edition.build(&press, &|phase, done, of| bar.step(phase, done, of))?;
    report.flyers = flyers;
    for (name, time) in [("flyers", flyer_time), ("handouts", handout_time)] {
        report.seconds += time.as_secs_f64();
        report.phases.insert(name.to_owned(), time.as_secs_f64());
    }
    bar.finish();
    let start = Instant::now();
    let unknown = press.commit().map_err(|e| with_sources(e, &Edition::new(config, library, theme, *today)))?;
    unknown_message(&unknown).into_iter().for_each(|said| say(&said));
    report.phase("commit", start);
    Ok(report)
}

/// So many files that nobody knows are named.
const NAMED: usize = 5;

/// Without a record of earlier builds nobody can tell their pages from what was put there by hand: everything stays,
/// and somebody has to look.
fn unknown_message(unknown: &[String]) -> Option<String> {
    let named = unknown.iter().take(NAMED).cloned().collect::<Vec<_>>().join("、");
    let more = if unknown.len() > NAMED { " など" } else { "" };
    (!unknown.is_empty()).then(|| {
        format!(
            "注意: 前に作ったものの記録（data/cache/）がないので、今回作らなかった \
             {}件のファイルを残しました（{named}{more}）。手で置いたものか、もうない記事のページで、\
             公開されたままです。\n  \
             どれも要らなければ、`otayori build --clean-unknown` で消えます",
            unknown.len()
        )
    })
}

/// Two pages at one address are told by the files that ask for them.
fn with_sources(e: anyhow::Error, edition: &Edition<'_>) -> anyhow::Error {
    let Some(doubled) = e.downcast_ref::<Doubled>() else { return e };
    let sources: Vec<String> = edition
        .addresses()
        .iter()
        .filter(|a| doubled.units.contains(&a.file(edition.config)))
        .map(|a| edition.source(a))
        .collect();
    if sources.is_empty() {
        e
    } else {
        anyhow::anyhow!("同じ所（{}）に、2つのものを作ることになります: {}", doubled.path, sources.join(" と "))
    }
}

//! What is checked of all files together.

use crate::content::marks::Changes;
use crate::content::shelf::Row;
use crate::content::{Library, ReviewedText, Version};
use crate::diag::form::meant;
use crate::diag::{Diagnostics, Place};
use crate::markdown::{FarAnchor, Kind};
use std::collections::BTreeMap;

/// A link to a heading of another content, with the file and the language it stands in.
pub(super) struct Far<'a> {
    file: &'a str,
    language: &'a str,
    anchor: &'a FarAnchor,
}

pub(super) fn far_of<T>(row: &Row<T>) -> Vec<Far<'_>> {
    row.iter()
        .flat_map(|(file, kept)| {
            let anchors = kept.inside.as_ref().map(|i| i.far.as_slice()).unwrap_or_default();
            anchors.iter().map(move |anchor| Far { file, language: &kept.language, anchor })
        })
        .collect()
}

/// Links to headings of other contents lead to headings that are there.
pub(super) fn check_far(library: &Library, main: &str, far: &[Far<'_>], problems: &mut Diagnostics) {
    for Far { file, language, anchor: FarAnchor { kind, slug, anchor, at } } in far {
        let versions = match kind {
            Kind::Article => library.articles.get(slug).map(|a| &a.versions),
            Kind::Bulletin => library.bulletins.get(slug).map(|b| &b.versions),
            Kind::Page => library.pages.get(slug).map(|p| &p.versions),
        };
        let Some(version) = versions.and_then(|v| v.get(*language).or_else(|| v.get(main))) else { continue };
        if !version.anchors.contains(anchor) {
            let ids = || version.anchors.iter().map(String::as_str);
            let hint = meant(anchor, ids()).unwrap_or_else(|| format!("ある見出し: {}", version.anchors.join("、")));
            problems.error(file, *at, format!("{} に `#{anchor}` という見出しはありません", version.file), hint);
        }
    }
}

/// Where the reviewed text of the main language has changed, its translations say what it said before.
pub(super) fn check_originals(library: &Library, main: &str, problems: &mut Diagnostics) {
    let articles = library.articles.values().map(|a| &a.versions);
    for versions in articles.chain(library.pages.values().map(|p| &p.versions)) {
        let changed = |v: &Version| v.review.as_ref().is_some_and(|r| r.text == ReviewedText::Changed);
        let Some(original) = versions.get(main).filter(|v| changed(v)) else { continue };
        // Other weeks are no other text, but hold for every version (`letter::rules`).
        let only_weeks =
            original.review.as_ref().is_some_and(|r| r.changes == Changes { windows: true, ..Changes::default() });
        let (message, hint) = if only_weeks {
            (
                "もとの版の `for`（届ける時期）が、監修のあとで変わっています",
                "もとの版が監修されるまで、この版も、おたよりでは送りません",
            )
        } else {
            (
                "もとの文が、監修のあとで変わっています。この版は、前の文のままです",
                "薬の量や受診の目安が食いちがわないよう、この版も合わせて直し、監修者に見直してもらってください",
            )
        };
        for version in versions.values().filter(|v| v.language != main && v.review.is_some() && !changed(v)) {
            problems.warning(&version.file, Place::default(), format!("{message}（{}）", original.file), hint);
        }
    }
}

/// Two flyers with one code could not be told apart by their registrations.
pub(super) fn check_codes(library: &Library, problems: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for flyer in library.flyers.values() {
        if let Some(other) = seen.insert(&flyer.code, &flyer.file) {
            problems.error(
                &flyer.file,
                Place::default(),
                format!("コード `{}` は {other} と同じです", flyer.code),
                "`code` を、チラシごとに変えてください",
            );
        }
    }
}

//! Two files of one name: neither is made.

use super::order::Order;
use super::variant::Variant;
use crate::diag::Diagnostics;
use std::collections::{BTreeMap, BTreeSet};

/// Orders with files that would have another variant's name are left out, with an error.
pub(super) fn without_clashes<'a>(orders: Vec<Order<'a>>, problems: &mut Diagnostics) -> Vec<Order<'a>> {
    let mut seen: BTreeMap<String, (usize, Option<String>)> = BTreeMap::new();
    let mut wrong = BTreeSet::new();
    for (n, variant) in orders.iter().enumerate().flat_map(|(n, order)| Variant::of(order).map(move |v| (n, v))) {
        let place = variant.place.map(|p| p.code.clone());
        for name in std::iter::once(variant.name()).chain(variant.code_name()) {
            let Some((other, its)) = seen.insert(name.clone(), (n, place.clone())) else { continue };
            // The same place twice is told by the content room, the same size once, without a place.
            let again = other == n && its == place;
            if wrong.insert(n) || !again {
                clash(&variant, &name, &orders[other].flyer.file, again, problems);
            }
        }
    }
    orders.into_iter().enumerate().filter(|(n, _)| !wrong.contains(n)).map(|(_, order)| order).collect()
}

fn clash(variant: &Variant<'_>, name: &str, other: &str, again: bool, problems: &mut Diagnostics) {
    let Order { flyer, source, .. } = variant.order;
    let (at, hint) = match variant.place {
        Some(place) if !again => (
            source.value("places", &place.code),
            "場所の code を変えてください（ほかのチラシのファイル名の終わりや、大きさの名前と同じにはできません）",
        ),
        _ if again => (source.value("sizes", variant.size), "同じ大きさや場所を、2度書いています"),
        _ => (source.key("code"), "このファイルの名前か、もう一方の場所の code を変えてください"),
    };
    problems.error(&flyer.file, at, format!("`{name}` という名前のファイルが、{other} と重なります"), hint);
}

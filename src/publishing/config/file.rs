//! The settings' file: its name, where a value stands in it, how a day is written.

use crate::calendar::Weekday;
use crate::diag::Place;
use crate::diag::yaml::{Node, Value};

/// `mon` … `sun`.
pub fn weekday(short: &str) -> Option<Weekday> {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .position(|d| *d == short)
        .and_then(|n| Weekday::from_monday_zero_offset(n as i8).ok())
}

/// The settings' file.
pub(super) const FILE: &str = "otayori.yaml";

/// Where the value behind a path stands; if it is not there, what it would stand in.
pub(super) fn place(tree: &Node, path: &str) -> Place {
    let mut path = path;
    loop {
        if let Some(node) = find(tree, path) {
            return node.at;
        }
        match path.rsplit_once('.') {
            Some((above, _)) => path = above,
            None => return Place::default(),
        }
    }
}

/// The node behind `desk.closed.0.to`.
pub(super) fn find<'a>(tree: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.').try_fold(tree, |node, step| match &node.value {
        Value::Map(entries) => entries.iter().find(|e| e.key == step).map(|e| &e.node),
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        Value::Scalar { .. } => None,
    })
}

//! Segments in, their rules as JSON out: who would get what, nobody's name.

use super::shape::{Rule, Segment};
use crate::segment;
use crate::site::Edition;

/// All, by id.
pub(super) fn all(edition: &Edition<'_>) -> Vec<Segment> {
    edition
        .library
        .segments
        .values()
        .map(|s| Segment { id: s.id.clone(), title: s.title.clone(), rule: rule(&s.rule) })
        .collect()
}

fn rule(of: &segment::Rule) -> Rule {
    use segment::Rule as R;
    let each = |rules: &[R]| rules.iter().map(rule).collect();
    match of {
        R::Window(window) => Rule::Window(window.into()),
        R::Area(areas) => Rule::Area(areas.clone()),
        R::Language(languages) => Rule::Language(languages.clone()),
        R::FirstChild(wanted) => Rule::FirstChild(*wanted),
        R::Twins(wanted) => Rule::Twins(*wanted),
        R::Preterm(wanted) => Rule::Preterm(*wanted),
        R::Any(rules) => Rule::Any(each(rules)),
        R::All(rules) => Rule::All(each(rules)),
        R::Not(inner) => Rule::Not(Box::new(rule(inner))),
    }
}

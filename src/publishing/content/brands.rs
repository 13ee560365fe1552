//! `brands.yaml` in, the names of products that texts do without out.

use super::Brand;
use super::lists::items;
use crate::diag::Diagnostics;
use crate::diag::form::Form;
use std::collections::BTreeMap;

/// `brands.yaml`: the names that the editors do not want in texts.
pub(super) fn brands(file: &str, text: &str, problems: &mut Diagnostics) -> Vec<Brand> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for node in &items(file, text, problems) {
        let Some(form) = Form::new(file, node, &["name", "instead"], problems) else { continue };
        let (name, instead) = (form.needed("name", problems), form.needed("instead", problems));
        let (Some(name), Some(instead)) = (name, instead) else { continue };
        if let Some(line) = seen.insert(name.value.clone(), name.at.line) {
            problems.error(
                file,
                name.at,
                format!("「{}」が2回あります", name.value),
                format!("{line}行目にもあります。どちらかを消してください"),
            );
        }
        all.push(Brand { name: name.value, instead: instead.value });
    }
    all
}

//! Ids and places in the forms of content files.

use crate::diag::form::{Form, text_of};
use crate::diag::{Diagnostics, Place};

/// An id stands in an address, and is the name of a file there.
pub(super) fn is_id(id: &str) -> bool {
    !id.chars().any(|c| c.is_whitespace() || c.is_control() || r#"/\.?#%&"'<>:*|~"#.contains(c))
}

/// All texts of a list's items, for files that are lists of maps; a doubled `id` is reported.
pub(super) fn unique_id(form: &Form<'_>, seen: &mut Vec<String>, problems: &mut Diagnostics) -> Option<String> {
    let id = form.needed("id", problems)?;
    if !is_id(&id.value) {
        problems.error(
            form.file(),
            id.at,
            format!("id `{}` は使えません", id.value),
            "英小文字、数字、- だけで書いてください（アドレスになります）",
        );
    }
    if seen.contains(&id.value) {
        problems.error(form.file(), id.at, format!("`{}` が2回あります", id.value), "id は、1つずつ変えてください");
    }
    seen.push(id.value.clone());
    Some(id.value)
}

/// The place of an optional text, for messages.
pub(super) fn place_of(form: &Form<'_>, key: &str) -> Place {
    form.entry(key).and_then(|e| text_of(&e.node)).map_or(form.at, |t| t.at)
}

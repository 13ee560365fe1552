//! `for:` of a front matter in, when a content fits a subject out.

use crate::diag::Diagnostics;
use crate::diag::form::{Form, meant, text_of};
use crate::segment::parse::window;
use crate::segment::{Unit, Window};

/// `for`: windows of age.
pub(super) fn windows(form: &Form<'_>, problems: &mut Diagnostics) -> Vec<Window> {
    if let Some(entry) = form.entry("for").filter(|e| text_of(&e.node).is_some()) {
        let hint = "例: for: の次の行に `  - pregnancy_weeks: 28-40`（妊娠28週から40週）、`  - child_months: \
            3-5`（3か月から5か月）";
        problems.error(form.file(), entry.node.at, "`for` を時期として読めません", hint);
        return Vec::new();
    }
    let mut windows = Vec::new();
    for node in form.list("for", problems) {
        let Some(item) = Form::open(form.file(), node, problems) else { continue };
        for entry in item.entries() {
            let Some(unit) = Unit::from_key(&entry.key) else {
                let hint = meant(&entry.key, Unit::ALL.map(Unit::key))
                    .unwrap_or_else(|| format!("使えるもの: {}", Unit::ALL.map(Unit::key).join("、")));
                problems.error(
                    form.file(),
                    entry.at,
                    format!("`{}` という時期の数えかたはありません", entry.key),
                    hint,
                );
                continue;
            };
            let Some(window) = window(form.file(), unit, &entry.node, problems) else { continue };
            if window.width_days() < 7 {
                let days = window.width_days();
                problems.warning(
                    form.file(),
                    entry.node.at,
                    format!("期間が{days}日しかありません。おたよりは週に1回なので、届かない家庭があります"),
                    "7日以上に広げてください",
                );
            }
            windows.push(window);
        }
    }
    windows
}

//! Tables, named after the heading above them.

use super::renderer::Renderer;
use super::tree::{Element, Piece};
use super::write;
use pulldown_cmark::{Alignment, Tag};

impl Renderer<'_, '_> {
    pub(super) fn table(&mut self, element: &Element<'_>, alignments: &[Alignment]) {
        let label = match (self.context.language, self.headings.last()) {
            ("en", Some(heading)) => format!("Table: {}", text_of(&heading.html)),
            ("en", None) => "Table".to_owned(),
            (_, Some(heading)) => format!("表：{}", text_of(&heading.html)),
            (_, None) => "表".to_owned(),
        };
        let times = self.tables.entry(label.clone()).or_insert(0);
        *times += 1;
        let label = if *times == 1 { label } else { format!("{label}（{times}）") };
        self.out.raw(&format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table>"));
        let mut body = false;
        for piece in &element.children {
            let Piece::Element(row) = piece else { continue };
            let head = row.tag == Tag::TableHead;
            self.surplus(row, alignments.len());
            if !head && !body {
                self.out.raw("<tbody>\n");
                body = true;
            }
            self.out.raw(if head { "<thead><tr>" } else { "<tr>" });
            for (column, cell) in row.children.iter().enumerate() {
                let Piece::Element(cell) = cell else { continue };
                self.out.block();
                let class = match alignments.get(column) {
                    Some(Alignment::Right) => " class=\"n\"",
                    Some(Alignment::Center) => " class=\"mid\"",
                    Some(Alignment::Left | Alignment::None) | None => "",
                };
                // An empty cell in the corner heads nothing.
                let (open, close) = if head && !cell.children.is_empty() {
                    (format!("<th scope=\"col\"{class}>"), "</th>")
                } else {
                    (format!("<td{class}>"), "</td>")
                };
                self.out.raw(&open);
                if head {
                    self.silently(|r| r.inlines(&cell.children))
                } else {
                    self.inlines(&cell.children)
                }
                self.out.raw(close);
            }
            self.out.raw(if head { "</tr></thead>" } else { "</tr>\n" });
        }
        if body {
            self.out.raw("</tbody>");
        }
        self.out.raw("</table></div>\n");
    }

    /// Cells beyond the last heading would vanish without a word.
    fn surplus(&mut self, row: &Element<'_>, columns: usize) {
        let line = self.prepared.get(row.range.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        if let Some((at, lost)) = cell_after(line, columns)
            && !self.context.untrusted
        {
            let lost: String =
                write::plain(&lost.replace("\\|", "|"), self.context.language).chars().take(20).collect();
            self.error(
                row.range.start + at,
                format!("表の見出しは{columns}列です。この行はそれより多く、「{lost}」から後は表示されません"),
                "見出しの行と、その下の `|---|` の行にも列を足すか、余分な `|` を消してください。文字の縦棒は `\\|` \
                 と書きます",
            );
        }
    }
}

/// The text after the first `columns` cells of a table's row and where it begins, if there is any.
fn cell_after(line: &str, columns: usize) -> Option<(usize, &str)> {
    let start = line.len() - line.trim_start().len();
    let start = start + usize::from(line[start..].starts_with('|'));
    let bars = line[start..].char_indices().filter(|(at, c)| *c == '|' && !line[..start + at].ends_with('\\'));
    let (at, _) = bars.take(columns).nth(columns.checked_sub(1)?)?;
    let rest = &line[start + at + 1..];
    let text = rest.trim().trim_matches('|').trim();
    (!text.is_empty()).then(|| (start + at + 1 + rest.find(text).unwrap_or(0), text))
}

/// HTML without tags and readings, still escaped: for `aria-label`.
fn text_of(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = if rest.starts_with("<rp>") { rest.split_once("</rp>").map_or("", |(_, after)| after) } else { rest };
        rest = if rest.starts_with("<rt>") { rest.split_once("</rt>").map_or("", |(_, after)| after) } else { rest };
        if rest.starts_with('<') && !rest.starts_with("<rp>") {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    out.push_str(rest);
    out
}

//! What a clinician writes in, the same Markdown with less trust out: HTML, and which links lead nowhere.

use super::context::{Context, Targets};
use super::phones;
use super::render::render;
use crate::diag::Diagnostics;

/// A clinician's answer as HTML: the same Markdown, without pictures, with raw HTML escaped and links only to http(s),
/// tel and what is there. A line break is one, as in a letter; telephone numbers are links.
pub fn answer_html(markdown: &str, targets: &dyn Targets) -> String {
    answer(markdown, targets).0
}

/// What is wrong with the links of an answer, in words for who wrote it: 「記事 `x` はありません」. Empty if all is
/// well.
pub fn answer_problems(markdown: &str, targets: &dyn Targets) -> Vec<String> {
    answer(markdown, targets).1
}

fn answer(markdown: &str, targets: &dyn Targets) -> (String, Vec<String>) {
    let prefix = format!("a{:x}-", fingerprint(markdown));
    let context = Context { id_prefix: &prefix, untrusted: true, ..Context::bare("", "ja", "ja", targets) };
    let mut problems = Diagnostics::new();
    let (body, _) = render(&markdown.replace("\r\n", "\n").replace('\r', "\n"), &context, &mut problems);
    let mut html = body.gist_html;
    html.push_str(&body.html);
    if !body.footnotes_html.is_empty() {
        html.push_str(&format!("<ol class=\"fn\">{}</ol>", body.footnotes_html));
    }
    let about_links = |m: &str| {
        ["記事 `", "お知らせ `", "ページ `", "リンク先"].iter().any(|start| m.starts_with(start))
            || m.contains("電話番号ではありません")
    };
    let said = problems.sorted().into_iter().filter(|p| about_links(&p.message)).map(|p| match p.hint.as_str() {
        "" => p.message.replace("` がありません", "` はありません"),
        hint => format!("{}（{hint}）", p.message.replace("` がありません", "` はありません")),
    });
    (phones::linked(&html), said.collect())
}

/// A short number that differs between texts (FNV-1a), so that two answers on one page do not share anchors.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_written_as_a_letter_is() {
        assert_eq!(
            answer_html("一行目\n二行目\n\n- 夜は#7119へ", &()),
            "<p>一行目<br>二行目</p>\n<ul>\n<li>夜は<a href=\"tel:%237119\">#7119</a>へ</li>\n</ul>"
        );
        assert_eq!(
            answer_problems("[x](article:nai)", &()),
            ["記事 `nai` はありません（ファイルの名前（.md を除く）を確かめてください）"]
        );
        assert!(answer_problems("[x](https://a.jp)、[#7119](tel:#7119)", &()).is_empty());
        assert_eq!(
            render("一行目\n二行目", &Context::bare("x.md", "ja", "ja", &()), &mut Diagnostics::new()).0.html,
            "<p>一行目二行目</p>"
        );
    }
}

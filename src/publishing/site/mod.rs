//! A `Library` in, HTML pages out.
//!
//! [`Edition::build`] makes the whole public site of one day on a press; [`Edition::render`] single pages of it
//! (preview); [`letter_page()`] and its siblings, and [`PhoneView`], render what a household sees of a letter.

mod address;
mod addresses;
pub mod api;
pub mod assets;
mod build;
pub mod coverage;
mod edition;
mod feeds;
mod filters;
mod index;
mod letter_page;
pub mod near_loss;
mod night;
mod pages;
mod phone;
mod pictures;
mod progress;
mod published;
mod search;
mod squeeze;
mod stage;
pub mod theme;
pub mod urgent;

pub use address::Address;
pub use build::BuildReport;
pub use edition::Edition;
pub use feeds::PRIVATE;
pub use letter_page::{closed_letter_page, letter_page, letter_page_in_part};
pub use phone::{PhoneReply, PhoneView};
pub use pictures::Pictures;
pub use progress::Progress;
pub use published::Published;
pub use squeeze::squeeze;
pub use stage::Stage;
pub use theme::Theme;

/// The slug of the page for the night, and of the one that stands in its place where somebody is to be spared.
const NIGHT: &str = "night";
const LOSS_NIGHT: &str = "loss-night";

/// The page with `fragment` as the first thing in its body, behind the link that skips to the text (which is the first
/// for whoever reads by keyboard or ear); minified pages may leave the tag `<body>` out.
pub fn at_top_of_body(html: &str, fragment: &str) -> String {
    let after_head = html.find("</head>").map_or(0, |at| at + "</head>".len());
    let rest = html[after_head..].trim_start();
    let body = if rest.starts_with("<body") { rest.find('>').map_or(0, |end| end + 1) } else { 0 };
    let inside = rest[body..].trim_start();
    let skips = ["<a class=\"skip\"", "<a class=skip "].iter().any(|link| inside.starts_with(link));
    let link = if skips { inside.find("</a>").map_or(0, |end| end + "</a>".len()) } else { 0 };
    let at = if link > 0 { html.len() - inside.len() + link } else { html.len() - rest.len() + body };
    format!("{}{fragment}{}", &html[..at], &html[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_stand_at_the_top_of_the_body() {
        for (page, expected) in [
            (
                "<head><title>a</title></head>\n<body class=\"tool\">\n<p>b",
                "<head><title>a</title></head>\n<body class=\"tool\"><i>\n<p>b",
            ),
            (
                "<head><title>a</title></head><a class=skip href=#main>b</a><p>c",
                "<head><title>a</title></head><a class=skip href=#main>b</a><i><p>c",
            ),
            (
                "<body>\n<a class=\"skip\" href=\"#main\">b</a>\n<p>c",
                "<body>\n<a class=\"skip\" href=\"#main\">b</a><i>\n<p>c",
            ),
            ("<p>b", "<i><p>b"),
            ("", "<i>"),
        ] {
            assert_eq!(at_top_of_body(page, "<i>"), expected);
        }
    }
}

//! A `Library` in, HTML pages out.
//!
//! [`Edition::build`] makes the whole public site of one day on a press; [`Edition::render`] single pages of it (preview);
//! [`letter_page`] and [`PhoneView`] render what a household sees of a letter.

mod address;
pub mod api;
pub mod assets;
mod build;
pub mod coverage;
mod edition;
mod feeds;
mod filters;
mod index;
mod letter_page;
pub mod night;
mod pages;
mod phone;
mod pictures;
mod search;
mod squeeze;
mod stage;
pub mod theme;

pub use address::Address;
pub use build::{BuildReport, Progress};
pub use edition::Edition;
pub use letter_page::letter_page;
pub use phone::PhoneView;
pub use pictures::{Pictures, short_hash};
pub use squeeze::squeeze;
pub use stage::Stage;
pub use theme::Theme;

/// The page with `fragment` as the first thing in its body; minified pages may leave the tag `<body>` out.
pub fn at_top_of_body(html: &str, fragment: &str) -> String {
    let after_head = html.find("</head>").map_or(0, |at| at + "</head>".len());
    let rest = html[after_head..].trim_start();
    let body = if rest.starts_with("<body") { rest.find('>').map_or(0, |end| end + 1) } else { 0 };
    let at = html.len() - rest.len() + body;
    format!("{}{fragment}{}", &html[..at], &html[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_stand_at_the_top_of_the_body() {
        for (page, expected) in [
            ("<head><title>a</title></head>\n<body class=\"tool\">\n<p>b", "<head><title>a</title></head>\n<body class=\"tool\"><i>\n<p>b"),
            ("<head><title>a</title></head><a class=skip>b", "<head><title>a</title></head><i><a class=skip>b"),
            ("<p>b", "<i><p>b"),
            ("", "<i>"),
        ] {
            assert_eq!(at_top_of_body(page, "<i>"), expected);
        }
    }
}

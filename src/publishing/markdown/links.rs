//! A link's destination in, the address that the site has for it out, or what is wrong with it.

use super::context::{Context, Kind};
use crate::diag::form::meant;

/// Pages that the site makes itself, so that they can be linked without a file.
const ALWAYS: [&str; 2] = ["contacts", "night"];

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// An address, ready for `href` but for the escaping of `& < > "`.
    Address(String),
    /// An address in another content, at a heading.
    Far {
        /// Ready for `href`.
        address: String,
        /// What is linked.
        kind: Kind,
        /// Which one.
        slug: String,
        /// The heading.
        anchor: String,
    },
    /// An anchor of the same text, to be checked when all headings are known.
    Anchor(String),
}

/// Resolves `destination`; an error is `(message, hint)`.
pub fn resolve(destination: &str, context: &Context<'_>) -> Result<Target, (String, String)> {
    let destination = destination.trim();
    if let Some(anchor) = destination.strip_prefix('#') {
        return Ok(Target::Anchor(anchor.to_owned()));
    }
    if destination.is_empty() {
        return Err(("リンク先が空です".into(), "例: [つわり](article:tsuwari)".into()));
    }
    let (scheme, rest) = destination.split_once(':').unwrap_or(("", destination));
    if let Some(kind) = Kind::of(scheme) {
        return content(kind, rest, context);
    }
    match scheme {
        "tel" => telephone(rest).map(Target::Address),
        "http" | "https" => match url::Url::parse(destination) {
            Ok(url) if url.has_host() => Ok(Target::Address(url.to_string())),
            _ => {
                Err((format!("リンク先 `{destination}` を URL として読めません"), "https:// から書いてください".into()))
            }
        },
        "mailto" if !context.untrusted && rest.contains('@') => Ok(Target::Address(destination.to_owned())),
        "" if !context.untrusted && destination.starts_with('/') && !destination.starts_with("//") => {
            Ok(Target::Address(destination.to_owned()))
        }
        other => {
            let hint = meant(other, ["article", "bulletin", "page", "tel", "https"]).unwrap_or_else(|| {
                let slug = destination.trim_end_matches('/').trim_end_matches(".md").rsplit('/').next().unwrap_or("");
                if context.targets.languages(Kind::Article, slug).is_some() {
                    format!("「article:{slug}」のことですか")
                } else {
                    "article:、bulletin:、page:、tel:、https: のどれかで始めてください".into()
                }
            });
            Err((format!("リンク先 `{destination}` は使えません"), hint))
        }
    }
}

fn content(kind: Kind, rest: &str, context: &Context<'_>) -> Result<Target, (String, String)> {
    let (slug, anchor) = rest.split_once('#').map_or((rest, None), |(s, a)| (s, Some(a)));
    let slug = slug.trim_end_matches('/');
    let languages = match context.targets.languages(kind, slug) {
        Some(languages) => languages,
        None if kind == Kind::Page && ALWAYS.contains(&slug) => Vec::new(),
        None => {
            let mut known = context.targets.slugs(kind);
            if kind == Kind::Page {
                known.extend(ALWAYS);
            }
            let elsewhere = [(Kind::Article, "article"), (Kind::Bulletin, "bulletin"), (Kind::Page, "page")]
                .into_iter()
                .find(|(k, _)| context.targets.languages(*k, slug).is_some());
            let hint = match elsewhere {
                Some((_, scheme)) => format!("「{scheme}:{slug}」のことですか"),
                None => meant(slug, known).unwrap_or_else(|| "ファイルの名前（.md を除く）を確かめてください".into()),
            };
            return Err((format!("{} `{slug}` がありません", kind.title()), hint));
        }
    };
    if context.targets.is_draft(kind, slug) && !context.draft {
        return Err((
            format!("{} `{slug}` は下書きです。公開したページからはリンクできません", kind.title()),
            "下書きを公開するか、リンクを外してください".into(),
        ));
    }
    let mut address = format!("{}{slug}/", kind.path());
    if context.language != context.main_language && languages.contains(&context.language) {
        address.push_str(context.language);
        address.push('/');
    }
    Ok(match anchor {
        None => Target::Address(address),
        Some(anchor) => Target::Far {
            address: format!("{address}#{anchor}"),
            kind,
            slug: slug.to_owned(),
            anchor: anchor.to_owned(),
        },
    })
}

/// `tel:#7119` as `tel:%237119` (RFC 3966 has no `#`; telephones take it percent-encoded).
fn telephone(number: &str) -> Result<String, (String, String)> {
    let number = number.trim_start_matches("//");
    let number = percent_encoding::percent_decode_str(number).decode_utf8_lossy();
    let good = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '#' | '*' | '+' | '-'))
        && number.chars().any(|c| c.is_ascii_digit());
    if !good {
        return Err((
            format!("`{number}` は電話番号ではありません"),
            "例: [#7119](tel:#7119)、[0000-00-1234](tel:0000-00-1234)".into(),
        ));
    }
    Ok(format!("tel:{}", number.replace('-', "").replace('#', "%23")))
}

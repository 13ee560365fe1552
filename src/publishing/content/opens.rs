//! A flyer's `opens:` in, the page of the site that its code leads to out, or what is wrong with it.

use super::weekdays;
use super::{Flyer, Library, Opens};
use crate::calendar::{Date, plus_days};
use crate::config::Config;
use crate::diag::Diagnostics;
use crate::diag::form::{Placed, meant};
use crate::markdown::{Context, Target, resolve};

/// What the site has without a file, beside the pages of `content/pages/`.
const FIXED: [&str; 11] =
    ["articles", "bulletins", "topics", "weeks", "months", "years", "people", "contacts", "night", "register", "ask"];
const EXAMPLE: &str = "例: opens: bulletin:ryoshin-gakkyu（お知らせ）、article:tsuwari（記事）、page:about（ページ）、\
    /contacts/（サイトの中のアドレス）";

/// Looks up what every flyer opens, and takes the event's day from the bulletin where the flyer does not say it.
pub(super) fn find(library: &mut Library, config: &Config, today: Date, problems: &mut Diagnostics) {
    let mut flyers = std::mem::take(&mut library.flyers);
    for flyer in flyers.values_mut() {
        let Some(mut opens) = flyer.opens.take() else {
            days(flyer, config, problems);
            continue;
        };
        match path(&opens.written, flyer, library, config.main_language()) {
            Ok((path, bulletin)) => (opens.path, opens.bulletin) = (path, bulletin),
            Err((message, hint)) => problems.error(&flyer.file, opens.at, message, hint),
        }
        about(flyer, &opens, library, today, problems);
        flyer.opens = Some(opens);
        days(flyer, config, problems);
    }
    library.flyers = flyers;
}

/// Looks at the days of an event's text.
fn days(flyer: &Flyer, config: &Config, problems: &mut Diagnostics) {
    if let Some(on) = &flyer.on {
        let on = plus_days(on.value, -config.shift_days);
        weekdays::check(&flyer.file, &flyer.markdown, flyer.body_line, on, Some(on), problems);
    }
}

/// The bulletin's day is the flyer's; one that is over or on another day is told.
fn about(flyer: &mut Flyer, opens: &Opens, library: &Library, today: Date, problems: &mut Diagnostics) {
    let Some(bulletin) = opens.bulletin.as_ref().and_then(|slug| library.bulletins.get(slug)) else { return };
    if let Some(until) = bulletin.until.filter(|until| *until < today) {
        let hint = "コードは、お知らせの一覧を開きます。次のお知らせに変えるか、チラシを `draft: true` にしてください";
        problems.warning(
            &flyer.file,
            opens.at,
            format!("お知らせ `{}` は、{until} で掲載が終わっています", bulletin.slug),
            hint,
        );
    }
    if bulletin.publish > today && !bulletin.draft {
        let message = format!(
            "お知らせ `{}` は、{} に載ります。それまでコードは、お知らせの一覧を開きます",
            bulletin.slug, bulletin.publish
        );
        problems.warning(&flyer.file, opens.at, message, "先に配るときは、お知らせの publish を早めてください");
    }
    match (&flyer.on, bulletin.on) {
        (Some(on), Some(day)) if on.value != day => {
            let message = format!("催しの日（{}）が、お知らせ `{}` の日（{day}）と違います", on.value, bulletin.slug);
            problems.error(
                &flyer.file,
                on.at,
                message,
                "どちらが正しいか確かめてください。`on` を書かなければ、お知らせの日を使います",
            );
        }
        (None, Some(day)) => flyer.on = Some(Placed { value: day, at: opens.at }),
        _ => {}
    }
}

/// The path, and the bulletin that it is.
fn path(
    written: &str,
    flyer: &Flyer,
    library: &Library,
    main: &str,
) -> Result<(String, Option<String>), (String, String)> {
    let segments: Vec<&str> = written.split('/').filter(|s| !s.is_empty()).collect();
    let link = match segments.as_slice() {
        ["articles", slug, ..] if written.starts_with('/') => format!("article:{slug}"),
        ["bulletins", slug, ..] if written.starts_with('/') => format!("bulletin:{slug}"),
        _ => written.to_owned(),
    };
    if ["article:", "bulletin:", "page:"].iter().any(|scheme| link.starts_with(scheme)) {
        let context = Context {
            draft: flyer.draft,
            untrusted: true,
            ..Context::bare(&flyer.file, &flyer.language, main, library)
        };
        let bulletin = link
            .strip_prefix("bulletin:")
            .map(|slug| slug.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned());
        return match resolve(&link, &context)? {
            Target::Address(address) | Target::Far { address, .. } => Ok((address, bulletin)),
            Target::Anchor(_) => Err((format!("開くページ（opens）`{written}` は使えません"), EXAMPLE.into())),
        };
    }
    if link.starts_with("https:") || link.starts_with("http:") {
        return Err((
            format!("コードは、このサイトのページだけを開きます（`{written}`）"),
            "外のページへは、お知らせの中からリンクして、そのお知らせを opens に書いてください".into(),
        ));
    }
    let good = link.starts_with('/')
        && !link.starts_with("//")
        && link.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'#'));
    if !good {
        return Err((format!("開くページ（opens）`{written}` は使えません"), EXAMPLE.into()));
    }
    let known = || FIXED.into_iter().chain(library.pages.keys().map(String::as_str));
    let there = match segments.as_slice() {
        [] => true,
        ["topics", id, ..] => library.topics.iter().any(|t| t.id == *id),
        [first, ..] => known().any(|name| name == *first),
    };
    if there {
        return Ok((link, None));
    }
    let hint = segments.first().and_then(|first| meant(first, known())).unwrap_or_else(|| EXAMPLE.into());
    Err((format!("サイトに `{written}` というページはありません"), hint))
}

//! An edition in, the files beside the pages out: sitemap, Atom and JSON feed, web app manifest, service worker,
//! robots.txt.

use super::pages::Place;
use super::{Address, Edition};
use crate::calendar::Date;
use crate::content::Version;
use crate::press::Press;
use crate::stamp::{Digest, Digester};
use crate::text::escape;
use anyhow::Result;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

/// Entries in the feed.
const FEED_ENTRIES: usize = 40;
/// Places that are for one household, for staff or for other programs; a test compares them with `web::routes`.
pub const PRIVATE: [&str; 10] =
    ["/letters/", "/line/", "/me", "/q/", "/ask", "/desk", "/register", "/r/", "/push/", "/stop"];

/// Puts them on the press.
pub(super) fn put(edition: &Edition<'_>, press: &Press) -> Result<()> {
    let put =
        |name: &str, key, text: String| press.put(name, Digest::default(), key, [(name.to_owned(), text.into_bytes())]);
    let files = [
        ("sitemap.xml", sitemap(edition)),
        ("feed.xml", feed(edition, false)),
        ("feed.json", json_feed(edition, false)),
        // What the same addresses give a device that is to be spared.
        ("quiet/feed.xml", feed(edition, true)),
        ("quiet/feed.json", json_feed(edition, true)),
        ("manifest.webmanifest", manifest(edition)),
        ("robots.txt", robots(edition)),
    ];
    files.into_iter().try_for_each(|(name, text)| put(name, Digest::default(), text))?;
    // The pages that always work offline are on the press: as long as they are as they were, so is the script that
    // keeps them.
    let pages = both(always(edition)).filter_map(|path| press.key(&edition.address_of(&path)?.file(edition.config)));
    let key = Digester::default().digest(edition.world()).digests(pages).end();
    if press.keeps("sw.js", Digest::default(), key) { Ok(()) } else { put("sw.js", key, service_worker(edition)?) }
}

/// <https://www.sitemaps.org/protocol.html>: every page that says something of its own, with the day of its review or
/// publication.
pub fn sitemap(edition: &Edition<'_>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let entry = |address: &Address| {
        let changed = changed_on(edition, address).map_or(String::new(), |day| format!("<lastmod>{day}</lastmod>"));
        format!("<url><loc>{}</loc>{changed}</url>\n", escape(&edition.config.url(&address.path(edition.config))))
    };
    let entries: Vec<String> = edition.addresses().par_iter().filter(|a| !edition.unlisted(a)).map(entry).collect();
    entries.iter().for_each(|entry| xml.push_str(entry));
    xml.push_str("</urlset>\n");
    xml
}

fn changed_on(edition: &Edition<'_>, address: &Address) -> Option<Date> {
    match address {
        Address::Article(slug, language) => {
            edition.library.articles.get(slug)?.versions.get(language)?.review.as_ref().map(|r| r.on)
        }
        Address::Page(slug, language) => {
            edition.library.pages.get(slug)?.versions.get(language)?.review.as_ref().map(|r| r.on)
        }
        Address::Bulletin(slug, _) => edition.library.bulletins.get(slug).map(|b| b.publish),
        Address::Contacts(_) => edition.library.contacts.iter().map(|c| c.checked).max(),
        _ => None,
    }
}

/// What is new: its day, whether it is a bulletin, its slug and its main version.
type New<'e> = (Date, bool, &'e String, &'e Version);
/// As feeds show it: its day, path, title and summary.
type News<'e> = (Date, String, &'e str, &'e str);

/// Articles by their last review and bulletins by their day of publication, the newest first. What was reviewed or
/// published after `today` waits. `spared`: only what stands openly in quiet lists.
fn news<'e>(edition: &'e Edition<'_>, spared: bool) -> Vec<News<'e>> {
    let main = edition.config.main_language();
    let articles = edition
        .articles()
        .filter(|a| !spared || edition.spared_place(a, main) == Some(Place::Open))
        .filter_map(|a| a.versions.get(main).and_then(|v| Some((v.review.as_ref()?.on, false, &a.slug, v.as_ref()))));
    let bulletins = edition
        .bulletins()
        .filter(|b| !spared || edition.spared_place_of_news(b, main) == Some(Place::Open))
        .filter_map(|b| Some((b.publish, true, &b.slug, b.versions.get(main)?.as_ref())));
    let mut all: Vec<New<'e>> = articles.chain(bulletins).filter(|(day, ..)| *day <= edition.today).collect();
    let order = |a: &New<'_>, b: &New<'_>| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2));
    if all.len() > FEED_ENTRIES {
        all.select_nth_unstable_by(FEED_ENTRIES, order);
        all.truncate(FEED_ENTRIES);
    }
    all.sort_by(order);
    let address = |bulletin, slug: &String| {
        if bulletin {
            Address::Bulletin(slug.clone(), main.to_owned())
        } else {
            Address::Article(slug.clone(), main.to_owned())
        }
    };
    all.into_iter()
        .map(|(day, bulletin, slug, v)| {
            (day, address(bulletin, slug).path(edition.config), v.title.as_str(), v.summary.as_str())
        })
        .collect()
}

/// The beginning of a day in the city, as feeds write it.
fn at(edition: &Edition<'_>, day: Date) -> String {
    day.to_zoned(edition.config.zone.clone())
        .map_or_else(|_| format!("{day}T00:00:00Z"), |z| z.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Atom (RFC 4287).
pub fn feed(edition: &Edition<'_>, spared: bool) -> String {
    let (config, entries) = (edition.config, news(edition, spared));
    let main = config.main_language();
    let updated = at(edition, entries.first().map_or(edition.today, |e| e.0));
    let (home, own) = (escape(&config.url("/")), escape(&config.url("/feed.xml")));
    let name = escape(&format!("{} {}", config.site.city, config.site.title));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{main}\">\n\
         <id>{home}</id><title>{name}</title><updated>{updated}</updated>\
         <link href=\"{home}\"/><link rel=\"self\" href=\"{own}\"/><author><name>{name}</name></author>\n"
    );
    for (day, path, title, summary) in entries {
        let url = escape(&config.url(&path));
        xml.push_str(&format!(
            "<entry><id>{url}</id><title>{}</title><updated>{}</updated><link \
             href=\"{url}\"/><summary>{}</summary></entry>\n",
            escape(title),
            at(edition, day),
            escape(summary)
        ));
    }
    xml.push_str("</feed>\n");
    xml
}

/// JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>), the same entries.
pub fn json_feed(edition: &Edition<'_>, spared: bool) -> String {
    let config = edition.config;
    let item = |(day, path, title, summary): News<'_>| {
        let url = config.url(&path);
        json!({ "id": url, "url": url, "title": title, "summary": summary, "content_text": summary,
            "date_modified": at(edition, day) })
    };
    let name = format!("{} {}", config.site.city, config.site.title);
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": name, "home_page_url": config.url("/"),
        "feed_url": config.url("/feed.json"),
        "language": config.main_language(), "authors": [{ "name": name }], "items": news(edition,
            spared).into_iter().map(item).collect::<Vec<_>>(),
    });
    format!("{feed}\n")
}

/// <https://www.w3.org/TR/appmanifest/>. The name on the home screen says nothing of pregnancy or children, nor do the
/// ways in below it.
pub fn manifest(edition: &Edition<'_>) -> String {
    let site = &edition.config.site;
    let main = edition.config.main_language();
    let file = |name: String| edition.theme.assets().address(&name).unwrap_or(format!("/static/{name}"));
    let icon = |size: u32, purpose: &str| {
        json!({ "src": file(format!("icon-{size}.png")),
        "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose })
    };
    let night = edition.library.pages.contains_key("night").then_some(("night", "/night/"));
    let ways = [("urgent", "/contacts/")].into_iter().chain(night).chain([("ask", "/ask"), ("me", "/me")]);
    let shortcut = |(word, url): (&str, &str)| {
        json!({ "name": edition.say::<&str>(main, word, &[]), "url": url,
        "icons": [icon(192, "any")] })
    };
    let manifest = json!({
        "id": "/", "name": format!("{} {}", site.city, site.title), "short_name": site.title, "lang": main,
        "dir": "auto",
        "start_url": "/", "scope": "/", "display": "standalone", "background_color": edition.config.themes.color,
        "theme_color": edition.config.themes.color,
        "icons": [icon(192, "any"), icon(512, "any"), icon(192, "maskable"), icon(512, "maskable")],
        "shortcuts": ways.map(shortcut).collect::<Vec<_>>(),
    });
    format!("{manifest:#}\n")
}

/// The pages that always work offline.
fn always(edition: &Edition<'_>) -> Vec<String> {
    let mut always: Vec<String> = vec![Address::Home(edition.config.main_language().to_owned()).path(edition.config)];
    always.extend(edition.config.site.languages.iter().map(|l| Address::Contacts(l.clone()).path(edition.config)));
    // In every language: what is not translated is shown with a note.
    let night = edition.library.pages.get("night").into_iter().flat_map(|_| &edition.config.site.languages);
    always.extend(night.map(|l| Address::Page("night".into(), l.clone()).path(edition.config)));
    always
}

/// Addresses of pages that are others where somebody is to be spared, beside those that always work offline; `*`: all
/// that begin so.
fn lists(edition: &Edition<'_>) -> Vec<String> {
    let homes = edition.config.site.languages.iter().map(|l| Address::Home(l.clone()).path(edition.config));
    let below = ["weeks", "months", "years", "topics", "bulletins", "people"].map(|list| format!("/{list}/*"));
    homes.chain([Address::Articles.path(edition.config)]).chain(below).collect()
}

/// Each with what stands there for a device that is to be spared: the same address gives one or the other.
fn both(always: Vec<String>) -> impl Iterator<Item = String> {
    always.into_iter().flat_map(|path| [format!("/quiet{path}"), path])
}

/// The theme's `sw.js` with the pages that always work offline, what they are made of, and a version that changes with
/// them.
pub fn service_worker(edition: &Edition<'_>) -> Result<String> {
    let mut always = always(edition);
    let (mut seen, mut parts) = (Vec::new(), BTreeSet::new());
    for path in both(always.clone()) {
        if let Some(address) = edition.address_of(&path) {
            let html = edition.render(&address)?;
            parts.extend(made_of(&html));
            seen.extend(html.into_bytes());
        }
    }
    // The address of a static file tells its bytes.
    seen.extend(parts.iter().flat_map(|address| address.bytes()));
    always.extend(parts);
    let context = json!({ "version": Digest::of(&seen).hex(), "always": json!(always).to_string(),
        "private": json!(PRIVATE).to_string(), "lists": json!(lists(edition)).to_string() });
    edition.theme.render("sw.js", edition.config.main_language(), &context)
}

/// Addresses of the style sheets, scripts and drawings of a page, whichever of them its theme has it load.
fn made_of(html: &str) -> BTreeSet<String> {
    let addresses = html.split("=\"/static/").skip(1).filter_map(|rest| rest.split('"').next());
    let needed = |address: &&str| {
        matches!(address.split('?').next().and_then(|name| name.rsplit_once('.')), Some((_, "css" | "js" | "svg")))
    };
    addresses.filter(needed).map(|address| format!("/static/{address}")).collect()
}

/// <https://www.rfc-editor.org/rfc/rfc9309>.
pub fn robots(edition: &Edition<'_>) -> String {
    // `/me` is a page and what is below it; `/media/` is another.
    let closed: String = PRIVATE
        .iter()
        .flat_map(|p| {
            if p.ends_with('/') {
                vec![(*p).to_owned()]
            } else {
                vec![format!("{p}$"), format!("{p}/"), format!("{p}?")]
            }
        })
        .map(|p| format!("Disallow: {p}\n"))
        .collect();
    format!("User-agent: *\n{closed}\nSitemap: {}\n", edition.config.url("/sitemap.xml"))
}

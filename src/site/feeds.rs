//! An edition in, the files beside the pages out: sitemap, Atom and JSON feed, web app manifest, service worker, robots.txt.

use super::filters::escape;
use super::{Address, Edition};
use crate::calendar::Date;
use crate::stamp::Digest;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeSet;

/// Entries in the feed.
const FEED_ENTRIES: usize = 40;
/// Places that are for one household or for staff.
const PRIVATE: [&str; 9] = ["/letters/", "/line/", "/me", "/q/", "/ask", "/desk", "/register", "/r/", "/push/"];

/// Name below the output folder, and text.
pub(super) fn files(edition: &Edition<'_>) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("sitemap.xml", sitemap(edition)),
        ("feed.xml", feed(edition)),
        ("feed.json", json_feed(edition)),
        ("manifest.webmanifest", manifest(edition)),
        ("sw.js", service_worker(edition)?),
        ("robots.txt", robots(edition)),
    ])
}

/// <https://www.sitemaps.org/protocol.html>: every page that says something of its own, with the day of its review or publication.
pub fn sitemap(edition: &Edition<'_>) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for address in edition.addresses().iter().filter(|a| !edition.unlisted(a)) {
        let changed = changed_on(edition, address).map_or(String::new(), |day| format!("<lastmod>{day}</lastmod>"));
        xml.push_str(&format!("<url><loc>{}</loc>{changed}</url>\n", escape(&edition.config.url(&address.path(edition)))));
    }
    xml.push_str("</urlset>\n");
    xml
}

fn changed_on(edition: &Edition<'_>, address: &Address) -> Option<Date> {
    match address {
        Address::Article(slug, language) => edition.library.articles.get(slug)?.versions.get(language)?.review.as_ref().map(|r| r.on),
        Address::Page(slug, language) => edition.library.pages.get(slug)?.versions.get(language)?.review.as_ref().map(|r| r.on),
        Address::Bulletin(slug, _) => edition.library.bulletins.get(slug).map(|b| b.publish),
        Address::Contacts(_) => edition.library.contacts.iter().map(|c| c.checked).max(),
        _ => None,
    }
}

/// What is new: its day, path, title and summary.
type News<'e> = (Date, String, &'e str, &'e str);

/// Bulletins by their day of publication and articles by their last review, the newest first. What was reviewed or published after `today` waits.
fn news<'e>(edition: &'e Edition<'_>) -> Vec<News<'e>> {
    let main = edition.config.main_language();
    let mut entries: Vec<News<'e>> = Vec::new();
    for bulletin in edition.bulletins() {
        if let Some(version) = bulletin.versions.get(main) {
            entries.push((bulletin.publish, Address::Bulletin(bulletin.slug.clone(), main.to_owned()).path(edition), &version.title, &version.summary));
        }
    }
    for article in edition.articles() {
        if let Some((version, review)) = article.versions.get(main).and_then(|v| Some((v, v.review.as_ref()?))) {
            entries.push((review.on, Address::Article(article.slug.clone(), main.to_owned()).path(edition), &version.title, &version.summary));
        }
    }
    entries.retain(|(day, ..)| *day <= edition.today);
    entries.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    entries.truncate(FEED_ENTRIES);
    entries
}

/// The beginning of a day in the city, as feeds write it.
fn at(edition: &Edition<'_>, day: Date) -> String {
    day.to_zoned(edition.config.zone.clone()).map_or_else(|_| format!("{day}T00:00:00Z"), |z| z.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Atom (RFC 4287).
pub fn feed(edition: &Edition<'_>) -> String {
    let (config, entries) = (edition.config, news(edition));
    let main = config.main_language();
    let updated = at(edition, entries.first().map_or(edition.today, |e| e.0));
    let (home, own) = (escape(&config.url("/")), escape(&config.url("/feed.xml")));
    let name = escape(&format!("{} {}", config.site.city, config.site.title));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{main}\">\n<id>{home}</id><title>{name}</title><updated>{updated}</updated>\
         <link href=\"{home}\"/><link rel=\"self\" href=\"{own}\"/><author><name>{name}</name></author>\n"
    );
    for (day, path, title, summary) in entries {
        let url = escape(&config.url(&path));
        xml.push_str(&format!(
            "<entry><id>{url}</id><title>{}</title><updated>{}</updated><link href=\"{url}\"/><summary>{}</summary></entry>\n",
            escape(title),
            at(edition, day),
            escape(summary)
        ));
    }
    xml.push_str("</feed>\n");
    xml
}

/// JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>), the same entries.
pub fn json_feed(edition: &Edition<'_>) -> String {
    let config = edition.config;
    let item = |(day, path, title, summary): News<'_>| {
        let url = config.url(&path);
        json!({ "id": url, "url": url, "title": title, "summary": summary, "content_text": summary, "date_modified": at(edition, day) })
    };
    let name = format!("{} {}", config.site.city, config.site.title);
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": name, "home_page_url": config.url("/"), "feed_url": config.url("/feed.json"),
        "language": config.main_language(), "authors": [{ "name": name }], "items": news(edition).into_iter().map(item).collect::<Vec<_>>(),
    });
    format!("{feed}\n")
}

/// <https://www.w3.org/TR/appmanifest/>. The name on the home screen says nothing of pregnancy or children, nor do the ways in below it.
pub fn manifest(edition: &Edition<'_>) -> String {
    let site = &edition.config.site;
    let main = edition.config.main_language();
    let file = |name: String| edition.theme.assets().address(&name).unwrap_or(format!("/static/{name}"));
    let icon = |size: u32, purpose: &str| json!({ "src": file(format!("icon-{size}.png")), "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose });
    let night = edition.library.pages.contains_key("night").then_some(("night", "/night/"));
    let ways = [("urgent", "/contacts/")].into_iter().chain(night).chain([("ask", "/ask"), ("me", "/me")]);
    let shortcut = |(word, url): (&str, &str)| json!({ "name": edition.say::<&str>(main, word, &[]), "url": url, "icons": [icon(192, "any")] });
    let manifest = json!({
        "id": "/", "name": format!("{} {}", site.city, site.title), "short_name": site.title, "lang": main, "dir": "auto",
        "start_url": "/", "scope": "/", "display": "standalone", "background_color": edition.config.themes.color, "theme_color": edition.config.themes.color,
        "icons": [icon(192, "any"), icon(512, "any"), icon(192, "maskable"), icon(512, "maskable")],
        "shortcuts": ways.map(shortcut).collect::<Vec<_>>(),
    });
    format!("{manifest:#}\n")
}

/// The theme's `sw.js` with the pages that always work offline, what they are made of, and a version that changes with them.
pub fn service_worker(edition: &Edition<'_>) -> Result<String> {
    let main = edition.config.main_language();
    let mut always: Vec<String> = vec![Address::Home(main.to_owned()).path(edition)];
    always.extend(edition.config.site.languages.iter().map(|l| Address::Contacts(l.clone()).path(edition)));
    // In every language: what is not translated is shown with a note.
    let night = edition.library.pages.get("night").into_iter().flat_map(|_| &edition.config.site.languages);
    always.extend(night.map(|l| Address::Page("night".into(), l.clone()).path(edition)));
    let (mut seen, mut parts) = (Vec::new(), BTreeSet::new());
    for path in &always {
        if let Some(address) = edition.address_of(path) {
            let html = edition.render(&address)?;
            parts.extend(made_of(&html));
            seen.extend(html.into_bytes());
        }
    }
    // The address of a static file tells its bytes.
    seen.extend(parts.iter().flat_map(|address| address.bytes()));
    always.extend(parts);
    let context = json!({ "version": Digest::of(&seen).hex(), "always": json!(always).to_string(), "private": json!(PRIVATE).to_string() });
    edition.theme.render("sw.js", main, &context)
}

/// Addresses of the style sheets, scripts and drawings of a page, whichever of them its theme has it load.
fn made_of(html: &str) -> BTreeSet<String> {
    let addresses = html.split("=\"/static/").skip(1).filter_map(|rest| rest.split('"').next());
    let needed = |address: &&str| matches!(address.split('?').next().and_then(|name| name.rsplit_once('.')), Some((_, "css" | "js" | "svg")));
    addresses.filter(needed).map(|address| format!("/static/{address}")).collect()
}

/// <https://www.rfc-editor.org/rfc/rfc9309>.
pub fn robots(edition: &Edition<'_>) -> String {
    let closed: String = PRIVATE.iter().map(|p| format!("Disallow: {p}\n")).collect();
    format!("User-agent: *\n{closed}\nSitemap: {}\n", edition.config.url("/sitemap.xml"))
}

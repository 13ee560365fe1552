//! An edition in, the files beside the pages out: sitemap, Atom and JSON feed, web app manifest, service worker, robots.txt.

use super::filters::escape;
use super::{Address, Edition};
use crate::calendar::Date;
use crate::stamp::Digest;
use anyhow::Result;
use serde_json::json;

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

/// <https://www.w3.org/TR/appmanifest/>. The name on the home screen says nothing of pregnancy or children.
pub fn manifest(edition: &Edition<'_>) -> String {
    let site = &edition.config.site;
    let icon = |size: u32, purpose: &str| json!({ "src": format!("/static/icon-{size}.png"), "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/", "name": format!("{} {}", site.city, site.title), "short_name": site.title, "lang": edition.config.main_language(),
        "start_url": "/", "scope": "/", "display": "standalone", "background_color": edition.config.themes.color, "theme_color": edition.config.themes.color,
        "icons": [icon(192, "any"), icon(512, "any"), icon(512, "maskable")],
    });
    format!("{manifest:#}\n")
}

/// Static files that those pages are made of, as far as the theme has them.
const ALWAYS: [&str; 4] = ["style.css", super::assets::OWN, "offline.js", "icon.svg"];

/// The theme's `sw.js` with the pages that always work offline and a version that changes with them.
pub fn service_worker(edition: &Edition<'_>) -> Result<String> {
    let main = edition.config.main_language();
    let mut always: Vec<String> = vec![Address::Home(main.to_owned()).path(edition)];
    always.extend(edition.config.site.languages.iter().map(|l| Address::Contacts(l.clone()).path(edition)));
    always.extend(edition.library.pages.get("night").iter().flat_map(|p| p.versions.keys()).map(|l| Address::Page("night".into(), l.clone()).path(edition)));
    let assets = edition.theme.assets();
    always.extend(ALWAYS.iter().filter_map(|name| assets.address(name)));
    let mut seen = Vec::new();
    for path in &always {
        if let Some(address) = edition.address_of(path) {
            seen.extend(edition.render(&address)?.into_bytes());
        } else {
            // The address of a static file tells its bytes.
            seen.extend(path.bytes());
        }
    }
    let context = json!({ "version": Digest::of(&seen).hex(), "always": json!(always).to_string(), "private": json!(PRIVATE).to_string() });
    edition.theme.render("sw.js", main, &context)
}

/// <https://www.rfc-editor.org/rfc/rfc9309>.
pub fn robots(edition: &Edition<'_>) -> String {
    let closed: String = PRIVATE.iter().map(|p| format!("Disallow: {p}\n")).collect();
    format!("User-agent: *\n{closed}\nSitemap: {}\n", edition.config.url("/sitemap.xml"))
}

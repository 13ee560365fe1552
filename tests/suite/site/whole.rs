//! The sample city: built twice the same, valid, and nothing broken in it.

use super::*;

/// The sample city with its flyers and handouts: whole, and built again the same to the byte.
#[test]
fn the_sample_city() {
    let loaded = sample();
    let (_a, out, first) = built(&loaded);
    pages_are_valid_html(&out);
    files_beside_the_pages(&first);
    every_link_resolves(&first);
    nothing_inline_nothing_foreign(&loaded, &first);
    let (_b, _, second) = built(&loaded);
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{name} differs");
    }
}

/// The W3C's checker (vnu, the Nu Html Checker) finds nothing, warnings included.
fn pages_are_valid_html(out: &Path) {
    let jar = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web/node_modules/vnu-jar/build/dist/vnu.jar");
    assert!(Path::new(jar).exists(), "{jar} is missing (./test installs it)");
    let told = std::process::Command::new("java")
        .args(["-Xss8m", "-jar", jar, "--skip-non-html", "--format", "gnu"])
        .arg(out)
        .output()
        .expect("java (./test installs it)");
    assert!(told.status.success() && told.stderr.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// Sitemap, feed, manifest, worker and robots.txt fit the pages.
fn files_beside_the_pages(all: &BTreeMap<String, Vec<u8>>) {
    for name in ["sitemap.xml", "feed.xml"] {
        well_formed(std::str::from_utf8(&all[name]).unwrap());
    }
    let sitemap = String::from_utf8(all["sitemap.xml"].clone()).unwrap();
    let pages = all
        .iter()
        .filter(|(n, b)| {
            n.ends_with(".html") && !String::from_utf8_lossy(b).replace('"', "").contains("content=noindex")
        })
        .count();
    assert_eq!(sitemap.matches("<loc>").count(), pages);
    let manifest: serde_json::Value = serde_json::from_slice(&all["manifest.webmanifest"]).unwrap();
    for icon in manifest["icons"].as_array().unwrap() {
        let (file, mark) = icon["src"].as_str().unwrap().trim_start_matches('/').split_once("?v=").unwrap();
        assert!(all.contains_key(file) && mark.len() == 10, "{icon}");
    }
    for way in manifest["shortcuts"].as_array().unwrap() {
        let path = way["url"].as_str().unwrap();
        assert!(["/ask", "/me"].contains(&path) || all.contains_key(&format!("{}index.html", &path[1..])), "{way}");
    }
    let worker = String::from_utf8(all["sw.js"].clone()).unwrap();
    for always in ["\"/night/\"", "\"/night/easy/\"", "\"/night/en/\"", "\"/contacts/\"", "web_push === 8030"] {
        assert!(worker.contains(always), "{always}");
    }
    // The pages that always work are kept with all that they are made of.
    for page in ["index.html", "contacts/index.html", "night/index.html", "night/easy/index.html"] {
        let html = String::from_utf8_lossy(&all[page]).replace('"', "");
        let parts: Vec<&str> = html
            .split("/static/")
            .skip(1)
            .map(|rest| rest.split([' ', '>']).next().unwrap())
            .filter(|part| !part.contains(".png"))
            .collect();
        assert!(parts.len() > 4 && parts.iter().any(|part| part.starts_with("style.css?v=")), "{page}: {parts:?}");
        for part in parts {
            assert!(worker.contains(&format!("\"/static/{part}\"")), "{page} needs {part}");
        }
    }
    let robots = String::from_utf8(all["robots.txt"].clone()).unwrap();
    for closed in ["/letters/", "/me$", "/me/", "/me?", "/q/", "/desk/"] {
        assert!(robots.contains(&format!("Disallow: {closed}\n")), "{closed}");
    }
    assert!(String::from_utf8_lossy(&all["404.html"]).contains("noindex"));
}

/// Links of every page lead to a page, a file or a route of the service, and to an anchor that is there.
fn every_link_resolves(all: &BTreeMap<String, Vec<u8>>) {
    const SERVED: [&str; 6] = ["/ask", "/register", "/me", "/stop", "/flyers/", "/desk"];
    let ids: BTreeMap<&String, BTreeSet<String>> = all
        .iter()
        .filter(|(n, _)| n.ends_with(".html"))
        .map(|(n, b)| (n, attributes(&String::from_utf8_lossy(b), "id").into_iter().collect()))
        .collect();
    let (mut broken, mut links) = (Vec::new(), 0);
    for (name, bytes) in all.iter().filter(|(n, _)| n.ends_with(".html")) {
        let html = String::from_utf8_lossy(bytes);
        for href in attributes(&html, "href").into_iter().chain(attributes(&html, "src")) {
            links += 1;
            let (path, anchor) = href.split_once('#').map_or((href.as_str(), None), |(p, a)| (p, Some(a)));
            let path = path.split('?').next().unwrap();
            if path.contains(':') || SERVED.iter().any(|s| path.starts_with(s)) {
                continue;
            }
            let file = match path {
                "" => name.clone(),
                p if p.ends_with('/') => format!("{}index.html", p.trim_start_matches('/')),
                p => p.trim_start_matches('/').to_owned(),
            };
            let there =
                all.contains_key(&file) && anchor.is_none_or(|a| ids.get(&file).is_some_and(|ids| ids.contains(a)));
            if !there {
                broken.push(format!("{name}: {href}"));
            }
        }
        let mut seen = BTreeSet::new();
        broken.extend(
            attributes(&html, "id")
                .into_iter()
                .filter(|id| !seen.insert(id.clone()))
                .map(|id| format!("{name}: id {id} twice")),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(links > 3000, "only {links} links were seen");
}

/// A strict Content-Security-Policy holds: nothing inline, nothing foreign.
fn nothing_inline_nothing_foreign(loaded: &Loaded, all: &BTreeMap<String, Vec<u8>>) {
    let mut pages: Vec<(String, String)> = all
        .iter()
        .filter(|(n, _)| n.ends_with(".html"))
        .map(|(n, b)| (n.clone(), String::from_utf8_lossy(b).into_owned()))
        .collect();
    pages.push(("letter".into(), site::letter_page(&loaded.theme, &letter()).unwrap()));
    for (name, html) in pages {
        assert!(!html.contains("<style") && attributes(&html, "style").is_empty(), "{name}: style");
        for script in html.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            // Data is not run: no policy forbids it. It must be what it says.
            if tag.contains("application/ld+json") {
                let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(data["@type"], "MedicalWebPage", "{name}");
                continue;
            }
            assert!(tag.contains("src=") && rest.starts_with("</script>"), "{name}: inline script");
        }
        for on in ["onclick", "onload", "onerror", "onsubmit", "onchange"] {
            assert!(attributes(&html, on).is_empty(), "{name}: {on}");
        }
        for src in attributes(&html, "src") {
            assert!(src.starts_with('/') && !src.starts_with("//"), "{name}: {src}");
        }
        for set in attributes(&html, "srcset") {
            assert!(set.split(',').all(|s| s.trim().starts_with("/images/")), "{name}: {set}");
        }
        for link in html
            .split("<link")
            .skip(1)
            .map(|l| l.split('>').next().unwrap())
            .filter(|l| !l.contains("canonical") && !l.contains("alternate"))
        {
            assert!(attributes(&format!("<link{link}>"), "href").iter().all(|h| h.starts_with('/')), "{name}: {link}");
        }
    }
}

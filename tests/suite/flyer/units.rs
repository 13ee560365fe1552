//! A city's flyers built again after each of several changes in; only what shows the change set anew, all as in a clean
//! build, out.

use super::site::{GOOD, Site};
use crate::incremental::tree;
use otayori::calendar::date;
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::engine::{Bar, Prints};
use otayori::press::Press;
use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

/// The handout with a photograph where the flyer names one.
fn with_photo(name: &str, text: String) -> String {
    if name != "handout.typ" {
        return text;
    }
    assert!(text.contains("// @keys badge") && text.contains("  voice-slot()"));
    text.replace("// @keys badge", "// @keys photo badge").replace(
        "  voice-slot()",
        "  if \"photo\" in d.fields \
         { place(bottom + right, dx: -15mm, dy: -30mm, image(\"/content/\" + d.fields.photo, width: 4mm, alt: \"写真\")) }\n  voice-slot()",
    )
}

struct City {
    site: Site,
    url: &'static str,
}

impl City {
    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.site.root().join(name).parent().unwrap()).unwrap();
        fs::write(self.site.root().join(name), text).unwrap();
    }

    fn photo(&self, grey: u8) {
        let file = self.site.root().join("content/images/p.png");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(8, 8, image::Luma([grey])).save(file).unwrap();
    }

    /// Builds into a folder: how many sizes and places were set.
    fn build(&self, out: &str) -> usize {
        let root = self.site.root();
        let config =
            Config::load_with(root, &|name| (name == "OTAYORI_PUBLIC_URL").then(|| self.url.to_owned())).unwrap();
        let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
        let press = Press::open(&root.join(out), &root.join(format!("cache-{out}"))).unwrap();
        let made = Prints::new(&config, &library, &press, &Bar::new(false)).flyers().unwrap();
        press.commit().unwrap();
        assert_eq!(made.pdfs, tree(&root.join(out)).keys().filter(|name| name.ends_with(".pdf")).count());
        made.set
    }

    /// Builds what changed: how many were set, and the flyers' sheets whose files were written.
    fn again(&self) -> (usize, Vec<String>) {
        let before = self.times();
        let set = self.build("public");
        let mut changed: Vec<String> = self
            .times()
            .into_iter()
            .filter(|(name, time)| before.get(name) != Some(time))
            .map(|(name, _)| name)
            .collect();
        changed.retain(|name| name.ends_with(".screen.pdf"));
        let mut sheets: Vec<String> = changed
            .iter()
            .map(|name| name.trim_start_matches("flyers/").trim_end_matches(".screen.pdf").to_owned())
            .collect();
        sheets.sort();
        (set, sheets)
    }

    fn times(&self) -> BTreeMap<String, SystemTime> {
        let public = self.site.root().join("public");
        tree(&public)
            .into_keys()
            .map(|name| (name.clone(), fs::metadata(public.join(name)).unwrap().modified().unwrap()))
            .collect()
    }

    fn is_as_a_clean_build(&self) {
        let root = self.site.root();
        let _ = (fs::remove_dir_all(root.join("whole")), fs::remove_dir_all(root.join("cache-whole")));
        self.build("whole");
        let (part, whole) = (tree(&root.join("public")), tree(&root.join("whole")));
        assert_eq!(part.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        whole.iter().for_each(|(name, bytes)| assert!(part[name] == *bytes, "{name} is stale"));
    }
}

#[test]
fn only_flyers_that_show_a_change_are_set_again() {
    let other = GOOD.replace("code: x", "code: y\nphoto: images/p.png").replace("毎週の", "今月の");
    let city = City {
        site: Site::with_theme(&[("content/flyers/x.md", GOOD), ("content/flyers/y.md", &other)], with_photo),
        url: "https://a.example.jp",
    };
    let settings = fs::read_to_string(city.site.root().join("otayori.yaml")).unwrap();
    let all = ["x-a5", "x-a5-nanbu", "y-a5", "y-a5-nanbu"].map(str::to_owned).to_vec();
    let only = |names: &[&str]| (names.len(), names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    city.photo(90);
    assert_eq!(city.again(), (4, all.clone()));
    assert_eq!(city.again(), (0, Vec::new()), "nothing has changed");

    city.write("content/flyers/x.md", GOOD.replace("聞けます", "たずねられます"));
    assert_eq!(city.again(), only(&["x-a5", "x-a5-nanbu"]), "its words");
    city.photo(200);
    assert_eq!(city.again(), only(&["y-a5", "y-a5-nanbu"]), "its photograph");
    let places = "  - {code: nanbu, name: 南部保健センター}\n";
    city.write(
        "content/flyers/x.md",
        GOOD.replace(places, &format!("{places}  - {{code: minato, name: 港こども館}}\n")),
    );
    let words_back = vec!["x-a5", "x-a5-minato", "x-a5-nanbu"];
    assert_eq!(city.again(), only(&words_back), "the old words, and a place more");
    city.write("content/flyers/x.md", GOOD.replace("code: x\n", "code: x\norder: {copies: 200}\n"));
    assert_eq!(city.again(), (0, Vec::new()), "a place fewer, and copies ordered");
    assert!(!city.site.root().join("public/flyers/x-a5-minato.screen.pdf").exists());
    city.is_as_a_clean_build();

    fs::remove_file(city.site.root().join("public/flyers/y-a5.png")).unwrap();
    assert_eq!(city.again().0, 1, "a lost file");
    let tel = settings.lines().find(|l| l.starts_with("tel:")).unwrap();
    city.write("otayori.yaml", settings.replace(tel, "tel: 0000-00-9999"));
    assert_eq!(city.again(), (4, all.clone()), "the telephone stands on all of them");
    city.write("otayori.yaml", settings.replace(tel, "tel: 0000-00-9999") + "# nobody reads this\n");
    assert_eq!(city.again(), (0, Vec::new()), "settings that no flyer shows");
    city.write("content/flyers/x.md", GOOD.replace("template: handout\n", "template: handout\ndraft: true\n"));
    assert_eq!(city.again(), (0, Vec::new()), "a draft is taken away");
    city.is_as_a_clean_build();

    city.write("content/flyers/x.md", GOOD);
    let city = City { url: "https://b.example.jp", ..city };
    assert_eq!(city.again(), (4, all.clone()), "the address that the codes open");
    let words = city.site.root().join("themes/default/flyers/words.yaml");
    fs::write(&words, fs::read_to_string(&words).unwrap() + "# looked through\n").unwrap();
    assert_eq!(city.again().0, 4, "the theme's files");
    city.is_as_a_clean_build();
}

//! A city's files in, what is still the sample's or the template's in them out: made-up people, unwritten texts,
//! numbers that nobody has rung.

use super::marks::{Signature, not_theirs};
use super::sample_people::{SHIPPED_PEOPLE, borrowed, entries, letters};
use super::{EmergencyContact, Library, Person, Version};
use crate::calendar::Date;
use crate::config::{Config, Origin, is_loopback, unreachable};
use crate::diag::{Diagnostics, Place};
use std::sync::{Arc, LazyLock};

pub use super::sample_people::{UNWRITTEN, is_sample_person, is_sample_reviewer};

/// What a file begun in the map of coverage holds.
const UNWRITTEN_DRAFT: [&str; 3] =
    ["（仮の題）", "60字までの要約を、ここに書きます。", "最初の見出しの前の1、2段落は、おたよりに引用されます。"];

/// What a copied text of the sample city calls the city and its places, and the numbers and addresses that nobody
/// answers. In the sample they belong.
const OF_THE_SAMPLE: [&str; 12] = [
    "はるかぜ市",
    "はるかぜ{市|し}",
    "はるかぜ産婦人科",
    "はるかぜ助産院",
    "Harukaze City",
    "Harukaze Obstetrics",
    "in Harukaze",
    "harukaze.example.jp",
    "otayori@example.jp",
    "0000-00-",
    "000-000-0000",
    "000-0000-0000",
];

/// The contacts of the sample city and of the small site, as they are shipped.
const CONTACTS: [&str; 2] =
    [include_str!("../../../content/contacts.yaml"), include_str!("../../engine/new/site/contacts.yaml")];

const PEOPLE_FILE: &str = "content/people.yaml";
const CONTACTS_FILE: &str = "content/contacts.yaml";
const SETTINGS: &str = "otayori.yaml";

/// A contact as it was shipped.
#[derive(Debug)]
struct ShippedCheck {
    id: String,
    number: String,
    checked: Date,
}

static SHIPPED_CHECKS: LazyLock<Vec<ShippedCheck>> =
    LazyLock::new(|| CONTACTS.iter().flat_map(|text| checks(text)).collect());

fn checks(text: &str) -> Vec<ShippedCheck> {
    let numbers = entries(text, "number");
    let number =
        |id: &str| numbers.iter().find(|(of, _)| of == id).map(|(_, number)| number.clone()).unwrap_or_default();
    entries(text, "checked")
        .into_iter()
        .filter_map(|(id, day)| Some(ShippedCheck { number: number(&id), checked: day.parse().ok()?, id }))
        .collect()
}

/// Is this the sample city, whose people are made up?
pub fn is_sample_city(config: &Config) -> bool {
    config.site.sample_date.is_some()
}

/// Does this review count: of somebody of `people.yaml`, outside the sample city nobody made up, and of nobody else
/// than who signed it?
pub fn is_reviewed(config: &Config, library: &Library, by: &str, signature: &Signature<'_>) -> bool {
    library.people.iter().any(|p| p.id == by && (is_sample_city(config) || not_theirs(p, signature).is_none()))
}

/// Is the day on which a number was last rung the shipped one, so that nobody here has rung it? An entry is known by
/// its id or by its number.
fn is_sample_check(contact: &EmergencyContact) -> bool {
    let digits = |number: &str| number.chars().filter(|c| c.is_ascii_digit() || *c == '#').collect::<String>();
    let same = |shipped: &ShippedCheck| {
        shipped.id == contact.id || (!contact.number.is_empty() && digits(&shipped.number) == digits(&contact.number))
    };
    SHIPPED_CHECKS.iter().any(|shipped| shipped.checked == contact.checked && same(shipped))
}

/// Whom to ring anywhere in the country, for a city whose own list cannot be read.
pub fn national_contacts(today: Date) -> Vec<EmergencyContact> {
    super::lists::contacts(CONTACTS_FILE, CONTACTS[1], 0, today, &mut Diagnostics::new())
}

/// What has to be written before a letter goes, each with its place. Empty where a city is ready.
pub fn unready(config: &Config, library: &Library) -> Diagnostics {
    let mut problems = Diagnostics::new();
    if is_sample_city(config) {
        if !is_loopback(&config.site.public_url) {
            let message = format!(
                "見本の市（sample_date がある）なのに、公開先がこの機械ではありません（{}）",
                config.site.public_url
            );
            let hint = "見本の人や記事は、架空です。本当の市なら、sample_date を消して、人・連絡先・記事を市のものにし\
                てください";
            problems.error(SETTINGS, place_of(&text_of(config, SETTINGS), "sample_date:"), message, hint);
        }
        return problems;
    }
    lists(config, library, &mut problems);
    let published = library.articles.values().filter(|a| !a.draft).map(|a| &a.versions);
    let published = published
        .chain(library.bulletins.values().filter(|b| !b.draft).map(|b| &b.versions))
        .chain(library.pages.values().map(|p| &p.versions));
    let files = published.flat_map(|versions| versions.values()).map(|v: &Arc<Version>| v.file.as_str());
    for file in [SETTINGS, PEOPLE_FILE, CONTACTS_FILE, "content/topics.yaml"].into_iter().chain(files) {
        placeholders(config, file, &text_of(config, file), &mut problems);
    }
    problems.as_errors()
}

/// A warning, outside of the sample, of an address that people cannot open: it stands in every letter and in every
/// printed code.
pub fn address(config: &Config, problems: &mut Diagnostics) {
    if is_sample_city(config) {
        return;
    }
    if let Some(why) = unreachable(&config.site.public_url) {
        let Origin { file, at } = &config.public_url_at;
        problems.warning(
            file,
            *at,
            format!("公開先の URL（{}）は、{why}", config.site.public_url),
            "市民が開ける https:// の URL に書きかえてください。おたより・通知・刷ったチラシの二次元コードに、この URL \
             が入ります。それまで、本当の世帯には送りません（架空の世帯でためせます）",
        );
    }
}

/// A warning of each secret that is what a guide writes in its place.
pub fn secrets(config: &Config, problems: &mut Diagnostics) {
    for (name, Origin { file, at }) in &config.examples {
        problems.warning(
            file,
            *at,
            format!("{name} が、説明書の例のままです。ないものとして動きます"),
            "LINE の管理画面やメールサーバーにある、本物の値に書きかえるか、行を消してください",
        );
    }
}

/// People and contacts that are still the sample's, as warnings.
pub fn lists(config: &Config, library: &Library, problems: &mut Diagnostics) {
    if is_sample_city(config) {
        return;
    }
    let made_up: Vec<&Person> =
        library.people.iter().filter(|p| is_sample_person(p) && !UNWRITTEN.contains(&p.name.as_str())).collect();
    if !made_up.is_empty() {
        let text = text_of(config, PEOPLE_FILE);
        for person in made_up {
            let found = borrowed(person).filter(|_| {
                !person.sample && !SHIPPED_PEOPLE.iter().any(|(_, name)| letters(name) == letters(&person.name))
            });
            let (at, message) = match found {
                Some((key, what)) => (
                    inside(&text, &person.id, key),
                    format!("{}（{}）の{what}。この人を、見本の架空の人と数えます", person.name, person.id),
                ),
                None => (entry(&text, &person.id), format!("{}（{}）は、見本の架空の人です", person.name, person.id)),
            };
            problems.warning(
                PEOPLE_FILE,
                at,
                message,
                "本当に書く人・監修する人に書きかえてください。この人の監修は、監修と数えません。おたよりも送りません",
            );
        }
    }
    let unchecked: Vec<&EmergencyContact> = library.contacts.iter().filter(|c| is_sample_check(c)).collect();
    if !unchecked.is_empty() {
        let text = text_of(config, CONTACTS_FILE);
        for contact in unchecked {
            let message = format!(
                "「{}」の `checked: {}` は、見本の日付です。まだだれも、かけて確かめていません",
                contact.title, contact.checked
            );
            problems.warning(
                CONTACTS_FILE,
                entry(&text, &contact.id),
                message,
                "この市からかけて、番号と時間を確かめ、`checked` をその日にしてください。確かめるまで、\
                 おたよりは送りません",
            );
        }
    }
}

fn text_of(config: &Config, file: &str) -> String {
    let path = config.root.join(file);
    // A pipe would be waited for without end.
    if path.is_file() { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() }
}

/// Where an entry of a list begins.
fn entry(text: &str, id: &str) -> Place {
    let id_of = |line: &str| {
        let value = line
            .trim_start()
            .strip_prefix('-')?
            .trim_start()
            .trim_start_matches('{')
            .trim_start()
            .strip_prefix("id:")?;
        Some(value.split([',', '}', '#']).next()?.trim().trim_matches(['"', '\'']).to_owned())
    };
    let line = text.lines().position(|line| id_of(line).as_deref() == Some(id));
    Place { line: line.map_or(0, |n| n as u32 + 1), column: u32::from(line.is_some()) }
}

/// Where a key of an entry stands; on one line with it, the entry.
fn inside(text: &str, id: &str, key: &str) -> Place {
    let begins = entry(text, id);
    let lines = text.lines().enumerate().skip(begins.line as usize).take_while(|(_, line)| !line.starts_with('-'));
    let found = lines
        .filter(|(_, line)| line.trim_start().starts_with(&format!("{key}:")))
        .map(|(n, line)| Place { line: n as u32 + 1, column: (line.len() - line.trim_start().len()) as u32 + 1 });
    found.into_iter().next().unwrap_or(begins)
}

fn place_of(text: &str, key: &str) -> Place {
    let line = text.lines().position(|line| line.starts_with(key));
    Place { line: line.map_or(0, |n| n as u32 + 1), column: u32::from(line.is_some()) }
}

/// Warns of every text of a template, and outside the sample of every name and number of the sample city, that nobody
/// has replaced, in one file.
pub fn placeholders(config: &Config, file: &str, text: &str, problems: &mut Diagnostics) {
    // In the sample its own name belongs.
    let own = is_sample_city(config);
    let is_comment = |line: &str| file.ends_with(".yaml") && line.trim_start().starts_with('#');
    for (n, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        let at = |column| Place { line: n as u32 + 1, column };
        if let Some((column, what)) = unwritten(line) {
            problems.warning(
                file,
                at(column),
                format!("「{what}」が、ひな型のままです"),
                "書きかえるか、行を消してください",
            );
        } else if let Some((column, what)) = of_the_sample(line).filter(|_| !own && !is_comment(line)) {
            problems.warning(
                file,
                at(column),
                format!("「{what}」は、見本の市のものです"),
                "市のもの（名前、電話番号、アドレス）に書きかえるか、行を消してください",
            );
        }
    }
}

/// The column and the text of the first thing of the sample city in a line. Longer digits are other numbers.
fn of_the_sample(line: &str) -> Option<(u32, &'static str)> {
    let bare = |at: usize, what: &str| {
        !what.starts_with('0') || !line[..at].ends_with(|c: char| c.is_ascii_digit() || c == '-')
    };
    let found = OF_THE_SAMPLE.iter().filter_map(|what| line.match_indices(what).find(|(at, _)| bare(*at, what)));
    found.min().map(|(at, what)| {
        (line[..at].chars().count() as u32 + 1, OF_THE_SAMPLE.iter().find(|w| **w == what).copied().unwrap_or_default())
    })
}

/// The column and the text of the first placeholder of a line: one of ours, or a whole line in brackets that asks for
/// something to be written.
fn unwritten(line: &str) -> Option<(u32, String)> {
    let column = |at: usize| line[..at].chars().count() as u32 + 1;
    let known = UNWRITTEN
        .iter()
        .chain(&UNWRITTEN_DRAFT)
        .filter_map(|what| Some((column(line.find(what)?), (*what).to_owned())));
    if let Some(found) = known.chain(circles(line)).min() {
        return Some(found);
    }
    let note = line.trim();
    let asks = note.starts_with('（')
        && note.ends_with("）")
        && ["書いてください。）", "同じにします。）"].iter().any(|end| note.ends_with(end));
    asks.then(|| (column(line.len() - line.trim_start().len()), note.to_owned()))
}

/// What people write in the place of a name, whichever circle their keyboard has: 〇〇市, ＊＊課, XX係.
fn circles(line: &str) -> Option<(u32, String)> {
    let letters: Vec<char> = line.chars().collect();
    let blank = |c: char| "○〇◯◎●⚪⚫⭕◦＊×XＸ".contains(c);
    let of_a_city = |c: char| "市区町村課係".contains(c);
    let other = |c: char| c.is_ascii_alphanumeric() || "一二三四五六七八九十百千万".contains(c) || blank(c);
    (0..letters.len()).find_map(|from| {
        let run = letters[from..].iter().take_while(|c| blank(**c)).count();
        let end = *letters.get(from + run)?;
        // 二〇〇市町村 is a number.
        (run >= 2 && of_a_city(end) && !(from > 0 && other(letters[from - 1])))
            .then(|| (from as u32 + 1, letters[from..=from + run].iter().collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Profession;
    use crate::content::sample_people::PEOPLE;

    #[test]
    fn every_circle_is_a_placeholder() {
        for (line, column, what) in [
            ("city: 〇〇市", 7, "〇〇市"),
            ("◯◯市の係", 1, "◯◯市"),
            ("title: ○○市", 8, "○○市"),
            ("office: ◎◎課", 9, "◎◎課"),
            ("⚪⚪⚪町へ", 1, "⚪⚪⚪町"),
            ("の＊＊係", 2, "＊＊係"),
            ("XX市", 1, "XX市"),
            ("（ＸＸ区）", 2, "ＸＸ区"),
        ] {
            assert_eq!(unwritten(line), Some((column, what.to_owned())), "{line}");
        }
        for line in [
            "二〇〇市町村",
            "1〇〇市",
            "**市の**お知らせ",
            "MAXX市場",
            "○市",
            "〇〇さん",
            "X市",
            "みなと市 母子保健係",
            "○ 市の窓口",
        ] {
            assert_eq!(unwritten(line), None, "{line}");
        }
    }

    fn person(id: &str, name: &str, sample: bool) -> Person {
        let none = String::new;
        let (id, name, profession, formerly) = (id.into(), name.into(), Profession::Midwife, Vec::new());
        Person {
            id,
            name,
            kana: none(),
            profession,
            licence: none(),
            affiliation: none(),
            bio: none(),
            conflicts: none(),
            formerly,
            sample,
        }
    }

    #[test]
    fn the_shipped_people_are_known_with_their_mark_or_without() {
        assert!(SHIPPED_PEOPLE.len() >= 7 && SHIPPED_CHECKS.len() >= 8, "{SHIPPED_PEOPLE:?} {SHIPPED_CHECKS:?}");
        assert_eq!(
            SHIPPED_CHECKS.len(),
            CONTACTS.iter().map(|text| text.matches("\n  checked: ").count()).sum::<usize>()
        );
        assert!(
            SHIPPED_CHECKS.iter().all(|c| !c.id.is_empty())
                && SHIPPED_CHECKS.iter().filter(|c| c.number.is_empty()).count() < 6,
            "{SHIPPED_CHECKS:?}"
        );
        assert_eq!(
            PEOPLE.matches("\n  sample: true").count(),
            SHIPPED_PEOPLE.len(),
            "everybody of the sample is marked"
        );
        assert!(
            is_sample_person(&person("takase-wataru", "高瀬　航", false))
                && is_sample_person(&person("a", "山田", true))
                && is_sample_person(&person("doctor-1", "（監修する人の名前）", false))
        );
        for (id, name) in [("takase-wataru", "高瀬 渉子"), ("takase", "高瀬 航"), ("doctor-1", "山田 花子")]
        {
            assert!(!is_sample_person(&person(id, name, false)), "{name}");
        }
    }
}

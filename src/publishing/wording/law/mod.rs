//! Texts of a library in, phrases that the rules for medical advertising do not want out, each with its rule's name;
//! silenced only with a reason.
//!
//! 医療広告ガイドライン (医療法第6条の5) binds clinics' advertising. A city's article is none as long as it leads
//! nobody to one clinic or product and promises nothing: these rules keep it so. The city's own table of limits
//! (`content::triage`) is held against the same sentences. They find phrases, not meanings; whoever knows better writes
//! why (`allow`).

mod fold;
mod phrases;
mod rules;

use crate::content::triage::Readers;
use crate::content::{Article, Library, Profession, Rule, Version};
use crate::diag::{Diagnostics, Place};
use crate::markdown::{Sentence, sentences};
use crate::segment::Unit;

/// Looks through all articles, bulletins and pages, drafts too: they are easier to mend.
pub fn check(library: &Library, problems: &mut Diagnostics) {
    library.articles.values().for_each(|article| check_article(library, article, problems));
    let others = library
        .bulletins
        .values()
        .flat_map(|b| b.versions.values())
        .chain(library.pages.values().flat_map(|p| p.versions.values()));
    others.for_each(|version| of_version(library, version, &[], Readers::ALL, problems));
    for flyer in library.flyers.values() {
        // A flyer's front matter belongs to its template: it allows nothing.
        for f in library.triage.differing(&sentences(&flyer.markdown, flyer.body_line), &flyer.language, Readers::ALL) {
            problems.warning(
                &flyer.file,
                f.at,
                format!("{}「{}」（{}：{}）", Rule::Triage.about(), f.phrase, Rule::Triage.id(), Rule::Triage.title()),
                f.instead,
            );
        }
    }
}

/// With the columns of the file, where gaps were filled before the sentences were read.
fn as_written(library: &Library, version: &Version, found: Diagnostics, problems: &mut Diagnostics) {
    let language = |file: &str| (file == version.file).then_some(version.language.as_str());
    problems.extend(library.triage.as_written(library.folder.root(), found, language));
}

/// Looks through one article.
pub fn check_article(library: &Library, article: &Article, problems: &mut Diagnostics) {
    for version in article.versions.values() {
        let people = article.authors.iter().chain(version.review.as_ref().map(|r| &r.by));
        let own: Vec<&str> = people
            .filter_map(|id| library.people.iter().find(|p| p.id == *id))
            .map(|p| p.affiliation.as_str())
            .collect();
        of_version(library, version, &own, readers(article), problems);
    }
}

/// Whom an article can speak of. What is read in weeks of pregnancy only speaks of no child that is born; what a
/// paediatrician answers for, of the child.
fn readers(article: &Article) -> Readers {
    let pregnant = !article.windows.is_empty() && article.windows.iter().all(|w| w.unit == Unit::PregnancyWeeks);
    Readers { child: !pregnant, mother: article.ask != Some(Profession::Paediatrician) }
}

fn of_version(library: &Library, version: &Version, own: &[&str], readers: Readers, problems: &mut Diagnostics) {
    let mut told = Diagnostics::new();
    let head = Place { line: 1, column: 0 };
    let label = |text: &str| Sentence {
        text: text.to_owned(),
        at: head,
        within: crate::markdown::Within::Label,
        boxed: None,
        bare: Vec::new(),
        read: Vec::new(),
    };
    let mut all = vec![label(&version.title), label(&version.summary)];
    all.extend(sentences(&version.body.markdown, version.body_line));
    let mut found = rules::phrases(&all, &library.brands);
    found.extend(rules::own_clinic(&all, &library.people, own));
    let differing = library.triage.differing(&all, &version.language, readers).into_iter();
    found.extend(differing.map(|f| rules::Found {
        rule: Rule::Triage,
        phrase: f.phrase,
        at: f.at,
        instead: f.instead,
    }));
    for allow in version.allow.iter().filter(|a| found.iter().all(|f| f.rule != a.rule)) {
        told.warning(
            &version.file,
            allow.at,
            format!("`allow` の {} は、いまの文では要りません", allow.rule.id()),
            "消してください。要らない許しは、次の書きまちがいを隠します",
        );
    }
    for f in found.into_iter().filter(|f| version.allow.iter().all(|a| a.rule != f.rule)) {
        let hint =
            format!("{}。わけがあるときは、前書きに allow: [{{rule: {}, reason: わけ}}]", f.instead, f.rule.id());
        told.warning(
            &version.file,
            f.at,
            format!("{}「{}」（{}：{}）", f.rule.about(), f.phrase, f.rule.id(), f.rule.title()),
            hint,
        );
    }
    as_written(library, version, told, problems);
}

//! A version and what is asked in, the PDF for its reviewer out, with what the checks still have to say of it.

use super::{Remark, ReviewSheet, review_sheet};
use crate::calendar::Date;
use crate::config::Config;
use crate::content::{Library, Person, Version};
use crate::diag::{Diagnostic, Diagnostics};
use crate::paper::Engine;
use crate::wording::law;
use crate::wording::readability::graded;
use anyhow::{Result, bail};

/// What is asked of whom.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Who shall review it; none: whoever did before, or a blank.
    pub by: Option<&'a Person>,
    /// Who asks; none: who wrote it, and the office.
    pub from: Option<String>,
    /// Until when; none: a blank.
    pub until: Option<Date>,
    /// The day of asking.
    pub today: Date,
}

/// The file's name and the PDF.
pub fn sheet(
    config: &Config,
    library: &Library,
    problems: &Diagnostics,
    engine: &Engine,
    version: &Version,
    asked: &Asked<'_>,
) -> Result<(String, Vec<u8>)> {
    let article = library.articles.values().find(|a| a.versions.values().any(|v| v.file == version.file));
    let authors = article.map_or(&[][..], |a| a.authors.as_slice());
    let person = |id: &String| library.people.iter().find(|p| p.id == *id);
    let from = asked.from.clone().unwrap_or_else(|| {
        let wrote = authors.iter().filter_map(person).map(|p| format!("{}（{}）", p.name, p.profession.title()));
        wrote.chain([format!("{} {}", config.site.city, config.site.office)]).collect::<Vec<_>>().join("、")
    });
    let remarks = remarks(config, library, problems, version);
    let sheet = ReviewSheet {
        version,
        sources: article.map_or(&[][..], |a| a.sources.as_slice()),
        windows: article.map(|a| a.windows.iter().map(crate::segment::Window::title).collect()).unwrap_or_default(),
        for_letters: article.is_some(),
        by: asked.by.or_else(|| person(&version.review.as_ref()?.by)),
        from,
        until: asked.until,
        today: asked.today,
        remarks: &remarks,
    };
    let name = version.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
    match review_sheet(config, library, engine, &sheet) {
        Ok(pdf) => Ok((format!("{name}-review.pdf"), pdf)),
        Err(found) => bail!("{}", found.sorted().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// What `check` says of the file, the law first, then how it reads.
fn remarks(config: &Config, library: &Library, problems: &Diagnostics, version: &Version) -> Vec<Remark> {
    let ours = |found: &Diagnostic| found.file == version.file;
    let remark =
        |kind, line, text: &str, hint: &str| Remark { kind, line, text: text.to_owned(), hint: hint.to_owned() };
    let mut lawful = Diagnostics::new();
    law::check(library, &mut lawful);
    let law = lawful.sorted().into_iter().filter(ours).map(|p| remark("決まり", p.line, &p.message, &p.hint));
    // That it waits for its review, and where it has changed, the sheet itself says.
    let others = problems.clone().sorted().into_iter().filter(|p| ours(p) && !p.message.contains("監修"));
    let others = others.map(|p| remark("注意", p.line, &p.message, &p.hint));
    let graded = graded(config, library).into_iter().filter(|g| g.file == version.file && g.text == "article");
    let reads = graded.flat_map(|g| g.reading.troubles).map(|t| remark("読みやすさ", t.line, &t.message, &t.hint));
    law.chain(others).chain(reads).collect()
}

//! The heads of files in, what they say out; those that have not changed are taken from the shelf.

use crate::calendar::Date;
use crate::content::day::Day;
use crate::content::front::{Draft, World};
use crate::content::kinds::{self, Content};
use crate::content::shelf::{Front, Kept, Row};
use crate::content::source::{Named, Source, read};
use crate::content::triage;
use crate::diag::Diagnostics;
use crate::stamp::Digest;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

/// Reads front matter.
pub(super) struct Fronts<'a> {
    pub(super) root: &'a Path,
    pub(super) main: &'a str,
    /// For every file with a day of its own.
    pub(super) world: World<'a>,
    pub(super) today: Date,
    /// By the file system's clock, before anything was read.
    pub(super) now: SystemTime,
}

impl Fronts<'_> {
    /// Makes `row` what is in the folder. Was anything else in it?
    pub(super) fn refresh<T: Content>(&self, row: &mut Row<T>, found: Vec<Named>) -> bool {
        let (mut gone, mut other) = (Vec::new(), Vec::new());
        let mut rows = row.iter_mut().peekable();
        // Both in the order of their paths.
        for named in found {
            while let Some((file, kept)) = rows.next_if(|(file, _)| **file < named.file) {
                gone.push((file.clone(), kept.slug.clone()));
            }
            match rows.next_if(|(file, _)| **file == named.file) {
                Some((_, kept)) if kept.stamp == named.stamp && kept.settled && kept.days.has(self.today) => {
                    kept.touched = false
                }
                _ => other.push(named),
            }
        }
        gone.extend(rows.map(|(file, kept)| (file.clone(), kept.slug.clone())));
        let changed = !gone.is_empty() || !other.is_empty();
        gone.iter().for_each(|(file, _)| drop(row.remove(file)));
        let other: Vec<_> = other.into_iter().map(|named| (row.remove(&named.file), named)).collect();
        row.extend(other.into_par_iter().map(|(before, named)| self.read(named, before)).collect::<Vec<_>>());
        if !gone.is_empty() {
            // Of those that are gone, the other versions of the same content are no longer the last library's.
            let slugs: HashSet<&str> = gone.iter().map(|(_, slug)| slug.as_str()).collect();
            row.values_mut().filter(|kept| slugs.contains(kept.slug.as_str())).for_each(|kept| kept.touched = true);
        }
        changed
    }

    fn read<T: Content>(&self, named: Named, before: Option<Kept<T>>) -> (String, Kept<T>) {
        let Named { path, file, slug, language, stamp } = named;
        let settled = stamp.settled(self.now);
        let mut problems = Diagnostics::new();
        let text = read(self.root, &path, self.world.shift_days, &mut problems);
        let gaps = text.as_ref().is_some_and(|text| triage::has_gaps(text));
        let text = text.map(|text| {
            let (filled, unknown) = self.world.triage.filled(&text, &language);
            // Their columns are those of the file already: a gap that names nothing stays as it is.
            unknown.iter().for_each(|gap| gap.tell(&file, self.world.triage, &mut problems));
            filled
        });
        let digest = text.as_ref().map_or(Digest::default(), Digest::of);
        let day = Day::new(self.today);
        let world = World { day: &day, ..self.world };
        let front = text.and_then(|text| {
            let source = Source { file: file.clone(), slug: slug.clone(), language: language.clone(), text };
            let read = kinds::read::<T>(&source, self.main, &world, &mut problems)?;
            let Draft { version, markdown, body_line, reviewed } = read.draft;
            Some(Front {
                content: read.content,
                version: version.into(),
                body_line,
                reviewed,
                markdown: Some(markdown),
            })
        });
        let (days, problems) = (day.asked(), problems.into_found());
        match before.filter(|k| k.digest == digest && k.front.is_some() == front.is_some()) {
            // The text is the same; only its times and what the day finds in it are new.
            Some(kept) => (file, Kept { stamp, settled, gaps, days, problems, touched: false, ..kept }),
            None => (
                file,
                Kept {
                    slug,
                    language,
                    stamp,
                    settled,
                    gaps,
                    digest,
                    days,
                    front,
                    problems,
                    inside: None,
                    touched: true,
                },
            ),
        }
    }
}

//! The texts of files in, their HTML out; those that have not changed are taken from the shelf.

use crate::content::body::Body;
use crate::content::kinds::Content;
use crate::content::names::{BodySource, Recorder, Subject};
use crate::content::seen::Shown;
use crate::content::shelf::{Inside, Kept, Row};
use crate::diag::Diagnostics;
use crate::markdown::{Context, Rendered, render};
use crate::stamp::Digester;
use rayon::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// Renders bodies.
pub(super) struct Bodies {
    pub(super) body_source: Arc<BodySource>,
    /// Every name that could be linked is as it was when the bodies were last looked at.
    pub(super) same_names: bool,
}

impl Bodies {
    /// Renders what was read anew, and what has links that find something else than they did. Was there any?
    pub(super) fn refresh<T: Content>(&self, row: &mut Row<T>) -> bool {
        let drafts: HashSet<String> = row.values().filter(|k| k.is_draft()).map(|k| k.slug.clone()).collect();
        let rendered: Vec<bool> = row
            .par_iter_mut()
            .map(|(file, kept)| {
                let draft = drafts.contains(&kept.slug);
                let stale = kept.inside.as_ref().is_none_or(|inside| {
                    let may_differ = !self.same_names || !inside.looked.pictures.is_empty();
                    may_differ && self.body_source.answers(&inside.looked, draft) != inside.answers
                });
                if stale {
                    self.render(file, kept, draft);
                }
                stale
            })
            .collect();
        rendered.contains(&true)
    }

    fn render<T: Content>(&self, file: &str, kept: &mut Kept<T>, draft: bool) {
        let Some(front) = &mut kept.front else {
            // Nothing to render; nothing that could change it but the file.
            kept.inside = Some(Inside {
                looked: Default::default(),
                answers: self.body_source.answers(&Default::default(), draft),
                far: Vec::new(),
                problems: Vec::new(),
            });
            return;
        };
        let markdown =
            front.markdown.take().unwrap_or_else(|| self.body_source.markdown(file, &kept.language, kept.digest));
        let recorder = Recorder::new(&self.body_source);
        let mut problems = Diagnostics::new();
        let subject = Subject::of(front);
        let context =
            Context { draft, ..self.body_source.context(file, &kept.language, front.body_line, &subject, &recorder) };
        let (rendered, far) = render(&markdown, &context, &mut problems);
        let looked = recorder.looked();
        let answers = self.body_source.answers(&looked, draft);
        let version = Arc::make_mut(&mut front.version);
        (version.minutes, version.images) = (rendered.minutes, rendered.images.clone());
        if let (Some(review), Some(reviewed)) = (&mut version.review, &front.reviewed) {
            let shown = Shown { pictures: &rendered.images, markdown: &markdown, body_line: front.body_line };
            reviewed.pictures(&shown, &self.body_source, file, review, &mut problems);
        }
        version.anchors = rendered.headings.iter().map(|h| h.id.clone()).collect();
        version.digest = Digester::default().digest(kept.digest).digest(answers).digest(self.body_source.words).end();
        version.body = Rendered { markdown, ..rendered }.into();
        kept.inside = Some(Inside { looked, answers, far, problems: problems.into_found() });
        kept.touched = true;
    }

    /// A body that was rendered in an earlier process, or nothing to do.
    pub(super) fn late<T: Content>(&self, file: &str, kept: &mut Kept<T>, draft: bool) {
        let (source, language, digest) = (self.body_source.clone(), kept.language.clone(), kept.digest);
        let Some(front) = &mut kept.front else { return };
        if front.version.body.is_there() {
            return;
        }
        let (file, line, subject) = (file.to_owned(), front.body_line, Subject::of(front));
        Arc::make_mut(&mut front.version).body = Body::later(move || {
            let markdown = source.markdown(&file, &language, digest);
            let context = Context { draft, ..source.context(&file, &language, line, &subject, &source.names) };
            let (rendered, _) = render(&markdown, &context, &mut Diagnostics::new());
            Rendered { markdown, ..rendered }
        });
    }
}

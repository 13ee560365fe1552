//! The pictures that a body shows and the marks that its review recorded in, whether the reviewer saw these very
//! pictures out.

use super::Review;
use super::front::Reviewed;
use super::marks::{Lines, ReviewedText};
use super::names::BodySource;
use crate::diag::{Diagnostics, Place};

/// What a body shows.
pub(super) struct Shown<'a> {
    /// Paths below `content/`, in order.
    pub pictures: &'a [String],
    /// Where they are named.
    pub markdown: &'a str,
    /// Its first line in the file.
    pub body_line: u32,
}

impl Shown<'_> {
    /// Where a picture stands, in the file; and its line in the body.
    fn place(&self, path: &str) -> (Place, u32) {
        let found =
            self.markdown.lines().enumerate().find_map(|(n, line)| Some((n as u32 + 1, line.find(path)?, line)));
        let (line, column) = found.map_or((1, 1), |(n, at, line)| (n, line[..at].chars().count() as u32 + 1));
        (Place { line: line + self.body_line - 1, column }, line)
    }
}

impl Reviewed {
    /// Tells of every picture that is not the reviewed one; the review no longer holds.
    pub(super) fn pictures(
        &self,
        shown: &Shown<'_>,
        source: &BodySource,
        file: &str,
        review: &mut Review,
        problems: &mut Diagnostics,
    ) {
        // A body may be rendered again: what an earlier picture said no longer counts.
        review.text = self.text;
        review.changes.pictures.clear();
        for (n, path) in shown.pictures.iter().enumerate() {
            let now = source.folder().picture_mark(path);
            // In a text that has changed pictures may stand elsewhere.
            let same = if self.text == ReviewedText::Changed {
                self.pictures.contains(&now)
            } else {
                self.pictures.get(n) == Some(&now)
            };
            if same {
                continue;
            }
            let (at, line) = shown.place(path);
            problems.warning(
                file,
                at,
                format!("監修のあとで、写真（{path}）が変わっています。おたよりでは送りません"),
                &self.hint,
            );
            review.text = ReviewedText::Changed;
            review.changes.pictures.push(Lines { from: line, to: line });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::calendar::date;
    use crate::config::Config;
    use crate::content::marks::{mark_of, picture_mark};
    use crate::content::{LoadOptions, ReviewedText, Shelf};
    use std::path::Path;

    /// A picture is read when its page is rendered: not in a reading that keeps the page, in this process or another.
    #[test]
    fn a_second_reading_reads_no_picture() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &[u8]| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let settings =
            std::fs::read_to_string(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("otayori.yaml"))
                .unwrap();
        let settings: String =
            settings.lines().filter(|l| !l.starts_with("sample_date")).map(|l| format!("{l}\n")).collect();
        let mut picture = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(2, 2).write_to(&mut picture, image::ImageFormat::Png).unwrap();
        let article = |mark: &str| {
            format!(
                "---\ntitle: 題\nsummary: あ\nreview: {{by: a, on: 2026-01-01, next: 2027-01-01, body: {mark}}}\n---\n\
                 ![字](images/t.png)\n"
            )
        };
        let mark = mark_of(&article("x"), vec![picture_mark(picture.get_ref())]).unwrap();
        write("otayori.yaml", settings.as_bytes());
        write("content/people.yaml", "- {id: a, name: あ, profession: midwife}\n".as_bytes());
        write("content/images/t.png", picture.get_ref());
        for name in ["x", "y"] {
            write(&format!("content/articles/{name}.md"), article(&mark).as_bytes());
        }
        // What was written this very moment is read again.
        std::thread::sleep(std::time::Duration::from_millis(120));
        let config = Config::load_with(dir.path(), &|_| None).unwrap();
        let options = LoadOptions { shift_days: 0, today: date(2026, 11, 21) };
        let mut shelf = Shelf::of(dir.path());
        let (library, _) = shelf.load(&config, &options);
        assert_eq!(
            (library.folder.pictures_read(), library.articles["x"].versions["ja"].review.as_ref().unwrap().text),
            (1, ReviewedText::Same)
        );
        shelf.save().unwrap();
        for mut shelf in [shelf, Shelf::of(dir.path())] {
            let (library, _) = shelf.load(&config, &options);
            assert_eq!(
                (library.folder.pictures_read(), library.articles["y"].versions["ja"].review.as_ref().unwrap().text),
                (0, ReviewedText::Same)
            );
        }
    }
}

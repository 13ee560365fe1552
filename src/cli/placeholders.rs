//! A site's files in, a warning for every text of `otayori new` that nobody has replaced out.

use crate::config::Config;
use crate::content::sample::placeholders;
use crate::diag::{Diagnostics, shown};
use std::path::{Path, PathBuf};

/// Looks through the settings and everything below `content/`.
pub(super) fn check(config: &Config, problems: &mut Diagnostics) {
    let root = config.root.as_path();
    let mut files = vec![root.join("otayori.yaml")];
    collect(&root.join("content"), &mut files);
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        placeholders(config, &shown(root, &file), &text, problems);
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        // A link may lead round, and reading a pipe or a device never ends.
        if path.is_dir() && !path.is_symlink() {
            collect(&path, files);
        } else if path.is_file() && path.extension().is_some_and(|e| e == "md" || e == "yaml") {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sample::UNWRITTEN;

    fn said(root: &Path) -> Vec<String> {
        let mut problems = Diagnostics::new();
        check(&Config::load_with(root, &|_| None).unwrap(), &mut problems);
        problems.sorted().iter().map(|p| format!("{}:{}:{} {}", p.file, p.line, p.column, p.message)).collect()
    }

    #[test]
    fn a_new_site_is_full_of_them_and_the_sample_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("city");
        crate::engine::new::create(&root, crate::calendar::date(2026, 11, 21)).unwrap();
        let all = said(&root);
        for expected in [
            "otayori.yaml:3:7 「○○市」が、ひな型のままです",
            "otayori.yaml:4:9 「○○課」が、ひな型のままです",
            "otayori.yaml:5:6 「000-000-0000」は、見本の市のものです",
            "content/pages/about.md:5:8 「○○市」が、ひな型のままです",
            "content/pages/privacy.md:5:1 「（市の個人情報の担当と相談して、書いてください。）」が、ひな型のままです",
        ] {
            assert!(all.iter().any(|p| p == expected), "{expected}: {all:#?}");
        }
        for what in UNWRITTEN {
            let files =
                ["otayori.yaml", "content/people.yaml", "content/articles/hajimete.md", "content/pages/about.md"];
            assert!(
                files.iter().any(|f| std::fs::read_to_string(root.join(f)).unwrap().contains(what)),
                "`new` does not write {what} any more"
            );
        }
        assert_eq!(said(Path::new(env!("CARGO_MANIFEST_DIR"))), Vec::<String>::new());
        // What is copied from the sample is found: the city's name, numbers that nobody answers.
        let sample = Path::new(env!("CARGO_MANIFEST_DIR"));
        for file in ["content/contacts.yaml", "content/articles/netsu.en.md", "content/pages/night.md"] {
            std::fs::copy(sample.join(file), root.join(file)).unwrap();
        }
        std::fs::write(
            root.join("content/pages/own.md"),
            "はるかぜ保育園、0120-000-000、10000-00-1234。\n# はるかぜ市の手引き\n",
        )
        .unwrap();
        let all = said(&root);
        for (file, what) in [
            ("content/contacts.yaml", "「0000-00-」"),
            ("content/contacts.yaml", "「はるかぜ市」"),
            ("content/contacts.yaml", "「Harukaze City」"),
            ("content/articles/netsu.en.md", "「in Harukaze」"),
            ("content/pages/night.md", "「0000-00-」"),
            ("content/pages/own.md:2:3", "「はるかぜ市」"),
        ] {
            assert!(
                all.iter().any(|p| p.starts_with(file) && p.contains(&format!("{what}は、見本の市のものです"))),
                "{file} {what}: {all:#?}"
            );
        }
        assert!(
            !all.iter().any(|p| p.starts_with("content/pages/own.md:1:") || p.starts_with("content/contacts.yaml:4:")),
            "{all:#?}"
        );
    }
}

//! A folder's name in, a small site that builds out, with the default theme in it.

use crate::calendar::{Date, Span};
use crate::config::ENV_FILE;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;

/// The default theme's files, taken in when the program is compiled (`cli/new/embed.rs`): path below `themes/default/`,
/// bytes.
mod theme {
    include!(concat!(env!("OUT_DIR"), "/theme.rs"));
}
pub use theme::FILES as THEME_FILES;

/// The small site's files: path, text. `{today}` and `{until}` are dates.
const SITE: [(&str, &str); 12] = [
    ("otayori.yaml", include_str!("new/site/otayori.yaml")),
    (".gitignore", include_str!("new/site/gitignore")),
    ("README.md", include_str!("new/site/README.md")),
    ("content/topics.yaml", include_str!("new/site/topics.yaml")),
    ("content/people.yaml", include_str!("new/site/people.yaml")),
    ("content/contacts.yaml", include_str!("new/site/contacts.yaml")),
    ("content/articles/hajimete.md", include_str!("new/site/articles/hajimete.md")),
    ("content/bulletins/otayori-hajimemashita.md", include_str!("new/site/bulletins/otayori-hajimemashita.md")),
    ("content/pages/about.md", include_str!("new/site/pages/about.md")),
    ("content/pages/privacy.md", include_str!("new/site/pages/privacy.md")),
    ("segments/everyone.yaml", include_str!("new/site/everyone.yaml")),
    ("segments/pregnancy.yaml", include_str!("new/site/pregnancy.yaml")),
];

/// Writes the site into `dir`, which must not exist or be empty. Its dates are around `today`.
pub fn create(dir: &Path, today: Date) -> Result<()> {
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} には、もう何か入っています。空のフォルダを指定してください", dir.display());
    }
    let place = super::ground::outside(dir, &dir.join("public"))?;
    // A site within another one's texts, or within what it builds, would be taken for a part of it.
    let around = place.ancestors().skip(2).find(|folder| folder.join("otayori.yaml").is_file());
    if let Some(site) = around.filter(|site| {
        ["content", "segments", "themes", "public", "data"].iter().any(|part| place.starts_with(site.join(part)))
    }) {
        bail!(
            "{} には作りません。ほかのサイト（{}）の中です。その外のフォルダを指定してください",
            dir.display(),
            site.display()
        );
    }
    let until = today.saturating_add(Span::new().months(3));
    for (path, text) in SITE {
        let text = text.replace("{today}", &today.to_string()).replace("{until}", &until.to_string());
        write(&dir.join(path), text.as_bytes())?;
    }
    write(&dir.join(crate::content::triage::FILE), crate::content::Triage::for_a_new_city().as_bytes())?;
    for (path, bytes) in THEME_FILES {
        write(&dir.join("themes").join("default").join(path), bytes)?;
    }
    write(&dir.join("public").join(".gitkeep"), b"")?;
    secrets(&dir.join(ENV_FILE))
}

/// The file for secrets: nothing in it yet, for its owner only, and named in `.gitignore`.
fn secrets(file: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut open| std::io::Write::write_all(&mut open, include_bytes!("new/site/otayori.env")));
    written.with_context(|| format!("{} に書けません", file.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("{} に書けません", path.display()))
}

//! The build script: `themes/default/` in, a list of its files for `otayori new` out, so that the installed program
//! needs no repository.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var(name).map(PathBuf::from).map_err(io::Error::other);
    let theme = variable("CARGO_MANIFEST_DIR")?.join("themes").join("default");
    println!("cargo::rerun-if-changed={}", theme.display());
    println!("cargo::rerun-if-changed=src/cli/new/embed.rs");
    let mut files = Vec::new();
    collect(&theme, "", &mut files)?;
    files.sort();
    let entries: String =
        files.iter().map(|(name, path)| format!("    ({name:?}, include_bytes!({path:?})),\n")).collect();
    let text =
        format!("/// Path below `themes/default/`, bytes.\npub const FILES: &[(&str, &[u8])] = &[\n{entries}];\n");
    fs::write(variable("OUT_DIR")?.join("theme.rs"), text)
}

fn collect(dir: &Path, below: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path().to_string_lossy().into_owned()));
        }
    }
    Ok(())
}

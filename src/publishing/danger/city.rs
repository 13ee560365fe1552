//! A site's folder in, its detector out: its own `content/danger/` with its own model, or the program's.

use super::data::{Data, texts_of};
use super::model::Model;
use super::own::own;
use super::steps::{self, Steps};
use super::{CITY, Detector, OWN_MODEL, Problem, Thresholds};
use crate::diag::{Diagnostics, Place};
use std::path::{Path, PathBuf};

/// Where a site keeps its own.
pub fn folder(root: &Path) -> PathBuf {
    root.join("content").join("danger")
}

/// The folder as a diagnostic names it.
const SHOWN: &str = "content/danger";
const TRAIN: &str = "`otayori danger train` で作ってください（数秒で終わります）";

fn add(found: Vec<Problem>, problems: &mut Diagnostics) {
    for p in found {
        problems.error(&format!("{SHOWN}/{}", p.file), Place { line: p.line, column: 0 }, p.message, p.hint);
    }
}

/// The data of a site: its own, or the program's where it has none.
pub fn data_of(root: &Path, problems: &mut Diagnostics) -> Option<Data> {
    let folder = folder(root);
    let texts = if folder.is_dir() {
        match texts_of(&folder) {
            Ok(texts) => texts,
            Err(found) => {
                add(found, problems);
                return None;
            }
        }
    } else {
        own()
    };
    let (data, found) = Data::read(&texts);
    let good = found.is_empty();
    add(found, problems);
    good.then_some(data)
}

/// The first lines of a site: its own, or the program's.
pub fn steps_of(root: &Path, problems: &mut Diagnostics) -> Steps {
    const FILE: &str = "steps.tsv";
    let folder = folder(root);
    let own = || own().into_iter().find(|(name, _)| name == FILE).map(|(_, text)| text).unwrap_or_default();
    let text = if folder.is_dir() {
        std::fs::read_to_string(folder.join(FILE)).unwrap_or_else(|e| {
            problems.error(
                &format!("{SHOWN}/{FILE}"),
                Place::default(),
                format!("読めません（{e}）"),
                "ファイルの場所、権限、文字コード（UTF-8）を確かめてください",
            );
            own()
        })
    } else {
        own()
    };
    let mut found = Vec::new();
    // Which concepts there are is told where all files are read.
    let steps = steps::read(&text, &|_| Some(0), &mut found);
    add(found, problems);
    steps
}

/// The detector of a site: data that can be read, and the model that was trained on just these.
pub fn of_site(root: &Path, thresholds: Thresholds, problems: &mut Diagnostics) -> Option<Detector> {
    let data = data_of(root, problems)?;
    let file = format!("{SHOWN}/model.bin");
    let bytes = match std::fs::read(folder(root).join("model.bin")) {
        Ok(bytes) => bytes,
        Err(_) if !folder(root).is_dir() => OWN_MODEL.to_vec(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            problems.error(&file, Place::default(), "危険のしるしのモデルがありません", TRAIN);
            return None;
        }
        Err(e) => {
            problems.error(&file, Place::default(), format!("読めません（{e}）"), "ファイルの権限を確かめてください");
            return None;
        }
    };
    match Model::read(&bytes) {
        None => problems.error(&file, Place::default(), "危険のしるしのモデルではないか、途中で切れています", TRAIN),
        Some(model) if model.digest != data.digest => {
            problems.error(&file, Place::default(), "危険のしるしのモデルが、ことばや例の文より古いままです", TRAIN);
        }
        Some(model) => return Some(Detector { data, model, thresholds }),
    }
    None
}

/// From now on this process reads what people write with the site's own data, if it has some. The problems, if it
/// cannot.
pub fn put_in_place(root: &Path, thresholds: Thresholds) -> Result<(), Diagnostics> {
    if !folder(root).is_dir() && thresholds == Thresholds::default() {
        return Ok(());
    }
    let mut problems = Diagnostics::new();
    match of_site(root, thresholds, &mut problems) {
        Some(detector) => {
            // A second call in one process changes nothing.
            let _ = CITY.set(detector);
            Ok(())
        }
        None => Err(problems),
    }
}

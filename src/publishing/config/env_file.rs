//! `otayori.env` in, its settings out: secrets and places in one file, the same for the service and for every command.

use crate::diag::form::meant;
use crate::diag::text::text_of;
use crate::diag::{Diagnostics, Place};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// The file beside `otayori.yaml`. It holds secrets: for its owner only, and never in git.
pub const ENV_FILE: &str = "otayori.env";

/// What may stand in it: what the environment may say.
pub const NAMES: [&str; 14] = [
    "DATABASE_URL",
    "OTAYORI_KEY_FILE",
    "OTAYORI_KEY_STORE_URL",
    "OTAYORI_PUBLIC_URL",
    "OTAYORI_LINE_CHANNEL_SECRET",
    "OTAYORI_LINE_CHANNEL_TOKEN",
    "OTAYORI_LINE_API_BASE",
    "OTAYORI_LINE_LOGIN_CHANNEL_ID",
    "OTAYORI_LINE_LOGIN_CHANNEL_SECRET",
    "OTAYORI_LINE_LOGIN_BASE",
    "OTAYORI_LINE_LINK_BASE",
    super::mail::USER,
    super::mail::PASSWORD,
    "OTAYORI_ALLOW_LOOPBACK_PUSH",
];

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub value: String,
    pub at: Place,
}

/// Reads the file below `root`; none is no mistake. Files that it names are looked for from `root` on, wherever a
/// command is run.
pub(super) fn read(root: &Path, problems: &mut Diagnostics) -> BTreeMap<String, Written> {
    let bytes = match std::fs::read(root.join(ENV_FILE)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return BTreeMap::new(),
        Err(e) => {
            let hint = "秘密のファイルなので、otayori を動かす利用者だけが読めます。その利用者で動かしてください（例 \
                sudo -u otayori otayori …）";
            problems.error(ENV_FILE, Place::default(), format!("読めません（{e}）"), hint);
            return BTreeMap::new();
        }
    };
    warn_when_open(&root.join(ENV_FILE));
    match text_of(&bytes) {
        Ok(text) => settings(root, &text, problems),
        Err(at) => {
            problems.error(
                ENV_FILE,
                at,
                "文字コードが UTF-8 ではありません",
                "「名前を付けて保存」で、文字コードに UTF-8 を選んでください",
            );
            BTreeMap::new()
        }
    }
}

/// Says so when others than the owner may read it; every command does, also those that keep no log.
fn warn_when_open(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
            use std::io::Write as _;
            // Where nobody reads it, the command goes on.
            writeln!(
                std::io::stderr(),
                "warning: {} には秘密が入りますが、ほかの利用者も読めます: `chmod 600 {0}`",
                file.display()
            )
            .ok();
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}

fn settings(root: &Path, text: &str, problems: &mut Diagnostics) -> BTreeMap<String, Written> {
    let mut found: BTreeMap<String, Written> = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let place = Place { line: n as u32 + 1, column: 1 };
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
            problems.error(
                ENV_FILE,
                place,
                "「名前=値」の形ではありません",
                "例: OTAYORI_PUBLIC_URL=https://otayori.city.example.jp",
            );
            continue;
        };
        if !NAMES.contains(&name) {
            let hint = meant(name.trim_start_matches("export "), NAMES)
                .unwrap_or_else(|| format!("使える名前: {}", NAMES.join("、")));
            // The value may be a secret that stands on the wrong side.
            problems.error(ENV_FILE, place, "この名前の設定はありません", hint);
            continue;
        }
        let Some(value) = plain(value) else {
            problems.error(
                ENV_FILE,
                place,
                format!("{name} の値が読めません"),
                "値だけを書きます。引用符は両側につけ、説明は # で始まる別の行に書いてください",
            );
            continue;
        };
        if found.contains_key(name) {
            problems.error(ENV_FILE, place, format!("{name} が2つあります"), "1つにしてください");
            continue;
        }
        if !value.is_empty() {
            found.insert(name.to_owned(), Written { value: from_root(root, name, value), at: place });
        }
    }
    found
}

/// A value without its quotation marks; `None` where they do not close, or where a remark stands behind it.
fn plain(value: &str) -> Option<&str> {
    for mark in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(mark) {
            return rest.strip_suffix(mark).filter(|inner| !inner.contains(mark));
        }
    }
    let remark = value.contains(" #") || value.starts_with('#');
    (!remark && !value.contains(['"', '\''])).then_some(value)
}

/// A file's place as seen from `root`.
fn from_root(root: &Path, name: &str, value: &str) -> String {
    let joined = |path: &str| root.join(path).display().to_string();
    match (name, value.strip_prefix("sqlite:")) {
        ("OTAYORI_KEY_FILE", _) => joined(value),
        ("DATABASE_URL" | "OTAYORI_KEY_STORE_URL", Some(path)) => {
            format!("sqlite:{}", joined(path.trim_start_matches("//")))
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> (BTreeMap<String, Written>, Vec<String>) {
        let mut problems = Diagnostics::new();
        let found = settings(Path::new("/srv/city"), text, &mut problems);
        (found, problems.sorted().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn read_as_systemd_reads_it() {
        let (found, problems) = said(
            "# 秘密\n; これも\n\nOTAYORI_LINE_CHANNEL_TOKEN = \"a b=c#d\"\nOTAYORI_LINE_CHANNEL_SECRET='x'\r\n\
             OTAYORI_PUBLIC_URL=https://a.example.jp\nDATABASE_URL=sqlite:data/other.db\n\
             OTAYORI_KEY_FILE=/etc/otayori.key\nOTAYORI_KEY_STORE_URL=sqlite:///keys/k.db\nOTAYORI_LINE_API_BASE=\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        let found: Vec<_> = found.iter().map(|(name, value)| format!("{name}={}", value.value)).collect();
        assert_eq!(
            found,
            [
                "DATABASE_URL=sqlite:/srv/city/data/other.db",
                "OTAYORI_KEY_FILE=/etc/otayori.key",
                "OTAYORI_KEY_STORE_URL=sqlite:/keys/k.db",
                "OTAYORI_LINE_CHANNEL_SECRET=x",
                "OTAYORI_LINE_CHANNEL_TOKEN=a b=c#d",
                "OTAYORI_PUBLIC_URL=https://a.example.jp",
            ]
        );
    }

    #[test]
    fn mistakes_are_said_without_the_secret() {
        for (text, expected) in [
            (
                "OTAYORI_LINE_CHANEL_TOKEN=s3cret",
                "error: otayori.env:1:1 この名前の設定はありません\n  hint: 「OTAYORI_LINE_CHANNEL_TOKEN」のことですか",
            ),
            (
                "export DATABASE_URL=s3cret",
                "error: otayori.env:1:1 この名前の設定はありません\n  hint: 「DATABASE_URL」のことですか",
            ),
            (
                "\ns3cret",
                "error: otayori.env:2:1 「名前=値」の形ではありません\n  hint: 例: \
                 OTAYORI_PUBLIC_URL=https://otayori.city.example.jp",
            ),
            (
                "DATABASE_URL=\"s3cret",
                "error: otayori.env:1:1 DATABASE_URL の値が読めません\n  hint: 値だけを書きます。引用符は両側につけ、\
                 説明は # で始まる別の行に書いてください",
            ),
            (
                "DATABASE_URL=s3cret # 本番",
                "error: otayori.env:1:1 DATABASE_URL の値が読めません\n  hint: 値だけを書きます。引用符は両側につけ、\
                 説明は # で始まる別の行に書いてください",
            ),
            (
                "OTAYORI_PUBLIC_URL=s3cret\nOTAYORI_PUBLIC_URL=b",
                "error: otayori.env:2:1 OTAYORI_PUBLIC_URL が2つあります\n  hint: 1つにしてください",
            ),
        ] {
            let (_, problems) = said(text);
            assert_eq!(problems, [expected], "{text}");
            assert!(!problems[0].contains("s3cret"));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}|[A-Z_=\"'# \n]{0,60}") {
            said(&text);
        }
    }
}

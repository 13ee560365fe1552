//! The commands and files of `docs/はじめての設置.md`, run as they are printed, in a scratch root. What cannot be run
//! there is named here.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Lines that are not run, and why. Each must still stand in the guide.
const NOT_RUN: [(&str, &str); 11] = [
    ("cargo run --release -- demo", "tests/suite/demo.rs runs the demo"),
    ("sudo useradd --system", "it would add a user to this machine; `nobody` takes the place"),
    ("sudo -u otayori otayori preview", "it runs until Ctrl-C; tests/suite/site.rs opens it"),
    (
        "sudo -u otayori otayori staff add",
        "it asks for a password at a terminal; the account is made by --password-stdin",
    ),
    (
        "sudo systemctl daemon-reload && sudo systemctl enable --now otayori",
        "there is no systemd here; systemd-analyze reads the unit",
    ),
    ("curl -s http://127.0.0.1:8080/healthz", "nothing is served here; tests/suite/ops/service.rs asks it"),
    ("sudo -u otayori otayori staff password", "it asks for a password at a terminal"),
    (
        "sudo systemctl daemon-reload && sudo systemctl enable --now otayori-backup.timer",
        "there is no systemd here; systemd-analyze reads the units",
    ),
    ("sudo systemctl stop otayori", "there is no systemd here"),
    ("sudo systemctl start otayori", "there is no systemd here"),
    (
        "sudo -u otayori otayori households remove",
        "it asks at a terminal; tests/suite/ops/service.rs removes with --yes",
    ),
];

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/はじめての設置.md")).unwrap()
}

/// Blocks of a kind (```sh), each with the line above it that is not empty.
fn blocks(guide: &str, kind: &str) -> Vec<(String, String)> {
    let (mut found, mut above) = (Vec::new(), String::new());
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(of) = line.trim_start().strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|l| !l.trim_start().starts_with("```")).collect();
            if of == kind {
                found.push((above.clone(), body.join("\n") + "\n"));
            }
        } else if !line.trim().is_empty() {
            above = line.to_owned();
        }
    }
    found
}

/// Paths of the guide below the scratch root.
fn below(root: &Path, text: &str) -> String {
    let scratch = root.display().to_string();
    ["/srv/otayori", "/usr/local/bin", "/backup-keys", "/backup/", "/media/safe", "/etc/letsencrypt", "/var/log/nginx"]
        .iter()
        .fold(text.to_owned(), |text, path| text.replace(path, &format!("{scratch}{path}")))
        .replace("target/release/otayori", env!("CARGO_BIN_EXE_otayori"))
}

/// What stands in for `sudo` and for the user: as root the commands of `otayori` run as nobody, otherwise as whoever
/// runs the tests.
fn preamble(root: &Path, is_root: bool) -> String {
    let as_user = if is_root { "setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/ " } else { "" };
    format!(
        "set -euo pipefail\nexport PATH={}/usr/local/bin:$PATH NO_COLOR=1\nunset DATABASE_URL OTAYORI_KEY_STORE_URL \
         OTAYORI_KEY_FILE OTAYORI_PUBLIC_URL || true\n\
         sudo() {{ if [ \"$1\" = -u ]; then shift 2; {as_user}\"$@\"; else \"$@\"; fi; }}\n",
        root.display()
    )
}

/// A scratch root that everybody may look into, with a built program's place for the guide's first command.
struct Scratch {
    dir: tempfile::TempDir,
    is_root: bool,
}

impl Scratch {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["srv", "backup", "backup-keys", "media/safe"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        Self { dir, is_root: fs::metadata("/proc/self").unwrap().uid() == 0 }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn run(&self, folder: &Path, script: &str) -> Output {
        let mut text = preamble(self.dir.path(), self.is_root) + &below(self.dir.path(), script);
        text = if self.is_root {
            text.replace("-o otayori -g otayori", "-o nobody -g nogroup")
        } else {
            text.replace("-o otayori -g otayori ", "")
        };
        Command::new("bash").arg("-c").arg(text).current_dir(folder).output().unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_commands_do_what_the_guide_says() {
    let guide = guide();
    for (line, why) in NOT_RUN {
        assert!(guide.contains(line), "not run ({why}), and not in the guide any more: {line}");
    }
    let scratch = Scratch::new();
    let city = scratch.path("srv/otayori/city");
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let lines: Vec<String> = blocks(&guide, "sh")
        .into_iter()
        .flat_map(|(_, body)| body.lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>())
        .filter(|l| !l.is_empty())
        .collect();
    assert!(lines.len() > 30, "{lines:#?}");
    let csv = blocks(&guide, "csv").remove(0).1;
    let mut ran = Vec::new();
    for line in &lines {
        if NOT_RUN.iter().any(|(not, _)| line.starts_with(not)) {
            if line.contains("staff add") {
                let add = line.split('#').next().unwrap().trim().to_owned() + " --password-stdin";
                let done = scratch.run(&folder, &format!("printf 'a long password\\n' | {add}\n"));
                assert!(done.status.success(), "{add}: {}", said(&done));
                fs::write(city.join("世帯.csv"), &csv).unwrap();
                let done =
                    scratch.run(&folder, "sudo -u otayori otayori households import 世帯.csv --date 2026-11-21\n");
                assert!(done.status.success(), "the guide's list: {}", said(&done));
            }
            continue;
        }
        // What the reader puts in.
        let mut line = line.clone();
        if line.contains("世帯ID") {
            let listed = scratch.run(&folder, "sudo -u otayori otayori households list\n");
            line = line.replace("世帯ID", String::from_utf8_lossy(&listed.stdout).split('\t').next().unwrap());
        }
        if line.contains("2026-11-21T033000") {
            // The three copies were taken at one moment, so they have one name; the newest is taken.
            let mut names: Vec<_> = fs::read_dir(scratch.path("media/safe/otayori"))
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            line = line.replace("2026-11-21T033000", names.last().unwrap());
        }
        // Two copies in one second would have one name.
        if line.contains("otayori backup") && ran.iter().any(|l: &String| l.contains("otayori backup")) {
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        let done = scratch.run(&folder, &line);
        assert!(done.status.success(), "{line}\n{}", said(&done));
        if let Some(to) = line.strip_prefix("cd ") {
            folder = PathBuf::from(below(scratch.dir.path(), to.trim()));
        }
        ran.push(line);
    }
    assert!(
        ran.iter().filter(|l| l.contains("otayori backup")).count() >= 2 && ran.iter().any(|l| l.contains("data.old")),
        "{ran:#?}"
    );
    // Restored, and everything belongs to who runs it.
    assert!(city.join("data.old/otayori.db").exists() && city.join("public/index.html").exists());
    let owner = fs::metadata(&city).unwrap().uid();
    assert!(!scratch.is_root || owner != 0);
    for file in
        ["data", "data/otayori.db", "data/keys.db", "data/master.key", "otayori.env", "content", "public/index.html"]
    {
        assert_eq!(fs::metadata(city.join(file)).unwrap().uid(), owner, "{file}");
    }
    let listed = scratch.run(&city, "sudo -u otayori otayori households list\n");
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 3, "{}", said(&listed));
}

/// Debian's nginx reads the sample; only the places of certificates and records are the scratch root's.
#[test]
fn nginx_reads_the_sample() {
    let scratch = Scratch::new();
    let live = scratch.path("etc/letsencrypt/live/otayori.city.example.jp");
    fs::create_dir_all(&live).unwrap();
    fs::create_dir_all(scratch.path("var/log/nginx")).unwrap();
    for file in ["fullchain.pem", "privkey.pem"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(file), live.join(file)).unwrap();
    }
    let servers: String = blocks(&guide(), "nginx").into_iter().map(|(_, body)| body).collect();
    assert!(servers.contains("server_name otayori.city.example.jp"));
    // The ports are bound by `nginx -t` as well, which only root may; the rest is the sample's.
    let servers = below(scratch.dir.path(), &servers)
        .replace("listen 443 ssl http2;", "listen 127.0.0.1:38443 ssl http2;")
        .replace("listen 80;", "listen 127.0.0.1:38080;");
    let logs = scratch.path("var/log/nginx");
    let main = format!(
        "pid {0}/pid;\nerror_log {0}/main.log;\nevents {{}}\nhttp {{\naccess_log {0}/access.log;\n{servers}}}\n",
        logs.display()
    );
    let file = scratch.path("nginx.conf");
    fs::write(&file, main).unwrap();
    let nginx = ["/usr/sbin/nginx", "nginx"]
        .into_iter()
        .find(|n| Command::new(n).arg("-v").output().is_ok())
        .expect("nginx is missing: ./test installs nginx-light");
    let done = Command::new(nginx).arg("-t").arg("-c").arg(&file).arg("-p").arg(&logs).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
}

/// systemd reads the units, where it is installed; what it warns of is a mistake, too.
#[test]
fn systemd_reads_the_units() {
    let units = blocks(&guide(), "ini");
    let names: Vec<String> =
        units.iter().map(|(above, _)| above.trim_matches('`').rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["otayori.service", "otayori-backup.service", "otayori-backup.timer"]);
    assert!(
        units[0].1.contains("ExecStart=/usr/local/bin/otayori serve") && units[1].1.contains("otayori backup --data")
    );
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        // What they say stands; whether systemd takes it is not known here.
        return eprintln!("skipped: systemd-analyze is not installed, the units were not verified");
    }
    let scratch = Scratch::new();
    let mut files = Vec::new();
    for ((_, body), name) in units.iter().zip(&names) {
        // It looks whether the program is there and whether the user exists.
        let body = body
            .replace("/usr/local/bin/otayori", env!("CARGO_BIN_EXE_otayori"))
            .replace("User=otayori", "User=daemon")
            .replace("Group=otayori", "Group=daemon");
        let file = scratch.path(name);
        fs::write(&file, body).unwrap();
        files.push(file);
    }
    let done = Command::new("systemd-analyze").arg("verify").arg("--man=no").args(&files).output().unwrap();
    let told: Vec<String> =
        said(&done).lines().filter(|l| names.iter().any(|n| l.contains(n.as_str()))).map(str::to_owned).collect();
    assert!(told.is_empty(), "{told:#?}");
}

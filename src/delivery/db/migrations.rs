//! The texts of `migrations/`, carried in the program, in order.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, name and text of each file in `migrations/`. A text that has been released is never changed again: the
/// database keeps its checksum.
pub const VERSIONS: &[(i64, &str, &str)] = &[
    (1, "init", include_str!("../../../migrations/0001_init.sql")),
    (2, "consult", include_str!("../../../migrations/0002_consult.sql")),
    (3, "keys", include_str!("../../../migrations/0003_keys.sql")),
    (4, "line", include_str!("../../../migrations/0004_line.sql")),
    (5, "desk", include_str!("../../../migrations/0005_desk.sql")),
    (6, "readers", include_str!("../../../migrations/0006_readers.sql")),
    (7, "letters", include_str!("../../../migrations/0007_letters.sql")),
    (8, "links", include_str!("../../../migrations/0008_links.sql")),
    (9, "data", include_str!("../../../migrations/0009_data.sql")),
    (11, "crowd", include_str!("../../../migrations/0011_crowd.sql")),
    (12, "persons", include_str!("../../../migrations/0012_persons.sql")),
    (13, "email", include_str!("../../../migrations/0013_email.sql")),
    (14, "threads", include_str!("../../../migrations/0014_threads.sql")),
    (15, "counts", include_str!("../../../migrations/0015_counts.sql")),
];

pub(super) fn all() -> Migrator {
    let of = |(number, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(VERSIONS.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is not listed would never run.
    #[test]
    fn every_file_is_listed() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|f| f.ends_with(".sql"))
            .collect();
        files.sort();
        let listed: Vec<String> = VERSIONS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, listed);
    }
}

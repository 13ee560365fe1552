//! What people write in a site: all that a copy of it needs.

/// What of the site's folder is copied: all that people write. Not `data/`, not what is built, not the secrets.
pub(super) const SITE: [&str; 5] = ["otayori.yaml", "content", "segments", "themes", ".gitignore"];

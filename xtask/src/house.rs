//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// A path below the root.
pub fn path(below: &str) -> PathBuf {
    root().join(below)
}

/// Where cargo puts what it builds: `target`, or what `CARGO_TARGET_DIR` says.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => path("target"),
    }
}

/// A path in this crate's own corner of the target folder.
pub fn scratch(below: &str) -> PathBuf {
    target().join("xtask").join(below)
}

/// The `nearfield` command as [`crate::tools::build_host`] leaves it.
pub fn nearfield() -> PathBuf {
    target().join("debug").join("nearfield")
}

//! Skipping what is up to date: a stamp remembers the files that a step read, by path, size and time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use crate::house;

/// Folders that builds write into, never read as input.
const OUTPUTS: [&str; 4] = ["target", "dist", "node_modules", ".git"];

/// The files below some paths, as they were at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// Looks at files and folders; what is not there counts as not there.
    pub fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for path in paths {
            take(path, &mut hasher).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(Self(hasher.finish()))
    }

    /// Whether the step `name` was last done with the same files.
    pub fn is_kept(self, name: &str) -> bool {
        fs::read_to_string(place(name)).is_ok_and(|kept| kept == self.0.to_string())
    }

    /// Remembers that the step `name` is done with these files.
    pub fn keep(self, name: &str) -> Result<()> {
        let place = place(name);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, self.0.to_string())
            .with_context(|| format!("cannot write {}", place.display()))
    }
}

fn place(name: &str) -> PathBuf {
    house::scratch("stamps").join(name)
}

fn take(path: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    path.hash(hasher);
    let Ok(meta) = fs::metadata(path) else {
        return Ok(());
    };
    if !meta.is_dir() {
        meta.len().hash(hasher);
        let changed = meta
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        changed.hash(hasher);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if !OUTPUTS.iter().any(|output| entry.file_name() == *output) {
            take(&entry.path(), hasher)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_sees_new_changed_and_removed_files_but_no_outputs() {
        let folder = house::scratch("test-stamp");
        let _gone = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("dist")).unwrap();
        let paths = [folder.clone()];
        let empty = Stamp::of(&paths).unwrap();
        fs::write(folder.join("dist/out"), "1").unwrap();
        assert_eq!(Stamp::of(&paths).unwrap(), empty);
        fs::write(folder.join("in"), "1").unwrap();
        let one = Stamp::of(&paths).unwrap();
        assert_ne!(one, empty);
        fs::write(folder.join("in"), "12").unwrap();
        assert_ne!(Stamp::of(&paths).unwrap(), one);
        fs::remove_file(folder.join("in")).unwrap();
        assert_eq!(Stamp::of(&paths).unwrap(), empty);
    }

    #[test]
    fn a_kept_stamp_is_known_again() {
        let stamp = Stamp(7);
        stamp.keep("test-kept").unwrap();
        assert!(stamp.is_kept("test-kept") && !Stamp(8).is_kept("test-kept"));
    }
}

//! Running again whenever a file of a folder changes.
//!
//! It looks rather than listens: that needs nothing of the system, and works on shared and mounted folders.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use authoring::shown::message;

use super::{Failure, output};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(250);
/// Files looked at; more are not watched.
const FILES: usize = 10_000;
/// Folders below each other that are looked into.
const DEPTH: usize = 8;
/// Changed files that are named.
const NAMED: usize = 8;

/// What a file looks like from outside.
type Stamp = (u64, Option<SystemTime>);

type Files = BTreeMap<PathBuf, Stamp>;

/// Runs now and after each change. A run that fails says why, and the next change is waited for.
pub fn watch(
    directory: &Path,
    mut run: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut seen = look(directory);
    loop {
        if let Err(failure) = run() {
            output::complain(failure);
        }
        output::say(format!("watching {}", message(directory.display())));
        let now = changed(directory, &seen);
        output::say(format!(
            "\n{}",
            message(differences(directory, &seen, &now))
        ));
        seen = now;
    }
}

/// Waits until the files differ from what was seen, and have stopped changing.
fn changed(directory: &Path, seen: &Files) -> Files {
    let mut last = look(directory);
    loop {
        thread::sleep(LOOK);
        let now = look(directory);
        if now == last && now != *seen {
            return now;
        }
        last = now;
    }
}

/// The files below a folder, but hidden ones.
fn look(directory: &Path) -> Files {
    let mut files = Files::new();
    // What cannot be read counts as not there; the run itself says what is wrong with it.
    let _ = below(directory, DEPTH, &mut files);
    files
}

fn below(folder: &Path, depth: usize, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if files.len() >= FILES {
            break;
        }
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                let _ = below(&path, depth - 1, files);
            }
        } else if let Ok(found) = fs::metadata(&path) {
            files.insert(path, (found.len(), found.modified().ok()));
        }
    }
    Ok(())
}

/// What changed, in words.
fn differences(directory: &Path, old: &Files, new: &Files) -> String {
    let mut all = Vec::new();
    let mut say = |what: &str, path: &Path| {
        let path = path.strip_prefix(directory).unwrap_or(path);
        all.push(format!("{what} {}", path.display()));
    };
    for (path, stamp) in new {
        match old.get(path) {
            None => say("added", path),
            Some(before) if before != stamp => say("changed", path),
            Some(_) => {}
        }
    }
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        say("removed", path);
    }
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

    use super::*;

    #[test]
    fn what_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        for name in ["policy.toml", "a/b/old.json", ".hidden"] {
            fs::write(at(name), "x").unwrap();
        }
        let old = look(folder.path());
        assert_eq!(old.len(), 2);
        assert_eq!(differences(folder.path(), &old, &old), "");
        fs::remove_file(at("a/b/old.json")).unwrap();
        fs::write(at("a/new.yaml"), "x").unwrap();
        fs::write(at("policy.toml"), "xy").unwrap();
        fs::write(at(".hidden"), "xy").unwrap();
        let new = changed(folder.path(), &old);
        assert_eq!(
            differences(folder.path(), &old, &new),
            "added a/new.yaml, changed policy.toml, removed a/b/old.json"
        );
        for i in 0..20 {
            fs::write(at(&format!("{i}")), "").unwrap();
        }
        let said = differences(folder.path(), &new, &look(folder.path()));
        assert!(said.ends_with("added 15, and 12 more"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_within_itself_is_looked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        assert!(look(folder.path()).len() <= 1);
    }
}

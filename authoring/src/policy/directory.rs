//! The files of a policy set: found, bounded, read once, in a fixed order.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::ModelFile;
use crate::{
    limits,
    place::{File, Place, Spot},
    problem::{Log, Problem},
};

/// The folder of the policy cases.
const CASES: &str = "tests/";

/// The TOML files of a policy set and its cases, sorted by path.
pub(crate) struct Directory {
    root: PathBuf,
    files: Vec<Arc<File>>,
    models: RefCell<Models>,
}

/// Model files read so far: one named again is not read again.
#[derive(Default)]
struct Models {
    read: BTreeMap<PathBuf, Arc<Vec<u8>>>,
    /// Bytes of all that were named.
    bytes: usize,
}

impl Directory {
    /// Reads all files; notes what cannot be read.
    pub(crate) fn open(root: &Path, log: &Log) -> Option<Self> {
        let mut names = Vec::new();
        if let Err(error) = list(root, "", &mut names, log) {
            let file = root.display().to_string();
            log.add(
                Place {
                    file,
                    line: 0,
                    column: 0,
                },
                error,
            );
            return None;
        }
        names.sort();
        if names.len() > limits::FILES {
            too_much(
                root,
                "files",
                names.len(),
                limits::FILES,
                "join small files",
                log,
            );
            return None;
        }
        // What is too much all together is not read at all.
        let lengths = names
            .iter()
            .filter_map(|name| fs::metadata(root.join(name)).ok());
        let bytes = lengths.fold(0u64, |sum, it| sum.saturating_add(it.len()));
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if bytes > limits::FILES_BYTES {
            let remedy = "take files away that are no policies, or split the policy set";
            too_much(
                root,
                "bytes in all files",
                bytes,
                limits::FILES_BYTES,
                remedy,
                log,
            );
            return None;
        }
        let mut left = limits::FILES_BYTES;
        let read = |name: &String| match text(&root.join(name), left) {
            Ok(text) => {
                left -= text.len();
                Some(Arc::new(File::new(name.as_str(), text)))
            }
            Err(error) => {
                log.add(
                    Place {
                        file: name.clone(),
                        line: 0,
                        column: 0,
                    },
                    error,
                );
                None
            }
        };
        Some(Self {
            root: root.to_owned(),
            files: names.iter().filter_map(read).collect(),
            models: RefCell::default(),
        })
    }

    /// All files but the policy cases.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files
            .iter()
            .filter(|file| !file.name.starts_with(CASES))
    }

    /// The policy cases.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files
            .iter()
            .filter(|file| file.name.starts_with(CASES))
    }

    /// Reads a model file named in a policy.
    pub(crate) fn model(&self, path: Spot<String>, log: &Log) -> Option<ModelFile> {
        let result = self.below(&path.value).and_then(|file| {
            let mut models = self.models.borrow_mut();
            models.bytes(file)
        });
        match result {
            Ok(bytes) => Some(ModelFile { path, bytes }),
            Err(error) => {
                let error = io::Error::new(error.kind(), format!("`{}`: {error}", path.value));
                log.add(path.place(), error);
                None
            }
        }
    }

    /// A path below the directory; others are refused, so that a policy set cannot read a neighbour's files.
    fn below(&self, path: &str) -> io::Result<PathBuf> {
        let inside = Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let refused = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        if !inside {
            return refused("name a file below the policy directory, without `..`");
        }
        let mut file = self.root.clone();
        for part in Path::new(path) {
            file.push(part);
            if fs::symlink_metadata(&file)?.is_symlink() {
                return refused("it is a link: put the file itself into the policy set");
            }
        }
        // Opening a pipe would wait for a writer.
        if !fs::metadata(&file)?.is_file() {
            return refused("it is no file");
        }
        Ok(file)
    }
}

impl Models {
    fn bytes(&mut self, path: PathBuf) -> io::Result<Arc<Vec<u8>>> {
        let left = limits::MODELS_BYTES.saturating_sub(self.bytes);
        let found = match self.read.get(&path) {
            Some(found) => Arc::clone(found),
            None => Arc::new(bytes(&path, limits::MODEL_BYTES)?),
        };
        if found.len() > left {
            let text = format!(
                "all models together have more bytes than the limit of {}: use smaller or fewer models",
                limits::MODELS_BYTES
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        self.bytes += found.len();
        self.read.insert(path, Arc::clone(&found));
        Ok(found)
    }
}

/// A file's bytes, if there are not too many.
pub(crate) fn bytes(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // What a file says of its length is no bound: devices and pipes say 0.
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)?.take(bound).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        let text = format!("it has more bytes than the limit of {limit}: split it");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// Notes too much of something in the set as a whole.
fn too_much(
    root: &Path,
    what: &'static str,
    found: usize,
    limit: usize,
    remedy: &'static str,
    log: &Log,
) {
    let place = Place {
        file: root.display().to_string(),
        line: 0,
        column: 0,
    };
    let problem = Problem::TooMuch {
        what,
        found,
        limit,
        remedy,
    };
    log.add(place, problem);
}

/// A file's text; `left` is how many bytes all files may still have, as one may grow while it is read.
fn text(path: &Path, left: usize) -> io::Result<String> {
    let bytes = bytes(path, limits::FILE_BYTES.min(left))?;
    String::from_utf8(bytes).map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8: save it in that encoding",
        )
    })
}

/// Whether a file says something of a policy set, by its name. Cases in TOML are none, but are found, so
/// that reading them can say so.
fn is_read(name: &str) -> bool {
    let endings: &[&str] = if name.starts_with(CASES) {
        &[".yaml", ".yml", ".json", ".toml"]
    } else {
        &[".toml"]
    };
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The files to read in a folder and the folders below it, two levels deep. Notes what looks like a file of the
/// set and is not read: a rule that is passed over in silence does not hold.
fn list(root: &Path, below: &str, names: &mut Vec<String>, log: &Log) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let path = if below.is_empty() {
            name.clone().into_owned()
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type()?;
        let is_meant = is_read(&path.to_lowercase());
        let wrong = if kind.is_dir() && !is_meant {
            if below.matches('/').count() < 1 {
                list(root, &path, names, log)?;
                None
            } else {
                Some("is a folder too deep: folders go two levels down")
            }
        } else if kind.is_symlink() && (is_meant || root.join(&path).is_dir()) {
            Some("is a link: put the file itself into the policy set")
        } else if is_meant && !kind.is_file() {
            Some("is no file: give it another name")
        } else if is_meant && entry.file_name().to_str().is_none() {
            Some("has a name that is not UTF-8: give it another")
        } else if is_meant && !is_read(&path) {
            Some("has an ending in capital letters: write it in small ones")
        } else {
            if is_meant {
                names.push(path.clone());
            }
            None
        };
        if let Some(wrong) = wrong {
            let place = Place {
                file: path,
                line: 0,
                column: 0,
            };
            log.add(place, io::Error::new(io::ErrorKind::InvalidInput, wrong));
        }
        if names.len() > limits::FILES || log.is_full() {
            return Ok(());
        }
    }
    Ok(())
}

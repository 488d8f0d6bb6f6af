//! Where profiles come from: files of one profile a line (`.jsonl`, `.ndjson`), files of one profile
//! (`.json`), or folders of both. Files are read as a stream, so a population may be larger than memory.

use std::{
    ffi::OsStr,
    fmt, fs, io,
    io::{BufRead, BufReader, Read},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use authoring::shown::message;
use engine::limits;

/// The files of a population, in the order in which they are read.
#[derive(Debug)]
pub struct Profiles {
    files: Vec<Arc<Path>>,
    bytes: u64,
}

/// One customer, as the file has it.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Position in the population, from 0; refused profiles count, so that mending one moves no other.
    pub position: u64,
    /// Where the profile is.
    pub place: Place,
    /// The profile's JSON; of one over the engine's limit, so much that the engine refuses it.
    pub json: Vec<u8>,
}

/// Where a profile is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<Path>,
    /// The line, in a file of one profile a line.
    pub line: Option<u64>,
}

/// Why profiles cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file or folder cannot be read.
    #[error("{}: {cause}: check the path and its permissions", message(path.display()))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A path that is no file, folder or pipe.
    #[error("{}: is no file, so it may have no end: give a file of profiles, or a folder of such", message(path.display()))]
    Device {
        /// The path.
        path: PathBuf,
    },
    /// A line that goes on and on.
    #[error("{}:{line}: has more than {LINE} bytes: give one profile a line", message(path.display()))]
    Endless {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
    },
    /// A folder without profiles.
    #[error("{}: holds no profiles: give a folder with files *.json or *.jsonl", message(path.display()))]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// More than this is not kept of one profile.
const KEPT: usize = limits::PROFILE_BYTES + 1;
/// A line of more bytes than this ends the reading.
const LINE: u64 = 256 << 20;
/// What some editors put before a text: a byte order mark, which JSON does not have.
pub const MARK: &[u8] = "\u{feff}".as_bytes();

impl Profiles {
    /// Finds the files behind paths: a file is itself, a folder its profiles in the order of their names.
    pub fn find(paths: &[PathBuf]) -> Result<Self, SourceError> {
        let mut profiles = Self {
            files: Vec::new(),
            bytes: 0,
        };
        for path in paths {
            let found = fs::metadata(path).map_err(failed(path))?;
            if found.is_dir() {
                profiles.folder(path)?;
            } else if is_endless(&found) {
                return Err(SourceError::Device { path: path.clone() });
            } else {
                profiles.bytes += found.len();
                profiles.files.push(Arc::from(path.as_path()));
            }
        }
        Ok(profiles)
    }

    /// Bytes of all files, as far as the system knows.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads one customer after the other until there are no more or `meet` has seen enough.
    pub fn each(
        &self,
        mut meet: impl FnMut(Customer) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut position = 0;
        let mut next = |file: &Arc<Path>, line, json| {
            let place = Place {
                file: Arc::clone(file),
                line,
            };
            let customer = Customer {
                position,
                place,
                json,
            };
            position += 1;
            meet(customer)
        };
        for file in &self.files {
            let mut source = BufReader::new(fs::File::open(file).map_err(failed(file))?);
            if source.fill_buf().map_err(failed(file))?.starts_with(MARK) {
                source.consume(MARK.len());
            }
            if !lines(file) {
                let mut json = Vec::new();
                let kept = u64::try_from(KEPT).unwrap_or(u64::MAX);
                source
                    .take(kept)
                    .read_to_end(&mut json)
                    .map_err(failed(file))?;
                if next(file, None, json).is_break() {
                    return Ok(());
                }
                continue;
            }
            for line in 1.. {
                let (json, more) = match read_line(&mut source).map_err(failed(file))? {
                    None => break,
                    Some(found) => found,
                };
                if more {
                    let path = file.to_path_buf();
                    return Err(SourceError::Endless { path, line });
                }
                let blank = json.iter().all(u8::is_ascii_whitespace);
                if !blank && next(file, Some(line), json).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn folder(&mut self, path: &Path) -> Result<(), SourceError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(path).map_err(failed(path))? {
            let entry = entry.map_err(failed(path))?.path();
            if lines(&entry) || is(&entry, "json") {
                let length = fs::metadata(&entry).map_err(failed(&entry))?;
                if length.is_file() {
                    self.bytes += length.len();
                    found.push(Arc::from(entry));
                }
            }
        }
        if found.is_empty() {
            return Err(SourceError::Empty {
                path: path.to_owned(),
            });
        }
        found.sort();
        self.files.append(&mut found);
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", message(self.file.display()))?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// Whether something may have no end. Who gives a pipe knows what writes into it.
fn is_endless(found: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        !found.is_file() && !found.file_type().is_fifo()
    }
    #[cfg(not(unix))]
    !found.is_file()
}

/// The next line without its end, nothing at the end of the file. Of a line that is too long, the start,
/// and whether it goes on beyond all bounds.
fn read_line(source: &mut impl BufRead) -> io::Result<Option<(Vec<u8>, bool)>> {
    let mut line = Vec::new();
    let kept = u64::try_from(KEPT).unwrap_or(u64::MAX);
    if source.by_ref().take(kept).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let mut more = false;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() >= KEPT {
        let skipped = source.by_ref().take(LINE).skip_until(b'\n')?;
        more = u64::try_from(skipped).unwrap_or(u64::MAX) >= LINE;
    }
    Ok(Some((line, more)))
}

fn lines(path: &Path) -> bool {
    is(path, "jsonl") || is(path, "ndjson")
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = path.to_owned();
    move |cause| SourceError::File { path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(profiles: &Profiles) -> Vec<(u64, String, Vec<u8>)> {
        let mut all = Vec::new();
        let whole = profiles.each(|customer| {
            let name = customer.place.to_string();
            let name = name.rsplit('/').next().unwrap_or_default().to_owned();
            all.push((customer.position, name, customer.json));
            ControlFlow::Continue(())
        });
        whole.unwrap();
        all
    }

    #[test]
    fn files_lines_and_folders_are_one_population() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("b.json"), "{\n}").unwrap();
        fs::write(at("a.jsonl"), "1\r\n\n  \n2").unwrap();
        fs::write(at("README.md"), "no profile").unwrap();
        let profiles = Profiles::find(&[folder.path().to_owned(), at("b.json")]).unwrap();
        let found = read(&profiles);
        let expected = [
            (0, "a.jsonl:1", "1\r"),
            (1, "a.jsonl:4", "2"),
            (2, "b.json", "{\n}"),
            (3, "b.json", "{\n}"),
        ];
        let expected = expected.map(|(i, name, json)| (i, name.to_owned(), json.into()));
        assert_eq!(found, expected);
        assert_eq!(profiles.bytes(), 8 + 3 + 3);
    }

    #[test]
    fn a_line_without_end_costs_no_more_than_the_largest_profile() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        let mut text = vec![b'x'; 2 * KEPT];
        text.extend_from_slice(b"\n{}\n");
        fs::write(&file, text).unwrap();
        let found = read(&Profiles::find(&[file]).unwrap());
        let lengths: Vec<_> = found.iter().map(|(_, _, json)| json.len()).collect();
        assert_eq!(lengths, [KEPT, 2]);
    }

    #[test]
    fn a_mark_before_the_first_profile_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jsonl", "b.json"] {
            fs::write(folder.path().join(name), "\u{feff}{}").unwrap();
        }
        let found = read(&Profiles::find(&[folder.path().to_owned()]).unwrap());
        assert!(found.iter().all(|(_, _, json)| json == b"{}"), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a.jsonl");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for path in [PathBuf::from("/dev/zero"), link] {
            let error = Profiles::find(&[path]).unwrap_err();
            assert!(matches!(error, SourceError::Device { .. }), "{error}");
        }
        let mut zero = BufReader::new(fs::File::open("/dev/zero").unwrap());
        let (line, more) = read_line(&mut zero).unwrap().unwrap();
        assert_eq!((line.len(), more), (KEPT, true));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Profiles::find(&[folder.path().to_owned()]).unwrap_err();
        assert!(matches!(error, SourceError::Empty { .. }), "{error}");
        let error = Profiles::find(&[folder.path().join("none")]).unwrap_err();
        assert!(error.to_string().contains("none: "), "{error}");
    }
}

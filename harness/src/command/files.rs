//! Files in and out: with limits on the way in, whole or not at all on the way out.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use authoring::shown::message;
use clap::Args;
use harness::{KeyBytes, population::MARK};

use super::Failure;

/// Bytes of a file of keys.
const KEYS_BYTES: usize = 4_096;

/// Which keys may sign a bundle.
#[derive(Debug, Args)]
pub struct Trust {
    /// Trust the public keys in FILE, 64 hexadecimal digits a line, instead of the development key.
    #[arg(long, value_name = "FILE")]
    trust_key: Option<PathBuf>,
}

impl Trust {
    /// The trusted keys, at least one.
    pub fn keys(&self) -> Result<Vec<KeyBytes>, Failure> {
        let Some(path) = &self.trust_key else {
            return Ok(vec![
                authoring::keys::development().verifying_key().to_bytes(),
            ]);
        };
        let text = read(path, KEYS_BYTES)?;
        let text = String::from_utf8_lossy(&text);
        let lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.trim().is_empty());
        let keys: Vec<KeyBytes> = lines
            .map(|(text, line)| {
                key(text.trim()).ok_or_else(|| Failure::TrustKey {
                    path: path.clone(),
                    line,
                })
            })
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(Failure::NoTrustKey { path: path.clone() });
        }
        Ok(keys)
    }
}

/// Reads a file of at most `limit` bytes.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let failed = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let mut bytes = Vec::new();
    // What a file says of its length is no bound: devices and pipes say 0.
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut source = fs::File::open(path).map_err(failed)?.take(bound);
    source.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit {
        return Err(Failure::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Reads a JSON file of at most `limit` bytes, without the mark that some editors put first.
pub fn read_json(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = read(path, limit)?;
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    Ok(bytes)
}

/// Refuses a file where a policy set is asked for, and says what to give instead.
pub fn set(path: &Path) -> Result<(), Failure> {
    if !path.is_file() {
        return Ok(());
    }
    let above = path.ancestors().skip(1).take(3);
    let mut above = above.map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    let set = above.find(|folder| folder.join("policy.toml").is_file());
    let remedy = match set {
        None => "the folder that holds its `policy.toml`".to_owned(),
        Some(set) if path.starts_with(set.join("tests")) => format!(
            "`{}`, and `--filter {}` to run the cases of the file only",
            message(set.display()),
            message(path.file_name().unwrap_or_default().display())
        ),
        Some(set) => format!("`{}`", message(set.display())),
    };
    Err(Failure::NotASet {
        path: path.to_owned(),
        remedy,
    })
}

/// Writes a file so that a reader sees the old one or the new one, never half of it. A link stays, and
/// the file behind it is written; what is no file is refused.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut fresh = Fresh::new(path)?;
    fresh.write_all(bytes).map_err(|cause| Failure::File {
        path: path.to_owned(),
        cause,
    })?;
    fresh.keep()
}

/// A file in the making, which takes its place whole or not at all.
pub struct Fresh {
    file: tempfile::NamedTempFile,
    path: PathBuf,
    target: PathBuf,
}

impl Fresh {
    /// Begins a file that will be at that path.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let failed = |cause| Failure::File {
            path: path.to_owned(),
            cause,
        };
        let target = target(path)?;
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            target,
        })
    }

    /// Puts it in its place.
    pub fn keep(self) -> Result<(), Failure> {
        let path = self.path;
        let failed = |cause| Failure::File { path, cause };
        match share(&self.file).and_then(|()| Ok(self.file.persist(&self.target)?)) {
            Ok(_) => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }
}

impl Write for Fresh {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Refuses outputs that are inputs, or policy files or profiles in an input folder, or each other.
pub fn apart<'p>(
    outputs: impl IntoIterator<Item = &'p PathBuf>,
    inputs: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Failure> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let inputs: Vec<PathBuf> = inputs.into_iter().map(|path| real(path)).collect();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in outputs {
        let output = real(path);
        let is_source = output.extension().is_some_and(|end| {
            ["toml", "yaml", "yml", "json", "jsonl"]
                .iter()
                .any(|source| end == *source)
        });
        let is_input = |input: &PathBuf| {
            *input == output || is_source && output.is_file() && output.starts_with(input)
        };
        if seen.contains(&output) || inputs.iter().any(is_input) {
            return Err(Failure::Twice { path: path.clone() });
        }
        seen.push(output);
    }
    Ok(())
}

/// The file behind a path, or the path when nothing is there yet.
fn target(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let refused = || Failure::NotAFile {
        path: path.to_owned(),
    };
    match fs::canonicalize(path) {
        Ok(target) if fs::metadata(&target).map_err(failed)?.is_file() => Ok(target),
        Ok(_) => Err(refused()),
        // A link that leads nowhere is there all the same.
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(refused()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(cause) => Err(failed(cause)),
    }
}

/// A temporary file is for its owner alone; a result is for whoever may read its folder.
fn share(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn key(text: &str) -> Option<KeyBytes> {
    let mut key = KeyBytes::default();
    if text.len() != 2 * key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for digit in pair {
            let digit = char::from(*digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())?;
            *byte = *byte << 4 | digit;
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "12345").unwrap();
        assert_eq!(read(file.path(), 5).unwrap(), b"12345");
        let error = read(file.path(), 4).unwrap_err();
        assert!(
            matches!(error, Failure::TooLarge { limit: 4, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_mark_before_json_is_left_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "\u{feff}{}").unwrap();
        assert_eq!(read_json(file.path(), 5).unwrap(), b"{}");
    }

    #[test]
    fn a_file_in_place_of_a_set_names_the_set() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("x/tests")).unwrap();
        for name in ["x/policy.toml", "x/tests/a.yaml", "b.yaml"] {
            fs::write(at(name), "").unwrap();
        }
        let said = |name: &str| set(&at(name)).unwrap_err().to_string();
        assert!(
            said("x/policy.toml").ends_with("/x`"),
            "{}",
            said("x/policy.toml")
        );
        let case = said("x/tests/a.yaml");
        assert!(case.contains("/x`, and `--filter a.yaml`"), "{case}");
        assert!(said("b.yaml").ends_with("holds its `policy.toml`"));
        assert!(set(&at("x")).is_ok() && set(&at("none")).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        let zero = Path::new("/dev/zero");
        let error = read(zero, 1 << 20).unwrap_err();
        assert!(matches!(error, Failure::TooLarge { .. }), "{error}");
        let trust = Trust {
            trust_key: Some(zero.to_owned()),
        };
        assert_eq!(trust.keys().unwrap_err().code(), 2);
    }

    #[test]
    fn a_file_of_no_keys_is_bad_input() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["", "\n \n"] {
            fs::write(file.path(), text).unwrap();
            let trust = Trust {
                trust_key: Some(file.path().to_owned()),
            };
            let error = trust.keys().unwrap_err();
            assert!(matches!(error, Failure::NoTrustKey { .. }), "{error}");
            assert_eq!(error.code(), 2);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_what_is_no_file_is_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let refused = |path: &Path| {
            let error = write(path, b"new").unwrap_err();
            assert!(matches!(error, Failure::NotAFile { .. }), "{error}");
            assert_eq!(error.code(), 2);
        };
        fs::write(at("old"), "old").unwrap();
        symlink("old", at("link")).unwrap();
        write(&at("link"), b"new").unwrap();
        assert_eq!(fs::read(at("old")).unwrap(), b"new");
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        refused(folder.path());
        refused(Path::new("/dev/null"));
        symlink("/dev/null", at("device")).unwrap();
        refused(&at("device"));
        symlink("nowhere", at("dangling")).unwrap();
        refused(&at("dangling"));
        assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink());
        write(&at("below/fresh"), b"new").unwrap();
        assert_eq!(fs::read(at("below/fresh")).unwrap(), b"new");
    }
}

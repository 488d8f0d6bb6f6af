//! Files in and out: with limits on the way in, whole or not at all on the way out.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use harness::KeyBytes;

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
    /// The trusted keys.
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
        lines
            .map(|(text, line)| {
                key(text.trim()).ok_or_else(|| Failure::TrustKey {
                    path: path.clone(),
                    line,
                })
            })
            .collect()
    }
}

/// Reads a file of at most `limit` bytes.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let failed = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let found = fs::metadata(path).map_err(failed)?.len();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    if found > limit {
        return Err(Failure::TooLarge {
            path: path.to_owned(),
            found,
            limit,
        });
    }
    fs::read(path).map_err(failed)
}

/// Writes a file so that a reader sees the old one or the new one, never half of it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(bytes).map_err(failed)?;
    share(&new).map_err(failed)?;
    new.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
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

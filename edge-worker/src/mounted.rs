//! The bundle and the keys that the worker was deployed with.
//!
//! They are files of the component (`files` in `spin.toml`), read for each request: an instance lives
//! for one request, and a new bundle takes effect with the next.

use std::{fs, io::ErrorKind, path::Path};

use engine::{
    Bundle, limits,
    trust::{HEADER_BYTES, PublicKey, Verified, hex},
};

use crate::problem::Problem;

/// Where the component's files are.
pub const FOLDER: &str = "/nearfield";
/// The signed bundle in that folder.
pub const BUNDLE: &str = "bundle.nearfield";
/// The trusted public keys in that folder: one a line, 32 bytes in hexadecimal.
pub const KEYS: &str = "keys.hex";

/// Bytes of a key file that are read; more keys than fit here are a mistake.
const KEYS_BYTES: u64 = 4_096;

/// The files as they are, trusted by nobody yet.
#[derive(Clone, Debug)]
pub struct Mounted {
    bundle: Vec<u8>,
    keys: Vec<PublicKey>,
}

impl Mounted {
    /// Reads both files from a folder.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        let bundle = read(folder, BUNDLE, limits::BUNDLE_BYTES as u64)?;
        let keys = read(folder, KEYS, KEYS_BYTES)?;
        let keys = String::from_utf8(keys).map_err(|_| Problem::bundle("keys.hex is not text"))?;
        let keys = keys
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let keys = keys
            .map(|(i, line)| key(line).ok_or_else(|| bad_key(i + 1)))
            .collect::<Result<_, _>>()?;
        Ok(Self { bundle, keys })
    }

    /// Verifies and opens the bundle.
    pub fn open(&self) -> Result<Bundle<'_>, Problem> {
        let verified = self.verified()?;
        Bundle::open(verified).map_err(|cause| Problem::bundle(cause.to_string()))
    }

    /// The bundle's bytes and a strong entity tag for them, once a trusted key is known to have signed
    /// them.
    pub fn file(&self) -> Result<(&[u8], String), Problem> {
        let verified = self.verified()?;
        // The same body signed again is another file, so the tag names the signature too.
        let signature = self.bundle.get(64..HEADER_BYTES).unwrap_or_default();
        let short = signature.get(..16).unwrap_or_default();
        Ok((
            &self.bundle,
            format!("\"{}-{}\"", hex(&verified.hash()), hex(short)),
        ))
    }

    fn verified(&self) -> Result<Verified<'_>, Problem> {
        Verified::new(&self.bundle, &self.keys).map_err(|cause| Problem::bundle(cause.to_string()))
    }
}

fn read(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Problem> {
    let path = folder.join(name);
    let size = fs::metadata(&path).map(|data| data.len());
    let bytes = size.and_then(|size| {
        if size > limit {
            Err(ErrorKind::FileTooLarge.into())
        } else {
            fs::read(&path)
        }
    });
    bytes.map_err(|cause| {
        Problem::bundle(format!(
            "{name} cannot be read ({cause}): mount it under {FOLDER}"
        ))
    })
}

fn key(line: &str) -> Option<PublicKey> {
    let digits: Vec<u8> = line
        .trim()
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect::<Option<_>>()?;
    PublicKey::from_bytes(&bytes).ok()
}

fn bad_key(line: usize) -> Problem {
    Problem::bundle(format!(
        "keys.hex:{line} is not an Ed25519 public key: write 64 hexadecimal digits"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 1.
    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    #[test]
    fn keys_are_hexadecimal() {
        assert!(key(KEY).is_some());
        assert!(key(&KEY.to_uppercase()).is_some());
        for bad in [
            "",
            "d7",
            &KEY[1..],
            &format!("{KEY}00"),
            &KEY.replace('d', "g"),
            &KEY.replace('d', "ď"),
        ] {
            assert!(key(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let problem = Mounted::read(Path::new("/nowhere")).unwrap_err();
        assert_eq!(problem.status, 503);
        assert!(
            problem
                .detail
                .starts_with("bundle.nearfield cannot be read"),
            "{}",
            problem.detail
        );
    }
}

//! Keys that sign bundles.
//!
//! ```
//! let key = authoring::keys::development();
//! let file = tempfile::NamedTempFile::new().unwrap();
//! std::fs::write(file.path(), "00".repeat(32)).unwrap();
//! assert_ne!(authoring::keys::read(file.path()).unwrap(), key);
//! ```

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use ed25519_dalek::SigningKey;

/// The seed of the development key. It is published here, so what it signs proves nothing: only
/// developers' own hosts trust it.
pub const DEVELOPMENT_SEED_NOT_SECRET: [u8; 32] = *b"nearfield development, NO SECRET";

/// Bytes of a key file.
const KEY_BYTES: u64 = 1_000;

/// Why a key file was refused. The message never holds what the file holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It cannot be read.
    #[error("key file {file} cannot be read: {error}: check the path and its permissions")]
    File {
        /// The path.
        file: String,
        /// What the system says.
        error: io::Error,
    },
    /// It holds something else.
    #[error(
        "key file {file} is not a key: it must hold one line of 64 hexadecimal digits, the seed"
    )]
    Format {
        /// The path.
        file: String,
    },
}

/// The key that development bundles are signed with. It is public: see
/// [`DEVELOPMENT_SEED_NOT_SECRET`].
pub fn development() -> SigningKey {
    SigningKey::from_bytes(&DEVELOPMENT_SEED_NOT_SECRET)
}

/// Reads a key file: one line, the 32 bytes of the RFC 8032 seed in hexadecimal.
pub fn read(path: &Path) -> Result<SigningKey, KeyError> {
    let file = path.display().to_string();
    let other = || KeyError::Format { file: file.clone() };
    let failed = |error| KeyError::File {
        file: file.clone(),
        error,
    };
    let mut bytes = Vec::new();
    // What a file says of its length is no bound: devices and pipes say 0.
    let mut source = fs::File::open(path).map_err(failed)?.take(KEY_BYTES + 1);
    source.read_to_end(&mut bytes).map_err(failed)?;
    if source.limit() == 0 {
        return Err(other());
    }
    let text = core::str::from_utf8(&bytes).map_err(|_| other())?;
    seed(text.trim_end_matches(['\n', '\r']))
        .map(|seed| SigningKey::from_bytes(&seed))
        .ok_or_else(other)
}

fn seed(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut seed = [0; 32];
    for (byte, pair) in seed.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for digit in pair {
            let digit = char::from(*digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())?;
            *byte = (*byte << 4) | digit;
        }
    }
    Some(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_64_hexadecimal_digits() {
        // The secret and public key of RFC 8032, section 7.1, test 1.
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = SigningKey::from_bytes(&seed(secret).unwrap());
        assert_eq!(engine::trust::hex(key.verifying_key().as_bytes()), public);
        assert_eq!(seed(&secret[1..]), None);
        assert_eq!(seed(&format!("{}+1", &secret[2..])), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        let error = read(Path::new("/dev/zero")).unwrap_err();
        assert!(matches!(error, KeyError::Format { .. }), "{error}");
    }

    #[test]
    fn what_a_refused_file_holds_is_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "secret-but-wrong").unwrap();
        let message = read(file.path()).unwrap_err().to_string();
        assert!(!message.contains("secret-but-wrong"), "{message}");
    }
}

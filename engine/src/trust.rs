//! Trust: nothing unsigned runs.
//!
//! A bundle is a header of 128 bytes and a body. [`Verified`] has no other constructor than the checks
//! here, and [`Bundle`](crate::Bundle) opens nothing else. No I/O, no clock, no state: given bytes and
//! keys, the answer is fixed. Repository metadata (TUF) will be a second way to a `Verified`, one that
//! also knows versions and expiry.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0–7 | magic `NEARFLD\0` |
//! | 8–11 | format version, little-endian |
//! | 12–15 | length of the body, little-endian |
//! | 16–31 | id of the signing key: the first 16 bytes of the BLAKE3 hash of the public key |
//! | 32–63 | BLAKE3 hash of the body |
//! | 64–127 | Ed25519 signature over the domain `nearfield bundle v1\0` and bytes 0–63 |
//!
//! ```
//! use engine::{TrustError, trust::{MAGIC, PublicKey, Verified}};
//! let cut_off = Verified::new(&MAGIC, &[]).unwrap_err();
//! assert!(matches!(cut_off, TrustError::Truncated { found: 8, .. }));
//! assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(TrustError::Key), "verifies anything");
//! ```

use ed25519_dalek::{Signature, VerifyingKey};

use crate::limits;

/// Length of the header.
pub const HEADER_BYTES: usize = 128;
/// The first bytes of every bundle.
pub const MAGIC: [u8; 8] = *b"NEARFLD\0";
/// The body format that this engine reads: one more with every change of the layout of
/// [`Body`](crate::bundle::Body), so that an older bundle is refused for what it is.
pub const FORMAT_VERSION: u32 = 4;
/// What a signature is about, so that it can never be passed off as one over something else.
pub const DOMAIN: [u8; 20] = *b"nearfield bundle v1\0";

/// A public key that may sign bundles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// The short name of a public key.
pub type KeyId = [u8; 16];

/// The body of a bundle that a trusted key signed.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    body: &'a [u8],
    hash: [u8; 32],
}

/// Why a bundle is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The hash in the header is not the body's.
    #[error("bundle was altered: its body does not have the hash that was signed; fetch it again")]
    Altered,
    /// Made for another engine.
    #[error(
        "bundle has format version {found}, this engine reads {FORMAT_VERSION}: build it again"
    )]
    FormatVersion {
        /// The version found.
        found: u32,
    },
    /// The signature is not the key's.
    #[error("bundle has a signature that does not verify: its header was altered or forged")]
    Forged,
    /// The key bytes are not a usable Ed25519 public key.
    #[error("public key is not a usable Ed25519 key: give 32 bytes of a key made by `nearfield`")]
    Key,
    /// The first bytes are something else.
    #[error("not a bundle: it does not start with `NEARFLD`")]
    NotABundle,
    /// More bytes than the engine reads.
    #[error(
        "bundle has {found} bytes, the limit is {}: split the policy set",
        limits::BUNDLE_BYTES
    )]
    TooLarge {
        /// How many bytes were found.
        found: usize,
    },
    /// Bytes are missing, or there are too many.
    #[error(
        "bundle has {found} bytes, its header says {expected}: it was cut off or joined to something"
    )]
    Truncated {
        /// How many bytes were found.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Signed by a key that is not trusted here.
    #[error("bundle is signed by key {}, which is not trusted here", hex(.0))]
    UnknownKey(KeyId),
    /// No signature.
    #[error("bundle is not signed: build it with `nearfield bundle build`")]
    Unsigned,
}

impl PublicKey {
    /// From the 32 bytes of RFC 8032. Keys of small order are refused: they verify anything.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TrustError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| TrustError::Key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| TrustError::Key)?;
        if key.is_weak() {
            Err(TrustError::Key)
        } else {
            Ok(Self(key))
        }
    }

    /// Its short name.
    pub fn id(&self) -> KeyId {
        let hash = blake3::hash(self.0.as_bytes());
        let mut id = KeyId::default();
        for (to, from) in id.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        id
    }
}

impl<'a> Verified<'a> {
    /// Checks a bundle from the wire against the trusted keys.
    pub fn new(bytes: &'a [u8], trusted: &[PublicKey]) -> Result<Self, TrustError> {
        if bytes.len() > limits::BUNDLE_BYTES {
            return Err(TrustError::TooLarge { found: bytes.len() });
        }
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(TrustError::NotABundle);
        }
        let short = TrustError::Truncated {
            found: bytes.len(),
            expected: HEADER_BYTES,
        };
        let (header, body) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(short)?;
        let found = u32::from_le_bytes(field(header, 8));
        if found != FORMAT_VERSION {
            return Err(TrustError::FormatVersion { found });
        }
        let length = u32::from_le_bytes(field(header, 12));
        let expected = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_add(HEADER_BYTES);
        if bytes.len() != expected {
            return Err(TrustError::Truncated {
                found: bytes.len(),
                expected,
            });
        }
        let signature: [u8; 64] = field(header, 64);
        if signature == [0; 64] {
            return Err(TrustError::Unsigned);
        }
        let id: KeyId = field(header, 16);
        let key = trusted
            .iter()
            .find(|key| key.id() == id)
            .ok_or(TrustError::UnknownKey(id))?;
        let message = signed_message(field(header, 0));
        key.0
            .verify_strict(&message, &Signature::from_bytes(&signature))
            .map_err(|_| TrustError::Forged)?;
        let hash: [u8; 32] = field(header, 32);
        if blake3::hash(body) != hash {
            return Err(TrustError::Altered);
        }
        Ok(Self { body, hash })
    }

    /// The body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// BLAKE3 hash of the body.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }
}

/// What a key signs: the domain and the first 64 bytes of the header.
pub fn signed_message(header: [u8; 64]) -> [u8; 84] {
    let mut message = [0; 84];
    let bytes = DOMAIN.iter().chain(&header);
    for (to, from) in message.iter_mut().zip(bytes) {
        *to = *from;
    }
    message
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| char::from_digit(u32::from(digit), 16));
    digits.flatten().collect()
}

fn field<const N: usize>(header: &[u8; HEADER_BYTES], from: usize) -> [u8; N] {
    let mut out = [0; N];
    for (to, byte) in out.iter_mut().zip(header.iter().skip(from)) {
        *to = *byte;
    }
    out
}

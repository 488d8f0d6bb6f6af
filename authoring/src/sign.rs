//! From tables to a signed file: rkyv, BLAKE3, Ed25519, in the layout of [`engine::trust`].

use ed25519_dalek::{Signer, SigningKey};
use engine::{
    bundle::Body,
    limits,
    trust::{FORMAT_VERSION, HEADER_BYTES, MAGIC, PublicKey, signed_message},
};

/// Why a body cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key's public half is of small order, so its signatures prove nothing.
    #[error("the signing key is not usable: make a new one")]
    Key(#[from] engine::TrustError),
    /// The tables cannot be laid out.
    #[error("the bundle cannot be laid out: {0}")]
    Layout(#[from] rkyv::rancor::Error),
    /// Larger than engines read.
    #[error(
        "the bundle has {found} bytes, the limit is {}: split the policy set",
        limits::BUNDLE_BYTES
    )]
    TooLarge {
        /// How many bytes it has.
        found: usize,
    },
}

/// Lays out a body and signs it. The same body and key give the same bytes.
pub fn sign(body: &Body, key: &SigningKey) -> Result<Vec<u8>, SignError> {
    let body = rkyv::to_bytes::<rkyv::rancor::Error>(body)?;
    let found = body.len().saturating_add(HEADER_BYTES);
    let too_large = SignError::TooLarge { found };
    if found > limits::BUNDLE_BYTES {
        return Err(too_large);
    }
    let length = u32::try_from(body.len()).map_err(|_| too_large)?;
    let id = PublicKey::from_bytes(key.verifying_key().as_bytes())?.id();
    let mut header = [0; 64];
    let fields = MAGIC
        .into_iter()
        .chain(FORMAT_VERSION.to_le_bytes())
        .chain(length.to_le_bytes())
        .chain(id)
        .chain(*blake3::hash(&body).as_bytes());
    for (to, from) in header.iter_mut().zip(fields) {
        *to = from;
    }
    let signature = key.sign(&signed_message(header)).to_bytes();
    let mut bytes = Vec::with_capacity(found);
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&signature);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use engine::{Bundle, TrustError, trust::Verified};

    use super::*;
    use crate::keys;

    fn body() -> Body {
        Body {
            name: "x".to_owned(),
            locales: vec!["en".to_owned()],
            ..Body::default()
        }
    }

    fn trusted(key: &SigningKey) -> PublicKey {
        PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_signed_opens_and_is_the_same_each_time() {
        let key = keys::development();
        let bytes = sign(&body(), &key).unwrap();
        assert_eq!(bytes, sign(&body(), &key).unwrap());
        let bundle = Bundle::open(Verified::new(&bytes, &[trusted(&key)]).unwrap()).unwrap();
        assert_eq!(bundle.body().name.as_str(), "x");
    }

    #[test]
    fn every_altered_byte_is_refused() {
        let key = keys::development();
        let bytes = sign(&body(), &key).unwrap();
        let trusted = [trusted(&key)];
        for i in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[i] ^= 1;
            assert!(Verified::new(&altered, &trusted).is_err(), "byte {i}");
            assert!(Verified::new(&bytes[..i], &trusted).is_err(), "cut at {i}");
        }
        let other = SigningKey::from_bytes(&[7; 32]);
        let stranger = sign(&body(), &other).unwrap();
        assert!(matches!(
            Verified::new(&stranger, &trusted),
            Err(TrustError::UnknownKey(_))
        ));
    }
}

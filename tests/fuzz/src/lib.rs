//! One function for each parser that reads what a person or a network hands over. It must not panic,
//! hang or grow without bound, whatever the bytes; what it accepts must hold together.
//!
//! `cargo xtask fuzz` runs them on the stable toolchain, `cargo fuzz run --fuzz-dir tests/fuzz profile`
//! on a nightly one. A target in `fuzz_targets/` calls the function of its name; `seeds/` holds a few
//! inputs for each, to start from. A new parser gets a function here, a target and a seed.
//!
//! ```
//! fuzz::profile(b"{\"schema_version\": 1}");
//! fuzz::signed_body(b"anything");
//! ```

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use edge_worker::decisions::Request;
use edge_worker::rewrite::{Filler, Fills};
use engine::trust::{
    DOMAIN, FORMAT_VERSION, HEADER_BYTES, MAGIC, PublicKey, Verified, signed_message,
};
use engine::{Bundle, Context, Engine, Profile, Timestamp};

/// Signs what the targets trust; not secret, and trusted nowhere else.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
static TRUSTED: LazyLock<[PublicKey; 1]> =
    LazyLock::new(|| [PublicKey::from_bytes(KEY.verifying_key().as_bytes()).unwrap()]);

/// A bundle from the wire: nothing without a signature gets through.
pub fn bundle(data: &[u8]) {
    // No input of a fuzzer carries a signature that it has not seen.
    assert!(Verified::new(data, &*TRUSTED).is_err());
}

/// A body that a trusted key signed, though no builder of ours made it.
pub fn signed_body(data: &[u8]) {
    let bytes = signed(data);
    let Ok(verified) = Verified::new(&bytes, &*TRUSTED) else {
        return;
    };
    if let Ok(bundle) = Bundle::open(verified) {
        decide(
            bundle,
            &Profile::from_json(PROFILE).unwrap(),
            &Context::default(),
        );
        decide(
            bundle,
            &Profile::from_json(br#"{"schema_version": 1}"#).unwrap(),
            &Context::default(),
        );
    }
}

/// A customer's profile.
pub fn profile(data: &[u8]) {
    if let Ok(profile) = Profile::from_json(data) {
        // What was accepted is accepted again, and means the same.
        let written = serde_json::to_vec(&profile).unwrap();
        assert_eq!(
            serde_json::to_vec(&Profile::from_json(&written).unwrap()).unwrap(),
            written
        );
    }
}

/// What a page says of its circumstances.
pub fn context(data: &[u8]) {
    if let Ok(context) = Context::from_json(data) {
        let written = serde_json::to_vec(&context).unwrap();
        assert_eq!(
            serde_json::to_vec(&Context::from_json(&written).unwrap()).unwrap(),
            written
        );
    }
}

/// The body of `POST /v1/decisions`.
pub fn request(data: &[u8]) {
    if let Err(problem) = Request::from_json(data) {
        assert!((400..500).contains(&problem.status), "{problem:?}");
    }
}

/// A bank's page, in two pieces: with nothing to fill, it passes byte for byte.
pub fn page(data: &[u8]) {
    let (first, rest) = data.split_at(data.len() / 2);
    let mut filler = Filler::new(Fills::default());
    let mut out = filler.write(first);
    out.extend(filler.write(rest));
    out.extend(filler.end());
    assert_eq!(out, data);
}

/// A profile with something of everything, for bundles to look at.
const PROFILE: &[u8] = include_bytes!("../seeds/profile/full.json");

fn decide(bundle: Bundle<'_>, profile: &Profile, context: &Context) {
    let at: Timestamp = "1994-03-31T12:00:00Z".parse().unwrap();
    let json = Engine::new(bundle)
        .decide(profile, context, at, 1)
        .unwrap()
        .to_json();
    let _read: serde_json::Value = serde_json::from_slice(&json).unwrap();
}

/// A bundle around any body, signed.
fn signed(body: &[u8]) -> Vec<u8> {
    let mut head = [0; 64];
    head[..8].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    head[12..16].copy_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
    head[16..32].copy_from_slice(&TRUSTED[0].id());
    head[32..].copy_from_slice(blake3::hash(body).as_bytes());
    let signature = KEY.sign(&signed_message(head)).to_bytes();
    debug_assert_eq!(HEADER_BYTES, head.len() + signature.len());
    [&head[..], &signature, body].concat()
}

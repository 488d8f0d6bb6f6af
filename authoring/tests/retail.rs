//! The retail policies as they are: they build, always to the same bytes, and open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a failed test may say so bluntly")]

use std::path::{Path, PathBuf};

use engine::{Bundle, Context, Engine, Profile, trust::{PublicKey, Verified}};

fn retail() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/retail")
}

fn bundle() -> (Vec<u8>, [PublicKey; 1]) {
    let key = authoring::keys::development();
    let body = authoring::build(&retail()).unwrap_or_else(|errors| panic!("{errors}"));
    let trusted = PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    (authoring::sign(&body, &key).unwrap(), [trusted])
}

#[test]
fn it_builds_to_the_same_bytes_each_time() {
    assert_eq!(bundle().0, bundle().0);
}

#[test]
fn an_anonymous_visitor_sees_every_placeholder_of_the_website_filled() {
    let (bytes, trusted) = bundle();
    let bundle = Bundle::open(Verified::new(&bytes, &trusted).unwrap()).unwrap();
    let mut engine = Engine::new(bundle);
    let context = Context::from_json(br#"{"channel": "web"}"#).unwrap();
    let at = "1994-03-31T12:00:00Z".parse().unwrap();
    let decision = engine.decide(&Profile::default(), &context, at, 0).unwrap();
    assert_eq!(decision.unfilled, Vec::<&str>::new());
    assert_eq!(decision.placements.len(), 44);
    for placement in &decision.placements {
        assert!(!placement.pitch.title.is_empty() && !placement.pitch.body.is_empty());
    }
}

//! Hostile input is an error, never a panic, and nothing unsigned runs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use engine::{
    Bundle, BundleError, Context, Engine, Profile, TrustError, limits,
    trust::{FORMAT_VERSION, HEADER_BYTES, PublicKey, Verified},
};
use proptest::prelude::*;
use support::{ALL, archive, at, body, bundle, customer, sign, trusted};

#[test]
fn every_way_to_spoil_a_bundle_has_its_own_refusal() {
    let good = bundle();
    assert!(Verified::new(&good, &trusted()).is_ok());
    let refuse = |bytes: &[u8]| Verified::new(bytes, &trusted()).unwrap_err();
    let spoil = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    assert_eq!(refuse(b""), TrustError::NotABundle);
    assert_eq!(refuse(&spoil(0)), TrustError::NotABundle);
    assert_eq!(
        refuse(&spoil(8)),
        TrustError::FormatVersion {
            found: FORMAT_VERSION ^ 1
        }
    );
    assert!(matches!(
        refuse(&good[..100]),
        TrustError::Truncated { found: 100, .. }
    ));
    assert!(matches!(
        refuse(&good[..good.len() - 1]),
        TrustError::Truncated { .. }
    ));
    let longer = [good.as_slice(), b"x"].concat();
    assert!(matches!(refuse(&longer), TrustError::Truncated { .. }));
    assert!(matches!(refuse(&spoil(20)), TrustError::UnknownKey(_)));
    assert_eq!(refuse(&spoil(40)), TrustError::Forged);
    assert_eq!(refuse(&spoil(70)), TrustError::Forged);
    assert_eq!(refuse(&spoil(HEADER_BYTES)), TrustError::Altered);
    assert_eq!(refuse(&spoil(good.len() - 1)), TrustError::Altered);
    let mut unsigned = good.clone();
    unsigned[64..128].fill(0);
    assert_eq!(refuse(&unsigned), TrustError::Unsigned);
    assert!(matches!(
        Verified::new(&good, &[]).unwrap_err(),
        TrustError::UnknownKey(_)
    ));
    let huge = vec![0; limits::BUNDLE_BYTES + 1];
    assert!(matches!(refuse(&huge), TrustError::TooLarge { .. }));
}

/// When this fails, the layout of the body has changed: raise `FORMAT_VERSION`, and write down the new
/// hash. (Or the body of these tests has changed; then the hash alone.)
#[test]
fn a_new_layout_has_a_new_format_version() {
    let hash = blake3::hash(&archive(&body())).to_hex().to_string();
    assert!(
        FORMAT_VERSION == 4 && hash.starts_with("889df78a0c45eba9"),
        "{hash}"
    );
}

/// The points of small order on Curve25519 in their canonical encodings, and two that are not canonical
/// (Chalkias, Garillot, Nikolaenko: "Taming the many EdDSAs", 2020, table of small-order points).
#[test]
fn keys_that_verify_anything_are_refused() {
    let weak = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for hex in weak {
        let bytes: Vec<u8> = (0..64)
            .step_by(2)
            .map(|i| u8::from_str_radix(hex.get(i..i + 2).unwrap(), 16).unwrap())
            .collect();
        assert_eq!(PublicKey::from_bytes(&bytes), Err(TrustError::Key), "{hex}");
    }
    assert_eq!(PublicKey::from_bytes(&[1; 31]), Err(TrustError::Key));
}

#[test]
fn a_signed_body_that_is_garbage_is_malformed() {
    for body in [&b""[..], b"x", &[0xff; 4096]] {
        let bytes = sign(body);
        let verified = Verified::new(&bytes, &trusted()).unwrap();
        assert_eq!(Bundle::open(verified).unwrap_err(), BundleError::Malformed);
    }
}

#[test]
fn trees_that_are_none_end() {
    let mut body = body();
    if let engine::models::Step::Trees(trees) = &mut body.models[0].steps[0] {
        trees.trees[0].depth = u16::MAX;
        trees.nodes[0].column = u16::MAX;
        trees.nodes[1].child = 1;
        trees.nodes[2].child = u16::MAX;
        trees.covers.clear();
    }
    let bytes = sign(&archive(&body));
    let bundle = Bundle::open(Verified::new(&bytes, &trusted()).unwrap()).unwrap();
    let decision = Engine::new(bundle).decide(&customer(&ALL), &Context::default(), at(), 0);
    assert!(
        decision
            .unwrap()
            .placements
            .iter()
            .all(|p| p.score.is_finite())
    );
}

#[test]
fn profiles_over_a_limit_or_out_of_range_say_where() {
    let refuse = |json: &str| Profile::from_json(json.as_bytes()).unwrap_err().to_string();
    assert!(refuse("").contains("line 1"));
    assert!(refuse("[1]").contains("not an object"));
    assert!(refuse(r#"{"schema_version": 2}"#).contains("schema_version 2"));
    assert!(refuse(r#"{"schema_version": 1, "color": 1}"#).contains("unknown field `color`"));
    let bytes = b"{\n  \"schema_version\": 1, \"\xff";
    let not_utf8 = Profile::from_json(bytes).unwrap_err().to_string();
    assert!(
        not_utf8.contains("not UTF-8 at line 2 column 25"),
        "{not_utf8}"
    );
    let fact = |value: &str| {
        format!(
            r#"{{"schema_version": 1, "facts": [{{"name": "birth-year", "value": {value}, "class":
            "demographic", "source": "s", "observed_at": "1993-01-01"}}]}}"#
        )
    };
    for value in [
        "true",
        "1950",
        "-1",
        "1.5",
        "18446744073709551615",
        r#""x""#,
    ] {
        assert!(
            Profile::from_json(fact(value).as_bytes()).is_ok(),
            "{value}"
        );
    }
    for value in ["null", "[]", "{}"] {
        let refused = refuse(&fact(value));
        assert!(
            refused.contains("expected a flag, a number or a text"),
            "{refused}"
        );
    }
    let event = |fields: &str| {
        format!(
            r#"{{"schema_version": 1, "events": [{{"at": "1994-01-01", "kind": "transaction", {fields}}}]}}"#
        )
    };
    assert!(refuse(&event(r#""amount": -1"#)).contains("events[0] has a negative amount"));
    assert!(refuse(&event(r#""amount": 1e12"#)).contains("events[0] has an amount outside"));
    assert!(refuse(&event(r#""amount": 1e999"#)).contains("out of range"));
    assert!(refuse(&event(r#""at": "1994-02-30""#)).contains("duplicate field"));
    let many = vec![r#"{"at": "1994-01-01", "kind": "visit"}"#; limits::EVENTS + 1].join(",");
    let many = format!(r#"{{"schema_version": 1, "events": [{many}]}}"#);
    assert!(refuse(&many).contains("50001 events, the limit is 50000"));
    let deep = format!(r#"{{"schema_version": {}"#, "[".repeat(100_000));
    assert!(refuse(&deep).contains("line 1"));
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_a_profile(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Profile::from_json(&bytes);
        let _ = Context::from_json(&bytes);
        let _ = Verified::new(&bytes, &trusted());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = text.parse::<engine::Timestamp>();
        }
    }

    /// A bank's own faulty builder could sign a damaged body: it is refused or it decides, in bounds.
    #[test]
    fn a_damaged_body_never_panics(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = archive(&body());
        for (index, value) in damage {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        let bytes = sign(&bytes);
        if let Ok(bundle) = Bundle::open(Verified::new(&bytes, &trusted()).unwrap()) {
            let mut engine = Engine::new(bundle);
            let _ = engine.decide(&customer(&ALL), &Context::default(), at(), 0).map(|d| d.to_json());
            let _ = engine.answer(&customer(&ALL), &Context::default(), at(), "what is my balance");
        }
    }
}

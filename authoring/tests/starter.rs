//! The set that new authors start from builds, keeps its promises and has nothing to mend; and the
//! retail set says nothing in vain.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed test may say so bluntly"
)]

use std::path::{Path, PathBuf};

use authoring::{bundle, cases, lint, policy};
use engine::{
    Bundle, Engine,
    trust::{PublicKey, Verified},
};

fn set(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../policies")
        .join(name)
}

/// Errors and warnings, a line each.
fn faults(name: &str) -> Vec<String> {
    let policy = policy::read(&set(name)).unwrap_or_else(|errors| panic!("{errors}"));
    let compiled = bundle::compile(&policy).unwrap_or_else(|errors| panic!("{errors}"));
    let findings = lint::check(&policy, &compiled);
    let faults = findings
        .iter()
        .filter(|it| it.severity != lint::Severity::Note);
    faults.map(ToString::to_string).collect()
}

#[test]
fn the_starter_keeps_its_promises() {
    let key = authoring::keys::development();
    let body = authoring::build(&set("starter")).unwrap_or_else(|errors| panic!("{errors}"));
    let bytes = authoring::sign(&body, &key).unwrap();
    let trusted = [PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap()];
    let bundle = Bundle::open(Verified::new(&bytes, &trusted).unwrap()).unwrap();
    let mut engine = Engine::new(bundle);
    let cases = cases::read(&set("starter")).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(cases.len() >= 5, "{} cases", cases.len());
    for case in &cases {
        let snapshot = engine.snapshot(&case.profile, case.at);
        let explanation = engine.explain(&snapshot, &case.context, case.seed).unwrap();
        let explanation = serde_json::from_slice(&explanation.to_json()).unwrap();
        let mismatches = cases::check(case, &explanation);
        assert!(mismatches.is_empty(), "{}: {mismatches:?}", case.name);
    }
}

#[test]
fn neither_set_has_anything_to_mend() {
    for name in ["starter", "retail"] {
        assert_eq!(faults(name), Vec::<String>::new(), "{name}");
    }
}

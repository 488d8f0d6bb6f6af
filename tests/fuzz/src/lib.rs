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

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use authoring::condition::Scope;
use authoring::{cases, condition, model, template};
use ed25519_dalek::{Signer, SigningKey};
use edge_worker::decisions::Request;
use edge_worker::rewrite::{Filler, Fills};
use engine::policy::{ArchivedCondition, Numbers, Operands};
use engine::trust::{FORMAT_VERSION, HEADER_BYTES, MAGIC, PublicKey, Verified, signed_message};
use engine::variables::{Entry, registry};
use engine::{Bundle, Context, Engine, Profile, Timestamp};
use rkyv::rancor::Failure;
use serde_json::Value;
use tempfile::TempDir;

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

/// A condition of a trigger: what compiles can be evaluated, also when everything is missing.
pub fn condition(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else {
        return;
    };
    let scope = Scope {
        variables: &["balance", "debit_sum_30d", "card_held"],
        models: &["loan_propensity"],
        personas: &["saver", "spender"],
    };
    let Ok(condition) = condition::compile(source, &scope) else {
        return;
    };
    let bytes = rkyv::to_bytes::<Failure>(&condition).unwrap();
    let condition = rkyv::access::<ArchivedCondition, Failure>(&bytes).unwrap();
    for values in [&[][..], &[f64::NAN; 3], &[1e11, 0.0, 1.0]] {
        let _holds = condition.holds(Operands {
            variables: values,
            scores: values,
            persona: Some(1),
            channel: None,
        });
    }
}

/// A text with values: what parses can be written in every language.
pub fn template(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(template) = template::parse(text, &REGISTRY) else {
        return;
    };
    let bytes = rkyv::to_bytes::<Failure>(&template).unwrap();
    let template = rkyv::access::<engine::policy::ArchivedTemplate, Failure>(&bytes).unwrap();
    let mut values = vec![0.0; REGISTRY.len()];
    for (locale, value) in [("en", -1234.5), ("cs", 1e11), ("", f64::NAN)] {
        values.fill(value);
        let _text = template.render(&values, Numbers::new(locale, "CZK"));
    }
}

/// A tree model as XGBoost writes it.
pub fn xgboost(data: &[u8]) {
    let _model = model::xgboost(data);
}

/// A cosine model or personas.
pub fn centroids(data: &[u8]) {
    let _cosine = model::cosine(data);
    let _personas = model::personas(data);
}

/// A file with a signing key.
pub fn key(data: &[u8]) {
    let folder = folder();
    let _key = authoring::keys::read(&write(folder.path(), "key", data));
}

/// A policy set with its cases, the files one after the other with NUL between them: what builds opens
/// and decides.
pub fn policy(data: &[u8]) {
    const FILES: [&str; 10] = [
        "policy.toml",
        "purposes.toml",
        "placeholders.toml",
        "triangulation.toml",
        "triggers/all.toml",
        "actions/cross-sell.toml",
        "models.toml",
        "questions.toml",
        "variables.toml",
        "tests/all.toml",
    ];
    let folder = folder();
    for below in ["triggers", "actions", "tests"] {
        fs::create_dir(folder.path().join(below)).unwrap();
    }
    for (name, text) in FILES.into_iter().zip(data.split(|byte| *byte == 0)) {
        write(folder.path(), name, text);
    }
    let Ok(body) = authoring::build(folder.path()) else {
        return;
    };
    let bytes = authoring::sign(&body, &KEY).unwrap();
    let bundle = Bundle::open(Verified::new(&bytes, &*TRUSTED).unwrap()).unwrap();
    let profile = Profile::from_json(PROFILE).unwrap();
    let decision = decide(bundle, &profile, &Context::default());
    for case in cases::read(folder.path()).unwrap_or_default() {
        let _mismatches = cases::check(&case, &decision);
        decide(bundle, &case.profile, &case.context);
    }
}

/// The Berka tables, one after the other with NUL between them.
pub fn berka(data: &[u8]) {
    const TABLES: [&str; 8] = [
        "account.csv",
        "card.csv",
        "client.csv",
        "disp.csv",
        "district.csv",
        "loan.csv",
        "order.csv",
        "trans.csv",
    ];
    let folder = folder();
    for (name, text) in TABLES.into_iter().zip(data.split(|byte| *byte == 0)) {
        write(folder.path(), name, text);
    }
    let files = [folder.path().to_owned()];
    if let Ok((bank, _report)) = authoring::berka::read(&files, &Default::default(), &mut |_| ()) {
        for profile in bank.profiles().flatten() {
            serde_json::to_vec(&profile).unwrap();
        }
    }
}

static REGISTRY: LazyLock<Vec<Entry>> = LazyLock::new(registry);

/// A folder for the files of one input, in memory where the system has such a place.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A profile with something of everything, for bundles to look at.
const PROFILE: &[u8] = include_bytes!("../seeds/profile/full.json");

fn decide(bundle: Bundle<'_>, profile: &Profile, context: &Context) -> Value {
    let at: Timestamp = "1994-03-31T12:00:00Z".parse().unwrap();
    let json = Engine::new(bundle)
        .decide(profile, context, at, 1)
        .unwrap()
        .to_json();
    serde_json::from_slice(&json).unwrap()
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

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
use engine::models::{ArchivedModel, Dense, Matrix, Row, Step};
use engine::policy::{
    ArchivedCondition, ArchivedConditions, ArchivedFormula, Condition, Conditions, Formula,
    Numbers, Op, Operands, Subject, Test,
};
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

/// A condition of a trigger, or a formula: what compiles can be evaluated, also when everything is missing.
pub fn condition(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else {
        return;
    };
    let scope = Scope {
        variables: &["balance", "debit_sum_30d", "card_held"],
        models: &["loan_propensity"],
        intents: &["save"],
        factors: &["need"],
        personas: &["saver", "spender"],
        explained: &["loan_propensity"],
        causes: &["income", "spending"],
    };
    if let Ok(formula) = condition::compile_number(source, &scope) {
        let bytes = rkyv::to_bytes::<Failure>(&formula).unwrap();
        let formula = rkyv::access::<ArchivedFormula, Failure>(&bytes).unwrap();
        let _value = formula.value(Operands::default());
    }
    let Ok(condition) = condition::compile(source, &scope) else {
        return;
    };
    let bytes = rkyv::to_bytes::<Failure>(&condition).unwrap();
    let condition = rkyv::access::<ArchivedCondition, Failure>(&bytes).unwrap();
    for values in [&[][..], &[f64::NAN; 3], &[1e11, 0.0, 1.0]] {
        let _holds = condition.holds(Operands {
            variables: values,
            scores: values,
            intents: values,
            factors: values,
            causes: values,
            persona: Some(1),
            channel: None,
        });
    }
}

/// Conditions and formulas of a body that a trusted key signed, though no compiler of ours made them:
/// they end, and say the same alone and together.
pub fn program(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let mut condition = Condition::default();
    while let Some(test) = test(&mut bytes) {
        condition.tests.push(test);
        // Now and then another number is worked out.
        if condition.tests.len() % 3 == 0 {
            let ops = (0..8).map_while(|_| op(&mut bytes)).collect();
            condition.numbers.push(ops);
        }
    }
    let archived = rkyv::to_bytes::<Failure>(&condition).unwrap();
    let alone = rkyv::access::<ArchivedCondition, Failure>(&archived).unwrap();
    let together = Conditions::new([&condition, &condition]).unwrap();
    let archived = rkyv::to_bytes::<Failure>(&together).unwrap();
    let together = rkyv::access::<ArchivedConditions, Failure>(&archived).unwrap();
    let formula = Formula {
        ops: condition.numbers.concat(),
        ..Formula::default()
    };
    let archived = rkyv::to_bytes::<Failure>(&formula).unwrap();
    let formula = rkyv::access::<ArchivedFormula, Failure>(&archived).unwrap();
    let (mut row, mut holds) = (Vec::new(), Vec::new());
    for values in [&[][..], &[f64::NAN; 3], &[1e11, 0.0, 1.0]] {
        let operands = Operands {
            variables: values,
            scores: values,
            intents: values,
            factors: values,
            causes: values,
            persona: Some(1),
            channel: None,
        };
        together.each(operands, &mut row, &mut holds);
        assert_eq!(holds[0], holds[1]);
        // Alone, the numbers worked out share an allowance, so that is asked only of short programs.
        if condition.tests.len() < 128 {
            assert_eq!(holds[0], alone.holds(operands));
        }
        let _value = formula.value(operands);
    }
}

/// Any test that the bytes stand for.
fn test(bytes: &mut impl Iterator<Item = u8>) -> Option<Test> {
    Some(Test {
        subject: subject(bytes)?,
        low: number(bytes)?,
        high: number(bytes)?,
        pass: u16::from(bytes.next()?) % 8,
        fail: u16::from(bytes.next()?) % 8,
    })
}

fn subject(bytes: &mut impl Iterator<Item = u8>) -> Option<Subject> {
    let (kind, i) = (bytes.next()?, u16::from(bytes.next()?) % 5);
    Some(match kind % 8 {
        0 => Subject::Variable(i),
        1 => Subject::Score(i),
        2 => Subject::Intent(i),
        3 => Subject::Factor(i),
        4 => Subject::Persona,
        5 => Subject::Channel,
        6 => Subject::Cause(i),
        _ => Subject::Number(i),
    })
}

fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<f64> {
    const NUMBERS: [f64; 8] = [
        f64::NEG_INFINITY,
        -1.0,
        -0.0,
        0.0,
        1.0,
        1e11,
        f64::INFINITY,
        f64::NAN,
    ];
    Some(NUMBERS[usize::from(bytes.next()? % 8)])
}

fn op(bytes: &mut impl Iterator<Item = u8>) -> Option<Op> {
    Some(match bytes.next()? % 20 {
        0 => Op::Constant(number(bytes)?),
        1 => Op::Has,
        2 => Op::Within(number(bytes)?, number(bytes)?),
        3 => Op::Not,
        4 => Op::Negate,
        5 => Op::And,
        6 => Op::Or,
        7 => Op::Equal,
        8 => Op::Less,
        9 => Op::LessEqual,
        10 => Op::Add,
        11 => Op::Subtract,
        12 => Op::Multiply,
        13 => Op::Divide,
        14 => Op::Least,
        15 => Op::Greatest,
        16 => Op::Select,
        _ => Op::Read(subject(bytes)?),
    })
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
    imported(model::xgboost(data));
}

/// A model as LightGBM writes it.
pub fn lightgbm(data: &[u8]) {
    imported(model::lightgbm(data));
}

/// A model as ONNX.
pub fn onnx(data: &[u8]) {
    imported(model::onnx(data));
}

/// What was read as a model can be rounded, kept, read again and asked.
fn imported(model: Result<model::Imported, model::ModelProblem>) {
    if let Ok(mut model) = model {
        model::Weights::Eight.round(&mut model.steps);
        saved(&model::save(model).unwrap());
    }
}

/// A file of an imported model, also one that no importer of ours made: its hash is made to hold.
pub fn saved(data: &[u8]) {
    let mut file = data.to_vec();
    if let Some((head, body)) = file.split_at_mut_checked(8 + blake3::OUT_LEN) {
        head[8..].copy_from_slice(blake3::hash(body).as_bytes());
    }
    for file in [data, &file] {
        if let Ok(saved) = model::saved(file) {
            ask(&saved.model);
        }
    }
}

fn ask(model: &ArchivedModel) {
    let mut row = Row::default();
    for values in [&[][..], &[f64::NAN; 8], &[0.0; 8], &[1e9, -1.0, 0.5, 3.0]] {
        row.fill(values);
        let score = model.score(&mut row);
        let again = model.score(&mut row);
        assert!(score.to_bits() == again.to_bits() || score.is_nan());
        let contributions = model.contributions(&mut row);
        assert!(contributions.len() <= model.inputs.len());
    }
}

/// A table to score, or scores with what came of them: what can be learnt from calibrates.
pub fn rows(data: &[u8]) {
    let model = || model::Imported {
        inputs: vec!["age".to_owned(), "town".to_owned()],
        named: true,
        texts: vec![Vec::new(), vec!["Brno".to_owned()]],
        steps: vec![Step::Dense(Dense {
            matrix: Matrix::new(2, &[&[0.5, 1.0]], &[0.25]),
            ..Dense::default()
        })],
        output: 0,
        outputs: 1,
    };
    let file = model::save(model()).unwrap();
    let _rows = authoring::score(
        model::saved(&file).unwrap(),
        data,
        Vec::new(),
        authoring::Scoring {
            contributions: true,
            ignore_extra: true,
        },
        |_| (),
    );
    if let Ok(outcomes) = model::Outcomes::read(data) {
        for method in [model::Calibration::Platt, model::Calibration::Isotonic] {
            let mut calibrated = model();
            method.fit(&mut calibrated, &outcomes).unwrap();
            let file = model::save(calibrated).unwrap();
            let saved = model::saved(&file).unwrap();
            let mut row = Row::default();
            for values in [[-1e9, 0.0], [0.0, 0.5], [1e9, 1.0]] {
                row.fill(&values);
                assert!((0.0..=1.0).contains(&saved.model.score(&mut row)));
            }
        }
    }
}

/// A cosine model, personas, a network over transactions or a journey.
pub fn centroids(data: &[u8]) {
    let _cosine = model::cosine(data);
    let _personas = model::personas(data);
    let _sequence = model::sequence(data);
    let _journey = model::journey(data);
}

/// A file with a signing key.
pub fn key(data: &[u8]) {
    let folder = folder();
    let _key = authoring::keys::read(&write(folder.path(), "key", data));
}

/// A policy set with its cases, the files one after the other with NUL between them: what builds opens
/// and decides.
pub fn policy(data: &[u8]) {
    let folder = policy_set(data);
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

/// A file of policy cases, beside a small policy set.
pub fn cases(data: &[u8]) {
    let folder = policy_set(include_bytes!("../seeds/policy/tiny.txt"));
    write(folder.path(), "tests/all.yaml", data);
    for case in cases::read(folder.path()).unwrap_or_default() {
        assert!(!case.expect.is_empty());
        let _mismatches = cases::check(&case, &Value::Null);
        let written = serde_json::to_vec(&case.profile).unwrap();
        assert_eq!(Profile::from_json(&written).unwrap(), case.profile);
    }
}

/// A folder with a policy set, its files one after the other with NUL between them.
fn policy_set(data: &[u8]) -> TempDir {
    const FILES: [&str; 11] = [
        "policy.toml",
        "purposes.toml",
        "placeholders.toml",
        "triangulation.toml",
        "triggers/all.toml",
        "actions/cross-sell.toml",
        "models.toml",
        "questions.toml",
        "variables.toml",
        "tests/all.yaml",
        "intents.toml",
    ];
    let folder = folder();
    for below in ["triggers", "actions", "tests"] {
        fs::create_dir(folder.path().join(below)).unwrap();
    }
    for (name, text) in FILES.into_iter().zip(data.split(|byte| *byte == 0)) {
        write(folder.path(), name, text);
    }
    folder
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

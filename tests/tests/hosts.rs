//! One decision: the same question gives the same bytes natively, in wasmtime, at the edge and in
//! Chromium. The native answer is the reference, so the engine itself is built as it ships.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeMap, net::SocketAddr};

use harness::edge::Origin;
use serde_json::{Value, json};
use tests::{
    browser::Browser,
    cases::{self, Case},
    difference, project, retail, web,
};

/// Compares a host's answers with the native ones and shows every case that differs.
fn compare(host: &str, answer: impl FnMut(&Case) -> Result<Vec<u8>, String>) {
    let cases = cases::all();
    assert!(cases.len() >= 100, "only {} cases", cases.len());
    let answers: Vec<_> = cases.iter().map(answer).collect();
    compare_all(host, &cases, &answers);
}

fn compare_all(host: &str, cases: &[Case], answers: &[Result<Vec<u8>, String>]) {
    let (bundle, key) = retail();
    let mut native = harness::native::Engine::open(&bundle, &[key]).unwrap();
    let mut differ = Vec::new();
    for (case, answer) in cases.iter().zip(answers) {
        let expected = native.decide(
            case.profile.as_bytes(),
            case.context.as_bytes(),
            &case.at,
            case.seed,
        );
        let difference = match (&expected, answer) {
            (Ok(expected), Ok(found)) => difference::first(expected, found),
            (Err(refusal), _) => Some(format!("natively refused: {refusal}")),
            (_, Err(problem)) => Some(format!("refused: {problem}")),
        };
        differ.extend(difference.map(|difference| format!("{}: {difference}", case.name)));
    }
    println!(
        "{} of {} cases are equal on {host}",
        cases.len() - differ.len(),
        cases.len()
    );
    assert!(
        differ.is_empty(),
        "{host} differs in {} cases\n  {}",
        differ.len(),
        differ.join("\n  ")
    );
}

#[test]
fn native_is_the_same_each_time() {
    // A new engine for each case: nothing may stay behind from one decision to the next.
    let (bundle, key) = retail();
    compare("a fresh native engine", |case| {
        let mut engine = harness::native::Engine::open(&bundle, &[key]).unwrap();
        let answer = engine.decide(
            case.profile.as_bytes(),
            case.context.as_bytes(),
            &case.at,
            case.seed,
        );
        answer.map_err(|refusal| refusal.to_string())
    });
}

#[test]
fn wasmtime() {
    let (bundle, key) = retail();
    let mut engine = harness::wasm::Runtime::new()
        .unwrap()
        .open(&bundle, &[key])
        .unwrap();
    compare("wasmtime", |case| {
        let answer = engine.decide(
            case.profile.as_bytes(),
            case.context.as_bytes(),
            &case.at,
            case.seed,
        );
        answer.map_err(|error| error.to_string())
    });
}

/// Why something is not shown is told by two hosts: natively, and by the component.
#[test]
fn explanations() {
    let (bundle, key) = retail();
    let mut native = harness::native::Engine::open(&bundle, &[key]).unwrap();
    let runtime = harness::wasm::Runtime::new().unwrap();
    let mut component = runtime.open(&bundle, &[key]).unwrap();
    let mut kinds = BTreeMap::<String, usize>::new();
    for case in cases::all() {
        let (profile, context) = (case.profile.as_bytes(), case.context.as_bytes());
        let expected = native.explain(profile, context, &case.at, case.seed);
        let expected = expected.unwrap();
        let found = component.explain(profile, context, &case.at, case.seed);
        let difference = difference::first(&expected, &found.unwrap());
        assert_eq!(difference, None, "{}", case.name);
        let explanation: Value = serde_json::from_slice(&expected).unwrap();
        for not_shown in explanation["not_shown"].as_array().unwrap() {
            let stopped = &not_shown["stopped"];
            *kinds.entry(stopped["kind"].to_string()).or_default() += 1;
            let changes = stopped["changes"].as_array().map_or(0, Vec::len);
            *kinds.entry("changes".to_owned()).or_default() += changes;
        }
    }
    println!("compared: {kinds:?}");
    assert!(kinds.len() >= 8 && kinds["changes"] >= 400, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge() {
    let (bundle, key) = retail();
    let server = web::edge(&bundle, &[key], Origin::none()).await;
    let cases = cases::all();
    let mut answers = Vec::new();
    for Case {
        profile,
        context,
        at,
        seed,
        ..
    } in &cases
    {
        let body =
            format!(r#"{{"profile":{profile},"context":{context},"at":"{at}","seed":{seed}}}"#);
        let answer = web::decide(server, body).await;
        answers.push(if answer.status == 200 {
            Ok(answer.body.to_vec())
        } else {
            Err(String::from_utf8_lossy(&answer.body).into_owned())
        });
    }
    compare_all("the edge worker", &cases, &answers);
}

/// Runs in the page: the SDK's own client starts the worker, under the page's own security policy.
const IN_THE_PAGE: &str = r"
    const [key, cases, done] = arguments;
    (async () => {
        const { EngineClient } = await import('/sdk/engine.js');
        const engine = await EngineClient.start('/sdk/worker.js', 60000, () => {});
        const bundle = await (await fetch('/v1/bundle')).arrayBuffer();
        await engine.call('open', { bundle, keys: [new Uint8Array(key)] }, 60000);
        const answers = [];
        for (const { profile, context, at, seed } of cases) {
            try {
                answers.push({ ok: await engine.call('decide', { profile, context, at, seed }, 60000) });
            } catch (error) {
                answers.push({ error: String(error) });
            }
        }
        done(answers);
    })().catch((error) => done({ error: String(error) }));
";

#[tokio::test(flavor = "multi_thread")]
async fn chromium() {
    let (bundle, key) = retail();
    let server = web::edge(&bundle, &[key], site()).await;
    let browser = Browser::start().await;
    browser.client.goto(&page(server)).await.unwrap();
    let cases = cases::all();
    let mut answers = Vec::new();
    // A few at a time: one message to the browser stays small.
    for some in cases.chunks(16) {
        let questions: Vec<Value> = some
            .iter()
            .map(
                |Case {
                     profile,
                     context,
                     at,
                     seed,
                     ..
                 }| {
                    json!({ "profile": profile, "context": context, "at": at, "seed": seed })
                },
            )
            .collect();
        let arguments = vec![json!(key), json!(questions)];
        let said = browser
            .client
            .execute_async(IN_THE_PAGE, arguments)
            .await
            .unwrap();
        let said = said
            .as_array()
            .unwrap_or_else(|| panic!("the page failed: {said}"));
        answers.extend(
            said.iter()
                .map(|answer| match answer.get("ok").and_then(Value::as_str) {
                    Some(text) => Ok(text.as_bytes().to_vec()),
                    None => Err(answer.to_string()),
                }),
        );
    }
    browser.close().await;
    compare_all("Chromium", &cases, &answers);
}

fn site() -> Origin {
    let folder = project("web-demo/dist");
    assert!(
        folder.join("sdk/nearfield_engine_bg.wasm").exists(),
        "web-demo/dist is not built: type `cargo xtask demo --no-serve`"
    );
    Origin::site(folder).unwrap()
}

fn page(server: SocketAddr) -> String {
    format!("http://{server}/")
}

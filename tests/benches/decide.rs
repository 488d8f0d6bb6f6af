//! How long one decision takes for one real customer, on each host, in one run:
//! `cargo bench --profile dev --bench decide`.
//!
//! *Look* is what depends on the profile and the clock alone, *decide* the rest; *answer* starts at the
//! profile's JSON, ends at the decision's, and includes whatever carries the two across (a component
//! call, a message to the page's worker, loopback HTTP to a fresh instance).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use std::time::Instant;

use engine::{
    Context, Profile,
    trust::{PublicKey, Verified},
};
use harness::edge::Origin;
use serde_json::{Value, json};
use tests::{browser::Browser, cases, project, retail, web};

const CASE: &str = "real-customer-berka-1286";
const RUNS: usize = 2_000;

fn main() {
    let case = cases::all()
        .into_iter()
        .find(|case| case.name == CASE)
        .expect("the case exists");
    let (bundle, key) = retail();
    println!(
        "{CASE}: {} bytes of profile, {} bytes of bundle, {RUNS} runs",
        case.profile.len(),
        bundle.len()
    );
    println!(
        "{:<34}{:>10}{:>10}{:>10}",
        "microseconds", "p10", "p50", "p90"
    );

    let verified = Verified::new(&bundle, &[PublicKey::from_bytes(&key).unwrap()]).unwrap();
    let mut engine = engine::Engine::new(engine::Bundle::open(verified).unwrap());
    let profile = Profile::from_json(case.profile.as_bytes()).unwrap();
    let context = Context::from_json(case.context.as_bytes()).unwrap();
    let at = case.at.parse().unwrap();
    let snapshot = engine.snapshot(&profile, at);
    let native = [
        report(
            "look at the profile, native",
            &time(|| {
                std::hint::black_box(engine.snapshot(&profile, at));
            }),
        ),
        report(
            "decide, profile up to date, native",
            &time(|| {
                let decision = engine.decide_for(&snapshot, &context, case.seed);
                std::hint::black_box(decision.unwrap());
            }),
        ),
        report(
            "  and explain, native",
            &time(|| {
                let explanation = engine.explain(&snapshot, &context, case.seed);
                std::hint::black_box(explanation.unwrap());
            }),
        ),
        report(
            "  in numbers, native",
            &time(|| {
                let tally = engine.tally(&snapshot, &context, case.seed);
                std::hint::black_box(tally.unwrap());
            }),
        ),
    ];
    println!(
        "{:<34}{:>20.2}",
        "  with explanation / without",
        native[2] / native[1]
    );
    let mut wasm = harness::wasm::Runtime::new()
        .unwrap()
        .open(&bundle, &[key])
        .unwrap();
    let read = wasm.profile(case.profile.as_bytes()).unwrap();
    let seen = wasm.look(&read, &case.at).unwrap();
    let wasmtime = [
        report(
            "look at the profile, wasmtime",
            &time(|| {
                let seen = wasm.look(&read, &case.at).unwrap();
                wasm.let_go(seen).unwrap();
            }),
        ),
        report(
            "  in numbers, wasmtime",
            &time(|| {
                wasm.tally_for(&seen, case.context.as_bytes(), case.seed)
                    .unwrap();
            }),
        ),
        report(
            "decide to JSON, wasmtime",
            &time(|| {
                wasm.decide_for(&seen, case.context.as_bytes(), case.seed)
                    .unwrap();
            }),
        ),
    ];
    println!(
        "{:<34}{:>20.2}{:>10.2}",
        "  wasmtime / native: look, numbers",
        wasmtime[0] / native[0],
        wasmtime[1] / native[3]
    );

    let mut native = harness::native::Engine::open(&bundle, &[key]).unwrap();
    report(
        "answer, native",
        &time(|| {
            native
                .decide(
                    case.profile.as_bytes(),
                    case.context.as_bytes(),
                    &case.at,
                    case.seed,
                )
                .unwrap();
        }),
    );
    report(
        "answer, wasmtime",
        &time(|| {
            wasm.decide(
                case.profile.as_bytes(),
                case.context.as_bytes(),
                &case.at,
                case.seed,
            )
            .unwrap();
        }),
    );
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let server = web::edge(
            &bundle,
            &[key],
            Origin::site(project("web-demo/dist")).unwrap(),
        )
        .await;
        let body = format!(
            r#"{{"profile":{},"context":{},"at":"{}","seed":{}}}"#,
            case.profile, case.context, case.at, case.seed
        );
        let mut times = Vec::new();
        for _ in 0..RUNS / 10 {
            let start = Instant::now();
            let answer = web::decide(server, body.clone()).await;
            times.push(start.elapsed().as_secs_f64() * 1e6);
            assert_eq!(answer.status, 200);
        }
        report("answer, edge worker over HTTP", &times);

        let browser = Browser::start().await;
        browser
            .client
            .goto(&format!("http://{server}/"))
            .await
            .unwrap();
        let question = json!({
            "profile": case.profile, "context": case.context, "at": case.at, "seed": case.seed,
        });
        let arguments = vec![json!(key), question, json!(RUNS)];
        let said = browser
            .client
            .execute_async(IN_THE_PAGE, arguments)
            .await
            .unwrap();
        let times: Option<Vec<f64>> = said
            .as_array()
            .map(|times| times.iter().filter_map(Value::as_f64).collect());
        report(
            "answer, Chromium's worker",
            &times.unwrap_or_else(|| panic!("{said}")),
        );
        browser.close().await;
    });
}

/// Batches of 20, since the page's clock is coarse.
const IN_THE_PAGE: &str = r"
    const [key, question, runs, done] = arguments;
    (async () => {
        const { EngineClient } = await import('/sdk/engine.js');
        const engine = await EngineClient.start('/sdk/worker.js', 60000, () => {});
        const bundle = await (await fetch('/v1/bundle')).arrayBuffer();
        await engine.call('open', { bundle, keys: [new Uint8Array(key)] }, 60000);
        const times = [];
        for (let run = 0; run < runs / 20 + 10; run += 1) {
            const start = performance.now();
            for (let i = 0; i < 20; i += 1) await engine.call('decide', question, 60000);
            times.push((performance.now() - start) * 1000 / 20);
        }
        done(times.slice(10));
    })().catch((error) => done({ error: String(error) }));
";

/// Microseconds of each run, after a warm-up.
fn time(mut run: impl FnMut()) -> Vec<f64> {
    (0..RUNS / 10).for_each(|_| run());
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e6
    });
    times.collect()
}

/// Prints the percentiles and gives the median.
fn report(what: &str, times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: usize| sorted[sorted.len() * share / 100];
    println!("{what:<34}{:>10.1}{:>10.1}{:>10.1}", at(10), at(50), at(90));
    at(50)
}

//! The edge worker beside components that decide nothing, all in the harness's host: one request after the other,
//! each in an instance of its own, over loopback, on a connection that is there already.
//!
//! The worker verifies its bundle for each request. What it does on the way to a decision is told apart by what it
//! answers before that: the tag of the bundle (read and verified) and its health (opened, too).

use std::{fs, net::SocketAddr, path::Path, time::Instant};

use bytes::Bytes;
use harness::{
    KeyBytes,
    edge::{Origin, Server},
    native::Engine,
};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tests::{
    measure::component,
    retail,
    web::{self, Answer},
};
use tokio::{net::TcpStream, runtime::Runtime};

use crate::{ROUNDS, TURN, inputs::Inputs};

/// How much longer a decision may take than an echo, and a filled page than one of fixed content.
const DECISION: f64 = 2.0;
const PAGE: f64 = 1.3;

/// Bytes of the page, about.
const PAGE_BYTES: usize = 100_000;

/// Something that is asked, and the times it took.
pub struct Asked {
    pub what: String,
    /// What it is called beside others.
    pub name: &'static str,
    /// The position of what it is compared with.
    pub beside: Option<usize>,
    /// How often that may go into it.
    pub budget: Option<f64>,
    requests: Vec<Request<Full<Bytes>>>,
    server: SocketAddr,
    samples: usize,
    times: Vec<f64>,
}

impl Asked {
    /// Microseconds that so many percent of the requests did not exceed.
    pub fn at(&self, percent: usize) -> f64 {
        self.times[(self.times.len() - 1) * percent / 100]
    }
}

/// Asks everything in turn.
pub fn measure(inputs: &Inputs, warm_up: usize, turns: usize) -> Vec<Asked> {
    let runtime = Runtime::new().expect("the machine has threads");
    runtime.block_on(async {
        let site = tempfile::tempdir().expect("there is a folder for what is temporary");
        let mut asked = prepare(inputs, site.path()).await;
        for turn in 0..warm_up + turns {
            for one in &mut asked {
                let times = times(one, turn).await;
                if turn < warm_up {
                    let mean = times.iter().sum::<f64>() / times.len() as f64;
                    one.samples = (TURN / mean).clamp(1.0, ROUNDS) as usize;
                } else {
                    one.times.extend(times);
                }
            }
        }
        for one in &mut asked {
            one.times.sort_unstable_by(f64::total_cmp);
        }
        asked
    })
}

async fn times(asked: &mut Asked, turn: usize) -> Vec<f64> {
    // A new one for each turn: the host closes those that are idle.
    let stream = TcpStream::connect(asked.server).await.expect("it listens");
    stream.set_nodelay(true).expect("it is a connection");
    let connection = handshake(TokioIo::new(stream)).await;
    let (mut server, connection) = connection.expect("it speaks HTTP");
    tokio::spawn(connection);
    let mut times = Vec::new();
    let requests = asked.requests.iter().cycle();
    for request in requests.skip(turn * 7).take(asked.samples) {
        server.ready().await.expect("the connection is kept");
        let start = Instant::now();
        let answer = server.send_request(request.clone()).await;
        let (parts, body) = answer.expect("it answers").into_parts();
        let body = body.collect().await.expect("the answer is whole");
        times.push(start.elapsed().as_secs_f64() * 1e6);
        assert!(parts.status.as_u16() < 400, "{body:?}");
    }
    times
}

/// All servers and what they are asked, after a look at what they answer.
async fn prepare(inputs: &Inputs, site: &Path) -> Vec<Asked> {
    let page = page(inputs);
    fs::write(site.join("index.html"), &page).expect("it can be written to");
    let origin = || Origin::site(site).expect("it is a folder");
    let decisions = |context: &Value| -> Vec<Vec<u8>> {
        let customers = inputs.bank.customers.iter();
        let body = |customer: &tests::r1::Customer| {
            let profile: Value = serde_json::from_slice(&customer.json()).unwrap();
            let at = customer.at.to_string();
            json!({ "profile": profile, "context": context, "at": at }).to_string()
        };
        customers.map(body).map(String::into_bytes).collect()
    };
    let all = decisions(&json!({}));
    let mut asked = Vec::new();

    let echo = component("bench-echo");
    let echo = start(Server::hosting(&echo, 0, b"", &[], Origin::none()).await);
    let answer = web::decide(echo, all[0].clone()).await;
    assert_eq!(answer.body, all[0], "the echo is none");
    let what = "an empty component echoes the request's JSON".to_owned();
    asked.push(one(what, "echo", None, echo, posts(&all)));

    let fixed = component("bench-fixed");
    let fixed = start(Server::hosting(&fixed, 0, b"", &[], origin()).await);
    let filled = web::get(fixed, "/").await;
    let slots = count(&page, "data-placeholder");
    assert_eq!(count(&filled.body, "data-nearfield-action"), slots);
    let what = format!(
        "a page of {} kB, the same content in {slots} slots",
        page.len() / 1_000
    );
    asked.push(one(what, "fixed", None, fixed, gets("/", None)));

    let (key, r1) = inputs.bundles[0].split_first_chunk().unwrap();
    let (bundle, retail_key) = retail();
    for (name, bundle, key) in [("R1", r1, *key), ("retail", &bundle[..], retail_key)] {
        let server = start(Server::bind(0, bundle, &[key], origin()).await);
        let bytes = format!("{name}, {:.1} MB", bundle.len() as f64 / 1e6);
        let answer = web::get(server, "/v1/bundle").await;
        assert_eq!(answer.body, bundle, "another bundle");
        let tag = Some(answer.header("etag").to_owned());
        let what = format!("{bytes}: the bundle is read and verified");
        asked.push(one(
            what,
            "",
            Some((0, None)),
            server,
            gets("/v1/bundle", tag),
        ));
        let what = format!("{name}: and opened");
        asked.push(one(
            what,
            "",
            Some((0, None)),
            server,
            gets("/healthz", None),
        ));
        let one_slot = json!({ "placeholders": [inputs.bank.body.placeholders[0].id] });
        for (slots, context) in [("one slot", &one_slot), ("all slots", &json!({}))] {
            let bodies = decisions(context);
            agree(bundle, key, server, &bodies).await;
            let what = format!("{name}: a decision on {slots}");
            asked.push(one(
                what,
                "",
                Some((0, Some(DECISION))),
                server,
                posts(&bodies),
            ));
        }
        let filled = count(&web::get(server, "/").await.body, "data-nearfield=");
        let what = format!("{name}: the page with {filled} of its {slots} slots filled");
        asked.push(one(
            what,
            "",
            Some((1, Some(PAGE))),
            server,
            gets("/", None),
        ));
    }
    asked
}

/// Fails when the worker decides something else than native code.
async fn agree(bundle: &[u8], key: KeyBytes, server: SocketAddr, bodies: &[Vec<u8>]) {
    let keys = [key];
    let mut native = Engine::open(bundle, &keys).expect("the key signed it");
    for body in bodies.iter().step_by(16) {
        let Answer { body: found, .. } = web::decide(server, body.clone()).await;
        let question: Value = serde_json::from_slice(body).unwrap();
        let [profile, context] = ["profile", "context"].map(|part| question[part].to_string());
        let at = question["at"].as_str().unwrap();
        let expected = native.decide(profile.as_bytes(), context.as_bytes(), at, 0);
        assert_eq!(found, expected.unwrap(), "another decision");
    }
}

fn start(server: Result<Server, harness::edge::EdgeError>) -> SocketAddr {
    let server = server.expect("it starts");
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    address
}

fn one(
    what: String,
    name: &'static str,
    beside: Option<(usize, Option<f64>)>,
    server: SocketAddr,
    requests: Vec<Request<Full<Bytes>>>,
) -> Asked {
    Asked {
        what,
        name,
        beside: beside.map(|(position, _)| position),
        budget: beside.and_then(|(_, budget)| budget),
        requests,
        server,
        samples: 1,
        times: Vec::new(),
    }
}

fn posts(bodies: &[Vec<u8>]) -> Vec<Request<Full<Bytes>>> {
    let request = |body: &Vec<u8>| {
        let request = Request::post("/v1/decisions").header("host", "bank");
        let request = request.header("content-type", "application/json");
        request.body(Full::new(body.clone().into())).unwrap()
    };
    bodies.iter().map(request).collect()
}

fn gets(path: &str, tag: Option<String>) -> Vec<Request<Full<Bytes>>> {
    let mut request = Request::get(path).header("host", "bank");
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    vec![request.body(Full::default()).unwrap()]
}

/// A made-up page: every placeholder once, between texts.
fn page(inputs: &Inputs) -> Vec<u8> {
    let placeholders = &inputs.bank.body.placeholders;
    let text = "<p>The bank's own text, as <a href=\"/cards\">long</a> as it has to be.</p>\n";
    let texts = text.repeat(PAGE_BYTES / placeholders.len() / text.len());
    let parts = placeholders.iter().map(|placeholder| {
        let id = &placeholder.id;
        format!("{texts}<section data-placeholder=\"{id}\"><b>the bank's own</b></section>\n")
    });
    let page: String = parts.collect();
    format!("<!doctype html>\n<html lang=\"en\"><title>Made up</title>\n{page}</html>\n")
        .into_bytes()
}

fn count(page: &[u8], what: &str) -> usize {
    String::from_utf8_lossy(page).matches(what).count()
}

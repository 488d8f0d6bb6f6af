//! The edge worker, in front of a bank that does everything a bank's server may do.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use harness::edge::Origin;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tests::{retail, web};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

const HERO: &str = r#"<!doctype html><main><section data-placeholder="rib.dashboard.hero"><b>default</b></section><p>after</p></main>"#;

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

/// A bank's server whose answers are made by `answer`.
async fn bank<F>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> Response<Body> + Copy + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service =
                service_fn(move |request| async move { Ok::<_, Infallible>(answer(request)) });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).boxed_unsync()
}

fn html(body: impl Into<Bytes>) -> Response<Body> {
    let response = Response::builder().header("content-type", "text/html; charset=utf-8");
    response
        .header("etag", "\"1\"")
        .header("x-bank", "kept")
        .body(whole(body))
        .unwrap()
}

async fn in_front_of(bank: SocketAddr) -> SocketAddr {
    let (bundle, key) = retail();
    web::edge(
        &bundle,
        &[key],
        Origin::server(&format!("http://{bank}")).unwrap(),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_filled_for_a_visitor_without_a_profile() {
    let edge = in_front_of(bank(|_| html(HERO)).await).await;
    let page = web::get(edge, "/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(
        page.header("server-timing").starts_with("decide;dur="),
        "{:?}",
        page.headers
    );
    assert_eq!(page.header("vary"), "Accept-Language");
    assert_eq!(page.header("x-bank"), "kept");
    // They described the bytes as the bank sent them.
    assert!(!page.headers.contains_key("etag"));
    assert!(!page.headers.contains_key("content-length"));
    let body = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(body.contains("data-nearfield-action=\""), "{body}");
    assert!(!body.contains("default"), "{body}");
    assert!(body.ends_with("</section><p>after</p></main>"), "{body}");

    // What is filled in is what the JSON interface decides for nobody in particular.
    let request = r#"{"profile":{"schema_version":1},"context":{"channel":"web"}}"#;
    let decision = web::decide(edge, request).await.json();
    let placements = decision["placements"].as_array().unwrap();
    let hero = placements
        .iter()
        .find(|placed| placed["placeholder"] == "rib.dashboard.hero")
        .unwrap();
    assert!(body.contains(&format!(
        "data-nearfield-action=\"{}\"",
        hero["action"].as_str().unwrap()
    )));

    let czech = web::ask(
        edge,
        Method::GET,
        "/",
        &[("accept-language", "cs-CZ,cs;q=0.9")],
        Bytes::new(),
    )
    .await;
    assert!(
        String::from_utf8(czech.body.to_vec())
            .unwrap()
            .contains("lang=\"cs\"")
    );

    let head = web::ask(edge, Method::HEAD, "/", &[], Bytes::new()).await;
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_passes_byte_for_byte() {
    let bank = bank(|request| {
        let (status, kind, coding) = match request.uri().path() {
            "/script.js" => (200, "text/javascript", ""),
            "/gone" => (404, "text/html", ""),
            "/data" => (200, "application/octet-stream", ""),
            "/packed" => (200, "text/html", "gzip"),
            "/old" => (200, "text/html; charset=windows-1250", ""),
            _ => (302, "text/html", ""),
        };
        let response = Response::builder()
            .status(status)
            .header("content-type", kind)
            .header("etag", "\"1\"");
        let response = if coding.is_empty() {
            response
        } else {
            response.header("content-encoding", coding)
        };
        response
            .body(whole([HERO.as_bytes(), b"\xff\x00"].concat()))
            .unwrap()
    })
    .await;
    let edge = in_front_of(bank).await;
    for (path, status, diagnostic) in [
        ("/script.js", 200, false),
        ("/gone", 404, false),
        ("/data", 200, false),
        ("/packed", 200, true),
        ("/old", 200, true),
        ("/elsewhere", 302, false),
    ] {
        let answer = web::get(edge, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(
            answer.body,
            [HERO.as_bytes(), b"\xff\x00"].concat(),
            "{path}"
        );
        assert_eq!(answer.header("etag"), "\"1\"", "{path}");
        assert_eq!(
            answer.headers.contains_key("nearfield-diagnostic"),
            diagnostic,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_bundle_leaves_the_page_as_it_was() {
    let (bundle, key) = retail();
    let bank = bank(|_| html(HERO)).await;
    let altered = |at: usize| {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        altered
    };
    let faults = [
        (Vec::new(), vec![key], "does not start with"),
        (bundle[..bundle.len() - 1].to_vec(), vec![key], "cut off"),
        (altered(bundle.len() - 1), vec![key], "altered"),
        (altered(80), vec![key], "signature"),
        (bundle.clone(), vec![], "not trusted"),
        (vec![0; 17 << 20], vec![key], "cannot be read"),
    ];
    for (bundle, keys, words) in faults {
        let edge = web::edge(
            &bundle,
            &keys,
            Origin::server(&format!("http://{bank}")).unwrap(),
        )
        .await;
        let page = web::get(edge, "/").await;
        assert_eq!(page.status, 200, "{words}");
        assert_eq!(page.body, HERO, "{words}");
        assert_eq!(page.header("etag"), "\"1\"", "{words}");
        assert!(
            page.header("nearfield-diagnostic").contains(words),
            "{words}: {:?}",
            page.headers
        );
        // On trust it fails closed: nothing is decided, and the bundle does not get out.
        for path in ["/healthz", "/v1/bundle"] {
            let answer = web::get(edge, path).await;
            assert_eq!(answer.status, 503, "{path} {words}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.json()["type"], "urn:nearfield:problem:bundle");
        }
        assert_eq!(
            web::decide(edge, r#"{"profile":{"schema_version":1}}"#)
                .await
                .status,
            503
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_streams() {
    // The bank sends the second half only once the first has arrived at the customer.
    let (halves, rest) = mpsc::channel::<Bytes>(1);
    let rest = Arc::new(Mutex::new(Some(rest)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bank = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(|_| {
            let body = Received(rest.lock().unwrap().take().unwrap()).boxed_unsync();
            async move {
                Ok::<_, Infallible>(
                    Response::builder()
                        .header("content-type", "text/html")
                        .body(body)
                        .unwrap(),
                )
            }
        });
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    });
    let edge = in_front_of(bank).await;
    let (first, second) = HERO.split_at(HERO.find("<p>after").unwrap());
    halves
        .send(Bytes::from_static(first.as_bytes()))
        .await
        .unwrap();
    let request = Request::get("/")
        .header("host", "bank")
        .body(Full::default())
        .unwrap();
    let mut answer = web::send(edge, request).await.into_body();
    let mut seen = Vec::new();
    while !seen.ends_with(b"</section>") {
        let frame = answer.frame().await.expect("the page goes on").unwrap();
        seen.extend_from_slice(&frame.into_data().unwrap());
    }
    halves
        .send(Bytes::from_static(second.as_bytes()))
        .await
        .unwrap();
    drop(halves);
    seen.extend_from_slice(&answer.collect().await.unwrap().to_bytes());
    assert!(seen.ends_with(second.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_breaks_off_is_not_passed_off_as_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bank = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4_096]).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5000\r\n\r\n";
        stream
            .write_all([head.as_bytes(), HERO.as_bytes()].concat().as_slice())
            .await
            .unwrap();
    });
    let mut customer = TcpStream::connect(in_front_of(bank).await).await.unwrap();
    customer
        .write_all(b"GET / HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    customer.read_to_end(&mut answer).await.unwrap();
    // A chunked body that is whole ends with an empty chunk.
    assert!(
        !answer.ends_with(b"0\r\n\r\n"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_does_not_answer_is_a_problem() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let answer = web::get(in_front_of(gone).await, "/").await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["type"], "urn:nearfield:problem:origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_problems() {
    let (bundle, key) = retail();
    let edge = web::edge(&bundle, &[key], Origin::none()).await;
    let json = ("content-type", "application/json");
    let large = Bytes::from(vec![b' '; 9 << 20]);
    let cases = [
        (Method::GET, "/v1/decisions", json, Bytes::new(), 405),
        (Method::POST, "/v1/bundle", json, Bytes::new(), 405),
        (Method::PUT, "/", json, Bytes::new(), 405),
        (Method::GET, "/v1/other", json, Bytes::new(), 404),
        (Method::GET, "/page-without-a-site", json, Bytes::new(), 404),
        (
            Method::POST,
            "/v1/decisions",
            ("content-type", "text/plain"),
            "{}".into(),
            415,
        ),
        (
            Method::POST,
            "/v1/decisions",
            ("accept", "*/*"),
            "{}".into(),
            415,
        ),
        (Method::POST, "/v1/decisions", json, large, 413),
        (Method::POST, "/v1/decisions", json, Bytes::new(), 400),
        (
            Method::POST,
            "/v1/decisions",
            json,
            "[[[[[[".repeat(10_000).into(),
            400,
        ),
        (
            Method::POST,
            "/v1/decisions",
            json,
            r#"{"profile":{"schema_version":9}}"#.into(),
            400,
        ),
        (
            Method::POST,
            "/v1/decisions",
            json,
            r#"{"profile":{"schema_version":1},"seed":18446744073709551615}"#.into(),
            400,
        ),
    ];
    for (method, path, header, body, status) in cases {
        let answer = web::ask(edge, method.clone(), path, &[header], body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{method} {path}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{method} {path}");
        for member in ["type", "title", "detail"] {
            assert!(
                !problem[member].as_str().unwrap().is_empty(),
                "{method} {path} {member}"
            );
        }
        assert_eq!(
            answer.header("allow").is_empty(),
            status != 405,
            "{method} {path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundle_is_served_as_it_was_signed() {
    let (bundle, key) = retail();
    let edge = web::edge(&bundle, &[key], Origin::none()).await;
    let whole = web::get(edge, "/v1/bundle").await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.body, bundle);
    let tag = whole.header("etag").to_owned();
    let again = web::ask(
        edge,
        Method::GET,
        "/v1/bundle",
        &[("if-none-match", &tag)],
        Bytes::new(),
    )
    .await;
    assert_eq!(
        (
            again.status.as_u16(),
            again.body.len(),
            again.header("etag")
        ),
        (304, 0, &*tag)
    );
    let other = web::ask(
        edge,
        Method::GET,
        "/v1/bundle",
        &[("if-none-match", "\"x\"")],
        Bytes::new(),
    )
    .await;
    assert_eq!(other.status, 200);
    let head = web::ask(edge, Method::HEAD, "/v1/bundle", &[], Bytes::new()).await;
    assert_eq!(head.header("content-length"), bundle.len().to_string());
    assert!(head.body.is_empty());
    let health = web::get(edge, "/healthz").await.json();
    assert_eq!(health["status"], "ok");
    assert!(tag.contains(health["bundle"].as_str().unwrap()));
}

/// A body of whatever comes through a channel.
struct Received(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Received {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(task)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

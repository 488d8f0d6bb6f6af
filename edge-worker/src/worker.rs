//! The glue to Spin: requests in, responses out, and the stream between the bank's server and the page.

use std::{
    env, mem,
    path::Path,
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use engine::{Engine, Profile, Timestamp, profile::SCHEMA_VERSION};
use http_body::{Body as _, Frame};
use spin_sdk::{
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, send},
    http_service,
    wasip3::http_compat::{IncomingRequestBody, IncomingResponseBody},
};

use crate::{
    decisions::{self, BODY_BYTES},
    mounted::{self, Mounted},
    problem::{self, Problem},
    rewrite::{Filler, Fills},
    routes::{Route, route},
    visit,
};

/// Where the bank's own pages come from: scheme and authority.
const ORIGIN: &str = "NEARFIELD_ORIGIN";

/// The header that says why a page passed as it came.
const DIAGNOSTIC: &str = "nearfield-diagnostic";

/// Never sent on: they are about one connection (RFC 9110, section 7.6.1), or the host sets them.
const ONE_CONNECTION: [&str; 10] = [
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Not sent to the origin: a page must come whole and uncompressed to be filled.
const WHOLE_PAGE: [&str; 3] = ["accept-encoding", "if-range", "range"];

/// Not sent to the origin: they announce a body, and what is sent on has none.
const OF_A_BODY: [&str; 3] = ["content-length", "expect", "trailer"];

/// Describe the bytes as the origin sent them, which a filled page no longer is, or let caches keep them.
const OF_THE_BYTES: [&str; 12] = [
    "accept-ranges",
    "cdn-cache-control",
    "content-digest",
    "content-length",
    "content-md5",
    "digest",
    "etag",
    "expires",
    "last-modified",
    "repr-digest",
    "surrogate-control",
    "trailer",
];

#[http_service]
async fn handle(request: Request) -> Response<Body> {
    let head = request.method() == "HEAD";
    let answer = answer(request)
        .await
        .unwrap_or_else(|problem| respond_with(&problem));
    if head {
        answer.map(|_| Body::Empty)
    } else {
        answer
    }
}

async fn answer(request: Request) -> Result<Response<Body>, Problem> {
    match route(request.method().as_str(), request.uri().path())? {
        Route::Bundle => bundle(request.headers()),
        Route::Decisions => decide(request).await,
        Route::Health => health(),
        Route::Page => page(request).await,
    }
}

fn health() -> Result<Response<Body>, Problem> {
    let mounted = mounted()?;
    let hash = engine::trust::hex(&mounted.open()?.hash());
    let body = format!(
        "{{\"status\":\"ok\",\"engine\":\"{}\",\"bundle\":\"{hash}\"}}",
        engine::VERSION
    );
    Ok(respond(
        StatusCode::OK,
        [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ],
        body,
    ))
}

fn bundle(headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    let mounted = mounted()?;
    let (bytes, tag) = mounted.file()?;
    let common = [
        ("etag", tag.as_str()),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
    ];
    if text(headers, "if-none-match")
        .is_some_and(|tags| tags.split(',').any(|t| t.trim() == tag || t.trim() == "*"))
    {
        return Ok(respond(StatusCode::NOT_MODIFIED, common, Bytes::new()));
    }
    let mut response = respond(StatusCode::OK, common, bytes.to_vec());
    set(
        response.headers_mut(),
        "content-type",
        "application/octet-stream",
    );
    Ok(response)
}

async fn decide(request: Request) -> Result<Response<Body>, Problem> {
    if !decisions::is_json(text(request.headers(), "content-type")) {
        return Err(Problem::media_type());
    }
    let announced = text(request.headers(), "content-length").and_then(|size| size.parse().ok());
    if announced.is_some_and(|size: u64| size > BODY_BYTES as u64) {
        return Err(Problem::too_large(BODY_BYTES));
    }
    let body = read(request.into_body()).await?;
    let mounted = mounted()?;
    let started = Instant::now();
    let bundle = mounted.open()?;
    let decision = decisions::Request::from_json(&body)?.answer(bundle, now())?;
    let timing = timing(started);
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("server-timing", &timing),
    ];
    Ok(respond(StatusCode::OK, headers, decision))
}

/// The page of the bank's server. Only its own failure to answer is a problem; ours leave it as it is.
async fn page(request: Request) -> Result<Response<Body>, Problem> {
    let path = request.uri().path().to_owned();
    let languages = text(request.headers(), "accept-language").map(str::to_owned);
    let response = fetch(request).await?;
    let (mut parts, body) = response.into_parts();
    for name in ONE_CONNECTION {
        parts.headers.remove(name);
    }
    if parts.status != StatusCode::OK || !is_html(&parts.headers) {
        return Ok(Response::from_parts(parts, Body::Origin(body)));
    }
    let started = Instant::now();
    let fills = if is_readable(&parts.headers) {
        fills(&path, languages.as_deref())
    } else {
        Err("page: it is compressed or not UTF-8".to_owned())
    };
    match fills {
        Err(diagnostic) => {
            report(&path, &diagnostic);
            set(&mut parts.headers, DIAGNOSTIC, &diagnostic);
            Ok(Response::from_parts(parts, Body::Origin(body)))
        }
        Ok(fills) if fills.is_empty() => Ok(Response::from_parts(parts, Body::Origin(body))),
        Ok(fills) => {
            for name in OF_THE_BYTES {
                parts.headers.remove(name);
            }
            set(&mut parts.headers, "cache-control", "private, no-store");
            set(&mut parts.headers, "server-timing", &timing(started));
            parts
                .headers
                .append("vary", HeaderValue::from_static("Accept-Language"));
            let filling = Filling {
                origin: body,
                filler: Filler::new(fills),
                path,
            };
            Ok(Response::from_parts(parts, Body::Filled(Box::new(filling))))
        }
    }
}

/// Asks the origin for the same path with the same headers, as far as they are its business.
async fn fetch(request: Request) -> Result<Response, Problem> {
    let Ok(origin) = env::var(ORIGIN) else {
        return Err(Problem::not_found(format!(
            "there is no site behind this worker: set {ORIGIN}"
        )));
    };
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let uri = format!("{}{path}", origin.trim_end_matches('/'));
    let mut onward = Request::<Body>::new(Body::Empty);
    *onward.uri_mut() = uri
        .parse()
        .map_err(|_| Problem::invalid("the address cannot be passed on"))?;
    *onward.method_mut() = request.method().clone();
    let dropped = |name: &HeaderName| {
        ONE_CONNECTION
            .iter()
            .chain(&WHOLE_PAGE)
            .chain(&OF_A_BODY)
            .any(|dropped| name == dropped)
    };
    for (name, value) in request.headers().iter().filter(|(name, _)| !dropped(name)) {
        onward.headers_mut().append(name, value.clone());
    }
    send(onward)
        .await
        .map_err(|cause| Problem::origin(cause.to_string()))
}

/// What a visitor without a profile sees.
fn fills(path: &str, languages: Option<&str>) -> Result<Fills, String> {
    let problem = |problem: Problem| format!("bundle: {}", problem.detail);
    let mounted = mounted().map_err(problem)?;
    let bundle = mounted.open().map_err(problem)?;
    let nobody = Profile {
        schema_version: SCHEMA_VERSION,
        ..Profile::default()
    };
    let context = visit::context(bundle, path, languages);
    let mut engine = Engine::new(bundle);
    let decision = engine
        .decide(&nobody, &context, now(), 0)
        .map_err(|cause| format!("engine: {cause}"))?;
    Ok(Fills::new(&decision))
}

fn mounted() -> Result<Mounted, Problem> {
    Mounted::read(Path::new(mounted::FOLDER))
}

/// A whole body, up to the limit.
async fn read(body: IncomingRequestBody) -> Result<Vec<u8>, Problem> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|task| body.as_mut().poll_frame(task)).await {
        let frame =
            frame.map_err(|cause| Problem::invalid(format!("the body was cut off: {cause}")))?;
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > BODY_BYTES {
            return Err(Problem::too_large(BODY_BYTES));
        }
    }
    Ok(bytes)
}

/// What goes out.
enum Body {
    Empty,
    Filled(Box<Filling>),
    Origin(IncomingResponseBody),
    Whole(Bytes),
}

struct Filling {
    origin: IncomingResponseBody,
    filler: Filler,
    path: String,
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Origin(body) => Pin::new(body).poll_frame(task).map_err(Into::into),
            Self::Whole(bytes) => {
                let bytes = mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Filled(filling) => loop {
                let frame = match Pin::new(&mut filling.origin).poll_frame(task) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(frame) => frame.transpose()?,
                };
                let Some(frame) = frame else {
                    let rest = filling.filler.end();
                    if let Some(diagnostic) = filling.filler.diagnostic() {
                        report(&filling.path, &diagnostic);
                    }
                    *self = Self::Whole(rest.into());
                    return self.poll_frame(task);
                };
                match frame.into_data() {
                    // Trailers: they describe the bytes as the origin sent them.
                    Err(_) => {}
                    Ok(data) => {
                        let out = filling.filler.write(&data);
                        if !out.is_empty() {
                            return Poll::Ready(Some(Ok(Frame::data(out.into()))));
                        }
                    }
                }
            },
        }
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    decisions::media_type(text(headers, "content-type")).eq_ignore_ascii_case("text/html")
}

/// Whether the page's bytes are text that can be filled: HTML without a `charset` is read as UTF-8.
fn is_readable(headers: &HeaderMap) -> bool {
    let charset = text(headers, "content-type").and_then(|kind| {
        kind.split(';').find_map(|part| {
            part.trim()
                .to_ascii_lowercase()
                .strip_prefix("charset=")
                .map(str::to_owned)
        })
    });
    let utf8 = charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8");
    let plain = text(headers, "content-encoding")
        .is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    utf8 && plain
}

fn respond_with(problem: &Problem) -> Response<Body> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        ("content-type", problem::MEDIA_TYPE),
        ("cache-control", "no-store"),
    ];
    let mut response = respond(status, headers, problem.to_json());
    if let Some(allow) = problem.allow {
        set(response.headers_mut(), "allow", allow);
    }
    response
}

fn respond<'a>(
    status: StatusCode,
    headers: impl IntoIterator<Item = (&'static str, &'a str)>,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let body = body.into();
    let length = body.len().to_string();
    let mut response = Response::new(Body::Whole(body));
    *response.status_mut() = status;
    if status != StatusCode::NOT_MODIFIED {
        set(response.headers_mut(), "content-length", &length);
    }
    for (name, value) in headers {
        set(response.headers_mut(), name, value);
    }
    response
}

/// A value that no header can hold loses the characters in question.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let value: String = value.chars().filter(|c| (' '..='~').contains(c)).collect();
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(name, value);
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn timing(started: Instant) -> String {
    format!(
        "decide;dur={:.3}",
        started.elapsed().as_secs_f64() * 1_000.0
    )
}

fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs());
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// One line in the log of the host.
fn report(path: &str, diagnostic: &str) {
    eprintln!("nearfield: {path} passed as it came: {diagnostic}");
}

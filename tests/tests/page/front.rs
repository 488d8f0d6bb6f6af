//! What stands between the browser and the edge worker: it writes down every request, and can lose or
//! alter a file on the way.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs,
    future::pending,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex, mpsc},
    thread,
};

use bytes::Bytes;
use harness::edge::Origin;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tests::{project, web};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::native;

const PROBE: &str = include_str!("probe.js");

/// The site behind the edge worker, one for all tests: to compile the worker takes seconds.
static EDGE: LazyLock<SocketAddr> = LazyLock::new(|| {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let (bundle, key) = native::bundle();
            let site = Origin::site(project("web-demo/dist")).unwrap();
            tell.send(web::edge(&bundle, &[key], site).await).unwrap();
            pending::<()>().await;
        });
    });
    told.recv().expect("the edge worker starts")
});

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What becomes of a file on the way.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is not there.
    Lost,
    /// It is another.
    Bytes(Vec<u8>),
}

/// Paths that do not pass as they are.
pub type Changes = BTreeMap<String, Change>;

/// A server in front of the edge worker.
#[derive(Clone, Debug)]
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Front {
    /// Serves until the test's runtime ends.
    pub async fn start(changes: Changes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let changes = Arc::new(changes);
        let serving = front.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (changes, front) = (Arc::clone(&changes), serving.clone());
                let service = service_fn(move |request| {
                    let (changes, front) = (Arc::clone(&changes), front.clone());
                    async move { Ok::<_, Infallible>(front.answer(&changes, request).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        front
    }

    /// Everything that was asked so far. The probe is the tests' own and left out.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        let asked = seen.iter().filter(|request| request.target != "/probe.js");
        asked.cloned().collect()
    }

    async fn answer(&self, changes: &Changes, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = head.uri.to_string();
        self.seen.lock().unwrap().push(Seen {
            method: head.method.clone(),
            target: target.clone(),
            headers: head.headers.clone(),
            body: body.clone(),
        });
        let path = head.uri.path();
        if path == "/probe.js" {
            let answer = Response::builder().header("content-type", "text/javascript");
            return answer.body(Full::from(PROBE)).unwrap();
        }
        let lost = matches!(changes.get(path), Some(Change::Lost));
        let target = if lost { "/lost.html" } else { &target };
        let kept: Vec<(&str, &str)> = ["accept", "accept-language", "content-type"]
            .into_iter()
            .filter_map(|name| Some((name, head.headers.get(name)?.to_str().ok()?)))
            .collect();
        let mut answer = web::ask(*EDGE, head.method, target, &kept, body).await;
        if let Some(Change::Bytes(other)) = changes.get(path) {
            answer.body = other.clone().into();
        }
        if answer.status == StatusCode::OK {
            answer.body = probed(path, answer.body);
        }
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status;
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
        ] {
            answer.headers.remove(name);
        }
        *response.headers_mut() = answer.headers;
        response
    }
}

/// Puts the probe before all other scripts of the page and of its worker.
fn probed(path: &str, body: Bytes) -> Bytes {
    let with = |from: &str, to: &str| {
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains(from), "{path} has no `{from}`");
        text.replacen(from, to, 1).into()
    };
    match path {
        "/" => with("<head>", "<head><script src=\"/probe.js\"></script>"),
        "/sdk/worker.js" => with("import ", "import \"/probe.js\"; import "),
        _ => body,
    }
}

/// A file of the built site.
pub fn built(path: &str) -> Vec<u8> {
    let path = project("web-demo/dist").join(path);
    fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; type `cargo xtask demo --no-serve`",
            path.display()
        )
    })
}

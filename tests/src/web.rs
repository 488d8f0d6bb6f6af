//! A plain HTTP client, and an edge worker on a free port.

use std::net::SocketAddr;

use bytes::Bytes;
use harness::{
    KeyBytes,
    edge::{Origin, Server},
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("the header is text"))
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// Starts an edge worker that serves until the runtime ends.
pub async fn edge(bundle: &[u8], keys: &[KeyBytes], origin: Origin) -> SocketAddr {
    let server = Server::bind(0, bundle, keys, origin)
        .await
        .expect("the edge worker starts");
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    address
}

/// Asks with GET.
pub async fn get(server: SocketAddr, path: &str) -> Answer {
    ask(server, Method::GET, path, &[], Bytes::new()).await
}

/// Asks for a decision.
pub async fn decide(server: SocketAddr, body: impl Into<Bytes>) -> Answer {
    ask(
        server,
        Method::POST,
        "/v1/decisions",
        &[("content-type", "application/json")],
        body.into(),
    )
    .await
}

/// Asks anything.
pub async fn ask(
    server: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", server.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(body))
        .expect("the request is well formed");
    let (parts, body) = send(server, request).await.into_parts();
    let body = body
        .collect()
        .await
        .expect("the answer is whole")
        .to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Sends a request and gives the answer as soon as its head is there.
pub async fn send(
    server: SocketAddr,
    request: Request<Full<Bytes>>,
) -> http::Response<hyper::body::Incoming> {
    let stream = TcpStream::connect(server)
        .await
        .expect("the server listens");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .expect("it speaks HTTP");
    tokio::spawn(connection);
    sender.send_request(request).await.expect("it answers")
}

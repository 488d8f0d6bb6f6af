//! The bank's own site, as the worker sees it: a folder, or a server.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response, Uri,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
    uri::Authority,
};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Body, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use super::{EdgeError, site::Site};

/// The name of a folder that answers like a server; `.invalid` is never a real host (RFC 2606).
const SITE: &str = "http://site.invalid";

/// Time to reach a server and to get the head of its answer.
const LIMIT: Duration = Duration::from_secs(10);

/// Headers that a request without a body, over another connection, must not have.
const NOT_ONWARD: [HeaderName; 7] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Where pages come from.
pub struct Origin(Kind);

enum Kind {
    None,
    Server {
        address: String,
        authority: Authority,
    },
    Site(Arc<Site>),
}

impl Origin {
    /// No site: only the JSON interface answers.
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// A server, as `http://host:port`.
    pub fn server(address: &str) -> Result<Self, EdgeError> {
        let refused = || EdgeError::Origin(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| refused())?;
        let plain = uri.scheme_str() == Some("http") && uri.path() == "/" && uri.query().is_none();
        let authority = uri.authority().filter(|_| plain).ok_or_else(refused)?;
        Ok(Self(Kind::Server {
            address: format!("http://{authority}"),
            authority: authority.clone(),
        }))
    }

    /// A folder of files.
    pub fn site(folder: impl AsRef<Path>) -> Result<Self, EdgeError> {
        Ok(Self(Kind::Site(Arc::new(Site::open(folder.as_ref())?))))
    }

    /// Scheme and authority, if there is a site.
    pub(super) fn address(&self) -> Option<&str> {
        match &self.0 {
            Kind::None => None,
            Kind::Server { address, .. } => Some(address),
            Kind::Site(_) => Some(SITE),
        }
    }

    /// Answers what the worker asks. Anything but the origin is denied.
    pub(super) async fn send(
        &self,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, HttpError> {
        let (Some(scheme), Some(host)) = (request.uri().scheme_str(), request.uri().authority())
        else {
            return Err(HttpError::HttpRequestDenied);
        };
        if self.address() != Some(&format!("{scheme}://{host}")) {
            return Err(HttpError::HttpRequestDenied);
        }
        match &self.0 {
            Kind::None => Err(HttpError::HttpRequestDenied),
            Kind::Server { authority, .. } => ask(authority, request).await,
            Kind::Site(site) => Ok(site.answer(request.method(), request.uri().path()).await),
        }
    }

    /// The page of a client's own request, as it is.
    pub(super) async fn page(
        &self,
        request: &Request<()>,
    ) -> Result<Response<WasiBody>, HttpError> {
        match &self.0 {
            Kind::None => Err(HttpError::DestinationNotFound),
            Kind::Site(site) => Ok(site.answer(request.method(), request.uri().path()).await),
            Kind::Server { authority, .. } => {
                let mut onward = Request::new(Empty::<Bytes>::new());
                *onward.method_mut() = request.method().clone();
                *onward.uri_mut() = request.uri().clone();
                *onward.headers_mut() = request.headers().clone();
                // They announce a body or are about the client's connection.
                for name in NOT_ONWARD {
                    onward.headers_mut().remove(name);
                }
                if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
                    onward.headers_mut().insert(HOST, host);
                }
                ask(authority, onward).await
            }
        }
    }
}

/// One request over one connection.
async fn ask<B>(
    server: &Authority,
    mut request: Request<B>,
) -> Result<Response<WasiBody>, HttpError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().map_err(|_| HttpError::HttpRequestUriInvalid)?;
    let exchange = async {
        let address = (
            server.host().trim_matches(['[', ']']),
            server.port_u16().unwrap_or(80),
        );
        let stream = TcpStream::connect(address)
            .await
            .map_err(HttpError::Connect)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends when the answer was read or is not wanted.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(HttpError::from)
    };
    let response = tokio::time::timeout(LIMIT, exchange).await;
    let response = response.map_err(|_| HttpError::HttpResponseTimeout)??;
    Ok(response.map(|body| body.map_err(HttpError::from).boxed_unsync()))
}

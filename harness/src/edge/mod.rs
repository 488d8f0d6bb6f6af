//! The edge worker in wasmtime, behind a port of this machine.
//!
//! Every request gets an instance of its own, with a deadline and a limit of memory. The worker may
//! call its origin and nothing else, and reads one folder that holds a bundle and its keys. When an
//! instance fails before it answers for a page, the origin's page goes out as it is: fail open.
//!
//! ```no_run
//! # async fn run(bundle: Vec<u8>, key: harness::KeyBytes) -> Result<(), harness::edge::EdgeError> {
//! use harness::edge::{Origin, Server};
//! let server = Server::bind(0, &bundle, &[key], Origin::site("web-demo/dist")?).await?;
//! println!("http://{}", server.address());
//! server.run(std::future::pending()).await;
//! # Ok(()) }
//! ```

mod exchange;
mod intake;
mod origin;
mod site;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{Component, Linker},
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::{KeyBytes, epoch};
use exchange::State;
use intake::Intake;

pub use origin::Origin;

/// The edge worker's component, as it ships.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/edge-worker.wasm"));

/// Time for one request, the answer's last byte included.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Memory of one instance: the largest profile and the largest bundle fit.
pub const MEMORY_BYTES: usize = 192 << 20;

/// Requests that run at once; others wait a second, then pages pass unfilled.
pub const AT_ONCE: u32 = 32;

/// Connections that are open at once; others wait to be accepted.
const CONNECTIONS: usize = 512;

/// Time for a client to send its headers.
const HEADERS: Duration = Duration::from_secs(10);

/// The worker, listening.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    worker: Arc<Worker>,
}

/// What all requests share.
struct Worker {
    engine: Engine,
    component: ServicePre<State>,
    origin: Arc<Origin>,
    files: TempDir,
    /// Bytes of memory of one instance.
    memory: usize,
    room: Arc<Semaphore>,
    intake: Intake,
}

/// Why the worker cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// The port is taken, or not allowed.
    #[error("port {port} of 127.0.0.1 cannot be used: {cause}; choose another")]
    Bind {
        /// The port.
        port: u16,
        /// What the system says.
        cause: io::Error,
    },
    /// The component does not compile or link.
    #[error("the edge worker does not start: {0:#}")]
    Component(#[from] wasmtime::Error),
    /// The bundle cannot be laid out for the worker, or the clock behind deadlines does not start.
    #[error("the edge worker's files cannot be laid out: {0}")]
    Files(#[from] io::Error),
    /// Not an origin that can be asked.
    #[error("`{0}` is no origin: write `http://host:port`; for https put a proxy in between")]
    Origin(String),
    /// Not a folder.
    #[error("{} is no folder to serve: {cause}; build the site first", path.display())]
    Site {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

impl Server {
    /// Compiles the worker, lays out the bundle and the trusted keys for it, and listens on a port of
    /// 127.0.0.1; 0 takes any. The bundle is not checked here: the worker does that for each request.
    pub async fn bind(
        port: u16,
        bundle: &[u8],
        keys: &[KeyBytes],
        origin: Origin,
    ) -> Result<Self, EdgeError> {
        Self::hosting(COMPONENT, port, bundle, keys, origin).await
    }

    /// As [`bind`](Self::bind), for another component that handles HTTP as the worker does: what it costs to
    /// host anything at all can be measured with one that does nothing.
    pub async fn hosting(
        component: &[u8],
        port: u16,
        bundle: &[u8],
        keys: &[KeyBytes],
        origin: Origin,
    ) -> Result<Self, EdgeError> {
        let worker = Worker::new(component, bundle, keys, origin, MEMORY_BYTES)?;
        Self::listen(port, worker).await
    }

    async fn listen(port: u16, worker: Worker) -> Result<Self, EdgeError> {
        let refused = |cause| EdgeError::Bind { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let worker = Arc::new(worker);
        Ok(Self {
            listener,
            address,
            worker,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is ready, then drops what is still open.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => return,
                Some(_) = connections.join_next() => continue,
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, or a client that left: neither goes away by asking at once.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            // Without this a small answer can wait 40 ms for the client's acknowledgement.
            let _ = stream.set_nodelay(true);
            let worker = Arc::clone(&self.worker);
            connections.spawn(async move {
                let service = service_fn(move |request| {
                    let worker = Arc::clone(&worker);
                    async move { Ok::<_, std::convert::Infallible>(worker.answer(request).await) }
                });
                // A client that breaks off is its own affair.
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADERS)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }
}

impl Worker {
    fn new(
        component: &[u8],
        bundle: &[u8],
        keys: &[KeyBytes],
        origin: Origin,
        memory: usize,
    ) -> Result<Self, EdgeError> {
        let files = tempfile::Builder::new().prefix("nearfield-").tempdir()?;
        fs::write(files.path().join("bundle.nearfield"), bundle)?;
        let keys: String = keys
            .iter()
            .map(|key| engine::trust::hex(key) + "\n")
            .collect();
        fs::write(files.path().join("keys.hex"), keys)?;
        let engine = Engine::new(&config())?;
        epoch::start(&engine)?;
        let component = Component::new(&engine, component)?;
        let mut linker = Linker::new(&engine);
        // Rust's standard library speaks WASI 0.2, the worker's HTTP is WASI 0.3.
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        let component = ServicePre::new(linker.instantiate_pre(&component)?)?;
        let room = Arc::new(Semaphore::new(AT_ONCE as usize));
        Ok(Self {
            engine,
            component,
            origin: Arc::new(origin),
            files,
            memory,
            room,
            intake: Intake::new(),
        })
    }
}

fn config() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(AT_ONCE)
        .total_core_instances(AT_ONCE * 8)
        .total_memories(AT_ONCE)
        .total_tables(AT_ONCE * 4)
        .total_stacks(AT_ONCE * 2)
        .max_memory_size(MEMORY_BYTES);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        .wasm_component_model_async(true)
        .wasm_relaxed_simd(false);
    config
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Empty};
    use hyper::client::conn::http1::handshake;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_instance_that_fails_leaves_the_page_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let page = "<p data-placeholder=\"rib.help.tip\">default</p>";
        std::fs::write(folder.path().join("index.html"), page).unwrap();
        let origin = Origin::site(folder.path()).unwrap();
        // No instance fits into so little memory.
        let worker = Worker::new(COMPONENT, b"", &[], origin, 1).unwrap();
        let server = Server::listen(0, worker).await.unwrap();
        let address = server.address();
        tokio::spawn(server.run(std::future::pending()));
        for (path, status, body) in [
            ("/", 200, Some(page)),
            ("/gone.css", 404, None),
            ("/healthz", 500, None),
        ] {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let request = http::Request::get(path).header("host", "bank");
            let response = sender
                .send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap())
                .await
                .unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(
                response.headers().contains_key("nearfield-diagnostic"),
                status != 500,
                "{path}"
            );
            let found = response.into_body().collect().await.unwrap().to_bytes();
            assert!(body.is_none_or(|body| found == body), "{path}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn idle_bodies_keep_nobody_waiting_and_a_full_worker_lets_pages_pass() {
        let folder = tempfile::tempdir().unwrap();
        let page = "<div data-placeholder=\"rib.help.tip\">default</div>";
        std::fs::write(folder.path().join("index.html"), page).unwrap();
        let origin = Origin::site(folder.path()).unwrap();
        let worker = Worker::new(COMPONENT, b"", &[], origin, MEMORY_BYTES).unwrap();
        let room = Arc::clone(&worker.room);
        let server = Server::listen(0, worker).await.unwrap();
        let address = server.address();
        tokio::spawn(server.run(std::future::pending()));
        let idle = "POST /v1/decisions HTTP/1.1\r\nhost: bank\r\n\
                    content-type: application/json\r\ncontent-length: 9\r\n\r\n";
        let mut clients = Vec::new();
        for _ in 0..AT_ONCE {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(idle.as_bytes()).await.unwrap();
            clients.push(client);
        }
        // There is no bundle, so the worker itself says so: it ran.
        let health = ask(address, "GET /healthz").await;
        assert!(health.starts_with("HTTP/1.1 503"), "{health}");
        assert!(health.contains("urn:nearfield:problem:bundle"), "{health}");
        let mut answer = String::new();
        clients[0].read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");

        let _taken = room.acquire_many(AT_ONCE).await.unwrap();
        let answer = ask(address, "GET /").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("nearfield-diagnostic: worker: it was busy"));
        assert!(answer.ends_with(page), "{answer}");
        let answer = ask(address, "GET /healthz").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("retry-after: 1"), "{answer}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_body_that_is_announced_too_large_is_not_waited_for() {
        let worker = Worker::new(COMPONENT, b"", &[], Origin::none(), MEMORY_BYTES).unwrap();
        let server = Server::listen(0, worker).await.unwrap();
        let address = server.address();
        tokio::spawn(server.run(std::future::pending()));
        let head = "POST /v1/decisions\r\ncontent-type: application/json\r\n\
                    content-length: 99999999";
        let answer = ask(address, head).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }

    /// Sends a head and no body; `head` is a method, a path and perhaps header lines.
    async fn ask(address: SocketAddr, head: &str) -> String {
        let (line, headers) = head.split_once("\r\n").unwrap_or((head, "x-none: 0"));
        let head =
            format!("{line} HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n{headers}\r\n\r\n");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

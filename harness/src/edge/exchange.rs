//! One request in one instance.

use std::{
    fmt,
    io::{self, Write},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use authoring::shown::Lines;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime::{
    Store, StoreLimits, StoreLimitsBuilder, UpdateDeadline, component::ResourceTable, format_err,
};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView, p3::Request as WasiRequest,
};

use super::{DEADLINE, Origin, Worker, intake::Problem};

/// The header that says why a page passed as it came.
const DIAGNOSTIC: &str = "nearfield-diagnostic";

/// Time to wait for a slot.
const PATIENCE: Duration = Duration::from_secs(1);

/// What one instance may touch.
pub(super) struct State {
    http: WasiHttpCtx,
    limits: StoreLimits,
    outward: Outward,
    table: ResourceTable,
    wasi: WasiCtx,
}

/// The one way out of the sandbox.
struct Outward(Arc<Origin>);

type Ended = Box<dyn Future<Output = Result<(), HttpError>> + Send>;

/// Why a request got no instance, or its instance no answer.
enum Refused {
    /// All slots are taken.
    Busy,
    Failed(wasmtime::Error),
}

impl Worker {
    /// Answers a request; a failure of the instance becomes the origin's own page, or a problem.
    pub(super) async fn answer(self: &Arc<Self>, request: Request<Incoming>) -> Response<WasiBody> {
        let (parts, incoming) = request.into_parts();
        let mut again = Request::new(());
        *again.method_mut() = parts.method.clone();
        *again.uri_mut() = parts.uri.clone();
        *again.headers_mut() = parts.headers.clone();
        // Whole before it takes a slot: a client that sends nothing must not keep others waiting.
        let body = if [Method::GET, Method::HEAD].contains(&parts.method) {
            Ok(Bytes::new())
        } else {
            self.intake.read(&parts.headers, incoming).await
        };
        let body = match body {
            Ok(body) => body,
            Err(problem) => return problem.answer(),
        };
        match self.instance(Request::from_parts(parts, whole(body))).await {
            Ok(response) => response,
            Err(Refused::Busy) => {
                self.without(again, "worker: it was busy", Problem::BUSY)
                    .await
            }
            Err(Refused::Failed(cause)) => {
                let path = again.uri().path();
                say(format_args!("{path}: the edge worker failed: {cause:#}"));
                let why = "worker: it failed before it answered";
                self.without(again, why, Problem::FAILED).await
            }
        }
    }

    /// Runs an instance until the head of its answer is there; the body follows as it is made.
    async fn instance(
        self: &Arc<Self>,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Refused> {
        let room = tokio::time::timeout(PATIENCE, Arc::clone(&self.room).acquire_owned()).await;
        // The semaphore is never closed.
        let Ok(Ok(room)) = room else {
            return Err(Refused::Busy);
        };
        self.run(room, request).await.map_err(Refused::Failed)
    }

    async fn run(
        self: &Arc<Self>,
        room: OwnedSemaphorePermit,
        request: Request<WasiBody>,
    ) -> wasmtime::Result<Response<WasiBody>> {
        let mut store = self.store()?;
        let worker = Arc::clone(self);
        let (answer, answered) = oneshot::channel();
        tokio::spawn(async move {
            let _room = room;
            let mut answer = Some(answer);
            let (verdict, judged) = oneshot::channel();
            let mut judged = Some(judged);
            let exchange = async {
                let service = worker.component.instantiate_async(&mut store).await?;
                let (request, _) = WasiRequest::from_http(&mut store.data_mut().outward, request);
                store
                    .run_concurrent(async |access| {
                        let response = service.handle(access, request).await?;
                        let response =
                            response.map_err(|code| format_err!("it answered {code:?}"))?;
                        let response =
                            access.with(|store| response.into_http(store, async { Ok(()) }))?;
                        let (taken, all_taken) = oneshot::channel();
                        if let (Some(answer), Some(verdict)) = (answer.take(), judged.take()) {
                            let watched = |body| Watched {
                                body,
                                taken: Some(taken),
                                verdict,
                            };
                            // A client that has gone needs no answer.
                            let _ =
                                answer.send(Ok(response.map(|body| watched(body).boxed_unsync())));
                        }
                        // The instance goes on making the body until it was taken, or nobody wants it.
                        let _ = all_taken.await;
                        wasmtime::error::Ok(())
                    })
                    .await?
            };
            let outcome = tokio::time::timeout(DEADLINE, exchange).await;
            let outcome = outcome
                .unwrap_or_else(|_| Err(format_err!("it took more than {} s", DEADLINE.as_secs())));
            match (outcome, answer) {
                (Err(cause), Some(answer)) => drop(answer.send(Err(cause))),
                (Err(cause), None) => say(format_args!(
                    "the edge worker failed amid an answer: {cause:#}"
                )),
                // The body's reader may have gone.
                (Ok(()), _) => drop(verdict.send(())),
            }
        });
        answered.await?
    }

    fn store(&self) -> wasmtime::Result<Store<State>> {
        let mut wasi = WasiCtx::builder();
        wasi.inherit_stderr()
            // The files are small and in the page cache; a hop to another thread costs more than the read.
            .allow_blocking_current_thread(true)
            .preopened_dir(self.files.path(), "/nearfield", FsPerms::ReadOnly)?;
        if let Some(origin) = self.origin.address() {
            wasi.env("NEARFIELD_ORIGIN", origin);
        }
        let state = State {
            http: WasiHttpCtx::new(),
            limits: StoreLimitsBuilder::new().memory_size(self.memory).build(),
            outward: Outward(Arc::clone(&self.origin)),
            table: ResourceTable::new(),
            wasi: wasi.build(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        // Each step lets other requests run; an instance that never stops is stopped.
        let begin = Instant::now();
        store.epoch_deadline_callback(move |_| {
            if begin.elapsed() > DEADLINE {
                Ok(UpdateDeadline::Interrupt)
            } else {
                Ok(UpdateDeadline::Yield(1))
            }
        });
        Ok(store)
    }

    /// The answer without the worker: the origin's own for a page, a problem for the rest.
    async fn without(
        &self,
        request: Request<()>,
        why: &'static str,
        problem: Problem,
    ) -> Response<WasiBody> {
        let path = request.uri().path();
        let page = [Method::GET, Method::HEAD].contains(request.method())
            && !path.starts_with("/v1/")
            && path != "/healthz";
        if page && let Ok(mut response) = self.origin.page(&request).await {
            let why = HeaderValue::from_static(why);
            response.headers_mut().insert(DIAGNOSTIC, why);
            return response;
        }
        problem.answer()
    }
}

/// A body that is there already.
pub(super) fn whole(bytes: Bytes) -> WasiBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outward,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

impl WasiHttpHooks for Outward {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        _options: Option<RequestOptions>,
        _ended: Ended,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Ended), HttpError>> + Send> {
        let origin = Arc::clone(&self.0);
        Box::new(async move {
            let response = origin.send(request).await?;
            Ok((response, Box::new(async { Ok(()) }) as Ended))
        })
    }
}

/// A body that says when it was taken, and ends only when its instance ended well: an instance that was
/// stopped stops its body too, and half a page must not look like a whole one.
struct Watched {
    body: WasiBody,
    /// Dropped when the body was read to its end, or is not wanted any more.
    taken: Option<oneshot::Sender<()>>,
    verdict: oneshot::Receiver<()>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.taken.is_some() {
            match Pin::new(&mut self.body).poll_frame(task) {
                Poll::Ready(None) => self.taken = None,
                frame => return frame,
            }
        }
        Pin::new(&mut self.verdict).poll(task).map(|verdict| {
            verdict
                .err()
                .map(|_| Err(HttpError::HttpResponseIncomplete))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Says something on standard error; when nobody listens there is nobody to tell that.
fn say(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "nearfield: {}", Lines(what));
}

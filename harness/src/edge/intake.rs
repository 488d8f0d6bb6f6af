//! The bodies of requests, read before an instance is taken up by them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use engine::limits::{CONTEXT_BYTES, PROFILE_BYTES};
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::WasiBody;

use super::exchange::whole;

/// Time for a client to send a body.
const DEADLINE: Duration = Duration::from_secs(5);

/// Bytes of a body that the worker reads; it refuses more itself.
const BODY_BYTES: usize = PROFILE_BYTES + CONTEXT_BYTES;

/// Bytes of all bodies that are being read or wait for a slot.
const BYTES: usize = 256 << 20;

/// Reads bodies, within limits.
pub(super) struct Intake {
    /// One permit for each byte that may be kept.
    room: Arc<Semaphore>,
    deadline: Duration,
}

/// An answer that the worker did not give (RFC 9457).
pub(super) struct Problem {
    status: StatusCode,
    json: &'static [u8],
}

impl Intake {
    pub(super) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(BYTES)),
            deadline: DEADLINE,
        }
    }

    /// A body, or as much of it as shows that it is too large.
    pub(super) async fn read<B>(&self, headers: &HeaderMap, body: B) -> Result<Bytes, Problem>
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
    {
        let announced = headers
            .get(CONTENT_LENGTH)
            .and_then(|size| size.to_str().ok());
        if announced
            .and_then(|size| size.parse::<u64>().ok())
            .is_some_and(|size| size > BODY_BYTES as u64)
        {
            // The worker goes by the header.
            self.drop_rest(body);
            return Ok(Bytes::new());
        }
        tokio::time::timeout(self.deadline, self.all(body))
            .await
            .unwrap_or(Err(Problem::SLOW))
    }

    async fn all<B>(&self, mut body: B) -> Result<Bytes, Problem>
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
    {
        let mut bytes = Vec::new();
        let mut permits = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Problem::CUT_OFF)?.into_data() else {
                continue;
            };
            let count = u32::try_from(data.len()).map_err(|_| Problem::BUSY)?;
            let permit = Arc::clone(&self.room).try_acquire_many_owned(count);
            permits.push(permit.map_err(|_| Problem::BUSY)?);
            bytes.extend_from_slice(&data);
            if bytes.len() > BODY_BYTES {
                self.drop_rest(body);
                break;
            }
        }
        Ok(bytes.into())
    }
}

impl Intake {
    /// Reads on for a while without keeping anything: a connection that is closed on a client who is still
    /// sending takes the answer with it.
    fn drop_rest<B>(&self, mut body: B)
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
    {
        let dropping = async move {
            let mut dropped = 0;
            while dropped < 2 * BODY_BYTES
                && let Some(Ok(frame)) = body.frame().await
            {
                dropped += frame.data_ref().map_or(0, Bytes::len);
            }
        };
        tokio::spawn(tokio::time::timeout(self.deadline, dropping));
    }
}

impl Problem {
    pub(super) const BUSY: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        json: br#"{"type":"urn:nearfield:problem:busy","title":"the worker is busy","status":503,"detail":"too many requests run at once; ask again in a second"}"#,
    };
    pub(super) const FAILED: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        json: br#"{"type":"urn:nearfield:problem:worker","title":"the worker failed","status":500,"detail":"the request was not answered; its cause is in the log"}"#,
    };
    const CUT_OFF: Self = Self {
        status: StatusCode::BAD_REQUEST,
        json: br#"{"type":"urn:nearfield:problem:invalid-request","title":"the request is not valid","status":400,"detail":"the body was cut off; send it whole"}"#,
    };
    const SLOW: Self = Self {
        status: StatusCode::REQUEST_TIMEOUT,
        json: br#"{"type":"urn:nearfield:problem:timeout","title":"the request came too slowly","status":408,"detail":"the body was not there within 5 s; send it at once"}"#,
    };

    pub(super) fn answer(self) -> Response<WasiBody> {
        let mut response = Response::new(whole(Bytes::from_static(self.json)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

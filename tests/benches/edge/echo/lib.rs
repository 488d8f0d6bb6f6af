//! The smallest Spin component that echoes JSON: what an instance for each request costs before it does anything.
//! Only the benches build it.
#![cfg(target_family = "wasm")]

use spin_sdk::{
    http::{HeaderValue, Request, Response},
    http_service,
    wasip3::http_compat::IncomingRequestBody,
};

#[http_service]
async fn handle(request: Request) -> Response<IncomingRequestBody> {
    let mut response = Response::new(request.into_body());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    response
}

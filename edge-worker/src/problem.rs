//! Errors as RFC 9457 problem details.
//!
//! ```
//! use edge_worker::problem::Problem;
//! let problem = Problem::not_found("no such thing");
//! assert_eq!(problem.status, 404);
//! assert!(String::from_utf8(problem.to_json()).unwrap().contains("urn:nearfield:problem:not-found"));
//! ```

use serde::Serialize;

/// The media type of a problem's JSON.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One problem, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable name that programs can tell problems apart by.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The sort of problem, the same for all of its type.
    pub title: &'static str,
    /// HTTP status code.
    pub status: u16,
    /// This occurrence, and the remedy.
    pub detail: String,
    /// The value of the `Allow` header of a 405.
    #[serde(skip)]
    pub allow: Option<&'static str>,
}

impl Problem {
    /// 400: the request cannot be read.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(
            400,
            "urn:nearfield:problem:invalid-request",
            "the request is not valid",
            detail,
        )
    }

    /// 404: nothing is there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            404,
            "urn:nearfield:problem:not-found",
            "there is nothing at this address",
            detail,
        )
    }

    /// 405: not with this method.
    pub fn method(allow: &'static str) -> Self {
        let detail = format!("use {allow}");
        let problem = Self::new(
            405,
            "urn:nearfield:problem:method",
            "the method is not allowed here",
            detail,
        );
        Self {
            allow: Some(allow),
            ..problem
        }
    }

    /// 413: more bytes than the engine reads.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body may have {limit} bytes: send fewer events");
        Self::new(
            413,
            "urn:nearfield:problem:too-large",
            "the body is too large",
            detail,
        )
    }

    /// 415: not JSON.
    pub fn media_type() -> Self {
        let detail = "send JSON with `Content-Type: application/json`";
        Self::new(
            415,
            "urn:nearfield:problem:media-type",
            "the body has the wrong media type",
            detail,
        )
    }

    /// 502: the bank's own server does not answer.
    pub fn origin(detail: impl Into<String>) -> Self {
        Self::new(
            502,
            "urn:nearfield:problem:origin",
            "the bank's site does not answer",
            detail,
        )
    }

    /// 503: there is no bundle that may be used.
    pub fn bundle(detail: impl Into<String>) -> Self {
        Self::new(
            503,
            "urn:nearfield:problem:bundle",
            "there is no bundle to decide by",
            detail,
        )
    }

    /// Its JSON (UTF-8).
    pub fn to_json(&self) -> Vec<u8> {
        // Serialising a plain struct with string keys to memory has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn new(
        status: u16,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            allow: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_members_of_rfc_9457_and_no_others() {
        let json: serde_json::Value =
            serde_json::from_slice(&Problem::method("POST").to_json()).unwrap();
        let members: Vec<_> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, ["detail", "status", "title", "type"]);
        assert_eq!(json["status"], 405);
    }
}

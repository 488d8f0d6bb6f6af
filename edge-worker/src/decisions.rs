//! `POST /v1/decisions`: a profile and a context in, the canonical decision out.
//!
//! ```
//! use edge_worker::decisions::Request;
//! let request = Request::from_json(br#"{"profile": {"schema_version": 1}, "at": "1994-03-31"}"#).unwrap();
//! assert_eq!(request.seed, 0);
//! ```

use engine::{Bundle, Context, Engine, Profile, Timestamp, limits};
use serde::Deserialize;

use crate::problem::Problem;

/// Bytes of a body that are read.
pub const BODY_BYTES: usize = limits::PROFILE_BYTES + limits::CONTEXT_BYTES;

/// What is to be decided.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The customer.
    pub profile: Profile,
    /// The circumstances; with none given, all placeholders.
    #[serde(default)]
    pub context: Context,
    /// The decision's clock; the worker's own when absent.
    pub at: Option<Timestamp>,
    /// The seed of every chance.
    #[serde(default)]
    pub seed: u64,
}

impl Request {
    /// Reads and checks a body (UTF-8).
    pub fn from_json(body: &[u8]) -> Result<Self, Problem> {
        if body.len() > BODY_BYTES {
            return Err(Problem::too_large(BODY_BYTES));
        }
        let request: Self = serde_json::from_slice(body).map_err(|cause| {
            Problem::invalid(format!("the body is not a decision request: {cause}"))
        })?;
        Ok(Self {
            profile: request
                .profile
                .checked()
                .map_err(|cause| Problem::invalid(cause.to_string()))?,
            context: request
                .context
                .checked()
                .map_err(|cause| Problem::invalid(cause.to_string()))?,
            ..request
        })
    }

    /// The canonical JSON of the decision; `now` is the clock when the request has none.
    pub fn answer(&self, bundle: Bundle<'_>, now: Timestamp) -> Result<Vec<u8>, Problem> {
        let mut engine = Engine::new(bundle);
        let decision = engine.decide(
            &self.profile,
            &self.context,
            self.at.unwrap_or(now),
            self.seed,
        );
        Ok(decision
            .map_err(|cause| Problem::invalid(cause.to_string()))?
            .to_json())
    }
}

/// Whether a `Content-Type` is JSON.
pub fn is_json(content_type: Option<&str>) -> bool {
    media_type(content_type).eq_ignore_ascii_case("application/json")
}

/// A `Content-Type` without its parameters; empty when there is none.
pub fn media_type(content_type: Option<&str>) -> &str {
    content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_where() {
        let detail = |body: &[u8]| {
            let problem = Request::from_json(body).unwrap_err();
            assert_eq!(problem.status, 400);
            problem.detail
        };
        assert!(detail(b"").contains("EOF"));
        assert!(detail(b"\xff").contains("line 1"));
        assert!(
            detail(br#"{"profile": {"schema_version": 1}, "profil": 1}"#)
                .contains("unknown field `profil`")
        );
        assert!(detail(br#"{"profile": {"schema_version": 2}}"#).contains("schema_version 2"));
        assert!(detail(br#"{"profile": {"schema_version": 1}, "seed": -1}"#).contains("-1"));
        assert!(
            detail(br#"{"profile": {"schema_version": 1}, "at": "yesterday"}"#)
                .contains("RFC 3339")
        );
        let page = "x".repeat(300);
        let body =
            format!(r#"{{"profile": {{"schema_version": 1}}, "context": {{"page": "{page}"}}}}"#);
        assert!(detail(body.as_bytes()).contains("limit is 256"));
    }

    #[test]
    fn refuses_more_than_it_reads() {
        assert_eq!(
            Request::from_json(&vec![b' '; BODY_BYTES + 1])
                .unwrap_err()
                .status,
            413
        );
    }

    #[test]
    fn json_may_have_parameters() {
        assert!(is_json(Some("Application/JSON; charset=utf-8")));
        assert!(!is_json(Some("application/jsonp")));
        assert!(!is_json(None));
    }
}

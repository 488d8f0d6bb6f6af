//! Which request goes where.
//!
//! ```
//! use edge_worker::routes::{Route, route};
//! assert_eq!(route("POST", "/v1/decisions").unwrap(), Route::Decisions);
//! ```

use crate::problem::Problem;

/// What answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The signed bundle.
    Bundle,
    /// A decision as JSON.
    Decisions,
    /// Whether the worker can decide.
    Health,
    /// The bank's own server, filled on the way.
    Page,
}

/// Finds the route of a method and a path without its query.
pub fn route(method: &str, path: &str) -> Result<Route, Problem> {
    let (route, allow) = match path {
        "/healthz" => (Route::Health, "GET, HEAD"),
        "/v1/bundle" => (Route::Bundle, "GET, HEAD"),
        "/v1/decisions" => (Route::Decisions, "POST"),
        // The bank's site must not grow pages here that a later version of the interface would hide.
        path if path == "/v1" || path.starts_with("/v1/") => {
            return Err(Problem::not_found(
                "the interface has /v1/bundle and /v1/decisions",
            ));
        }
        _ => (Route::Page, "GET, HEAD"),
    };
    if allow.split(", ").any(|allowed| allowed == method) {
        Ok(route)
    } else {
        Err(Problem::method(allow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_its_methods() {
        let cases = [
            ("GET", "/healthz", Ok(Route::Health)),
            ("HEAD", "/healthz", Ok(Route::Health)),
            ("DELETE", "/healthz", Err((405, Some("GET, HEAD")))),
            ("GET", "/v1/bundle", Ok(Route::Bundle)),
            ("POST", "/v1/bundle", Err((405, Some("GET, HEAD")))),
            ("POST", "/v1/decisions", Ok(Route::Decisions)),
            ("GET", "/v1/decisions", Err((405, Some("POST")))),
            ("GET", "/v1/decisions/", Err((404, None))),
            ("GET", "/v1", Err((404, None))),
            ("GET", "/v1/secrets", Err((404, None))),
            ("GET", "/", Ok(Route::Page)),
            ("HEAD", "/v10.html", Ok(Route::Page)),
            ("POST", "/payments", Err((405, Some("GET, HEAD")))),
            ("get", "/", Err((405, Some("GET, HEAD")))),
        ];
        for (method, path, expected) in cases {
            let found = route(method, path).map_err(|problem| (problem.status, problem.allow));
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}

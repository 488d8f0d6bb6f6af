//! A folder as a web site, with the headers that a bank's server would send.

use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header::HeaderName};
use wasmtime_wasi_http::WasiBody;

use super::{EdgeError, exchange::whole};

/// Headers of every answer. The policy lets the page run its own scripts and WebAssembly and talk to
/// its own server, and nothing else.
const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-cache"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types nearfield",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// A folder of files.
pub(super) struct Site {
    root: PathBuf,
}

impl Site {
    pub(super) fn open(folder: &Path) -> Result<Self, EdgeError> {
        let failed = |cause| EdgeError::Site {
            path: folder.to_owned(),
            cause,
        };
        let root = folder.canonicalize().map_err(failed)?;
        std::fs::read_dir(&root).map_err(failed)?;
        Ok(Self { root })
    }

    /// Answers a GET or a HEAD; other methods get 405.
    pub(super) async fn answer(&self, method: &Method, path: &str) -> Response<WasiBody> {
        let (status, kind, bytes) = if [Method::GET, Method::HEAD].contains(method) {
            match self.read(path).await {
                Some((kind, bytes)) => (StatusCode::OK, kind, bytes),
                None => (
                    StatusCode::NOT_FOUND,
                    "text/plain; charset=utf-8",
                    "there is no such page\n".into(),
                ),
            }
        } else {
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "text/plain; charset=utf-8",
                "use GET or HEAD\n".into(),
            )
        };
        let length = bytes.len();
        let mut response = Response::new(whole(if method == Method::HEAD {
            Bytes::new()
        } else {
            bytes
        }));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        for (name, value) in HEADERS.into_iter().chain([("content-type", kind)]) {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        response
    }

    /// The file of a path. A folder stands for its `index.html`, a name for the page of that name, and a
    /// name without a file for the page that keeps all others.
    async fn read(&self, path: &str) -> Option<(&'static str, Bytes)> {
        let inside = inside(path)?;
        let named = self.root.join(&inside);
        let mut candidates = vec![named.clone(), named.join("index.html")];
        if inside.extension().is_none() && inside.file_name().is_some() {
            candidates.extend([named.with_extension("html"), self.root.join("index.html")]);
        }
        for candidate in candidates {
            // A link may lead out of the folder.
            let Ok(file) = tokio::fs::canonicalize(&candidate).await else {
                continue;
            };
            if !file.starts_with(&self.root) || !file.is_file() {
                continue;
            }
            let bytes = tokio::fs::read(&file).await.ok()?;
            return Some((kind(&file), bytes.into()));
        }
        None
    }
}

/// The path in the folder that a path of a URL names; `None` when it could lead anywhere else.
fn inside(path: &str) -> Option<PathBuf> {
    let decoded = decode(path.strip_prefix('/')?)?;
    let path = Path::new(&decoded);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let clean = !decoded.contains(['\\', '\0', ':']);
    (plain && clean).then(|| path.to_owned())
}

/// Percent-decoding (RFC 3986, section 2.1).
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let decoded = if byte == b'%' {
            let mut digit = || {
                char::from(bytes.next()?)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            digit()? << 4 | digit()?
        } else {
            byte
        };
        out.push(decoded);
    }
    String::from_utf8(out).ok()
}

fn kind(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default()
    {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" | "hex" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn no_path_leads_out() {
        for path in [
            "/../secret",
            "/a/../../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/%2fetc/passwd",
            "//etc/passwd",
            "/a\\..\\secret",
            "/%00",
            "/%",
            "/%zz",
            "/%ff",
            "etc",
            "/c:/x",
        ] {
            assert_eq!(inside(path), None, "{path}");
        }
        assert_eq!(inside("/a%20b/c.css"), Some(PathBuf::from("a b/c.css")));
        assert_eq!(inside("/"), Some(PathBuf::new()));
    }

    #[tokio::test]
    async fn answers_from_the_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir(&site).unwrap();
        std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        std::fs::write(site.join("index.html"), "home").unwrap();
        std::fs::write(site.join("cards.html"), "cards").unwrap();
        std::fs::write(site.join("a.wasm"), "wasm").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), site.join("link.txt"))
            .unwrap();
        let site = Site::open(&site).unwrap();
        let cases = [
            ("/", 200, "text/html; charset=utf-8", "home"),
            ("/cards", 200, "text/html; charset=utf-8", "cards"),
            ("/cards.html", 200, "text/html; charset=utf-8", "cards"),
            ("/loans", 200, "text/html; charset=utf-8", "home"),
            ("/a.wasm", 200, "application/wasm", "wasm"),
            (
                "/b.wasm",
                404,
                "text/plain; charset=utf-8",
                "there is no such page\n",
            ),
            (
                "/link.txt",
                404,
                "text/plain; charset=utf-8",
                "there is no such page\n",
            ),
            (
                "/../secret.txt",
                404,
                "text/plain; charset=utf-8",
                "there is no such page\n",
            ),
        ];
        for (path, status, kind, body) in cases {
            let response = site.answer(&Method::GET, path).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers()["content-type"], kind, "{path}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert_eq!(
                response.into_body().collect().await.unwrap().to_bytes(),
                body,
                "{path}"
            );
        }
        let head = site.answer(&Method::HEAD, "/").await;
        assert_eq!(head.headers()["content-length"], "4");
        assert_eq!(site.answer(&Method::POST, "/").await.status(), 405);
    }
}

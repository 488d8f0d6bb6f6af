//! The bench's page, served to a headless Chromium.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

use serde_json::Value;
use tests::browser::Browser;
use tokio::runtime::Runtime;

/// The page that answers.
pub struct Page {
    runtime: Runtime,
    browser: Browser,
    /// Name and version of the browser.
    pub version: String,
}

impl Page {
    /// Serves the scripts and packages of one folder and the data of another, and opens the page.
    pub fn open(packages: &Path, data: &Path) -> Self {
        let folders = Folders {
            own: packages.to_owned(),
            data: data.to_owned(),
            runtime: packages.join("node_modules/onnxruntime-web/dist"),
        };
        let port = folders.serve();
        let runtime = Runtime::new().unwrap();
        let browser = runtime.block_on(async {
            let browser = Browser::start().await;
            let page = format!("http://127.0.0.1:{port}/page.html");
            browser.client.goto(&page).await.unwrap();
            browser
        });
        let mut page = Self {
            runtime,
            browser,
            version: String::new(),
        };
        let version = page.script("arguments[0](navigator.userAgent)", Vec::new());
        let version = version
            .as_str()
            .and_then(|agent| agent.split("Chrome/").nth(1));
        let version = version.and_then(|rest| rest.split(' ').next());
        page.version = format!("Chromium {}", version.unwrap_or("of unknown version"));
        page
    }

    pub fn ask(&mut self, question: &Value) -> Value {
        const ASK: &str = "
            const [question, done] = arguments;
            const deadline = Date.now() + 60_000;
            const wait = () => {
                if (window.ask) {
                    window.ask(question).then(done, (error) => done({ error: String(error) }));
                } else if (Date.now() > deadline) done({ error: 'the page does not start' });
                else setTimeout(wait, 50);
            };
            wait();";
        self.script(ASK, vec![question.clone()])
    }

    fn script(&mut self, script: &str, arguments: Vec<Value>) -> Value {
        let client = &self.browser.client;
        self.runtime
            .block_on(client.execute_async(script, arguments))
            .unwrap()
    }

    pub fn close(self) {
        self.runtime.block_on(self.browser.close());
    }
}

#[derive(Clone)]
struct Folders {
    own: PathBuf,
    data: PathBuf,
    runtime: PathBuf,
}

impl Folders {
    /// Serves on a free port until the process ends.
    fn serve(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folders = self.clone();
                thread::spawn(move || folders.answer(&stream));
            }
        });
        port
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream).lines();
        let asked = lines.next()?.ok()?;
        // The rest of the head is of no interest, but must be read.
        lines.map_while(Result::ok).find(String::is_empty)?;
        let path = asked.split(' ').nth(1)?.trim_start_matches('/');
        let file = match path.split_once('/') {
            Some(("data", name)) => self.data.join(name),
            Some(("ort", name)) => self.runtime.join(name),
            _ => self.own.join(path),
        };
        let kind = match file.extension().and_then(|ending| ending.to_str()) {
            Some("html") => "text/html",
            Some("mjs") => "text/javascript",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        };
        let (status, body) = match fs::read(file) {
            Ok(body) => ("200 OK", body),
            Err(_) => ("404 Not Found", Vec::new()),
        };
        // Isolated pages have a finer clock.
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&body).ok()
    }
}

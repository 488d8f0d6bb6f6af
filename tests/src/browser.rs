//! A headless Chromium on a page, driven through chromedriver.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

/// A browser with one window. Dropping it ends it.
pub struct Browser {
    /// The window.
    pub client: Client,
    driver: Child,
    port: u16,
    _profile: TempDir,
}

const MISSING: &str =
    "chromedriver does not start: type `apt-get install -y chromium chromium-driver`";

impl Browser {
    /// Starts Chromium.
    pub async fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(MISSING);
        let port = port(&mut driver);
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let arguments = [
            // The tests' user may be root, and the machine may have no user namespaces.
            "--no-sandbox",
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities = serde_json::Map::from_iter([
            (
                "goog:chromeOptions".to_owned(),
                json!({ "args": arguments }),
            ),
            ("timeouts".to_owned(), json!({ "script": 300_000 })),
        ]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        Self {
            client: client.expect("Chromium starts"),
            driver,
            port,
            _profile: profile,
        }
    }

    /// Closes the window in good order.
    pub async fn close(self) {
        self.client.clone().close().await.expect("Chromium ends");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves Chromium behind; one that has ended already need not be asked.
        let _ = shut_down(self.port);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Asks chromedriver to end its browsers and itself, and waits for its answer.
fn shut_down(port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The port that chromedriver chose, from the line in which it says so.
fn port(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let port = lines
        .find_map(|line| {
            line.rsplit_once("successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse()
                .ok()
        })
        .expect(MISSING);
    // Whatever else it says must not fill the pipe and stop it.
    std::thread::spawn(move || lines.for_each(drop));
    port
}

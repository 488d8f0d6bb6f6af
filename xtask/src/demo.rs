//! `cargo xtask demo`: from a fresh clone to a page in the browser.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::process::Running;
use crate::progress::Progress;
use crate::{args, data, house, page, process, tools};

const FIRST_PORT: u16 = 8787;
const PORTS_TRIED: u16 = 50;
/// How long the server may take to answer for the first time: it compiles the edge worker.
const START_LIMIT: Duration = Duration::from_secs(60);
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// The engine for the page, where the page's build puts it.
const ENGINE: &str = "/sdk/nearfield_engine_bg.wasm";
/// The clock of the demo: the data end here.
const CLOCK: &str = "1994-03-31T12:00:00Z";

/// Builds, serves, checks what is served, prints the address, and stays.
pub fn run(options: &args::Demo) -> Result<bool> {
    let progress = Progress::start();
    let server = match make(&progress, options) {
        Ok(server) => server,
        Err(error) => {
            println!("\n{} passed, 1 failed", progress.passed());
            return Err(error);
        }
    };
    let Some((port, mut server)) = server else {
        println!(
            "\nbuilt in {}; `cargo xtask demo` serves it",
            progress.elapsed()
        );
        println!("{} passed, 0 failed", progress.passed());
        return Ok(true);
    };
    let failures: Vec<String> = checks(port).into_iter().filter_map(Result::err).collect();
    for failure in &failures {
        eprintln!("error: {failure}");
    }
    let passed = progress.passed() + CHECKS - failures.len();
    println!("\n{passed} passed, {} failed\n", failures.len());
    println!(
        "Nearfield is at http://127.0.0.1:{port}/ (ready in {}; Ctrl-C stops it)",
        progress.elapsed()
    );
    let status = server.wait()?;
    bail!("the server ended ({status}):\n{}", server.log());
}

/// Builds everything and, unless told not to, starts the server; gives its port.
fn make(progress: &Progress, options: &args::Demo) -> Result<Option<(u16, Running)>> {
    build(progress)?;
    if options.no_serve {
        return Ok(None);
    }
    let port = free_port(options.port)?;
    let mut server = None;
    progress.step("server", || {
        server = Some((port, serve(port)?));
        Ok(format!("listens on 127.0.0.1:{port}"))
    })?;
    Ok(server)
}

/// Everything up to the built page.
pub fn build(progress: &Progress) -> Result<()> {
    progress.step("targets", tools::targets)?;
    side_by_side(progress).into_iter().collect::<Result<()>>()?;
    progress.step("bundle and customers", data::make)?;
    progress.step("page", page::build)
}

/// The host, and what the page needs: each has long stretches that keep only one core busy.
pub fn side_by_side(progress: &Progress) -> [Result<()>; 2] {
    std::thread::scope(|scope| {
        let page = scope.spawn(|| {
            progress.step("page tools", tools::page_tools)?;
            progress.step("page's engine", page::build_engine)
        });
        let host = progress.step("engine, edge worker, host", tools::build_host);
        let page = page
            .join()
            .unwrap_or_else(|_| bail!("making the page's engine broke off"));
        [host, page]
    })
}

/// Starts the server and waits until it answers.
fn serve(port: u16) -> Result<Running> {
    let mut command = Command::new(house::nearfield());
    command
        .current_dir(house::root())
        .args([
            "serve",
            "--bundle",
            "web-demo/data/retail.nearfield",
            "--site",
            "web-demo/dist",
            "--port",
        ])
        .arg(port.to_string());
    let mut server = process::start("serve", &mut command)?;
    let begin = Instant::now();
    while get(port, "/healthz").is_err() {
        if !server.is_alive() {
            bail!("the server ended at once:\n{}", server.log());
        }
        if begin.elapsed() > START_LIMIT {
            bail!(
                "the server does not answer on port {port}:\n{}",
                server.log()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

const CHECKS: usize = 4;

/// What a browser will need, asked for once.
fn checks(port: u16) -> [Result<(), String>; CHECKS] {
    let named = |name: &str, check: Result<()>| check.map_err(|error| format!("{name}: {error:#}"));
    [
        named("the page, filled at the edge", page_is_filled(port)),
        named("the engine for the page", engine_is_served(port)),
        named("the bundle", get(port, "/v1/bundle").map(|_| ())),
        named("a decision for a real customer", decision_is_made(port)),
    ]
}

fn page_is_filled(port: u16) -> Result<()> {
    let page = get(port, "/")?;
    let (placeholders, filled) = (
        count(&page, b"data-placeholder="),
        count(&page, b"data-nearfield-action="),
    );
    ensure!(placeholders > 0, "it has no placeholders");
    ensure!(
        filled > 0,
        "none of its {placeholders} placeholders is filled"
    );
    Ok(())
}

fn engine_is_served(port: u16) -> Result<()> {
    let answer = get(port, ENGINE)?;
    ensure!(
        count(&answer, b"application/wasm") > 0,
        "{ENGINE} is not served as application/wasm"
    );
    Ok(())
}

fn decision_is_made(port: u16) -> Result<()> {
    let folder = house::path("tests/customers");
    let mut files: Vec<_> = std::fs::read_dir(&folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let first = files
        .iter()
        .find(|path| path.extension().is_some_and(|end| end == "json"));
    let profile = std::fs::read_to_string(first.context("tests/customers is empty")?)?;
    let body = format!(r#"{{"profile":{profile},"context":{{}},"at":"{CLOCK}","seed":0}}"#);
    let head = format!(
        "POST /v1/decisions HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = ask(port, &(head + &body))?;
    ensure!(
        count(&answer, b"\"placements\"") > 0,
        "the answer is no decision"
    );
    Ok(())
}

fn get(port: u16, path: &str) -> Result<Vec<u8>> {
    ask(
        port,
        &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"),
    )
}

/// One request in HTTP/1.0, so that the answer ends with the connection; it must be a 200.
fn ask(port: u16, request: &str) -> Result<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, REQUEST_LIMIT)?;
    stream.set_read_timeout(Some(REQUEST_LIMIT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = answer
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let status = String::from_utf8_lossy(status);
    ensure!(
        status.split(' ').nth(1) == Some("200"),
        "answered `{status}`"
    );
    Ok(answer)
}

fn count(text: &[u8], word: &[u8]) -> usize {
    text.windows(word.len())
        .filter(|window| *window == word)
        .count()
}

fn free_port(asked: Option<u16>) -> Result<u16> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match asked {
        Some(port) if is_free(&port) => Ok(port),
        Some(port) => {
            bail!("port {port} is in use or not allowed: give another, or none to take a free one")
        }
        None => (FIRST_PORT..FIRST_PORT + PORTS_TRIED)
            .find(is_free)
            .with_context(|| {
                format!(
                    "ports {FIRST_PORT} to {} are all in use: give one with --port",
                    FIRST_PORT + PORTS_TRIED - 1
                )
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_passed_over_or_refused() {
        let busy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = busy.local_addr().unwrap().port();
        assert!(
            free_port(Some(port))
                .unwrap_err()
                .to_string()
                .contains("in use")
        );
        assert_ne!(free_port(None).unwrap(), port);
    }

    #[test]
    fn words_are_counted() {
        assert_eq!(count(b"<a data-x=1><b data-x=2>", b"data-x="), 2);
    }
}

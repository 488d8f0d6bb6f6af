//! `cargo xtask test`: every check there is, counted.

use std::process::Command;

use anyhow::{Result, bail};

use crate::progress::Progress;
use crate::{data, demo, fuzz, house, page, process, schemas, tools};

/// What passed and what did not. Each step that is no test run counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

const ONE: Counts = Counts {
    passed: 1,
    failed: 0,
    skipped: 0,
};

/// The steps so far.
struct Run {
    progress: Progress,
    counts: Counts,
}

/// Runs every check, also after one has failed.
pub fn run() -> Result<bool> {
    let mut run = Run {
        progress: Progress::start(),
        counts: Counts::default(),
    };
    run.check("format", || formatted().map(one));
    run.prepare("targets", tools::targets);
    run.prepare("c++ compiler", tools::compiler);
    run.prepare("browser", tools::browser);
    run.side_by_side();
    run.prepare("bundle and customers", data::make);
    run.check("page", || page::build().map(one));
    run.check("tests", || tests("tests", &[]));
    run.check("tests, page and edge worker", || {
        tests("tests-bindings", &["-p", "web-sdk", "-p", "edge-worker"])
    });
    run.check("policy cases", policy_cases);
    run.check("lints", || {
        lints(&["--workspace", "--all-targets"], "lints").map(one)
    });
    run.check("lints, page and engine in WebAssembly", || {
        let rooms = [
            "-p",
            "engine-component",
            "-p",
            "measured",
            "-p",
            "web-sdk",
            "-p",
            "web-demo",
            "--target",
            tools::WASM_PAGE,
        ];
        lints(&rooms, "lints-page").map(one)
    });
    run.check("lints, edge worker in WebAssembly", || {
        let rooms = [
            "-p",
            "bench-echo",
            "-p",
            "bench-fixed",
            "-p",
            "edge-worker",
            "--target",
            tools::WASM_EDGE,
        ];
        lints(&rooms, "lints-edge").map(one)
    });
    run.check("docs", || docs().map(one));
    run.check("schemas", || schemas::verify().map(one));
    run.check("fuzz targets", || fuzz::build().map(one));
    run.check("fuzz, short run", || {
        let (passed, said) = fuzz::smoke()?;
        Ok((
            said,
            Counts {
                passed,
                ..Counts::default()
            },
        ))
    });
    run.check("licences and sources", dependencies);
    println!("\nall checks took {}", run.progress.elapsed());
    println!("{}", run.counts.line());
    Ok(run.counts.failed == 0)
}

impl Run {
    /// One check: what it says and what it counts. An error counts as one failure.
    fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<(String, Counts)>) {
        let mut counts = Counts {
            failed: 1,
            ..Counts::default()
        };
        let done = self.progress.step(name, || {
            let (said, found) = work()?;
            counts = found;
            if counts.failed > 0 {
                bail!("{said}");
            }
            Ok(said)
        });
        if let Err(error) = done {
            eprintln!("{error:#}\n");
        }
        self.counts = self.counts.and(counts);
    }

    /// What a check needs; counts only when it fails.
    fn prepare(&mut self, name: &'static str, work: impl FnOnce() -> Result<String>) {
        self.check(name, || Ok((work()?, Counts::default())));
    }

    /// Installs the page's tools while the host is built.
    fn side_by_side(&mut self) {
        let done = demo::side_by_side(&self.progress);
        for error in done.into_iter().filter_map(Result::err) {
            eprintln!("{error:#}\n");
            self.counts.failed += 1;
        }
    }
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    fn line(self) -> String {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        let skipped = if skipped > 0 {
            format!(", {skipped} skipped")
        } else {
            String::new()
        };
        format!("{passed} passed, {failed} failed{skipped}")
    }
}

fn one(said: String) -> (String, Counts) {
    (said, ONE)
}

fn formatted() -> Result<String> {
    process::run("format", tools::cargo().args(["fmt", "--all", "--check"]))?;
    // Workspaces of their own.
    for (log, manifest) in [
        ("format-fuzz", "tests/fuzz/Cargo.toml"),
        ("format-tract", "tests/benches/tract/Cargo.toml"),
    ] {
        let args = ["fmt", "--manifest-path", manifest, "--check"];
        process::run(log, tools::cargo().args(args))?;
    }
    Ok("clean".to_owned())
}

fn lints(rooms: &[&str], log: &str) -> Result<String> {
    process::run(
        log,
        tools::cargo()
            .args(["clippy", "--locked"])
            .args(rooms)
            .args(["--", "-D", "warnings"]),
    )?;
    Ok("clean".to_owned())
}

fn docs() -> Result<String> {
    let args = ["doc", "--locked", "--workspace", "--no-deps"];
    process::run(
        "docs",
        tools::cargo().args(args).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok("no warnings".to_owned())
}

/// The tests of some rooms, without a name those of the default members: unit and documentation
/// tests, policies, cases on every host, browser.
fn tests(log: &str, rooms: &[&str]) -> Result<(String, Counts)> {
    let mut command = tools::cargo();
    command
        .args(["test", "--locked", "--no-fail-fast"])
        .args(rooms);
    let done = process::outcome(log, &mut command)?;
    let mut counts = count(&done.log);
    if done.status.success() && counts.passed > 0 {
        return Ok((format!("{} passed", counts.passed), counts));
    }
    // A crate that does not compile, or no test at all, is a failure that no result line shows.
    counts.failed = counts.failed.max(1);
    let reports = failures(&done.log);
    let said = if reports.is_empty() {
        process::failure(log, &command, &done)
    } else {
        reports
    };
    Ok((said, counts))
}

/// The bank's own cases, run as the bank runs them.
fn policy_cases() -> Result<(String, Counts)> {
    let mut command = Command::new(house::nearfield());
    command
        .current_dir(house::root())
        .args(["test", "policies/retail"]);
    let log = process::run("policy-cases", &mut command)?;
    let passed = log.lines().rev().find_map(passed).unwrap_or(0);
    if passed == 0 {
        bail!("`nearfield test policies/retail` names no case that passed:\n{log}");
    }
    let counts = Counts {
        passed,
        ..Counts::default()
    };
    Ok((format!("{passed} passed"), counts))
}

/// The number before the word `passed`.
fn passed(line: &str) -> Option<usize> {
    let (before, _) = line.split_once(" passed")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// Adds up the result lines of cargo's test runners.
fn count(log: &str) -> Counts {
    let results = log
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "));
    results.fold(Counts::default(), |sum, result| {
        let number = |word: &str| {
            let part = result
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|part| part.trim().parse().ok()).unwrap_or(0)
        };
        sum.and(Counts {
            passed: number("passed"),
            failed: number("failed"),
            skipped: number("ignored"),
        })
    })
}

/// What the failed tests said.
fn failures(log: &str) -> String {
    let mut inside = false;
    let kept = log.lines().filter(|line| {
        inside |= *line == "failures:";
        let keep = inside || line.starts_with("error");
        inside &= !line.starts_with("test result: ");
        keep
    });
    kept.map(|line| format!("    {line}\n")).collect()
}

/// Licences, bans and sources by cargo-deny, where it is installed.
fn dependencies() -> Result<(String, Counts)> {
    if process::ask("cargo", &["deny", "--version"]).is_none() {
        let said =
            "SKIPPED: cargo-deny is not installed (`cargo install cargo-deny --locked`)".to_owned();
        return Ok((
            said,
            Counts {
                skipped: 1,
                ..Counts::default()
            },
        ));
    }
    let mut deny = Command::new("cargo");
    deny.current_dir(house::root())
        .args(["deny", "--locked", "check", "licenses", "bans", "sources"]);
    process::run("deny", &mut deny)?;
    Ok(one("allowed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As cargo 1.95 prints them.
    const LOG: &str = "\
running 2 tests
test a ... ok
test b ... FAILED

failures:

---- b stdout ----
thread 'b' panicked at src/lib.rs:1:1:
left: 1

failures:
    b

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `-p x --lib`
   Doc-tests engine
test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 1.25s
";

    #[test]
    fn results_of_all_runners_are_added_up() {
        assert_eq!(
            count(LOG),
            Counts {
                passed: 13,
                failed: 1,
                skipped: 3
            }
        );
        assert_eq!(count(LOG).line(), "13 passed, 1 failed, 3 skipped");
        assert_eq!(ONE.line(), "1 passed, 0 failed");
        assert_eq!(count("error: could not compile"), Counts::default());
    }

    #[test]
    fn the_closing_line_of_the_policy_cases_is_read() {
        assert_eq!(passed("21 passed, 0 failed"), Some(21));
        assert_eq!(passed("retail: 7 passed"), Some(7));
        assert_eq!(passed("nothing passed"), None);
    }

    #[test]
    fn what_failed_is_shown_and_nothing_else() {
        let shown = failures(LOG);
        assert!(
            shown.contains("left: 1") && shown.contains("to rerun pass"),
            "{shown}"
        );
        assert!(
            !shown.contains("test a ... ok") && !shown.contains("Doc-tests"),
            "{shown}"
        );
    }
}

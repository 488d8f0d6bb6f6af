//! The command line: `demo --port 9000` becomes [`Command::Demo`].

use anyhow::{Context, Result, bail};

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print this and stop.
    Help(&'static str),
    /// Measure.
    Bench(Bench),
    /// Build and serve.
    Demo(Demo),
    /// Make the files that the page shows.
    DemoData,
    /// Fuzz the parsers.
    Fuzz(Fuzz),
    /// Write the JSON Schemas, or compare them.
    Schemas {
        /// Compare with what is checked in, change nothing.
        check: bool,
    },
    /// Every check.
    Test,
}

/// How to measure.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bench {
    /// Few turns; the tables are printed and not kept.
    pub quick: bool,
}

/// How to run the demo.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// The port that was asked for; without one, the first free one is taken.
    pub port: Option<u16>,
    /// Stop when everything is built.
    pub no_serve: bool,
}

/// How to fuzz.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fuzz {
    /// Only this target.
    pub target: Option<String>,
    /// Seconds for each target; without them, the short smoke run.
    pub seconds: Option<u32>,
}

const HELP: &str = "\
Build, show and test Nearfield.

Usage: cargo xtask <COMMAND>

Commands:
  demo       Install what is missing, build everything, serve it, print the address
  test       Every check: format, lints, docs, tests, schemas, browser, fuzz smoke run
  bench      Measure the reference workload on every host, beside other runtimes
  fuzz       Fuzz the parsers
  schemas    Write schemas/*.json from the engine's types
  demo-data  Make web-demo/data: the signed bundle, its public key, the customers

Each command has --help. Logs of what they run are in target/xtask/logs.
";

const DEMO_HELP: &str = "\
Install what is missing, build everything, serve it, print the address.

Usage: cargo xtask demo [--port PORT] [--no-serve]

Options:
  --port PORT  Listen on 127.0.0.1:PORT; without it, the first free port from 8787 on
  --no-serve   Stop when everything is built

Needs rustup, node with npm, and the package registries the first time (up to 12 minutes on two cores).
Tools go to .tools in the repository; tools of the right version on PATH are used instead.

Example:
  cargo xtask demo --port 9000
";

const TEST_HELP: &str = "\
Every check there is. Ends with a line `N passed, N failed`; exits with 1 if anything failed.

Usage: cargo xtask test

Format, lints for the host and for WebAssembly, docs, all tests (engine, policies, four hosts, browser),
schemas, the page's build, a short fuzz run of each parser, and cargo-deny where it is installed.
Needs what the demo needs, g++, and Chromium with ChromeDriver: on Debian they are installed when
allowed (root, or sudo without a password).

Example:
  cargo xtask test
";

const BENCH_HELP: &str = "\
Measure the reference workload R1 natively, in wasmtime, in Node.js and in Chromium, beside onnxruntime-web,
onnxruntime-node, tract and plain loops on the same models; put the tables into docs/benchmarks.md.

Usage: cargo xtask bench [--quick]

Options:
  --quick  Few turns, and the tables are printed only: a hint after a change, no figures to keep

Everybody must come to the same numbers before anything is timed. Takes about five minutes once everything is
built; let nothing else run meanwhile. Needs what the test needs, and the package registries the first time.

Example:
  cargo xtask bench --quick
";

const FUZZ_HELP: &str = "\
Fuzz the parsers, on the stable toolchain, without cargo-fuzz. Needs g++.

Usage: cargo xtask fuzz [TARGET] [--seconds N]

Without a target, all of them. Without --seconds, the short run that `cargo xtask test` makes.
New inputs are kept in target/fuzz/corpus, what breaks a parser in target/fuzz/artifacts.

Example:
  cargo xtask fuzz profile --seconds 600
";

const SCHEMAS_HELP: &str = "\
Write schemas/*.json from the engine's types.

Usage: cargo xtask schemas [--check]

Options:
  --check  Change nothing; fail when a file is not what the types say

Example:
  cargo xtask schemas
";

const DATA_HELP: &str = "\
Make web-demo/data, which the page's build copies: the retail policies as a bundle signed by the
development key, that key's public half, and the customers of tests/customers. Does nothing when they
are up to date.

Usage: cargo xtask demo-data

Example:
  cargo xtask demo-data && cd web-demo && trunk serve
";

/// Reads the arguments after the program's name.
pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Command> {
    let Some(name) = args.next() else {
        return Ok(Command::Help(HELP));
    };
    let rest: Vec<String> = args.collect();
    let asks_help = rest
        .iter()
        .any(|arg| matches!(arg.as_str(), "--help" | "-h"));
    let help = match name.as_str() {
        "--help" | "-h" | "help" => return Ok(Command::Help(HELP)),
        "bench" => BENCH_HELP,
        "demo" => DEMO_HELP,
        "demo-data" => DATA_HELP,
        "fuzz" => FUZZ_HELP,
        "schemas" => SCHEMAS_HELP,
        "test" => TEST_HELP,
        other => bail!("no command `{other}`: see `cargo xtask --help`"),
    };
    if asks_help {
        return Ok(Command::Help(help));
    }
    let mut rest = rest.into_iter();
    let command = match name.as_str() {
        "bench" => Command::Bench(bench(&mut rest)?),
        "demo" => Command::Demo(demo(&mut rest)?),
        "demo-data" => Command::DemoData,
        "fuzz" => Command::Fuzz(fuzz(&mut rest)?),
        "schemas" => {
            let check = rest.next();
            match check.as_deref() {
                None => Command::Schemas { check: false },
                Some("--check") => Command::Schemas { check: true },
                Some(other) => bail!(unknown(&name, other)),
            }
        }
        _ => Command::Test,
    };
    match rest.next() {
        Some(extra) => bail!(unknown(&name, &extra)),
        None => Ok(command),
    }
}

fn bench(args: &mut impl Iterator<Item = String>) -> Result<Bench> {
    let mut options = Bench::default();
    for arg in args {
        match arg.as_str() {
            "--quick" => options.quick = true,
            other => bail!(unknown("bench", other)),
        }
    }
    Ok(options)
}

fn demo(args: &mut impl Iterator<Item = String>) -> Result<Demo> {
    let mut options = Demo::default();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--no-serve" => options.no_serve = true,
            "--port" => options.port = Some(number("--port", args.next())?),
            other => bail!(unknown("demo", other)),
        }
    }
    Ok(options)
}

fn fuzz(args: &mut impl Iterator<Item = String>) -> Result<Fuzz> {
    let mut options = Fuzz::default();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => options.seconds = Some(number("--seconds", args.next())?),
            other if other.starts_with('-') || options.target.is_some() => {
                bail!(unknown("fuzz", other))
            }
            _ => options.target = Some(arg),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(name: &str, value: Option<String>) -> Result<T> {
    let value = value.with_context(|| format!("{name} needs a number after it"))?;
    value
        .parse()
        .ok()
        .with_context(|| format!("{name} takes a number that fits, not `{value}`"))
}

fn unknown(command: &str, arg: &str) -> String {
    format!("`{command}` does not take `{arg}`: see `cargo xtask {command} --help`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let demo = Demo {
            port: Some(9000),
            no_serve: true,
        };
        assert_eq!(
            parsed("demo --no-serve --port 9000").unwrap(),
            Command::Demo(demo)
        );
        let fuzz = Fuzz {
            target: Some("profile".into()),
            seconds: Some(5),
        };
        assert_eq!(
            parsed("fuzz profile --seconds 5").unwrap(),
            Command::Fuzz(fuzz)
        );
        assert_eq!(
            parsed("bench --quick").unwrap(),
            Command::Bench(Bench { quick: true })
        );
        assert_eq!(
            parsed("schemas --check").unwrap(),
            Command::Schemas { check: true }
        );
    }

    #[test]
    fn help_wins_over_wrong_options() {
        assert_eq!(
            parsed("demo --port --help").unwrap(),
            Command::Help(DEMO_HELP)
        );
        assert_eq!(parsed("").unwrap(), Command::Help(HELP));
    }

    #[test]
    fn wrong_input_names_the_remedy() {
        for (line, says) in [
            ("demmo", "no command `demmo`"),
            ("demo --port", "--port needs a number"),
            ("demo --port 70000", "not `70000`"),
            ("test --fast", "cargo xtask test --help"),
            ("schemas --check x", "`schemas` does not take `x`"),
            ("bench --slow", "`bench` does not take `--slow`"),
            ("fuzz a b", "`fuzz` does not take `b`"),
        ] {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}

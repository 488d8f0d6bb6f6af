//! Fuzzing with libFuzzer on the stable toolchain: the same crate, flags and targets as `cargo fuzz`,
//! without a nightly compiler and without the address sanitizer (the rooms have no unsafe code).

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::progress::Progress;
use crate::{args, house, process, tools};

/// What makes the compiler count the branches taken; `cargo fuzz` passes the same.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing -Ccodegen-units=1";

/// One input may take this long and this much. The last two find planted faults several times sooner.
const LIMITS: [&str; 5] = [
    "-timeout=5",
    "-rss_limit_mb=2048",
    "-max_len=16384",
    "-len_control=0",
    "-use_value_profile=1",
];
/// The short run: the same inputs each time unless the machine is too slow for all of them.
const SMOKE: [&str; 3] = ["-runs=400000", "-max_total_time=10", "-seed=1"];

/// `cargo xtask fuzz`.
pub fn run(options: &args::Fuzz) -> Result<bool> {
    let progress = Progress::start();
    progress.step("c++ compiler", tools::compiler)?;
    progress.step("fuzz targets", build)?;
    let mut targets = targets()?;
    if let Some(only) = &options.target {
        let all = targets.join(", ");
        targets.retain(|target| target == only);
        if targets.is_empty() {
            bail!("no target `{only}`; there are: {all}");
        }
    }
    let time = options
        .seconds
        .map(|seconds| format!("-max_total_time={seconds}"));
    let stop: Vec<&str> = time
        .as_deref()
        .map_or_else(|| SMOKE.to_vec(), |time| vec![time]);
    progress.step("fuzzing", || fuzz(&targets, &stop))?;
    Ok(true)
}

/// Builds the targets.
pub fn build() -> Result<String> {
    let args = [
        "build",
        "--locked",
        "--release",
        "--bins",
        "--manifest-path",
        "tests/fuzz/Cargo.toml",
    ];
    // With `--target`, build scripts and macros are spared the coverage flags.
    let mut build = tools::cargo();
    build
        .args(args)
        .args(["--target", &host()?])
        .env("CARGO_TARGET_DIR", folder(""))
        .env("RUSTFLAGS", COVERAGE);
    process::run("fuzz-build", &mut build)?;
    Ok(format!("{} targets", targets()?.len()))
}

/// The short run of every target. Each counts as one test.
pub fn smoke() -> Result<(usize, String)> {
    let targets = targets()?;
    let said = fuzz(&targets, &SMOKE)?;
    Ok((targets.len(), said))
}

/// Runs targets, two at a time.
fn fuzz(targets: &[String], stop: &[&str]) -> Result<String> {
    let host = host()?;
    let queue = Mutex::new(targets.iter());
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _worker in 0..2 {
            scope.spawn(|| {
                while let Some(target) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                    let result = fuzz_one(target, &host, stop);
                    results
                        .lock()
                        .map(|mut results| results.push(result))
                        .unwrap_or_default();
                }
            });
        }
    });
    let (mut runs, mut failures) = (0, Vec::new());
    for result in results.into_inner().unwrap_or_default() {
        match result {
            Ok(count) => runs += count,
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(format!(
        "{} parsers, {runs} inputs, none broke one",
        targets.len()
    ))
}

/// Runs one target; gives the number of inputs tried.
fn fuzz_one(target: &str, host: &str, stop: &[&str]) -> Result<u64> {
    let corpus = folder("corpus").join(target);
    let artifacts = folder("artifacts");
    if stop == SMOKE && corpus.is_dir() {
        fs::remove_dir_all(&corpus).context("cannot empty the corpus of the short run")?;
    }
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut command = Command::new(folder(host).join("release").join(target));
    command.args(LIMITS).args(stop);
    command
        .arg(format!(
            "-artifact_prefix={}/{target}-",
            artifacts.display()
        ))
        .arg(&corpus);
    let seeds = house::path("tests/fuzz/seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    let log = process::run(&format!("fuzz-{target}"), &mut command)?;
    let done = log
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Done ")?.split(' ').next()?.parse().ok());
    done.with_context(|| format!("fuzz target `{target}` does not say how many inputs it tried"))
}

/// The names of the targets.
fn targets() -> Result<Vec<String>> {
    let folder = house::path("tests/fuzz/fuzz_targets");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let names = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".rs")?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    Ok(names)
}

fn folder(below: &str) -> PathBuf {
    house::target().join("fuzz").join(below)
}

fn host() -> Result<String> {
    process::ask("rustc", &["--print", "host-tuple"])
        .context("`rustc --print host-tuple` gives no answer")
}

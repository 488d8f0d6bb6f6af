//! Builds what the harness hosts, the engine's component and the edge worker, so that the command holds
//! exactly the WebAssembly that ships.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Set by the outer build for itself; each would change what is built for the other target.
const NOT_FOR_THE_INNER_BUILD: [&str; 8] = [
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CLIPPY_ARGS",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
];

/// Whatever the two modules are made of.
const SOURCES: [&str; 8] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "edge-worker",
    "engine/Cargo.toml",
    "engine/component",
    "engine/src",
    "engine/wit",
];

fn main() -> Outcome<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let root = root
        .parent()
        .ok_or("the harness has no workspace above it")?;
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    let out = PathBuf::from(variable("OUT_DIR")?);
    let core = build(root, "engine-component", "wasm32-unknown-unknown")?;
    fs::write(out.join("engine.wasm"), component(&fs::read(core)?)?)?;
    let worker = build(root, "edge-worker", "wasm32-wasip2")?;
    fs::copy(worker, out.join("edge-worker.wasm"))?;
    Ok(())
}

/// Builds one package for one target and gives the path of its module. The outer build holds the lock of
/// its own profile's folder only, so both can share the target directory.
fn build(root: &Path, package: &str, target: &str) -> Outcome<PathBuf> {
    installed(target)?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(root)
        .args([
            "build",
            "--profile",
            "wasm",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(["--package", package, "--target", target])
        .stderr(Stdio::inherit());
    for name in NOT_FOR_THE_INNER_BUILD {
        cargo.env_remove(name);
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(format!("{package} does not build for {target}: its errors are above").into());
    }
    // One JSON object a line; the last module named is the package's own.
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            let files = message.get("filenames")?.as_array()?;
            files
                .iter()
                .filter_map(|file| file.as_str())
                .find(|file| file.ends_with(".wasm"))
                .map(PathBuf::from)
        })
        .next_back()
        .ok_or_else(|| format!("{package} for {target} gave no WebAssembly module").into())
}

/// A missing target fails deep inside the inner build with a hundred lines; this says it in one.
fn installed(target: &str) -> Outcome<()> {
    let rustc = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let folder = String::from_utf8(rustc.stdout)?;
    if Path::new(folder.trim()).is_dir() {
        Ok(())
    } else {
        Err(
            format!("the target {target} is not installed: type `rustup target add {target}`")
                .into(),
        )
    }
}

/// Wraps the core module by the WIT world that it carries. No adapter is given: a module that imports
/// anything outside its world is refused here.
fn component(core: &[u8]) -> Outcome<Vec<u8>> {
    let encoder = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(core);
    let encoded = encoder.and_then(|mut encoder| encoder.encode());
    encoded.map_err(|cause| {
        format!("the engine's module is no component of its world: {cause:#}").into()
    })
}

fn variable(name: &str) -> Outcome<String> {
    env::var(name).map_err(|_| format!("cargo did not set {name}").into())
}

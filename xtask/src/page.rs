//! The page: `trunk build` in `web-demo`, skipped when nothing it reads has changed.

use std::process::Command;

use anyhow::Result;

use crate::stamp::Stamp;
use crate::{house, process, tools};

/// Everything that the page is made of.
const INPUTS: [&str; 6] = [
    "web-demo",
    "web-sdk",
    "engine",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
];

/// Builds the page's WebAssembly exactly as Trunk will ask for it, and sooner: all else that Trunk does is
/// short.
pub fn build_engine() -> Result<String> {
    let mut cargo = tools::cargo();
    cargo.args([
        "build",
        "--locked",
        "--profile",
        "wasm",
        "--package",
        "web-demo",
    ]);
    cargo.args(["--target", tools::WASM_PAGE]);
    tools::built("build-engine", &mut cargo)
}

/// Builds `web-demo/dist`. Needs [`crate::data`] first.
pub fn build() -> Result<String> {
    let inputs = INPUTS.map(house::path);
    let before = Stamp::of(&inputs)?;
    if before.is_kept("page") && house::path("web-demo/dist/index.html").is_file() {
        return Ok("up to date".to_owned());
    }
    let mut trunk = Command::new("trunk");
    trunk.args(["build", "--release", "--offline", "--skip-version-check"]);
    // Some systems set NO_COLOR=1, which this version of trunk takes for a wrong option.
    trunk
        .env_remove("NO_COLOR")
        .env("PATH", tools::path())
        .current_dir(house::path("web-demo"));
    process::run("build-page", &mut trunk)?;
    Stamp::of(&inputs)?.keep("page")?;
    Ok("built".to_owned())
}

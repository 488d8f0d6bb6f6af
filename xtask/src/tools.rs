//! The programs that the builds need: found, or installed the quick way, or named with what to type.
//!
//! Tools of our own go to `.tools`, at exactly these versions; one on `PATH` serves as well if it has
//! that version. They are built without optimisation and unwinding: they run for seconds, and that build
//! takes a quarter of the time of the published profile.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::{house, process};

/// Builds the page. Without TLS: `Trunk.toml` allows it no downloads.
const TRUNK: Tool = Tool {
    program: "trunk",
    package: "trunk",
    version: "0.21.14",
    extra: &["--no-default-features"],
};

/// Makes the page's JavaScript. Must be the version of the `wasm-bindgen` crate in `Cargo.lock`. Without
/// TLS too: only its test runner downloads.
const WASM_BINDGEN: Tool = Tool {
    program: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    version: "0.2.129",
    extra: &["--no-default-features"],
};
/// Makes the page's WebAssembly small and fast.
const WASM_OPT: &str = "132";
const BINARYEN: &str = "binaryen@132.0.0";

/// What becomes WebAssembly is built for these.
pub const WASM_PAGE: &str = "wasm32-unknown-unknown";
/// The edge worker's.
pub const WASM_EDGE: &str = "wasm32-wasip2";

/// How programs that run for seconds are built.
const QUICK: [(&str, &str); 5] = [
    ("BUILD_OVERRIDE_CODEGEN_UNITS", "2"),
    ("CODEGEN_UNITS", "2"),
    ("LTO", "off"),
    ("OPT_LEVEL", "0"),
    ("PANIC", "abort"),
];

/// A program that comes as a crate.
struct Tool {
    program: &'static str,
    package: &'static str,
    version: &'static str,
    extra: &'static [&'static str],
}

/// One package manager at a time.
static APT: Mutex<()> = Mutex::new(());

/// The compilation targets.
pub fn targets() -> Result<String> {
    let sysroot = process::ask("rustc", &["--print", "sysroot"]).context(
        "`rustc` does not run: install Rust with rustup (https://rustup.rs), then run this again",
    )?;
    let has = |target: &&str| {
        Path::new(&sysroot)
            .join("lib/rustlib")
            .join(target)
            .join("lib")
            .is_dir()
    };
    let missing: Vec<&str> = [WASM_PAGE, WASM_EDGE]
        .into_iter()
        .filter(|target| !has(target))
        .collect();
    if missing.is_empty() {
        return Ok("present".to_owned());
    }
    let type_this = format!("rustup target add {}", missing.join(" "));
    process::run(
        "rustup-targets",
        Command::new("rustup")
            .args(["target", "add"])
            .args(&missing),
    )
    .with_context(|| {
        format!(
            "Rust cannot build for {}; once online, type: {type_this}",
            missing.join(", ")
        )
    })?;
    Ok(format!("added {}", missing.join(", ")))
}

/// Trunk, wasm-bindgen and wasm-opt.
pub fn page_tools() -> Result<String> {
    let installed = [wasm_opt()?, cargo_tool(&WASM_BINDGEN)?, cargo_tool(&TRUNK)?];
    let installed: Vec<String> = installed.into_iter().flatten().collect();
    Ok(if installed.is_empty() {
        "present".to_owned()
    } else {
        format!("installed {}", installed.join(", "))
    })
}

/// `PATH` with our own tools first.
pub fn path() -> OsString {
    let own = [
        house::path(".tools/bin"),
        house::path(".tools/node_modules/.bin"),
    ];
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(std::env::split_paths(&rest));
    std::env::join_paths(all).unwrap_or(rest)
}

/// `cargo` in the root of the repository.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(house::root()).env("PATH", path());
    command
}

/// Builds the `nearfield` command; its build script makes the component and the edge worker.
///
/// For the workspace's default members, as the tests are: they share one set of features, so that
/// wasmtime compiles once. With `--package harness` it would have another.
pub fn build_host() -> Result<String> {
    let args = ["build", "--locked", "--bin", "nearfield"];
    built("build-host", cargo().args(args))
}

/// Runs a `cargo build`, and says how much it built.
pub fn built(name: &str, cargo: &mut Command) -> Result<String> {
    let log = process::run(name, cargo)?;
    let crates = log
        .lines()
        .filter(|line| line.trim_start().starts_with("Compiling "))
        .count();
    Ok(if crates == 0 {
        "up to date".to_owned()
    } else {
        format!("built, {crates} crates")
    })
}

/// Chromium and ChromeDriver.
pub fn browser() -> Result<String> {
    let answers = |program: &str| process::ask(program, &["--version"]);
    if answers("chromium").is_none() || answers("chromedriver").is_none() {
        debian("browser", &["chromium", "chromium-driver"])?;
    }
    answers("chromium").context("chromium was installed but does not run: try `chromium --version`")
}

/// The C++ compiler that libFuzzer is built with.
pub fn compiler() -> Result<String> {
    if process::ask("c++", &["--version"]).is_none() {
        debian("c++-compiler", &["g++"])?;
    }
    process::ask("c++", &["--version"])
        .context("g++ was installed but does not run: try `c++ --version`")
}

/// Installs Debian packages when that is allowed, else says what to type.
fn debian(name: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let _one = APT.lock();
    let is_root = process::ask("id", &["-u"]).as_deref() == Some("0");
    let can_sudo = || {
        Command::new("sudo")
            .args(["-n", "true"])
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let is_debian = process::ask("apt-get", &["--version"]).is_some();
    if !is_debian || !(is_root || can_sudo()) {
        bail!(
            "{list} missing, and not installed from here (no apt-get, or not root). Type: sudo apt-get install -y {list}"
        );
    }
    let apt = |log: &str, args: &[&str]| {
        let mut command = if is_root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "apt-get"]);
            sudo
        };
        process::run(
            log,
            command.args(args).env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&format!("{name}-update"), &["update"])
        .and_then(|_| {
            apt(
                name,
                &[&["install", "-y", "--no-install-recommends"], packages].concat(),
            )
        })
        .with_context(|| {
            format!("{list} could not be installed. Type: sudo apt-get install -y {list}")
        })?;
    Ok(())
}

fn wasm_opt() -> Result<Option<String>> {
    let own = house::path(".tools/node_modules/.bin/wasm-opt");
    let found = |program: &Path| {
        process::ask(program, &["--version"])
            .is_some_and(|line| line.split(' ').any(|word| word == WASM_OPT))
    };
    if found(&own) || found(Path::new("wasm-opt")) {
        return Ok(None);
    }
    if process::ask("npm", &["--version"]).is_none() {
        bail!(
            "`npm` does not run: install Node.js 20 or newer (Debian: apt-get install nodejs npm), or put wasm-opt {WASM_OPT} on PATH"
        );
    }
    let tools = house::path(".tools");
    std::fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
    let args = [
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        BINARYEN,
    ];
    process::run(
        "install-binaryen",
        Command::new("npm").args(args).arg("--prefix").arg(&tools),
    )
    .with_context(|| {
        format!(
            "npm cannot install {BINARYEN}: needs the npm registry, or wasm-opt {WASM_OPT} on PATH"
        )
    })?;
    if !found(&own) {
        bail!(
            "npm installed {BINARYEN}, but {} does not answer as version {WASM_OPT}",
            own.display()
        );
    }
    Ok(Some(format!("wasm-opt {WASM_OPT}")))
}

fn cargo_tool(tool: &Tool) -> Result<Option<String>> {
    let own = house::path(".tools/bin").join(tool.program);
    let expected = format!("{} {}", tool.program, tool.version);
    let found =
        |program: &Path| process::ask(program, &["--version"]).is_some_and(|line| line == expected);
    if found(&own) || (!own.exists() && found(&PathBuf::from(tool.program))) {
        return Ok(None);
    }
    let mut install = cargo();
    install
        .args([
            "install",
            tool.package,
            "--version",
            tool.version,
            "--locked",
            "--force",
            "--bin",
            tool.program,
        ])
        .args(tool.extra)
        .arg("--root")
        .arg(house::path(".tools"))
        .env("CARGO_TARGET_DIR", house::scratch("tools"))
        .envs(QUICK.map(|(name, value)| (format!("CARGO_PROFILE_RELEASE_{name}"), value)));
    let remedy = || {
        format!(
            "{expected} is missing and cannot be installed: needs the crate registry, or {expected} on PATH"
        )
    };
    process::run(&format!("install-{}", tool.program), &mut install).with_context(remedy)?;
    Ok(Some(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A development dependency that turned on a feature would compile wasmtime a second time.
    #[test]
    fn the_command_and_the_tests_have_the_same_features() {
        let tree = |more: &[&str]| -> Vec<String> {
            let args = [
                "tree", "--locked", "--prefix", "none", "--format", "{p} {f}",
            ];
            let out = cargo().args(args).args(more).output().unwrap();
            let out = String::from_utf8(out.stdout).unwrap();
            out.lines()
                .map(|line| line.trim_end_matches(" (*)").to_owned())
                .collect()
        };
        let name = |line: &String| line.split(" v").next().unwrap_or_default().to_owned();
        let costly: Vec<String> = tree(&["--package", "wasmtime-wasi-http"])
            .iter()
            .map(name)
            .collect();
        assert!(costly.iter().any(|name| name == "wasmtime"));
        let tests = tree(&["--edges", "normal,build,dev"]);
        let mut other = tree(&["--edges", "normal,build"]);
        other.retain(|line| costly.contains(&name(line)) && !tests.contains(line));
        assert!(other.is_empty(), "other features in tests: {other:?}");
    }

    /// The page does not load when the crate and the tool differ.
    #[test]
    fn wasm_bindgen_has_the_version_of_the_lock_file() {
        let lock = std::fs::read_to_string(house::path("Cargo.lock")).unwrap();
        let wanted = format!(
            "name = \"wasm-bindgen\"\nversion = \"{}\"\n",
            WASM_BINDGEN.version
        );
        assert!(lock.contains(&wanted));
    }

    /// `trunk serve` by itself must use the same tools.
    #[test]
    fn trunk_asks_for_the_same_tools() {
        let trunk = std::fs::read_to_string(house::path("web-demo/Trunk.toml")).unwrap();
        assert!(trunk.contains(&format!("wasm_bindgen = \"{}\"", WASM_BINDGEN.version)));
        assert!(trunk.contains(&format!("wasm_opt = \"version_{WASM_OPT}\"")));
    }
}

//! What benches share: the measured work as WebAssembly, and processes that answer line by line.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::project;

/// The crate `measured` as WebAssembly, built as everything that ships is.
pub fn module() -> Vec<u8> {
    built("measured", "wasm32-unknown-unknown")
}

/// A component that only the benches host, by the name of its crate, built in the same way.
pub fn component(package: &str) -> Vec<u8> {
    built(package, "wasm32-wasip2")
}

fn built(package: &str, platform: &str) -> Vec<u8> {
    let built = cargo()
        .args(["build", "--locked", "--quiet", "--profile", "wasm"])
        .args(["--package", package, "--target", platform])
        .arg("--target-dir")
        .arg(target())
        .status();
    assert!(built.expect("cargo runs").success(), "see above");
    let file = format!("{platform}/wasm/{}.wasm", package.replace('-', "_"));
    fs::read(target().join(file)).expect("cargo built it")
}

/// `cargo` in the root of the project.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(project("."));
    command
}

/// The folder that cargo builds in.
pub fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a bench knows its path");
    let folder = own.ancestors().nth(3);
    folder.expect("it is in target/debug/deps").to_owned()
}

/// Puts the files of a folder of the project into one of that name below the target folder, and has npm install
/// there what its `package-lock.json` pins, unless it has; gives the folder.
pub fn packages(own: &Path, name: &str) -> PathBuf {
    let folder = target().join(name);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    let mut is_new = false;
    for entry in fs::read_dir(own).expect("the folder is there").flatten() {
        let (from, to) = (entry.path(), folder.join(entry.file_name()));
        let ending = from.extension().unwrap_or_default();
        if !["html", "json", "mjs"].iter().any(|known| ending == *known) {
            continue;
        }
        let text = fs::read(&from).expect("the file is readable");
        let is_list = ending == "json";
        is_new |= is_list && fs::read(&to).ok().as_ref() != Some(&text);
        fs::write(to, text).expect("the target folder can be written to");
    }
    // npm writes this file last.
    if is_new || !folder.join("node_modules/.package-lock.json").exists() {
        let installed = Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts"])
            .args(["--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        assert!(installed.expect("npm runs").success(), "see above");
    }
    folder
}

/// A process that answers each line with a line, both JSON. Dropping it ends it.
pub struct Process {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self {
            questions: process.stdin.take().expect("it is piped"),
            answers: BufReader::new(process.stdout.take().expect("it is piped")),
            process,
        }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").expect("it runs: what it said is above");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it says lines");
        serde_json::from_str(&line).expect("it answers: what it said is above")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

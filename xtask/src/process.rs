//! Running other programs: quiet while it goes well, everything on the table when it does not.
//!
//! Each child leads a process group of its own, and a signal to this process stops all of them, with
//! whatever they started in turn.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::house;

/// How much of a failed program's output is shown.
const SHOWN_LINES: usize = 120;

static CHILDREN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Standard output and standard error as they came.
    pub log: String,
    /// How it ended.
    pub status: ExitStatus,
}

/// A program that runs beside this one, and is stopped when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: String,
}

/// From now on a Ctrl-C, a hang-up or a request to end stops the children first.
pub fn stop_children_on_signal() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            for id in CHILDREN
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
            {
                stop_group(*id);
            }
            eprintln!();
            std::process::exit(128 + signal);
        }
    });
}

/// Runs a program to its end. Its output goes to the log `name`.
pub fn outcome(name: &str, command: &mut Command) -> Result<Outcome> {
    let mut running = start(name, command)?;
    let status = running
        .child
        .wait()
        .with_context(|| format!("cannot wait for {name}"))?;
    Ok(Outcome {
        log: running.log(),
        status,
    })
}

/// Runs a program that must succeed and gives what it printed.
pub fn run(name: &str, command: &mut Command) -> Result<String> {
    let done = outcome(name, command)?;
    if !done.status.success() {
        bail!("{}", failure(name, command, &done));
    }
    Ok(done.log)
}

/// Runs a program that must succeed, shows what it says on standard error while it runs, and gives what it
/// printed.
pub fn shown(name: &str, command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run `{program}`: is it installed and on PATH?"))?;
    CHILDREN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(child.id());
    let done = child
        .wait_with_output()
        .with_context(|| format!("cannot wait for {name}"))?;
    if !done.status.success() {
        bail!("{name} failed ({}): what it said is above", done.status);
    }
    String::from_utf8(done.stdout).with_context(|| format!("{name} printed no text"))
}

/// Starts a program that goes on beside this one. Its output goes to the log `name`.
pub fn start(name: &str, command: &mut Command) -> Result<Running> {
    let log = house::scratch("logs").join(format!("{name}.log"));
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let copy = file
        .try_clone()
        .with_context(|| format!("cannot write {}", log.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(copy)
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run `{program}`: is it installed and on PATH?"))?;
    CHILDREN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(child.id());
    Ok(Running {
        child,
        log: log.to_string_lossy().into_owned(),
    })
}

/// What to show of a program that failed: the command, the end of its output, where the rest is.
pub fn failure(name: &str, command: &Command, done: &Outcome) -> String {
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy())
        .collect();
    let lines: Vec<&str> = done.log.lines().collect();
    let shown = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES));
    let tail: String = shown.map(|line| format!("    {line}\n")).collect();
    let log = house::scratch("logs").join(format!("{name}.log"));
    format!(
        "{name} failed ({})\n    $ {} {}\n{tail}    all of it: {}",
        done.status,
        command.get_program().to_string_lossy(),
        args.join(" "),
        log.display()
    )
}

/// A short question to a program: the first line it prints, if it is there and answers well.
pub fn ask(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let out = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if !out.status.success() {
        return None;
    }
    String::from_utf8(out.stdout)
        .ok()?
        .lines()
        .next()
        .map(str::to_owned)
}

impl Running {
    /// What it has said so far.
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Whether it goes on.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().context("cannot wait for a program")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.child.id();
        if self.is_alive() {
            stop_group(id);
            let _ended = self.child.wait();
        }
        CHILDREN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|child| *child != id);
    }
}

/// Asks a whole process group to end. By the `kill` program: the call itself is not safe Rust.
fn stop_group(leader: u32) {
    let _status = Command::new("kill")
        .args(["-TERM", "--", &format!("-{leader}")])
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_command_and_its_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo the reason >&2; exit 3"]);
        let error = run("test-failure", &mut command).unwrap_err().to_string();
        assert!(
            error.contains("the reason") && error.contains("$ sh -c"),
            "{error}"
        );
        assert!(error.contains("test-failure.log"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run("test-missing", &mut Command::new("no-such-program-here")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("cannot run `no-such-program-here`"),
            "{error}"
        );
    }

    #[test]
    fn a_dropped_program_ends_with_all_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]);
        let mut running = start("test-dropped", &mut command).unwrap();
        let grandchild = loop {
            let log = running.log();
            if log.ends_with('\n') {
                break log.trim().to_owned();
            }
            assert!(running.is_alive());
            std::thread::yield_now();
        };
        drop(running);
        let state = loop {
            let state = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            // Gone, or a zombie that nobody has collected yet.
            if state.is_empty() || state.contains(") Z") {
                break state;
            }
            std::thread::yield_now();
        };
        assert!(!state.contains(") S"), "{state}");
    }
}

//! One line for each step, with the time since the start and the time it took.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

/// The lines of one command.
#[derive(Debug)]
pub struct Progress {
    start: Instant,
    /// Names of the steps that run now, for the line that a terminal shows meanwhile.
    running: Mutex<Vec<&'static str>>,
    passed: AtomicUsize,
    terminal: bool,
}

impl Progress {
    /// Starts the clock.
    pub fn start() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self {
            start: Instant::now(),
            running: Mutex::default(),
            passed: AtomicUsize::new(0),
            terminal,
        }
    }

    /// Runs one step and prints its line: the name, what it answers, how long it took.
    pub fn step(&self, name: &'static str, work: impl FnOnce() -> Result<String>) -> Result<()> {
        let begin = Instant::now();
        self.show(|running| running.push(name), None);
        let done = work();
        let took = clock(begin.elapsed());
        if done.is_ok() {
            self.passed.fetch_add(1, Ordering::Relaxed);
        }
        let said = match &done {
            Ok(said) => format!("{said} ({took})"),
            Err(_) => format!("FAILED ({took})"),
        };
        let line = format!("[{}] {name}: {said}", clock(self.start.elapsed()));
        self.show(|running| running.retain(|step| *step != name), Some(&line));
        done.map(|_| ())
    }

    /// How many steps went well.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// Time since the start, as `m:ss`.
    pub fn elapsed(&self) -> String {
        clock(self.start.elapsed())
    }

    /// Changes which steps run, prints a finished line, and on a terminal names what is under way.
    fn show(&self, change: impl FnOnce(&mut Vec<&'static str>), line: Option<&str>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let mut out = std::io::stdout().lock();
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        if let Some(line) = line {
            let _written = writeln!(out, "{clear}{line}");
        }
        if self.terminal && !running.is_empty() {
            let _written = write!(out, "{clear}       {} …", running.join(", "));
        }
        let _flushed = out.flush();
    }
}

/// `m:ss`, with tenths below a minute.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{}:{:02} min", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(clock(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(clock(Duration::from_secs(372)), "6:12 min");
    }
}

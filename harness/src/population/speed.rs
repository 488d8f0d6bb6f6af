//! How long a run took: the one part of a report that a second run changes.

use std::{fmt, time::Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::report::Report;

/// A report, and how long it took.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Timed {
    /// What came of a population.
    #[serde(flatten)]
    pub report: Report,
    /// How long it took.
    pub speed: Speed,
}

/// How long a run took.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Speed {
    /// Threads that decided.
    pub threads: usize,
    /// Seconds of the run.
    pub seconds: f64,
    /// Decisions in one second.
    pub decisions_a_second: f64,
}

impl Speed {
    /// Of so many decisions since an instant.
    pub fn new(threads: usize, start: Instant, decisions: u64) -> Self {
        let seconds = start.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
        let decisions = decisions as f64;
        Self {
            threads,
            seconds,
            decisions_a_second: decisions / seconds.max(f64::MIN_POSITIVE),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} decisions a second on {} threads, {:.1} s",
            self.decisions_a_second, self.threads, self.seconds
        )
    }
}

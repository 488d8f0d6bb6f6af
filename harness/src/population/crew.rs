//! Many customers on all cores: one thread reads, the others decide, each in an instance of its own.
//!
//! What comes out does not depend on the number of threads, as long as what each thread gathers is put
//! together by counts and by positions.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

use authoring::shown::message;
use schemars::JsonSchema;
use serde::Serialize;

use super::source::{Customer, Place, Profiles, SourceError};
use crate::{Part, wasm::WasmError};

/// How a population is worked through.
#[derive(Clone, Copy, Debug)]
pub struct Crew {
    /// Threads that decide, at least one.
    pub threads: usize,
    /// Stop at the first profile that is refused.
    pub strict: bool,
}

/// What a run gave.
#[derive(Debug)]
pub struct Run<W> {
    /// What each thread gathered, in no order.
    pub gathered: Vec<W>,
    /// Customers decided for.
    pub customers: u64,
    /// Profiles that were refused.
    pub refused: u64,
    /// The first of them.
    pub examples: Vec<Refused>,
}

/// A profile that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// Its position in the population.
    #[serde(skip)]
    pub position: u64,
    /// File, and line where there are lines.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// Why a population could not be worked through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrewError {
    /// The profiles cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No instance could be made.
    #[error(transparent)]
    Open(WasmError),
    /// A profile was refused, and the run is strict.
    #[error(
        "{place}: {}: mend it, or leave out --strict to count it and go on",
        message(reason)
    )]
    Refused {
        /// Where.
        place: Place,
        /// Why.
        reason: String,
    },
    /// The engine gave no answer.
    #[error("{place}: {}", message(cause))]
    Failed {
        /// Where.
        place: Place,
        /// Why.
        cause: WasmError,
    },
}

/// Refused profiles that are named.
const EXAMPLES: usize = 20;
/// Customers that a thread takes at once.
const BATCH: usize = 32;
/// Bytes that a thread takes at once.
const BATCH_BYTES: usize = 1 << 20;

/// Customers on their way to whoever is free.
type Batches = Arc<Mutex<Receiver<Vec<Customer>>>>;

/// What the threads share.
struct Shared<'s> {
    strict: bool,
    stopped: &'s AtomicBool,
    bytes: &'s AtomicU64,
}

/// What one thread met.
#[derive(Default)]
struct Met {
    customers: u64,
    refused: u64,
    examples: Vec<Refused>,
    /// The first thing that ends the run.
    end: Option<(u64, CrewError)>,
}

impl Crew {
    /// Gives every customer to `meet`, with what `open` made for the thread; `read` hears of the bytes
    /// that are done with.
    pub fn work<W: Send>(
        &self,
        profiles: &Profiles,
        open: impl Fn() -> Result<W, WasmError> + Sync,
        meet: impl Fn(&mut W, &Customer) -> Result<(), WasmError> + Sync,
        read: impl Fn(u64) + Sync,
    ) -> Result<Run<W>, CrewError> {
        let threads = self.threads.max(1);
        let (send, receive) = mpsc::sync_channel(2 * threads);
        let (stopped, bytes) = (AtomicBool::new(false), AtomicU64::new(0));
        let shared = Shared {
            strict: self.strict,
            stopped: &stopped,
            bytes: &bytes,
        };
        let worker = |batches: Batches| -> Result<(W, Met), WasmError> {
            let mut gathered = open().inspect_err(|_| stopped.store(true, Ordering::Relaxed))?;
            let met = shared.meet_all(&batches, &mut gathered, &meet, &read);
            Ok((gathered, met))
        };
        let worker = &worker;
        let (source, ends) = thread::scope(|scope| {
            // Only the workers hold the receiving end: when the last of them is gone, sending fails.
            let batches = Arc::new(Mutex::new(receive));
            let spawn = |_| {
                let batches = Arc::clone(&batches);
                scope.spawn(move || worker(batches))
            };
            let workers: Vec<_> = (0..threads).map(spawn).collect();
            drop(batches);
            let source = feed(profiles, send, &stopped);
            let ends: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
            (source, ends)
        });
        let mut all = Vec::new();
        for end in ends {
            match end {
                Ok(end) => all.push(end.map_err(CrewError::Open)?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        source?;
        finish(all)
    }
}

/// Sends batches of customers until there are no more or somebody stops.
fn feed(
    profiles: &Profiles,
    send: SyncSender<Vec<Customer>>,
    stopped: &AtomicBool,
) -> Result<(), SourceError> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    profiles.each(|customer| {
        bytes += customer.json.len();
        batch.push(customer);
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            bytes = 0;
            if stopped.load(Ordering::Relaxed) || send.send(std::mem::take(&mut batch)).is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    // Without a receiver there is nobody to tell.
    send.send(batch).unwrap_or_default();
    Ok(())
}

impl Shared<'_> {
    fn meet_all<W>(
        &self,
        batches: &Batches,
        gathered: &mut W,
        meet: &impl Fn(&mut W, &Customer) -> Result<(), WasmError>,
        read: &impl Fn(u64),
    ) -> Met {
        let mut met = Met::default();
        loop {
            let batch = batches
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv();
            let Ok(batch) = batch else {
                return met;
            };
            let mut bytes = 0;
            for customer in batch {
                bytes += u64::try_from(customer.json.len()).unwrap_or(u64::MAX);
                // What was sent before the first bad profile is met all the same, so that the one named
                // does not depend on the threads.
                if met.end.is_none() {
                    let result = meet(gathered, &customer);
                    self.note(&mut met, customer, result);
                }
            }
            read(self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes);
        }
    }

    fn note(&self, met: &mut Met, customer: Customer, result: Result<(), WasmError>) {
        let Customer {
            position, place, ..
        } = customer;
        match result {
            Ok(()) => met.customers += 1,
            Err(WasmError::Refused(refusal)) if refusal.part == Part::Profile && !self.strict => {
                met.refused += 1;
                if met.examples.len() < EXAMPLES {
                    met.examples.push(Refused {
                        position,
                        place: place.to_string(),
                        reason: message(refusal).to_string(),
                    });
                }
            }
            Err(cause) => {
                self.stopped.store(true, Ordering::Relaxed);
                let error = match cause {
                    WasmError::Refused(refusal) if refusal.part == Part::Profile => {
                        CrewError::Refused {
                            place,
                            reason: refusal.message,
                        }
                    }
                    cause => CrewError::Failed { place, cause },
                };
                met.end = Some((position, error));
            }
        }
    }
}

fn finish<W>(all: Vec<(W, Met)>) -> Result<Run<W>, CrewError> {
    let mut run = Run {
        gathered: Vec::new(),
        customers: 0,
        refused: 0,
        examples: Vec::new(),
    };
    let mut first: Option<(u64, CrewError)> = None;
    for (gathered, met) in all {
        run.gathered.push(gathered);
        run.customers += met.customers;
        run.refused += met.refused;
        run.examples.extend(met.examples);
        if let Some(end) = met.end
            && first.as_ref().is_none_or(|(position, _)| end.0 < *position)
        {
            first = Some(end);
        }
    }
    if let Some((_, error)) = first {
        return Err(error);
    }
    run.examples.sort_by_key(|refused| refused.position);
    run.examples.truncate(EXAMPLES);
    Ok(run)
}

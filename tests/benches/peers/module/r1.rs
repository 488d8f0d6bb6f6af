//! The work of the reference workload R1, for native code, V8 and wasmtime alike: a number for each task, and
//! every task for each customer in turn.

use std::hint::black_box;

use engine::{
    Bundle, Context, Engine, Profile, Snapshot, Timestamp,
    consent::Lens,
    models::{ArchivedRecurrent, ArchivedStep, Row, State},
    policy::Operands,
    profile::Event,
    trust::{PublicKey, Verified},
    variables::{Ledger, Reading},
};

use crate::plain::{Forest, Network};

/// What is measured. The numbers are those of the exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Task {
    /// Which triggers fire.
    Triggers,
    /// All tree models score.
    Trees,
    /// All tree models by a plain loop.
    PlainTrees,
    /// The LSTM takes in one event.
    Event,
    /// The LSTM takes in a whole sequence.
    Sequence,
    /// The same by a plain loop.
    PlainSequence,
    /// The ledger takes in one transaction, and its clock moves there.
    TakeIn,
    /// The ledger is made of all transactions.
    Build,
    /// All variables are read off a ledger.
    Read,
    /// A verified bundle is opened.
    Open,
    /// A bundle of 1 MiB is verified.
    Verify,
    /// Actions are weighed and placed.
    Place,
    /// A decision, in numbers, for a customer who was looked at.
    Decide,
    /// The look at a customer whose ledger is kept up.
    Look,
    /// Both.
    LookAndDecide,
    /// A decision with its texts and with what carried each score.
    Tell,
}

impl Task {
    /// All tasks, by their numbers.
    pub const ALL: [Self; 16] = [
        Self::Triggers,
        Self::Trees,
        Self::PlainTrees,
        Self::Event,
        Self::Sequence,
        Self::PlainSequence,
        Self::TakeIn,
        Self::Build,
        Self::Read,
        Self::Open,
        Self::Verify,
        Self::Place,
        Self::Decide,
        Self::Look,
        Self::LookAndDecide,
        Self::Tell,
    ];
}

/// Everything that was given, ready for any task.
#[derive(Default)]
pub struct Work {
    input: Vec<u8>,
    banks: Vec<Bank>,
    megabyte: Option<Signed>,
    customers: Vec<Customer>,
    coming: Vec<Event>,
    next: usize,
    kept: Option<Ledger>,
    forests: Vec<Forest>,
    network: Network,
    events: Vec<Vec<f32>>,
    state: State,
    row: Row,
    room: Vec<f64>,
    holds: Vec<bool>,
    context: Context,
    answer: Vec<f64>,
}

/// A bundle, and the key that signed it.
#[derive(Clone)]
struct Signed {
    file: &'static [u8],
    key: [PublicKey; 1],
}

struct Bank {
    verified: Verified<'static>,
    engine: Engine<'static>,
    trees: usize,
}

struct Customer {
    profile: Profile,
    at: Timestamp,
    ledger: Ledger,
    /// For each bank.
    snapshots: Vec<Snapshot>,
    scores: Vec<f64>,
}

/// The bank of R1, and the one in which everything contends for everybody.
const R1: usize = 0;
const OPEN: usize = 1;

impl Work {
    /// Room for the next thing to be given.
    pub fn room(&mut self, bytes: usize) -> &mut [u8] {
        self.input.clear();
        self.input.resize(bytes, 0);
        &mut self.input
    }

    /// Takes a bundle behind its key: first that of R1, then the one without conditions. They are never freed.
    pub fn take_bundle(&mut self) {
        let Signed { file, key } = self.signed();
        let verified = Verified::new(file, &key).expect("the key signed it");
        let bundle = Bundle::open(verified).expect("it is a bundle");
        self.banks.push(Bank {
            verified,
            engine: Engine::new(bundle),
            trees: bundle
                .body()
                .models
                .iter()
                .filter(|model| matches!(model.steps.first(), Some(ArchivedStep::Trees(_))))
                .count(),
        });
    }

    /// Takes a bundle to be verified.
    pub fn take_megabyte(&mut self) {
        self.megabyte = Some(self.signed());
    }

    fn signed(&mut self) -> Signed {
        let bytes: &'static [u8] = std::mem::take(&mut self.input).leak();
        let (key, file) = bytes.split_first_chunk::<32>().expect("a key comes first");
        let key = PublicKey::from_bytes(key).expect("it is a key");
        Signed { file, key: [key] }
    }

    /// Takes a customer's profile (JSON), at a time in seconds since 1970.
    pub fn take_profile(&mut self, at: i64) {
        let profile = Profile::from_json(&self.input).expect("it is a profile");
        let at = Timestamp::from_seconds(at);
        let banks = self.banks.iter_mut();
        let snapshots: Vec<Snapshot> = banks
            .map(|bank| bank.engine.snapshot(&profile, at))
            .collect();
        let bank = &self.banks[R1];
        self.row.fill(snapshots[R1].variables());
        let models = bank.engine.bundle().body().models.iter();
        self.customers.push(Customer {
            scores: models.map(|model| model.score(&mut self.row)).collect(),
            ledger: bank.engine.ledger(&profile, at),
            profile,
            at,
            snapshots,
        });
    }

    /// Takes the transactions that come (a profile's JSON).
    pub fn take_coming(&mut self) {
        let profile = Profile::from_json(&self.input).expect("it is a profile");
        self.coming = profile.events;
    }

    /// Takes the next tree model for the plain loop.
    pub fn take_forest(&mut self) {
        self.forests.push(Forest::read(&self.input));
    }

    /// Takes the LSTM for the plain loop: so many inputs and cells.
    pub fn take_network(&mut self, inputs: usize, hidden: usize) {
        self.network = Network::read(&self.input, inputs, hidden);
    }

    /// Takes a sequence of events: little-endian numbers, so many each.
    pub fn take_events(&mut self, inputs: usize) {
        let numbers = self.input.as_chunks().0.iter().copied();
        let numbers: Vec<f32> = numbers.map(f32::from_le_bytes).collect();
        self.events = numbers.chunks_exact(inputs).map(<[f32]>::to_vec).collect();
    }

    /// Makes ready for a task: the first customer's ledger is as before.
    pub fn prepare(&mut self) {
        self.kept = Some(self.customers[0].ledger.clone());
        self.next = 0;
        self.state.clear();
    }

    /// Does a task so many times, for one customer after the other. Of tasks that follow on what was done
    /// before ([`Task::TakeIn`]) at most as many as there are transactions, after [`prepare`](Self::prepare).
    pub fn run(&mut self, task: Task, first: usize, rounds: usize) {
        for round in first..first + rounds {
            self.once(task, round % self.customers.len());
        }
    }

    /// Does a task once and gives numbers that say what came of it.
    pub fn answer(&mut self, task: Task, customer: usize) -> &[f64] {
        self.answer.clear();
        self.prepare();
        self.once(task, customer);
        match task {
            Task::Triggers => {
                let holds = self.holds.iter().map(|holds| f64::from(u8::from(*holds)));
                self.answer.extend(holds);
            }
            Task::Trees | Task::PlainTrees | Task::Read => self.answer.extend(&self.room),
            Task::Event | Task::Sequence => {
                let hidden = self.state.hidden().iter();
                self.answer.extend(hidden.map(|x| f64::from(*x)));
            }
            Task::PlainSequence => {
                let hidden = self.network.hidden.iter();
                self.answer.extend(hidden.map(|x| f64::from(*x)));
            }
            Task::TakeIn => {
                let ledger = self.kept.as_ref().expect("it is kept");
                self.answer.push(ledger.events() as f64);
            }
            Task::Place | Task::Decide | Task::Look | Task::LookAndDecide | Task::Tell => {
                let bank = if task == Task::Place { OPEN } else { R1 };
                let snapshot = &self.customers[customer].snapshots[bank];
                let tally = self.banks[bank].engine.tally(snapshot, &self.context, 0);
                let tally = tally.expect("the snapshot is of this bundle");
                let places = tally.places.iter().flat_map(|place| {
                    [
                        f64::from(place.placeholder),
                        f64::from(place.action),
                        place.score,
                    ]
                });
                self.answer.extend(places);
            }
            Task::Build | Task::Open | Task::Verify => {}
        }
        &self.answer
    }

    /// The same with their number in front, for hosts that see memory only.
    pub fn counted(&mut self, task: Task, customer: usize) -> &[f64] {
        self.answer(task, customer);
        self.answer.insert(0, self.answer.len() as f64);
        &self.answer
    }

    fn once(&mut self, task: Task, customer: usize) {
        let of = &mut self.customers[customer];
        let bank = &mut self.banks[if task == Task::Place { OPEN } else { R1 }];
        let body = bank.engine.bundle().body();
        match task {
            Task::Triggers => {
                let operands = Operands {
                    variables: of.snapshots[R1].variables(),
                    scores: &of.scores,
                    ..Operands::default()
                };
                body.trigger_conditions
                    .each(operands, &mut self.room, &mut self.holds);
            }
            Task::Trees => {
                self.room.clear();
                self.row.fill(of.snapshots[R1].variables());
                let models = body.models.iter().take(bank.trees);
                self.room
                    .extend(models.map(|model| model.score(&mut self.row)));
            }
            Task::PlainTrees => {
                self.room.clear();
                let row = of.snapshots[R1].variables();
                self.room
                    .extend(self.forests.iter().map(|forest| forest.score(row)));
            }
            Task::Event => lstm(bank).advance(&self.events[0], &mut self.state),
            Task::Sequence => {
                let layer = lstm(bank);
                self.state.clear();
                for event in &self.events {
                    layer.advance(event, &mut self.state);
                }
            }
            Task::PlainSequence => self.network.run(&self.events),
            Task::TakeIn => {
                let event = &self.coming[self.next];
                self.next += 1;
                let kept = self.kept.as_mut().expect("it is prepared");
                assert!(kept.at(Lens::new(&of.profile, &body.purposes, event.at)));
                kept.take_in(event);
            }
            Task::Build => {
                black_box(bank.engine.ledger(&of.profile, of.at));
            }
            Task::Read => {
                let lens = of.ledger.lens();
                let view = lens.view(&of.profile);
                let reading = Reading::new(&view, &of.ledger);
                self.room.clear();
                let variables = body.variables.iter();
                self.room
                    .extend(variables.map(|v| reading.value(v.measure, v.unit)));
            }
            Task::Open => {
                black_box(Bundle::open(black_box(bank.verified)).expect("it opened before"));
            }
            Task::Verify => {
                let Signed { file, key } = self.megabyte.as_ref().expect("it was given");
                black_box(Verified::new(black_box(file), key).expect("it is signed"));
            }
            Task::Place => numbers(bank, &of.snapshots[OPEN], &self.context),
            Task::Decide => numbers(bank, &of.snapshots[R1], &self.context),
            Task::Look => {
                black_box(look(bank, of));
            }
            Task::LookAndDecide => {
                let snapshot = look(bank, of);
                numbers(bank, &snapshot, &self.context);
            }
            Task::Tell => {
                let snapshot = &of.snapshots[R1];
                let decision = bank.engine.decide_for(snapshot, &self.context, 0);
                black_box(decision.expect("the snapshot is of this bundle"));
            }
        }
    }
}

fn look(bank: &mut Bank, of: &mut Customer) -> Snapshot {
    bank.engine
        .snapshot_kept_up(&of.profile, &mut of.ledger, of.at)
}

fn numbers(bank: &mut Bank, snapshot: &Snapshot, context: &Context) {
    let tally = bank.engine.tally(snapshot, context, 0);
    black_box(tally.expect("the snapshot is of this bundle"));
}

/// The layer of cells of the bank's last model.
fn lstm(bank: &Bank) -> &'static ArchivedRecurrent {
    let models = &bank.engine.bundle().body().models;
    let steps = models.last().map(|model| model.steps.iter());
    let layer = steps.into_iter().flatten().find_map(|step| match step {
        ArchivedStep::Recurrent(layer) => Some(layer),
        _ => None,
    });
    layer.expect("the last model has one")
}

//! The way of a decision, from a profile to placements.

use crate::{
    Bundle, Context, Decision, Profile, Timestamp, assistant,
    bundle::{ArchivedBody, ArchivedPlaceholder, ArchivedVariable},
    candidates::Selection,
    consent::Lens,
    describe::Description,
    explain::Explanation,
    limits,
    models::Row,
    policy::Numbers,
    snapshot::{self, Snapshot},
    tally::Tally,
    variables::{Ledger, Quality, Reading},
    view::View,
};

/// This engine's version, as receipts name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The runtime: an open bundle, and room to work in that is made once.
#[derive(Debug)]
pub struct Engine<'b> {
    bundle: Bundle<'b>,
    work: Work,
}

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The seed is larger than every host's JSON can carry.
    #[error(
        "seed {found} is over the limit of {}: JavaScript could not replay it",
        limits::SEED
    )]
    Seed {
        /// The seed given.
        found: u64,
    },
    /// A snapshot that another bundle made.
    #[error("the snapshot belongs to another bundle: make it anew with this one")]
    Snapshot,
}

/// Lists that a decision needs, kept between decisions.
#[derive(Debug, Default)]
struct Work {
    row: Row,
    selection: Selection,
    requested: Vec<u16>,
    view: View,
}

impl<'b> Engine<'b> {
    /// Makes an engine that runs `bundle`.
    pub fn new(bundle: Bundle<'b>) -> Self {
        Self {
            bundle,
            work: Work::default(),
        }
    }

    /// The bundle it runs.
    pub fn bundle(&self) -> Bundle<'b> {
        self.bundle
    }

    /// Fills the placeholders that `context` asks for, for the customer of `profile`, at the instant
    /// `at`. `seed` (at most [`limits::SEED`]) decides every chance; the receipt names it.
    ///
    /// The profile and the context must have been checked ([`Profile::from_json`] or
    /// [`Profile::checked`], and the same of the context). For several requests at one instant,
    /// [`snapshot`](Self::snapshot) once and [`decide_for`](Self::decide_for) each.
    pub fn decide(
        &mut self,
        profile: &Profile,
        context: &Context,
        at: Timestamp,
        seed: u64,
    ) -> Result<Decision<'b>, DecideError> {
        let snapshot = self.snapshot(profile, at);
        self.decide_for(&snapshot, context, seed)
    }

    /// Everything of a decision that depends on the profile and the clock only.
    pub fn snapshot(&mut self, profile: &Profile, at: Timestamp) -> Snapshot {
        let view = self.lens(profile, at).view(profile);
        Snapshot::new(
            &self.bundle,
            &view,
            &mut Ledger::new(&view),
            &mut self.work.row,
        )
    }

    /// The ledger of a profile's events as consent shows them at `at`, for
    /// [`snapshot_kept_up`](Self::snapshot_kept_up).
    pub fn ledger(&self, profile: &Profile, at: Timestamp) -> Ledger {
        Ledger::new(&self.lens(profile, at).view(profile))
    }

    /// As [`snapshot`](Self::snapshot), with a ledger that has taken in what was added to the profile's
    /// events since it was made. It moves to `at`; it is made anew when consent has changed or its number of
    /// events is not the profile's, so that a slip costs time and not the truth.
    pub fn snapshot_kept_up(
        &mut self,
        profile: &Profile,
        ledger: &mut Ledger,
        at: Timestamp,
    ) -> Snapshot {
        let lens = self.lens(profile, at);
        let view = lens.view(profile);
        if !ledger.at(lens) || ledger.events() != view.all_events().count() {
            *ledger = Ledger::new(&view);
        }
        Snapshot::new(&self.bundle, &view, ledger, &mut self.work.row)
    }

    /// How well each of the bundle's variables is known, in their order.
    pub fn quality(&self, profile: &Profile, at: Timestamp) -> Vec<Quality> {
        let view = self.lens(profile, at).view(profile);
        let ledger = Ledger::new(&view);
        let reading = Reading::new(&view, &ledger);
        let quality = |variable: &ArchivedVariable| {
            if view.lens().grants(variable.purpose) {
                reading.quality(variable.measure, variable.unit)
            } else {
                Quality::Missing
            }
        };
        self.bundle.body().variables.iter().map(quality).collect()
    }

    /// As [`decide`](Self::decide), from a snapshot of this bundle.
    // Marked, as what it describes a decision with, so that the page compiles it for size.
    #[inline]
    pub fn decide_for(
        &mut self,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) -> Result<Decision<'b>, DecideError> {
        self.fill(snapshot, context, seed)?;
        Ok(self.description(snapshot, context).decision(seed))
    }

    /// As [`decide_for`](Self::decide_for), and says of every action that is not shown what stopped it.
    pub fn explain(
        &mut self,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) -> Result<Explanation<'b>, DecideError> {
        self.place::<true>(snapshot, context, seed)?;
        let mut description = self.description(snapshot, context);
        Ok(Explanation {
            decision: description.decision(seed),
            not_shown: description.not_shown(),
        })
    }

    /// As [`decide_for`](Self::decide_for), in numbers.
    pub fn tally(
        &mut self,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) -> Result<Tally, DecideError> {
        self.fill(snapshot, context, seed)?;
        Ok(self.description(snapshot, context).tally())
    }

    /// Answers a question in the customer's words from the customer's variables, in the context's
    /// language; nothing when the question is not understood or a value is missing.
    pub fn answer(
        &mut self,
        profile: &Profile,
        context: &Context,
        at: Timestamp,
        text: &str,
    ) -> Option<String> {
        let body = self.bundle.body();
        let asked = assistant::understand(body, text)?;
        let view = self.lens(profile, at).view(profile);
        let variables = snapshot::variables(body, &view, &Ledger::new(&view));
        let (locale, numbers) = language(body, context);
        asked
            .question
            .answer
            .get(locale)?
            .render(&variables, numbers)
    }

    fn lens(&self, profile: &Profile, at: Timestamp) -> Lens {
        Lens::new(profile, &self.bundle.body().purposes, at)
    }

    /// Without a parameter, so that it is compiled here, for speed, and not with whoever calls
    /// [`decide_for`](Self::decide_for).
    fn fill(
        &mut self,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) -> Result<(), DecideError> {
        self.place::<false>(snapshot, context, seed)
    }

    /// A snapshot to candidates, and candidates to placeholders; with `EXPLAIN`, what the others lacked. (A
    /// constant, so that a page that never explains does not carry the code.)
    fn place<const EXPLAIN: bool>(
        &mut self,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) -> Result<(), DecideError> {
        if seed > limits::SEED {
            return Err(DecideError::Seed { found: seed });
        }
        if snapshot.bundle != self.bundle.hash() {
            return Err(DecideError::Snapshot);
        }
        let body = self.bundle.body();
        self.request(context);
        let Work {
            selection,
            requested,
            view,
            ..
        } = &mut self.work;
        selection.select(body, snapshot, context, seed);
        view.fill::<EXPLAIN>(body, &selection.candidates, requested);
        Ok(())
    }

    /// The placeholders that the context asks for.
    fn request(&mut self, context: &Context) {
        let wanted = |placeholder: &ArchivedPlaceholder| {
            context
                .channel
                .is_none_or(|channel| placeholder.channel == channel)
                && context
                    .page
                    .as_deref()
                    .is_none_or(|page| placeholder.page == page)
                && context
                    .placeholders
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|name| placeholder.id == name.as_str()))
        };
        let all = (0u16..).zip(self.bundle.body().placeholders.iter());
        self.work.requested.clear();
        self.work
            .requested
            .extend(all.filter(|(_, p)| wanted(p)).map(|(position, _)| position));
    }

    fn description<'w>(
        &'w mut self,
        snapshot: &'w Snapshot,
        context: &'w Context,
    ) -> Description<'w, 'b> {
        let body = self.bundle.body();
        let (locale, numbers) = language(body, context);
        Description {
            bundle: self.bundle,
            snapshot,
            context,
            selection: &self.work.selection,
            requested: &self.work.requested,
            view: &self.work.view,
            row: &mut self.work.row,
            locale,
            numbers,
        }
    }
}

/// Position of the context's language, and how it writes numbers. `cs-CZ` is served by `cs`.
fn language<'b>(body: &'b ArchivedBody, context: &Context) -> (usize, Numbers<'b>) {
    let wanted = context.locale.as_deref().unwrap_or_default();
    let primary = wanted.split(['-', '_']).next().unwrap_or_default();
    let find = |tag: &str| {
        body.locales
            .iter()
            .position(|l| l.as_str().eq_ignore_ascii_case(tag))
    };
    let position = find(wanted).or_else(|| find(primary)).unwrap_or(0);
    let tag = body.locales.get(position).map_or("", |tag| tag.as_str());
    (position, Numbers::new(tag, &body.currency))
}

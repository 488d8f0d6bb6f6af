//! What the engine makes of a profile at one moment: everything that does not depend on the request.
//!
//! Several requests of one page load can share a snapshot. Its clock is the clock of every decision
//! made from it.

use crate::{
    Profile, Timestamp,
    bundle::{ArchivedBody, Bundle},
    consent::Lens,
    models::Row,
    personas::Membership,
    policy::contact::{self, Leave},
    variables::Ledger,
};

/// A profile through the lens, as numbers. It belongs to the bundle that it was made with.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) bundle: [u8; 32],
    pub(crate) at: Timestamp,
    pub(crate) lens: Lens,
    /// Hash of the profile as the lens shows it.
    pub(crate) profile: [u8; 32],
    /// Values of the bundle's variables, NaN when missing.
    pub(crate) variables: Vec<f64>,
    /// Scores of the bundle's models, NaN when missing.
    pub(crate) scores: Vec<f64>,
    pub(crate) persona: Option<Membership>,
    /// What wishes and history leave of each action's channels.
    pub(crate) leaves: Vec<Leave>,
}

impl Snapshot {
    /// Looks at a checked profile ([`Profile::from_json`] or [`Profile::checked`]) at an instant. `row`
    /// is scratch for model inputs.
    pub(crate) fn new(
        bundle: &Bundle<'_>,
        profile: &Profile,
        at: Timestamp,
        row: &mut Row,
    ) -> Self {
        let body = bundle.body();
        let lens = Lens::new(profile, &body.purposes, at);
        let view = lens.view(profile);
        let variables = variables(body, profile, lens);
        row.fill(&variables);
        let scores = body.models.iter().map(|model| model.score(row));
        let mut leaves = Vec::new();
        contact::leaves(body, &view, &mut leaves);
        Self {
            bundle: bundle.hash(),
            at,
            lens,
            profile: view.hash(),
            scores: scores.collect(),
            persona: body.personas.nearest(&variables),
            variables,
            leaves,
        }
    }

    /// The clock.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Values of the bundle's variables in their order, NaN when missing.
    pub fn variables(&self) -> &[f64] {
        &self.variables
    }
}

/// The bundle's variables for a profile, as far as the lens shows it.
pub(crate) fn variables(body: &ArchivedBody, profile: &Profile, lens: Lens) -> Vec<f64> {
    let view = lens.view(profile);
    let ledger = Ledger::new(view.events(), view.at());
    let value = |variable: &crate::bundle::ArchivedVariable| {
        if lens.grants(variable.purpose) {
            variable.measure.value(&view, &ledger)
        } else {
            f64::NAN
        }
    };
    body.variables.iter().map(value).collect()
}

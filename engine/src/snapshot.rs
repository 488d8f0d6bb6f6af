//! What the engine makes of a profile at one moment: everything that does not depend on the request.
//!
//! Several requests of one page load can share a snapshot. Its clock is the clock of every decision
//! made from it.

use crate::{
    Timestamp,
    bundle::{ArchivedBody, Bundle},
    consent::{Lens, View},
    explain,
    models::{self, Planned, Row},
    personas::Membership,
    policy::contact::{self, Leave},
    variables::{Ledger, Reading},
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
    /// The bundle's scores, NaN when missing.
    pub(crate) scores: Vec<f64>,
    /// For each of the bundle's models the position of the cause that raised its score most; NaN when no
    /// condition asks, and when there is none.
    pub(crate) causes: Vec<f64>,
    /// The steps that the customer is expected to take, by journey.
    pub(crate) plan: Vec<Planned>,
    pub(crate) persona: Option<Membership>,
    /// What wishes and history leave of each action's channels.
    pub(crate) leaves: Vec<Leave>,
}

impl Snapshot {
    /// Looks at a profile through a lens, with the ledger of its events. `row` is scratch for model inputs.
    pub(crate) fn new(
        bundle: &Bundle<'_>,
        view: &View<'_>,
        ledger: &mut Ledger,
        row: &mut Row,
    ) -> Self {
        let body = bundle.body();
        let variables = variables(body, view, ledger);
        row.fill(&variables);
        let mut scores = Vec::new();
        models::scores(body, bundle.hash(), view.lens(), ledger, row, &mut scores);
        let mut plan = Vec::new();
        for journey in body.journeys.iter() {
            plan.extend(journey.plan(&variables, row, &mut scores));
        }
        let models = scores.len();
        scores.extend(body.models.iter().map(|model| model.score(row)));
        for (at, model) in (models..).zip(body.models.iter()) {
            if let Some(pool) = model.pool()
                && let Some((score, _)) = pool.score(&scores)
                && let Some(slot) = scores.get_mut(at)
            {
                *slot = score;
            }
        }
        let mut causes = vec![f64::NAN; body.models.len()];
        for at in body.explained.iter().map(|at| usize::from(at.to_native())) {
            if let Some((model, slot)) = body.models.get(at).zip(causes.get_mut(at)) {
                *slot = explain::cause(body, model, row);
            }
        }
        let mut leaves = Vec::new();
        contact::leaves(body, view, &mut leaves);
        Self {
            bundle: bundle.hash(),
            at: view.at(),
            lens: view.lens(),
            profile: view.hash(),
            plan,
            scores,
            causes,
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
pub(crate) fn variables(body: &ArchivedBody, view: &View<'_>, ledger: &Ledger) -> Vec<f64> {
    let reading = Reading::new(view, ledger);
    let value = |variable: &crate::bundle::ArchivedVariable| {
        if view.lens().grants(variable.purpose) {
            reading.value(variable.measure, variable.unit)
        } else {
            f64::NAN
        }
    };
    body.variables.iter().map(value).collect()
}

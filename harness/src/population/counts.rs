//! What is counted over a population: whole numbers only, so that no order of adding matters.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    decision::Arms,
    explain::Kind,
    tally::{Outcome, Tally},
};

use super::{
    catalogue::{Catalogue, LIFE_STAGES},
    traits::{Dimension, Traits},
};

/// Districts, and the like, that are counted one by one: those whose names come first.
pub const VALUES: usize = 500;
/// Sources of facts that are named: those whose names come first.
pub const SOURCES: usize = 32;

/// Counts over customers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Customers.
    pub customers: u64,
    /// Whether one of them grants a purpose.
    pub granted: bool,
    /// For each action, placements.
    pub placements: Vec<u64>,
    /// For each action, customers who see it.
    pub reached: Vec<u64>,
    /// For each action, and within it for each [`Kind`], customers whom that stopped.
    pub stops: Vec<[u64; Kind::ALL.len()]>,
    /// For each [`Kind`], and within it for each position of what stopped: customers and actions. The
    /// last position counts stops whose kind says it all.
    pub rules: Vec<Vec<u64>>,
    /// For each placeholder, placements by life stage.
    pub slots: Vec<[u64; 4]>,
    /// For each placeholder, customers for whom something stands in it.
    pub filled: Vec<u64>,
    /// For each life stage, customers who see something of it.
    pub life_stages: [u64; 4],
    /// For each channel, customers who see something on it.
    pub channels: [u64; 4],
    /// For each trigger, customers for whom it fired.
    pub fired: Vec<u64>,
    /// For each persona, customers; then those of none.
    pub personas: Vec<u64>,
    /// For each challenger, customers; then those of the champion.
    pub challengers: Vec<u64>,
    /// Customers of the control group.
    pub control: u64,
    /// Customers whose scores are moved to learn.
    pub exploring: u64,
    /// For each dimension of fairness the customers of each value, and what they see.
    pub bands: BTreeMap<Dimension, Bands>,
    /// Systems that facts come from.
    pub sources: BTreeSet<String>,
}

/// Customers by a dimension of fairness.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bands {
    /// By value; of very many values the first by name.
    pub values: BTreeMap<String, Band>,
    /// All whose value is known.
    pub known: Band,
}

/// Customers, and to how many of them something of a subject is shown: the life stages, then the groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    /// The customers.
    pub customers: u64,
    /// For each subject, to how many it is shown.
    pub shown: Vec<u64>,
}

impl Counts {
    /// Nothing yet, with room for what a bundle names.
    pub fn new(catalogue: &Catalogue) -> Self {
        let actions = catalogue.actions.len();
        let widest = [
            &catalogue.purposes,
            &catalogue.groups,
            &catalogue.caps,
            &catalogue.quiet_hours,
        ];
        let widest = widest.iter().map(|names| names.len()).max().unwrap_or(0);
        Self {
            placements: vec![0; actions],
            reached: vec![0; actions],
            stops: vec![[0; Kind::ALL.len()]; actions],
            rules: vec![vec![0; widest + 1]; Kind::ALL.len()],
            slots: vec![[0; 4]; catalogue.placeholders.len()],
            filled: vec![0; catalogue.placeholders.len()],
            fired: vec![0; catalogue.triggers.len()],
            personas: vec![0; catalogue.personas.len() + 1],
            challengers: vec![0; catalogue.challengers.len() + 1],
            ..Self::default()
        }
    }

    /// Counts one customer's decision.
    pub fn add(&mut self, catalogue: &Catalogue, tally: &Tally, arms: Arms<'_>, traits: &Traits) {
        self.customers += 1;
        self.places(catalogue, tally);
        for (i, outcome) in tally.outcomes.iter().enumerate() {
            self.outcome(i, *outcome);
        }
        for trigger in &tally.fired {
            bump(&mut self.fired, usize::from(*trigger));
        }
        let none = catalogue.personas.len();
        bump(&mut self.personas, tally.persona.map_or(none, usize::from));
        let challenger = arms.challenger;
        let named = |id| catalogue.challengers.iter().position(|known| known == id);
        let champion = catalogue.challengers.len();
        bump(
            &mut self.challengers,
            challenger.and_then(named).unwrap_or(champion),
        );
        self.control += u64::from(arms.control);
        self.exploring += u64::from(arms.exploring);
        self.fairness(&subjects(catalogue, tally), traits);
    }

    /// Adds the counts of other customers of the same bundle.
    pub fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.granted |= other.granted;
        sum(&mut self.placements, &other.placements);
        sum(&mut self.reached, &other.reached);
        each(&mut self.stops, &other.stops, |a, b| sum(a, b));
        each(&mut self.rules, &other.rules, |a, b| sum(a, b));
        each(&mut self.slots, &other.slots, |a, b| sum(a, b));
        sum(&mut self.filled, &other.filled);
        sum(&mut self.life_stages, &other.life_stages);
        sum(&mut self.channels, &other.channels);
        sum(&mut self.fired, &other.fired);
        sum(&mut self.personas, &other.personas);
        sum(&mut self.challengers, &other.challengers);
        self.control += other.control;
        self.exploring += other.exploring;
        for (dimension, bands) in other.bands {
            let known = self.bands.entry(dimension).or_default();
            known.known.merge(&bands.known);
            for (value, band) in bands.values {
                known.values.entry(value).or_default().merge(&band);
            }
            known.cut();
        }
        self.sources.extend(other.sources);
        self.cut_sources();
    }

    fn places(&mut self, catalogue: &Catalogue, tally: &Tally) {
        let (mut stages, mut channels, mut last) = ([false; 4], [false; 4], None);
        for place in &tally.places {
            let (action, slot) = (usize::from(place.action), usize::from(place.placeholder));
            bump(&mut self.placements, action);
            if last.replace(slot) != Some(slot) {
                bump(&mut self.filled, slot);
            }
            if let Some(known) = catalogue.actions.get(action) {
                let stage = known.life_stage as usize;
                mark(&mut stages, stage);
                if let Some(by) = self.slots.get_mut(slot) {
                    bump(by, stage);
                }
            }
            if let Some(known) = catalogue.placeholders.get(slot) {
                mark(&mut channels, known.channel as usize);
            }
        }
        count(&mut self.life_stages, &stages);
        count(&mut self.channels, &channels);
    }

    fn outcome(&mut self, action: usize, outcome: Outcome) {
        if outcome.is_shown() {
            bump(&mut self.reached, action);
            return;
        }
        let kind = usize::from(outcome.kind);
        if let Some(stops) = self.stops.get_mut(action) {
            bump(stops, kind);
        }
        if let Some(rules) = self.rules.get_mut(kind) {
            let all = rules.len() - 1;
            bump(rules, usize::from(outcome.by).min(all));
        }
    }

    fn fairness(&mut self, subjects: &[bool], traits: &Traits) {
        for dimension in Dimension::ALL {
            let Some(value) = traits.get(dimension) else {
                continue;
            };
            let bands = self.bands.entry(dimension).or_default();
            bands.known.add(subjects);
            // A name is made only once for a band.
            match bands.values.get_mut(value) {
                Some(band) => band.add(subjects),
                None => {
                    let band = bands.values.entry(value.to_owned()).or_default();
                    band.add(subjects);
                    bands.cut();
                }
            }
        }
        for source in &traits.sources {
            if !self.sources.contains(source) {
                self.sources.insert(source.clone());
                self.cut_sources();
            }
        }
    }

    fn cut_sources(&mut self) {
        while self.sources.len() > SOURCES {
            self.sources.pop_last();
        }
    }
}

impl Bands {
    /// Forgets the last names of too many. A name that is kept at the end was never forgotten before, so
    /// its count is whole, however the customers were shared out.
    fn cut(&mut self) {
        while self.values.len() > VALUES {
            self.values.pop_last();
        }
    }
}

impl Band {
    fn add(&mut self, subjects: &[bool]) {
        self.customers += 1;
        self.shown.resize(subjects.len(), 0);
        count(&mut self.shown, subjects);
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.shown
            .resize(self.shown.len().max(other.shown.len()), 0);
        sum(&mut self.shown, &other.shown);
    }
}

/// Which subjects of fairness a customer sees something of.
fn subjects(catalogue: &Catalogue, tally: &Tally) -> Vec<bool> {
    let stages = LIFE_STAGES.len();
    let mut subjects = vec![false; stages + catalogue.groups.len()];
    for place in &tally.places {
        let Some(action) = catalogue.actions.get(usize::from(place.action)) else {
            continue;
        };
        mark(&mut subjects, action.life_stage as usize);
        for group in &action.groups {
            mark(&mut subjects, stages + usize::from(*group));
        }
    }
    subjects
}

pub(super) fn bump(counts: &mut [u64], position: usize) {
    if let Some(count) = counts.get_mut(position) {
        *count += 1;
    }
}

pub(super) fn sum(counts: &mut [u64], more: &[u64]) {
    each(counts, more, |a, b| *a += b);
}

fn each<A, B>(these: &mut [A], those: &[B], add: impl Fn(&mut A, &B)) {
    for (this, that) in these.iter_mut().zip(those) {
        add(this, that);
    }
}

fn mark(flags: &mut [bool], position: usize) {
    if let Some(flag) = flags.get_mut(position) {
        *flag = true;
    }
}

fn count(counts: &mut [u64], flags: &[bool]) {
    each(counts, flags, |count, flag| *count += u64::from(*flag));
}

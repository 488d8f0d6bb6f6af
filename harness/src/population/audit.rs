//! Fairness: whether offers reach some customers more than others.
//!
//! For each value of a dimension (a band of ages, a sex, a region, a district) and each subject (a life
//! stage, a group of actions) the share of customers who are shown something of the subject is compared
//! with the share among all other customers whose value is known. Those two are independent, as
//! [`interval::difference`] asks; the share among all would hold the value's own customers twice.
//!
//! A difference is not a wrong by itself: the bank must be able to say why it is there. With many
//! comparisons one in twenty stands apart by chance; [`interval::holm`] says which do beyond that.
//!
//! ```
//! use harness::population::{Catalogue, Counts, audit::audits};
//! let nobody = audits(&Catalogue::default(), &Counts::default());
//! assert!(nobody.iter().all(|audit| audit.values.is_empty()));
//! ```

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    catalogue::{Catalogue, LIFE_STAGES, life_stage},
    counts::{Band, Counts},
    interval::{self, Difference, Share},
    traits::Dimension,
};

/// Customers from whom on a value is compared: of fewer, a rate says little about the policy and much
/// about the customers.
pub const LEAST: u64 = 10;

/// The audit by one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Audit {
    /// What customers are told apart by.
    pub dimension: Dimension,
    /// Customers whose value is known.
    pub known: u64,
    /// The values that are compared, by name, with their customers; of very many values the first.
    pub values: Vec<Value>,
    /// Values of so few customers that they are not compared by themselves.
    pub small: usize,
    /// For each subject the rates.
    pub subjects: Vec<Subject>,
}

/// Customers of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Value {
    /// The value.
    pub value: String,
    /// Its customers.
    pub customers: u64,
}

/// Who is shown something of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Subject {
    /// A life stage or a group.
    pub subject: String,
    /// Whether it is a group.
    pub group: bool,
    /// Share of the known customers who are shown something of it.
    pub rate: f64,
    /// For each value, in the order of the values.
    pub rates: Vec<Rate>,
}

/// One value's share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// Customers of the value who are shown something of the subject.
    pub shown: u64,
    /// Their share.
    pub rate: f64,
    /// Less the share among all others.
    #[serde(flatten)]
    pub difference: Difference,
    /// Whether the 95 % interval leaves out 0.
    pub apart: bool,
    /// Whether it still does with all comparisons of the report looked at together (Holm).
    pub apart_together: bool,
}

/// Compares all values of all dimensions.
pub fn audits(catalogue: &Catalogue, counts: &Counts) -> Vec<Audit> {
    let mut audits: Vec<_> = Dimension::ALL
        .into_iter()
        .map(|dimension| audit(catalogue, counts, dimension))
        .collect();
    let rates = |audits: &[Audit]| -> Vec<f64> {
        let subjects = audits.iter().flat_map(|audit| &audit.subjects);
        let rates = subjects.flat_map(|subject| &subject.rates);
        rates.map(|rate| rate.difference.p).collect()
    };
    let apart = interval::holm(&rates(&audits));
    let subjects = audits.iter_mut().flat_map(|audit| &mut audit.subjects);
    for (rate, apart) in subjects.flat_map(|subject| &mut subject.rates).zip(apart) {
        rate.apart_together = apart;
    }
    audits
}

fn audit(catalogue: &Catalogue, counts: &Counts, dimension: Dimension) -> Audit {
    let nobody = Default::default();
    let bands = counts.bands.get(&dimension).unwrap_or(&nobody);
    let compared = || {
        bands
            .values
            .iter()
            .filter(|(_, band)| band.customers >= LEAST)
    };
    let values = compared().map(|(value, band)| Value {
        value: value.clone(),
        customers: band.customers,
    });
    let stages = LIFE_STAGES.iter().map(|stage| (life_stage(*stage), false));
    let groups = catalogue.groups.iter().map(|group| (group.as_str(), true));
    let subjects = (0..).zip(stages.chain(groups));
    let subjects = subjects.map(|(i, (subject, group))| Subject {
        subject: subject.to_owned(),
        group,
        rate: share(&bands.known, i).rate(),
        rates: compared()
            .map(|(_, band)| rate(band, &bands.known, i))
            .collect(),
    });
    let values: Vec<_> = values.collect();
    Audit {
        dimension,
        known: bands.known.customers,
        small: bands.values.len() - values.len(),
        values,
        subjects: subjects.collect(),
    }
}

fn rate(band: &Band, known: &Band, subject: usize) -> Rate {
    let (own, all) = (share(band, subject), share(known, subject));
    let others = Share {
        of: all.of.saturating_sub(own.of),
        hits: all.hits.saturating_sub(own.hits),
    };
    let difference = interval::difference(own, others);
    Rate {
        shown: own.hits,
        rate: own.rate(),
        difference,
        apart: difference.low > 0.0 || difference.high < 0.0,
        apart_together: false,
    }
}

fn share(band: &Band, subject: usize) -> Share {
    Share {
        of: band.customers,
        hits: band.shown.get(subject).copied().unwrap_or(0),
    }
}

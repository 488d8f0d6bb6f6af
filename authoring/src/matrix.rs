//! The matrix that models are trained on: customers down, variables across.
//!
//! Training and serving must mean the same by a variable, so the numbers come from the engine's own
//! code. The lens is [`Lens::for_training`]: what a bank may train on is settled before the profiles
//! come here, not by each customer's consent to be shown offers.
//!
//! ```
//! use authoring::{berka, matrix::Matrix};
//! let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/berka");
//! let (bank, _) = berka::read(&[tables.into()], &berka::Options::default(), &mut |_| {}).unwrap();
//! let at = "1994-03-31T12:00:00Z".parse().unwrap();
//! let mut matrix = Matrix::new(Vec::new()).unwrap();
//! for profile in bank.profiles() {
//!     matrix.add(&profile.unwrap(), at).unwrap();
//! }
//! let (csv, qualities) = matrix.finish().unwrap();
//! assert!(csv.starts_with(b"customer,"));
//! assert!(qualities.iter().any(|of| of.name == "balance" && of.known >= 58));
//! ```

use std::io::{self, Write};

use engine::{
    Profile, Timestamp,
    consent::Lens,
    profile::IdKind,
    variables::{Entry, Ledger, Quality, Reading, registry},
};
use serde::Serialize;

/// A CSV with a line for each profile: its customer number, then every variable of the registry in the
/// registry's order. A missing value is an empty cell. Numbers are written so that they read back exactly.
pub struct Matrix<W: Write> {
    out: csv::Writer<W>,
    variables: Vec<Entry>,
    qualities: Vec<Qualities>,
}

/// For how many customers a variable was known, and why not for the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Qualities {
    /// The variable.
    pub name: String,
    /// It had a value.
    pub known: u64,
    /// There was nothing to make it from.
    pub missing: u64,
    /// What it is made from was past its shelf life.
    pub stale: u64,
    /// Its value made no sense.
    pub out_of_range: u64,
}

impl<W: Write> Matrix<W> {
    /// Writes the line of names.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        let variables = registry();
        let names = variables.iter().map(|variable| variable.name.as_str());
        out.write_record(std::iter::once("customer").chain(names))?;
        let qualities = variables.iter().map(|variable| Qualities {
            name: variable.name.clone(),
            ..Qualities::default()
        });
        Ok(Self {
            out,
            qualities: qualities.collect(),
            variables,
        })
    }

    /// Writes the line of a checked profile as of `at`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn add(&mut self, profile: &Profile, at: Timestamp) -> io::Result<()> {
        let view = Lens::for_training(at).view(profile);
        let ledger = Ledger::new(&view);
        let reading = Reading::new(&view, &ledger);
        let customer = profile.ids.iter().find(|id| id.kind == IdKind::Customer);
        self.out
            .write_field(customer.map_or("", |id| id.value.as_str()))?;
        for (variable, count) in self.variables.iter().zip(&mut self.qualities) {
            let value = reading.value(variable.measure, variable.unit);
            let mut cell = String::new();
            if value.is_nan() {
                match reading.quality(variable.measure, variable.unit) {
                    Quality::Stale => count.stale += 1,
                    Quality::OutOfRange => count.out_of_range += 1,
                    Quality::Missing | Quality::Known => count.missing += 1,
                }
            } else {
                count.known += 1;
                cell = value.to_string();
            }
            self.out.write_field(cell)?;
        }
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// The output, and how well each variable was known.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(self) -> io::Result<(W, Vec<Qualities>)> {
        let out = self.out.into_inner();
        let out = out.map_err(|error| io::Error::other(error.to_string()))?;
        Ok((out, self.qualities))
    }
}

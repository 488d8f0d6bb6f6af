//! The matrix that models are trained on: customers down, variables across.
//!
//! Training and serving must mean the same by a variable, so the numbers come from the engine's own
//! code. The lens is [`Lens::for_training`]: what a bank may train on is settled before the profiles
//! come here, not by each customer's consent to be shown offers.
//!
//! ```
//! use authoring::{berka, matrix};
//! let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/berka");
//! let (bank, _) = berka::read(&[tables.into()], &berka::Options::default(), &mut |_| {}).unwrap();
//! let at = "1994-03-31T12:00:00Z".parse().unwrap();
//! let mut csv = Vec::new();
//! matrix::write(bank.profiles().map(Result::unwrap), at, &mut csv).unwrap();
//! assert!(csv.starts_with(b"customer,"));
//! ```

use std::io::Write;

use engine::{
    Profile, Timestamp,
    consent::Lens,
    profile::IdKind,
    variables::{Ledger, Reading, registry},
};

/// Writes a CSV with a line for each profile: its customer number, then every variable of the registry
/// as of `at`, in the registry's order. A missing value is an empty cell. Numbers are written so that
/// they read back exactly.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(
    profiles: impl IntoIterator<Item = Profile>,
    at: Timestamp,
    out: impl Write,
) -> Result<(), csv::Error> {
    let mut out = csv::Writer::from_writer(out);
    let variables = registry();
    out.write_record(
        std::iter::once("customer").chain(variables.iter().map(|variable| variable.name.as_str())),
    )?;
    for profile in profiles {
        let view = Lens::for_training(at).view(&profile);
        let ledger = Ledger::new(&view);
        let reading = Reading::new(&view, &ledger);
        let customer = profile.ids.iter().find(|id| id.kind == IdKind::Customer);
        out.write_field(customer.map_or("", |id| id.value.as_str()))?;
        for variable in &variables {
            let value = reading.value(variable.measure, variable.unit);
            let cell = if value.is_nan() {
                String::new()
            } else {
                value.to_string()
            };
            out.write_field(cell)?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()?;
    Ok(())
}

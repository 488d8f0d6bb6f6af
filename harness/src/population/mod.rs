//! Many customers through the engine as it ships: what a policy does to a population before it does it to
//! anybody.
//!
//! [`Profiles`] streams customers from files, a [`Crew`] gives them to WebAssembly instances on all cores,
//! [`Counts`] gathers in whole numbers, and [`report`] and [`comparison`] say what came of it. What comes
//! out depends on bundle, profiles, context, clock and seed only, not on the number of threads.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use harness::{population::{Crew, Profiles, Question, Side, compare, page, simulate}, wasm::Runtime};
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("customers.jsonl");
//! std::fs::write(&file, "{\"schema_version\":1}\n{\"schema_version\":2}\n")?;
//! let key = authoring::keys::development();
//! let body = engine::bundle::Body { locales: vec!["en".to_owned()], ..Default::default() };
//! let bundle = authoring::sign(&body, &key)?;
//!
//! let runtime = Runtime::new()?;
//! let question = Question::new(b"{}", "1994-03-31".parse()?, 0);
//! let side = Side::open(&runtime, &bundle, &[key.verifying_key().to_bytes()], &question)?;
//! let crew = Crew { threads: 2, strict: false };
//! let profiles = Profiles::find(&[file])?;
//! let report = simulate(&crew, &profiles, &side, |_| {})?;
//! assert_eq!((report.customers, report.refused.count), (1, 1));
//! assert!(page::simulation(&report, "Nobody in particular").starts_with("<!DOCTYPE html>"));
//! let comparison = compare(&crew, &profiles, [&side, &side], |_| {})?;
//! assert_eq!(comparison.changed, 0);
//! assert!(page::comparison(&comparison, "Nobody changes").starts_with("<!DOCTYPE html>"));
//! # Ok(()) }
//! ```

pub mod audit;
mod catalogue;
mod changes;
pub mod comparison;
mod counts;
mod crew;
mod example;
mod grant;
pub mod interval;
pub mod page;
pub mod report;
mod side;
mod source;
mod speed;
pub mod texts;
mod traits;

pub use catalogue::{Action, CHANNELS, Catalogue, LIFE_STAGES, Placeholder, channel, life_stage};
pub use comparison::{Comparison, compare};
pub use counts::{Band, Bands, Counts};
pub use crew::{Crew, CrewError, Refused, Run};
pub use example::{Difference, Example};
pub use grant::{GrantError, Grants};
pub use report::{Report, simulate};
pub use side::{Question, Side, SideError};
pub use source::{Customer, MARK, Place, Profiles, SourceError};
pub use speed::{Speed, Timed};
pub use traits::{Dimension, Traits};

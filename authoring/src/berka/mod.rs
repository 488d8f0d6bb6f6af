//! The Berka tables (PKDD'99 Discovery Challenge): a real, anonymised Czech bank from 1993 to 1998.
//!
//! [`import`] joins the tables `account`, `client`, `disp`, `district`, `card`, `loan`, `order` and
//! `trans` to one profile for each owner of an account, and [`read`] does the same in memory. Files are
//! known by name: `trans.csv`, `trans.csv.gz`, or `trans.asc` as first published; comma or semicolon,
//! quotes or none. A folder stands for the tables in it.
//!
//! A decision must not know what the bank did not know yet, so every fact carries the time from which
//! it could be known, and where the tables have no date, one is chosen:
//!
//! | what | known from |
//! | --- | --- |
//! | birth year, sex, persons on the account, statement frequency | opening of the account |
//! | transactions, loans, cards | their own date; a loan ends after its months; seconds keep the order within a day |
//! | standing orders | the first payment of that amount to that account; without one, the end of the data |
//! | district: name, region, inhabitants, towns, salary, entrepreneurs (undated) | first day of the data |
//! | district: unemployment of 1995 | last day of 1995 |
//! | whether a loan was repaid | last day of the data, 1998-12-31 |
//!
//! The bank books statement fees and penalty interest as cash withdrawals; they become
//! `operation: other`, so that cash is cash. Unemployment and the share of people in towns are shares
//! from 0 to 1.
//!
//! ```
//! use authoring::berka::{Options, read};
//! let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/berka");
//! let (bank, report) = read(&[tables.into()], &Options::default(), &mut |_| {}).unwrap();
//! let profile = bank.profiles().next().unwrap().unwrap();
//! assert_eq!(report.refused(), 0);
//! assert!(!profile.events.is_empty());
//! ```
//!
//! Cite: P. Berka, "Guide to the Financial Data Set", PKDD'99 Discovery Challenge.

mod codes;
mod days;
mod join;
mod lines;
mod report;
mod row;
mod rows;
mod table;

#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use engine::{Profile, ProfileError, limits};

pub use report::{PROBLEMS_KEPT, Problem, Reason, Report, TableReport};
pub use table::Table;

use rows::Rows;

/// How to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Stop at the first bad row. Otherwise bad rows are left out, counted and reported.
    pub strict: bool,
    /// Purposes to which every customer consented when the account was opened: for demo data only,
    /// since the tables hold no consent.
    pub consent: Vec<String>,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Reading a table.
    Read {
        /// The table.
        table: Table,
        /// Bytes of its file read.
        bytes: u64,
        /// Bytes of its file.
        of: u64,
    },
    /// Writing profiles.
    Written {
        /// Profiles written.
        profiles: u64,
        /// Profiles in all.
        of: u64,
    },
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}: check the path and its permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Gzip that cannot be unpacked.
    #[error("{}: the file is {how}: fetch it again", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        how: &'static str,
    },
    /// A file that is no table of the data set.
    #[error(
        "{}: not a Berka table: give account, card, client, disp, district, loan, order or trans, as .csv, .csv.gz or .asc",
        path.display()
    )]
    UnknownFile {
        /// The file.
        path: PathBuf,
    },
    /// A table without which there are no profiles.
    #[error("table `{name}` is missing: give {name}.csv, {name}.csv.gz or {name}.asc", name = table.name())]
    NoTable {
        /// The table.
        table: Table,
    },
    /// One table twice.
    #[error("table `{}` is given twice, as {} and {}: give one of them", table.name(), first.display(), second.display())]
    TwoFiles {
        /// The table.
        table: Table,
        /// Its first file.
        first: PathBuf,
        /// Its second file.
        second: PathBuf,
    },
    /// A first line that does not name the columns.
    #[error("{}:1: {detail}: table `{}` needs a header with {columns}", path.display(), table.name())]
    Header {
        /// The file.
        path: PathBuf,
        /// The table.
        table: Table,
        /// What is wrong.
        detail: String,
        /// The columns needed.
        columns: String,
    },
    /// More than an import reads.
    #[error("{}: holds more than {limit} bytes when unpacked: split the accounts into several imports", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes are read at most.
        limit: u64,
    },
    /// More rows than an import holds in memory.
    #[error("{}: with this table there are more than {limit} rows: split the accounts into several imports", path.display())]
    TooManyRows {
        /// The file.
        path: PathBuf,
        /// How many rows are read at most, of all tables together.
        limit: u64,
    },
    /// A profile that hosts would refuse for its length, in a strict import.
    #[error(
        "client {customer}: the profile has {found} bytes, the limit is {limit}: give fewer transactions, or import without strict to leave it out"
    )]
    ProfileTooLarge {
        /// The customer's id.
        customer: String,
        /// Bytes of the profile.
        found: usize,
        /// How many a host reads.
        limit: usize,
    },
    /// A bad row, in a strict import.
    #[error("{0}; correct the row, or import without strict to leave it out")]
    Row(#[from] Problem),
    /// The tables made a profile that the engine refuses.
    #[error("client {client}: {source}")]
    Profile {
        /// The client's number.
        client: u32,
        /// Why it is refused.
        source: ProfileError,
    },
}

/// The bank's customers, ready to become profiles.
#[derive(Debug)]
pub struct Bank {
    rows: Rows,
    consent: Vec<String>,
}

impl Bank {
    /// One profile for each owner of an account, by client number, checked and in the engine's
    /// canonical order. They are made one at a time.
    pub fn profiles(&self) -> impl Iterator<Item = Result<Profile, ImportError>> {
        let owners = self.rows.owners().into_iter();
        owners.filter_map(|(client, account)| {
            let profile = self.rows.profile(client, account, &self.consent)?;
            Some(
                profile
                    .checked()
                    .map_err(|source| ImportError::Profile { client, source }),
            )
        })
    }
}

/// Reads the tables from files and folders.
///
/// # Errors
/// A missing or unreadable table, a wrong header, or, in a strict import, a bad row.
pub fn read(
    files: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Bank, Report), ImportError> {
    let files = table::find(files)?;
    let (rows, mut report) = Rows::read(&files, options, progress)?;
    report.profiles = rows.owners().len() as u64;
    Ok((
        Bank {
            rows,
            consent: options.consent.clone(),
        },
        report,
    ))
}

/// Reads the tables and writes one file for each owner of an account, `berka-<client_id>.json`, into
/// `out`, which is created when it is missing. The same tables give the same bytes.
///
/// # Errors
/// As [`read`], and when a file cannot be written or, in a strict import, a profile is larger than
/// hosts read. Otherwise such a profile is left out and counted.
pub fn import(
    files: &[PathBuf],
    out: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, ImportError> {
    import_within(files, out, options, progress, limits::PROFILE_BYTES)
}

fn import_within(
    files: &[PathBuf],
    out: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    limit: usize,
) -> Result<Report, ImportError> {
    let (bank, mut report) = read(files, options, progress)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ImportError::Io { path, source }
    };
    std::fs::create_dir_all(out).map_err(failed(out))?;
    let of = report.profiles;
    report.profiles = 0;
    for profile in bank.profiles() {
        let profile = profile?;
        let customer = profile.ids.first().map_or("", |id| id.value.as_str());
        let path = out.join(format!("{customer}.json"));
        let mut json = serde_json::to_vec(&profile).map_err(|error| ImportError::Io {
            path: path.clone(),
            source: error.into(),
        })?;
        json.push(b'\n');
        if json.len() > limit {
            if options.strict {
                return Err(ImportError::ProfileTooLarge {
                    customer: customer.to_owned(),
                    found: json.len(),
                    limit,
                });
            }
            report.profiles_too_large += 1;
            continue;
        }
        std::fs::write(&path, json).map_err(failed(&path))?;
        report.profiles += 1;
        progress(Progress::Written {
            profiles: report.profiles,
            of,
        });
    }
    Ok(report)
}

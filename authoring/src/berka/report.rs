//! What an import found: rows read, rows refused and why.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Serialize;

use super::Table;
use crate::shown::message;

/// Problems kept in full for each table; all are counted.
pub const PROBLEMS_KEPT: usize = 100;

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What became of each table's rows, in the order of reading.
    pub tables: Vec<TableReport>,
    /// Tables that were not given: what they tell is missing from the profiles.
    pub absent: Vec<Table>,
    /// Accounts without a usable owner: they became no profile.
    pub accounts_without_owner: u64,
    /// Profiles left out because they are larger than hosts read.
    pub profiles_too_large: u64,
    /// Profiles made.
    pub profiles: u64,
}

/// What became of one table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The table.
    pub table: Table,
    /// The file it came from.
    pub file: PathBuf,
    /// Rows found, good and bad, without the header and blank lines.
    pub rows: u64,
    /// Rows refused, by reason.
    pub refused: BTreeMap<Reason, u64>,
    /// The first refused rows, at most [`PROBLEMS_KEPT`].
    pub problems: Vec<Problem>,
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}:{line}: {}", message(file.display()), message(detail))]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line in it; the header is line 1.
    pub line: u64,
    /// The sort of problem.
    pub reason: Reason,
    /// What is wrong, with the column where there is one.
    pub detail: String,
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Not as many columns as the header, or a stray quote.
    Columns,
    /// Not UTF-8.
    Encoding,
    /// A date that is not in the calendar.
    Date,
    /// A number that cannot be read.
    Number,
    /// A code that the data set's guide does not list.
    Code,
    /// A reference to a row that does not exist, or that was refused itself.
    Dangling,
    /// A number that an earlier row of the table has already.
    Duplicate,
    /// Too long, too large or too many.
    Limit,
}

/// What is wrong with a row, before its place is known.
#[derive(Clone, Debug)]
pub(super) struct Bad {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

impl TableReport {
    pub(super) fn new(table: Table, file: PathBuf) -> Self {
        Self {
            table,
            file,
            rows: 0,
            refused: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, line: u64, bad: Bad) -> Problem {
        *self.refused.entry(bad.reason).or_default() += 1;
        let problem = Problem {
            file: self.file.clone(),
            line,
            reason: bad.reason,
            detail: bad.detail,
        };
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(problem.clone());
        }
        problem
    }
}

impl Report {
    /// Rows refused in all tables.
    pub fn refused(&self) -> u64 {
        self.tables
            .iter()
            .flat_map(|table| table.refused.values())
            .sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            let refused: u64 = table.refused.values().sum();
            write!(f, "{}: {} rows", table.table.name(), table.rows)?;
            if refused > 0 {
                let reasons: Vec<String> = table
                    .refused
                    .iter()
                    .map(|(reason, count)| format!("{reason} {count}"))
                    .collect();
                write!(f, ", {refused} refused ({})", reasons.join(", "))?;
            }
            writeln!(f)?;
        }
        for table in &self.absent {
            writeln!(f, "{}: not given", table.name())?;
        }
        if self.accounts_without_owner > 0 {
            writeln!(
                f,
                "accounts without an owner, left out: {}",
                self.accounts_without_owner
            )?;
        }
        if self.profiles_too_large > 0 {
            writeln!(
                f,
                "profiles larger than hosts read, left out: {}",
                self.profiles_too_large
            )?;
        }
        write!(f, "profiles: {}", self.profiles)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Columns => "columns",
            Self::Encoding => "encoding",
            Self::Date => "date",
            Self::Number => "number",
            Self::Code => "code",
            Self::Dangling => "dangling reference",
            Self::Duplicate => "duplicate",
            Self::Limit => "limit",
        })
    }
}

//! The eight tables, and which file holds which.

use std::path::{Path, PathBuf};

use super::ImportError;

/// A table of the PKDD'99 data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// Home districts: names and public statistics.
    District,
    /// Persons.
    Client,
    /// Current accounts.
    Account,
    /// Who may use which account.
    Disp,
    /// Payment cards.
    Card,
    /// Loans granted.
    Loan,
    /// Standing orders.
    Order,
    /// Transactions.
    Trans,
}

impl Table {
    /// All tables, in the order in which they refer to each other.
    pub const ALL: [Self; 8] = [
        Self::District,
        Self::Client,
        Self::Account,
        Self::Disp,
        Self::Card,
        Self::Loan,
        Self::Order,
        Self::Trans,
    ];

    /// Its file's name without the ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Client => "client",
            Self::Account => "account",
            Self::Disp => "disp",
            Self::Card => "card",
            Self::Loan => "loan",
            Self::Order => "order",
            Self::Trans => "trans",
        }
    }

    /// The columns that the import reads; others are passed over.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::District => &["A1", "A2", "A3", "A4", "A10", "A11", "A12", "A14"],
            Self::Client => &["client_id", "birth_number", "district_id"],
            Self::Account => &["account_id", "frequency", "date"],
            Self::Disp => &["disp_id", "client_id", "account_id", "type"],
            Self::Card => &["card_id", "disp_id", "type", "issued"],
            Self::Loan => &[
                "loan_id",
                "account_id",
                "date",
                "amount",
                "duration",
                "payments",
                "status",
            ],
            Self::Order => &[
                "order_id",
                "account_id",
                "bank_to",
                "account_to",
                "amount",
                "k_symbol",
            ],
            Self::Trans => &[
                "trans_id",
                "account_id",
                "date",
                "type",
                "operation",
                "amount",
                "balance",
                "k_symbol",
                "bank",
                "account",
            ],
        }
    }

    /// The column with a row's own number.
    pub(super) fn key(self) -> &'static str {
        self.columns().first().copied().unwrap_or_default()
    }

    /// Known by the file's name: `loan.csv`, `loan.csv.gz`, `loan.asc` or `loan.asc.gz`.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let stem = name
            .strip_suffix(".csv")
            .or_else(|| name.strip_suffix(".asc"))?;
        Self::ALL.into_iter().find(|table| table.name() == stem)
    }
}

/// The file of each table, from a list of files and folders.
pub(super) fn find(files: &[PathBuf]) -> Result<Vec<(Table, PathBuf)>, ImportError> {
    let mut found: Vec<(Table, PathBuf)> = Vec::new();
    let mut add = |table, path: PathBuf| match found.iter().find(|(known, _)| *known == table) {
        Some((_, first)) => Err(ImportError::TwoFiles {
            table,
            first: first.clone(),
            second: path,
        }),
        None => {
            found.push((table, path));
            Ok(())
        }
    };
    for path in files {
        if path.is_dir() {
            let failed = |source| ImportError::Io {
                path: path.clone(),
                source,
            };
            let entries = std::fs::read_dir(path).map_err(failed)?;
            let mut inside: Vec<PathBuf> = entries
                .map(|entry| entry.map(|e| e.path()))
                .collect::<Result<_, _>>()
                .map_err(failed)?;
            inside.sort();
            for path in inside {
                if let Some(table) = Table::of(&path) {
                    add(table, path)?;
                }
            }
        } else {
            let table =
                Table::of(path).ok_or_else(|| ImportError::UnknownFile { path: path.clone() })?;
            add(table, path.clone())?;
        }
    }
    for table in [Table::Account, Table::Client, Table::Disp] {
        if !found.iter().any(|(known, _)| *known == table) {
            return Err(ImportError::NoTable { table });
        }
    }
    found.sort();
    Ok(found)
}

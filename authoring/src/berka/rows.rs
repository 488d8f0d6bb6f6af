//! The tables in memory, checked and joined by their numbers.
//!
//! A transaction takes 64 bytes here, so the whole data set fits in well under 200 MB; profiles, which
//! are much larger, are made one at a time from it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use engine::{
    Timestamp, limits,
    profile::{Category, Direction, Operation},
};

use super::{
    ImportError, Options, Progress, Table,
    codes::{CARDS, CATEGORIES, DIRECTIONS, FREQUENCIES, OPERATIONS, STATUSES},
    lines::Lines,
    report::{Bad, Reason, Report, TableReport},
    row::Row,
};

/// Standing orders, cards and loans of one account: a profile holds [`limits::HOLDINGS`] in all.
const AGREEMENTS: usize = limits::HOLDINGS / 4;

/// Rows of all tables together: about four times the published data, and under 2 GB of memory even when
/// every account has one row of each kind.
const ROWS: u64 = 4_000_000;

/// All tables, each row checked and every reference followed.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) districts: BTreeMap<u32, District>,
    pub(super) clients: BTreeMap<u32, Client>,
    pub(super) accounts: BTreeMap<u32, Account>,
    dispositions: BTreeMap<u32, Disposition>,
    /// Numbers of the good rows of the table that is being read.
    seen: HashSet<u32>,
}

#[derive(Debug)]
pub(super) struct District {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) inhabitants: i64,
    pub(super) urban_percent: Option<i64>,
    pub(super) salary: Option<i64>,
    pub(super) unemployment_percent: Option<i64>,
    pub(super) entrepreneurs: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) birth_year: u16,
    pub(super) female: bool,
    pub(super) district: u32,
    owns: bool,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) opened: Timestamp,
    pub(super) statements: &'static str,
    pub(super) owner: Option<u32>,
    pub(super) users: u32,
    pub(super) cards: Vec<Card>,
    pub(super) loans: Vec<Loan>,
    pub(super) orders: Vec<Order>,
    pub(super) transactions: Vec<Transaction>,
}

#[derive(Debug)]
struct Disposition {
    account: u32,
    owner: bool,
}

#[derive(Debug)]
pub(super) struct Card {
    pub(super) kind: &'static str,
    pub(super) issued: Timestamp,
}

#[derive(Debug)]
pub(super) struct Loan {
    pub(super) granted: Timestamp,
    pub(super) months: u32,
    pub(super) amount: i64,
    pub(super) payment: i64,
    pub(super) in_arrears: bool,
}

#[derive(Debug)]
pub(super) struct Order {
    pub(super) to: Option<Counterparty>,
    pub(super) amount: i64,
    pub(super) category: Option<Category>,
    /// The first transaction that carried it out.
    pub(super) first_paid: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Transaction {
    pub(super) at: Timestamp,
    pub(super) id: u32,
    pub(super) direction: Direction,
    pub(super) operation: Option<Operation>,
    pub(super) category: Option<Category>,
    pub(super) amount: i64,
    pub(super) balance: i64,
    pub(super) counterparty: Option<Counterparty>,
}

/// An account at another bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counterparty {
    pub(super) bank: [u8; 2],
    pub(super) account: u32,
}

impl Rows {
    /// Reads all tables, in the order in which they refer to each other.
    pub(super) fn read(
        files: &[(Table, PathBuf)],
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Report), ImportError> {
        Self::read_within(files, options, progress, ROWS)
    }

    pub(super) fn read_within(
        files: &[(Table, PathBuf)],
        options: &Options,
        progress: &mut dyn FnMut(Progress),
        limit: u64,
    ) -> Result<(Self, Report), ImportError> {
        let mut rows = Self::default();
        let mut left = limit;
        let mut report = Report::default();
        let given: BTreeMap<Table, &PathBuf> = files.iter().map(|(t, p)| (*t, p)).collect();
        for table in Table::ALL {
            let Some(path) = given.get(&table) else {
                report.absent.push(table);
                continue;
            };
            let mut lines = Lines::open(table, path)?;
            let mut found = TableReport::new(table, path.to_path_buf());
            rows.seen.clear();
            let know_districts = given.contains_key(&Table::District);
            loop {
                if found.rows.is_multiple_of(4_096) {
                    let (read, of) = lines.progress();
                    progress(Progress::Read {
                        table,
                        bytes: read,
                        of,
                    });
                }
                let Some((line, row)) = lines.next_row()? else {
                    break;
                };
                found.rows += 1;
                left = left
                    .checked_sub(1)
                    .ok_or_else(|| ImportError::TooManyRows {
                        path: path.to_path_buf(),
                        limit,
                    })?;
                let taken = row.and_then(|row| rows.take(table, &row, know_districts));
                if let Err(bad) = taken {
                    let problem = found.refuse(line, bad);
                    if options.strict {
                        return Err(problem.into());
                    }
                }
            }
            report.tables.push(found);
        }
        report.accounts_without_owner = rows
            .accounts
            .values()
            .filter(|account| account.owner.is_none())
            .count() as u64;
        rows.date_orders();
        Ok((rows, report))
    }

    fn take(&mut self, table: Table, row: &Row<'_>, know_districts: bool) -> Result<(), Bad> {
        let id = row.id(table.key())?;
        if self.seen.contains(&id) {
            return Err(row.bad(
                Reason::Duplicate,
                table.key(),
                "is in an earlier row already",
            ));
        }
        match table {
            Table::District => self.take_district(id, row),
            Table::Client => self.take_client(id, row, know_districts),
            Table::Account => self.take_account(id, row),
            Table::Disp => self.take_disposition(id, row),
            Table::Card => self.take_card(row),
            Table::Loan => self.take_loan(row),
            Table::Order => self.take_order(row),
            Table::Trans => self.take_transaction(id, row),
        }?;
        self.seen.insert(id);
        Ok(())
    }

    fn take_district(&mut self, id: u32, row: &Row<'_>) -> Result<(), Bad> {
        let known = |column| match row.text(column) {
            "?" | "" => Ok(None),
            _ => row.hundredths(column).map(Some),
        };
        let district = District {
            name: row.name("A2")?,
            region: row.name("A3")?,
            inhabitants: row.amount("A4")?,
            urban_percent: known("A10")?,
            salary: known("A11")?,
            unemployment_percent: known("A12")?,
            entrepreneurs: known("A14")?,
        };
        self.districts.insert(id, district);
        Ok(())
    }

    fn take_client(&mut self, id: u32, row: &Row<'_>, know_districts: bool) -> Result<(), Bad> {
        let (birth_year, female) = row.birth_number("birth_number")?;
        let district = row.id("district_id")?;
        if know_districts && !self.districts.contains_key(&district) {
            return Err(dangling(row, "district_id", Table::District));
        }
        self.clients.insert(
            id,
            Client {
                birth_year,
                female,
                district,
                owns: false,
            },
        );
        Ok(())
    }

    fn take_account(&mut self, id: u32, row: &Row<'_>) -> Result<(), Bad> {
        let account = Account {
            opened: row.date("date")?,
            statements: row.code("frequency", FREQUENCIES)?,
            owner: None,
            users: 0,
            cards: Vec::new(),
            loans: Vec::new(),
            orders: Vec::new(),
            transactions: Vec::new(),
        };
        self.accounts.insert(id, account);
        Ok(())
    }

    fn take_disposition(&mut self, id: u32, row: &Row<'_>) -> Result<(), Bad> {
        let owner = row.code("type", &[("OWNER", true), ("DISPONENT", false)])?;
        let (client_id, account_id) = (row.id("client_id")?, row.id("account_id")?);
        let Some(client) = self.clients.get_mut(&client_id) else {
            return Err(dangling(row, "client_id", Table::Client));
        };
        let Some(account) = self.accounts.get_mut(&account_id) else {
            return Err(dangling(row, "account_id", Table::Account));
        };
        if owner && account.owner.is_some() {
            return Err(row.bad(Reason::Duplicate, "account_id", "has an owner already"));
        }
        if owner && client.owns {
            return Err(row.bad(Reason::Duplicate, "client_id", "owns an account already"));
        }
        account.users = account.users.saturating_add(1);
        if owner {
            account.owner = Some(client_id);
            client.owns = true;
        }
        self.dispositions.insert(
            id,
            Disposition {
                account: account_id,
                owner,
            },
        );
        Ok(())
    }

    /// A card of a second person on the account is a good row, but it is not the owner's card.
    fn take_card(&mut self, row: &Row<'_>) -> Result<(), Bad> {
        let card = Card {
            kind: row.code("type", CARDS)?,
            issued: row.date("issued")?,
        };
        let Some(disposition) = self.dispositions.get(&row.id("disp_id")?) else {
            return Err(dangling(row, "disp_id", Table::Disp));
        };
        let (account, owner) = (disposition.account, disposition.owner);
        let Some(account) = self.accounts.get_mut(&account).filter(|_| owner) else {
            return Ok(());
        };
        push(&mut account.cards, card, AGREEMENTS, row, "disp_id")
    }

    fn take_loan(&mut self, row: &Row<'_>) -> Result<(), Bad> {
        let loan = Loan {
            granted: row.date("date")?,
            months: row.id("duration")?,
            amount: row.amount("amount")?,
            payment: row.amount("payments")?,
            in_arrears: row.code("status", STATUSES)?,
        };
        if !(1..=600).contains(&loan.months) {
            return Err(row.bad(Reason::Limit, "duration", "is not 1 to 600 months"));
        }
        let account = self.account(row, "account_id")?;
        push(&mut account.loans, loan, AGREEMENTS, row, "account_id")
    }

    fn take_order(&mut self, row: &Row<'_>) -> Result<(), Bad> {
        let order = Order {
            to: counterparty(row, "bank_to", "account_to")?,
            amount: row.amount("amount")?,
            category: row.code("k_symbol", CATEGORIES)?,
            first_paid: None,
        };
        let account = self.account(row, "account_id")?;
        push(&mut account.orders, order, AGREEMENTS, row, "account_id")
    }

    fn take_transaction(&mut self, id: u32, row: &Row<'_>) -> Result<(), Bad> {
        let category = row.code("k_symbol", CATEGORIES)?;
        let transaction = Transaction {
            at: row.date("date")?,
            id,
            direction: row.code("type", DIRECTIONS)?,
            operation: match category {
                // The bank books its own charges as withdrawals; nobody takes that cash.
                Some(Category::StatementFee | Category::PenaltyInterest) => {
                    row.code("operation", OPERATIONS)?.map(|_| Operation::Other)
                }
                _ => row.code("operation", OPERATIONS)?,
            },
            category,
            amount: row.amount("amount")?,
            balance: row.hundredths("balance")?,
            counterparty: counterparty(row, "bank", "account")?,
        };
        let account = self.account(row, "account_id")?;
        push(
            &mut account.transactions,
            transaction,
            limits::EVENTS,
            row,
            "account_id",
        )
    }

    fn account(&mut self, row: &Row<'_>, column: &str) -> Result<&mut Account, Bad> {
        let id = row.id(column)?;
        self.accounts
            .get_mut(&id)
            .ok_or_else(|| dangling(row, column, Table::Account))
    }

    /// Orders carry no date: the first payment of the same amount to the same account gives one.
    fn date_orders(&mut self) {
        for account in self.accounts.values_mut() {
            let mut first: HashMap<_, Timestamp> = HashMap::new();
            for paid in &account.transactions {
                if let (Some(Operation::TransferOut), Some(to)) =
                    (paid.operation, paid.counterparty)
                {
                    let known = first
                        .entry((to.bank, to.account, paid.amount))
                        .or_insert(paid.at);
                    *known = paid.at.min(*known);
                }
            }
            for order in &mut account.orders {
                order.first_paid = order
                    .to
                    .and_then(|to| first.get(&(to.bank, to.account, order.amount)).copied());
            }
        }
    }
}

fn counterparty(row: &Row<'_>, bank: &str, account: &str) -> Result<Option<Counterparty>, Bad> {
    match (row.text(bank).as_bytes(), row.text(account)) {
        ([], _) | (_, "" | "0") => Ok(None),
        (&[a, b], _) if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            Ok(Some(Counterparty {
                bank: [a, b],
                account: row.id(account)?,
            }))
        }
        _ => Err(row.bad(Reason::Code, bank, "is not a bank's two capital letters")),
    }
}

fn push<T>(
    list: &mut Vec<T>,
    item: T,
    limit: usize,
    row: &Row<'_>,
    column: &str,
) -> Result<(), Bad> {
    if list.len() >= limit {
        return Err(row.bad(
            Reason::Limit,
            column,
            &format!("has {limit} of these already"),
        ));
    }
    list.push(item);
    Ok(())
}

fn dangling(row: &Row<'_>, column: &str, table: Table) -> Bad {
    row.bad(
        Reason::Dangling,
        column,
        &format!("is not in table `{}`", table.name()),
    )
}

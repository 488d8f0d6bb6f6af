//! Against sums counted by other means, and by hand on small tables.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod bad;

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use engine::{
    Profile, Timestamp,
    profile::{Category, Direction, FactName, HoldingKind, Operation, Value},
};

use super::{Options, Progress, Report, Table, import, read};

const EXTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/berka");
const CUSTOMERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/customers");

/// One account with everything, one with nothing; two persons on the first.
const SMALL: [(&str, &str); 8] = [
    (
        "district",
        "A1,A2,A3,A4,A5,A6,A7,A8,A9,A10,A11,A12,A13,A14,A15,A16\n\
        1,Benesov,central Bohemia,88884,80,26,6,2,5,46.7,8507,1.67,1.85,132,2159,2674\n\
        69,Jesenik,north Moravia,42821,4,13,5,1,3,48.4,8173,?,7.01,124,?,1358\n",
    ),
    (
        "client",
        "client_id,birth_number,district_id\n2,450204,1\n3,406009,1\n4,765212,69\n",
    ),
    (
        "account",
        "account_id,district_id,frequency,date\n20,1,POPLATEK MESICNE,930226\n21,1,POPLATEK TYDNE,940101\n",
    ),
    (
        "disp",
        "disp_id,client_id,account_id,type\n12,2,20,OWNER\n13,3,20,DISPONENT\n14,4,21,OWNER\n",
    ),
    (
        "card",
        "card_id,disp_id,type,issued\n1005,12,classic,931107 00:00:00\n",
    ),
    (
        "loan",
        "loan_id,account_id,date,amount,duration,payments,status\n4959,20,930531,80952,24,3373.00,D\n",
    ),
    (
        "order",
        "order_id,account_id,bank_to,account_to,amount,k_symbol\n\
        29402,20,ST,89597016,3372.70,UVER\n29403,20,QR,13943797,7266.00,SIPO\n29404,20,QR,1,7.5, \n",
    ),
    (
        "trans",
        "trans_id,account_id,date,type,operation,amount,balance,k_symbol,bank,account\n\
        276,20,930226,PRIJEM,VKLAD,1100.00,1100.00,,,\n\
        279,20,930312,VYDAJ,PREVOD NA UCET,7266.0,-6166.00,SIPO,QR,13943797\n\
        280,20,930331,VYDAJ,VYBER,14.6,-6180.6,SLUZBY,,\n\
        281,20,930312,VYBER,VYBER,100,-6266,,,0\n",
    ),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Writes the small tables with some of them replaced.
fn tables(replaced: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SMALL {
        let text = replaced
            .iter()
            .find(|(other, _)| *other == name)
            .map_or(text, |(_, text)| text);
        fs::write(folder.path().join(format!("{name}.csv")), text).unwrap();
    }
    folder
}

fn profiles(folder: &Path) -> (Vec<Profile>, Report) {
    let (bank, report) = read(&[folder.to_owned()], &Options::default(), &mut |_| {}).unwrap();
    (bank.profiles().map(Result::unwrap).collect(), report)
}

fn fact(profile: &Profile, name: FactName) -> Option<Value> {
    profile
        .facts
        .iter()
        .find(|fact| fact.name == name)
        .map(|fact| fact.value.clone())
}

#[expect(clippy::cast_possible_truncation, reason = "money of a test")]
fn cents(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}

/// Counts and sums made with a few lines of Python's `csv` over the same files.
#[test]
fn extract_adds_up() {
    let (profiles, report) = profiles(Path::new(EXTRACT));
    assert_eq!(
        (
            report.refused(),
            report.profiles,
            report.accounts_without_owner
        ),
        (0, 60, 0)
    );
    let rows: Vec<u64> = report.tables.iter().map(|table| table.rows).collect();
    assert_eq!(rows, [77, 70, 60, 70, 15, 18, 106, 3586]);

    let mut sums: BTreeMap<_, (u32, i64)> = BTreeMap::new();
    for event in profiles.iter().flat_map(|profile| &profile.events) {
        let sum = sums
            .entry((event.direction.unwrap(), event.operation, event.category))
            .or_default();
        *sum = (sum.0 + 1, sum.1 + cents(event.amount.unwrap()));
    }
    use {Category as C, Direction::*, Operation as O};
    let expected = [
        ((Credit, None, Some(C::Interest)), (586, 9_021_850)),
        ((Credit, Some(O::CashDeposit), None), (666, 1_128_671_900)),
        ((Credit, Some(O::TransferIn), None), (133, 330_292_600)),
        (
            (Credit, Some(O::TransferIn), Some(C::Pension)),
            (72, 41_014_100),
        ),
        (
            (Debit, Some(O::CashWithdrawal), None),
            (108 + 994, 132_122_000 + 1_006_513_000),
        ),
        (
            (Debit, Some(O::CashWithdrawal), Some(C::Household)),
            (22, 11_930_000),
        ),
        ((Debit, Some(O::CardWithdrawal), None), (12, 2_720_000)),
        ((Debit, Some(O::TransferOut), None), (231, 46_279_000)),
        (
            (Debit, Some(O::TransferOut), Some(C::Household)),
            (237, 100_583_600),
        ),
        (
            (Debit, Some(O::TransferOut), Some(C::Insurance)),
            (75, 9_896_000),
        ),
        (
            (Debit, Some(O::TransferOut), Some(C::LoanPayment)),
            (29, 15_520_950),
        ),
        (
            (Debit, Some(O::Other), Some(C::PenaltyInterest)),
            (13, 14_790),
        ),
        (
            (Debit, Some(O::Other), Some(C::StatementFee)),
            (408, 951_280),
        ),
    ];
    assert_eq!(sums, BTreeMap::from(expected));
    let balances = profiles
        .iter()
        .flat_map(|p| &p.events)
        .map(|e| cents(e.balance.unwrap()));
    assert_eq!(balances.sum::<i64>(), 14_325_662_390);

    let of = |name| profiles.iter().filter_map(move |p| fact(p, name)?.number());
    assert_eq!(
        of(FactName::Female).filter(|female| *female == 1.0).count(),
        30
    );
    assert_eq!(of(FactName::BirthYear).map(cents).sum::<i64>(), 11_741_200);
    assert_eq!(
        of(FactName::AccountUsers)
            .filter(|users| *users == 2.0)
            .count(),
        10
    );
    assert_eq!(
        of(FactName::InArrears).filter(|late| *late == 1.0).count(),
        6 + 1
    );

    let of = |kind| {
        profiles
            .iter()
            .flat_map(|p| &p.holdings)
            .filter(move |h| h.kind == kind)
    };
    let loans = of(HoldingKind::Loan);
    let amounts = loans.map(|l| (cents(l.amount.unwrap()), cents(l.monthly_payment.unwrap())));
    assert_eq!(
        amounts.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1)),
        (279_996_000, 8_701_800)
    );
    let orders: Vec<_> = of(HoldingKind::StandingOrder).collect();
    assert_eq!(
        orders.iter().map(|o| cents(o.amount.unwrap())).sum::<i64>(),
        33_371_890
    );
    let known = orders
        .iter()
        .filter(|order| order.holds_at(at("1994-03-31")));
    let first_days = known.map(|order| {
        let date: String = order
            .opened_at
            .to_string()
            .chars()
            .take(10)
            .filter(char::is_ascii_digit)
            .collect();
        date.parse::<u32>().unwrap() - 19_000_000
    });
    assert_eq!(
        first_days.fold((0, 0), |a, day| (a.0 + 1, a.1 + day)),
        (76, 70_797_936)
    );
    assert_eq!(of(HoldingKind::Card).count(), 15);
}

#[test]
fn committed_customers_are_what_the_import_writes() {
    let out = tempfile::tempdir().unwrap();
    let mut last = None;
    let options = Options {
        strict: true,
        ..Options::default()
    };
    import(&[EXTRACT.into()], out.path(), &options, &mut |progress| {
        last = Some(progress)
    })
    .unwrap();
    assert_eq!(
        last,
        Some(Progress::Written {
            profiles: 60,
            of: 60
        })
    );
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.filter(|name| name != "README.md").collect();
        names.sort();
        names
    };
    assert_eq!(
        names(out.path()),
        names(Path::new(CUSTOMERS)),
        "import tests/berka into tests/customers again"
    );
    for name in names(out.path()) {
        let committed = fs::read(Path::new(CUSTOMERS).join(&name)).unwrap();
        assert!(
            fs::read(out.path().join(&name)).unwrap() == committed,
            "{name:?}: import again"
        );
    }
}

#[test]
fn rows_of_one_account_become_one_profile() {
    let (profiles, report) = profiles(tables(&[]).path());
    assert_eq!((report.refused(), report.profiles), (0, 2));
    let profile = &profiles[0];
    assert_eq!(profile.ids[0].value, "berka-2");
    assert_eq!(
        fact(profile, FactName::BirthYear),
        Some(Value::Number(1945.0))
    );
    assert_eq!(fact(profile, FactName::Female), Some(Value::Flag(false)));
    assert_eq!(
        fact(profile, FactName::District),
        Some(Value::Text("Benesov".to_owned()))
    );
    assert_eq!(
        fact(profile, FactName::DistrictUnemployment),
        Some(Value::Number(0.0167))
    );
    assert_eq!(
        fact(profile, FactName::DistrictUrban),
        Some(Value::Number(0.467))
    );
    assert_eq!(
        fact(profile, FactName::AccountUsers),
        Some(Value::Number(2.0))
    );
    assert_eq!(
        fact(&profiles[1], FactName::BirthYear),
        Some(Value::Number(1976.0))
    );
    assert_eq!(
        fact(&profiles[1], FactName::Female),
        Some(Value::Flag(true))
    );
    assert_eq!(fact(&profiles[1], FactName::DistrictUnemployment), None);
    assert_eq!(fact(&profiles[1], FactName::InArrears), None);

    assert_eq!(profile.events.len(), 4);
    let event = |id: &str| {
        profile
            .events
            .iter()
            .find(|event| event.id.as_deref() == Some(id))
            .unwrap()
    };
    assert_eq!(event("279").at, at("1993-03-12"));
    assert_eq!(event("279").counterparty.as_deref(), Some("QR-13943797"));
    assert_eq!(event("279").balance, Some(-6166.0));
    assert_eq!(event("281").direction, Some(Direction::Debit));
    assert_eq!(event("281").counterparty, None);
    assert_eq!(event("280").operation, Some(Operation::Other));

    let loan = profile
        .holdings
        .iter()
        .find(|h| h.kind == HoldingKind::Loan)
        .unwrap();
    assert_eq!(loan.closed_at, Some(at("1995-05-31")));
    let card = profile
        .holdings
        .iter()
        .find(|h| h.kind == HoldingKind::Card)
        .unwrap();
    assert_eq!(
        (card.product.as_str(), card.opened_at),
        ("classic", at("1993-11-07"))
    );
}

#[test]
fn an_earlier_decision_does_not_see_later_knowledge() {
    let (profiles, _) = profiles(tables(&[]).path());
    let then = at("1994-03-31");
    let late = profiles[0]
        .facts
        .iter()
        .find(|f| f.name == FactName::InArrears)
        .unwrap();
    assert_eq!(late.value, Value::Flag(true));
    assert!(!late.holds_at(then) && late.holds_at(at("1998-12-31")));
    let unemployment = profiles[0]
        .facts
        .iter()
        .find(|f| f.name == FactName::DistrictUnemployment)
        .unwrap();
    assert!(!unemployment.holds_at(then));
    let orders = profiles[0]
        .holdings
        .iter()
        .filter(|h| h.kind == HoldingKind::StandingOrder);
    let known: Vec<_> = orders
        .map(|order| (order.category, order.holds_at(then)))
        .collect();
    // Only the household order was ever paid.
    assert_eq!(
        known,
        [
            (Some(Category::Household), true),
            (None, false),
            (Some(Category::LoanPayment), false)
        ]
    );
}

#[test]
fn consent_is_given_only_when_asked_for() {
    let folder = tables(&[]);
    let (without, _) = profiles(folder.path());
    assert!(without[0].consent.events.is_empty());
    let options = Options {
        consent: vec!["insights".to_owned(), "offers".to_owned()],
        ..Options::default()
    };
    let (bank, _) = read(&[folder.path().to_owned()], &options, &mut |_| {}).unwrap();
    let with = bank.profiles().next().unwrap().unwrap();
    assert!(with.consent.granted("insights", "2026-1", at("1993-02-26")));
    assert!(with.consent.granted("offers", "2026-1", at("1994-03-31")));
    assert!(!with.consent.granted("insights", "2026-1", at("1993-02-25")));
    assert!(!with.consent.granted("details", "2026-1", at("1994-03-31")));
}

#[test]
fn semicolons_quotes_and_gzip_give_the_same_profiles() {
    let (expected, _) = profiles(Path::new(EXTRACT));
    let folder = tempfile::tempdir().unwrap();
    for table in Table::ALL {
        let text =
            fs::read_to_string(Path::new(EXTRACT).join(format!("{}.csv", table.name()))).unwrap();
        let quoted = text.lines().map(|line| {
            let fields = line.split(',').map(|f| {
                if f.contains(char::is_alphabetic) {
                    format!("\"{f}\"")
                } else {
                    f.to_owned()
                }
            });
            fields.collect::<Vec<_>>().join(";") + "\r\n"
        });
        let quoted: String = quoted.collect();
        if table == Table::Trans {
            let file = fs::File::create(folder.path().join("trans.asc.gz")).unwrap();
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(quoted.as_bytes()).unwrap();
            packed.finish().unwrap();
        } else {
            fs::write(folder.path().join(format!("{}.asc", table.name())), quoted).unwrap();
        }
    }
    let (found, report) = profiles(folder.path());
    assert_eq!(report.refused(), 0);
    assert!(found == expected);
}

#[test]
fn a_profile_larger_than_hosts_read_is_left_out_and_counted() {
    let folder = tables(&[]);
    let sizes = || -> BTreeMap<_, _> {
        let entries = fs::read_dir(folder.path().join("out")).unwrap();
        let sizes = entries.map(|entry| entry.unwrap());
        sizes
            .map(|entry| (entry.metadata().unwrap().len(), entry.file_name()))
            .collect()
    };
    let import = |limit: usize, strict: bool| {
        let out = folder.path().join("out");
        let options = Options {
            strict,
            ..Options::default()
        };
        fs::remove_dir_all(&out).ok();
        super::import_within(&[folder.path().into()], &out, &options, &mut |_| {}, limit)
    };
    let whole = import(engine::limits::PROFILE_BYTES, true).unwrap();
    assert_eq!((whole.profiles, whole.profiles_too_large), (2, 0));
    let largest = usize::try_from(*sizes().keys().last().unwrap()).unwrap();
    assert_eq!(import(largest, true).unwrap().profiles, 2);
    let report = import(largest - 1, false).unwrap();
    assert_eq!((report.profiles, report.profiles_too_large), (1, 1));
    assert_eq!(sizes().len(), 1);
    assert!(
        report
            .to_string()
            .contains("larger than hosts read, left out: 1")
    );
    let error = import(largest - 1, true).unwrap_err().to_string();
    assert!(
        error.starts_with("client berka-2: the profile has "),
        "{error}"
    );
}

#[test]
fn rows_of_all_tables_together_have_a_limit() {
    let folder = tables(&[]);
    let files = super::table::find(&[folder.path().into()]).unwrap();
    let read =
        |limit| super::rows::Rows::read_within(&files, &Options::default(), &mut |_| {}, limit);
    let (_, report) = read(1_000).unwrap();
    let rows = report.tables.iter().map(|table| table.rows).sum();
    assert!(read(rows).is_ok());
    let error = read(rows - 1).unwrap_err().to_string();
    assert!(
        error.contains("trans.csv: with this table there are more than"),
        "{error}"
    );
}

//! Hand-made bad rows, bad files, and garbage.

#![allow(clippy::panic, reason = "a test may fail")]

use std::{collections::BTreeMap, fs, io::Write, path::PathBuf};

use engine::Profile;
use proptest::prelude::*;

use super::{
    super::{ImportError, Options, Reason, Table, TableReport, read},
    SMALL, profiles, tables,
};

#[test]
fn bad_rows_are_counted_and_placed() {
    let cases: &[(&str, &str, Reason, &str)] = &[
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,1.00,1.00,,",
            Reason::Columns,
            "has 9 columns, the header has 10",
        ),
        (
            "trans",
            "9,20,\"930226,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Columns,
            "quote that is not closed",
        ),
        (
            "trans",
            "9,20,930229,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Date,
            "column `date`: `930229` is not a date",
        ),
        (
            "trans",
            "9,20,93\u{e1}26,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Date,
            "is not a date",
        ),
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,1.005,1.00,,,",
            Reason::Number,
            "column `amount`: `1.005`",
        ),
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,NaN,1.00,,,",
            Reason::Number,
            "column `amount`: `NaN`",
        ),
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,-1,1.00,,,",
            Reason::Number,
            "is negative: the sign is in `type`",
        ),
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,1,99999999999999999999999,,,",
            Reason::Limit,
            "column `balance`",
        ),
        (
            "trans",
            "9,20,930226,KREDIT,VKLAD,1.00,1.00,,,",
            Reason::Code,
            "`KREDIT` is none of `PRIJEM`, `VYDAJ`",
        ),
        (
            "trans",
            "9,20,930226,PRIJEM,VKLAD,1.00,1.00,,q,5",
            Reason::Code,
            "column `bank`",
        ),
        (
            "trans",
            "9,77,930226,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Dangling,
            "`77` is not in table `account`",
        ),
        (
            "trans",
            "276,20,930226,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Duplicate,
            "column `trans_id`: `276`",
        ),
        (
            "trans",
            "4294967296,20,930226,PRIJEM,VKLAD,1.00,1.00,,,",
            Reason::Number,
            "column `trans_id`",
        ),
        (
            "client",
            "9,456304,1",
            Reason::Date,
            "column `birth_number`: `456304` is not a birth number",
        ),
        (
            "client",
            "9,450204,5",
            Reason::Dangling,
            "`5` is not in table `district`",
        ),
        (
            "account",
            "20,1,POPLATEK MESICNE,930226",
            Reason::Duplicate,
            "column `account_id`: `20`",
        ),
        (
            "account",
            "9,1,POPLATEK ROCNE,930226",
            Reason::Code,
            "column `frequency`",
        ),
        (
            "disp",
            "9,9,20,OWNER",
            Reason::Dangling,
            "`9` is not in table `client`",
        ),
        (
            "disp",
            "9,3,20,OWNER",
            Reason::Duplicate,
            "`20` has an owner already",
        ),
        ("disp", "9,2,21,OWNER", Reason::Duplicate, "already"),
        (
            "card",
            "9,99,gold,931107 00:00:00",
            Reason::Dangling,
            "`99` is not in table `disp`",
        ),
        (
            "card",
            "9,12,platinum,931107 00:00:00",
            Reason::Code,
            "`platinum` is none of",
        ),
        (
            "card",
            "9,12,gold,931107 25:00:00",
            Reason::Date,
            "column `issued`",
        ),
        (
            "loan",
            "9,20,930531,80952,0,3373.00,D",
            Reason::Limit,
            "is not 1 to 600 months",
        ),
        (
            "order",
            "9,20,ST,x,3372.70,UVER",
            Reason::Number,
            "column `account_to`: `x`",
        ),
        (
            "district",
            "9,,north,1,1,1,1,1,1,1,1,1,1,1,1,1",
            Reason::Limit,
            "column `A2`",
        ),
    ];
    for (table, row, reason, words) in cases {
        let (_, good) = SMALL.iter().find(|(name, _)| name == table).unwrap();
        let text = format!("{good}{row}\n\n");
        let folder = tables(&[(table, &text)]);
        let (profiles, report) = profiles(folder.path());
        let found = report
            .tables
            .iter()
            .find(|found| found.table.name() == *table)
            .unwrap();
        assert_eq!(found.refused, BTreeMap::from([(*reason, 1)]), "{row}");
        assert_eq!((report.refused(), profiles.len()), (1, 2), "{row}");
        let problem = &found.problems[0];
        assert_eq!(problem.line, good.lines().count() as u64 + 1, "{row}");
        let message = problem.to_string();
        assert!(
            message.contains(words) && message.contains(&format!("{table}.csv:{}:", problem.line)),
            "{message}"
        );

        let strict = Options {
            strict: true,
            ..Options::default()
        };
        match read(&[folder.path().to_owned()], &strict, &mut |_| {}) {
            Err(ImportError::Row(stopped)) => assert_eq!(stopped, *problem),
            other => panic!("{row}: strict gave {other:?}"),
        }
    }
}

#[test]
fn bytes_that_are_no_text_spoil_one_row() {
    let folder = tables(&[]);
    let mut trans = fs::read(folder.path().join("trans.csv")).unwrap();
    trans.extend(b"9,20,\xff\xfe,PRIJEM,VKLAD,1.00,1.00,,,\n");
    trans.extend(std::iter::repeat_n(b'x', 100_000));
    trans.extend(b"\n9,20,930401,PRIJEM,VKLAD,1.00,1.00,,,");
    fs::write(folder.path().join("trans.csv"), trans).unwrap();
    let (profiles, report) = profiles(folder.path());
    let found = report.tables.last().unwrap();
    assert_eq!(
        found.refused,
        BTreeMap::from([(Reason::Encoding, 1), (Reason::Limit, 1)])
    );
    assert_eq!(profiles[0].events.len(), 5);
}

#[test]
fn a_refused_account_takes_its_rows_along() {
    let account = SMALL[2].1.replace("930226", "931326");
    let (profiles, report) = profiles(tables(&[("account", &account)]).path());
    assert_eq!(profiles.len(), 1);
    let dangling = |table: &TableReport| table.refused.get(&Reason::Dangling).copied().unwrap_or(0);
    let counts: Vec<u64> = report.tables.iter().map(dangling).collect();
    assert_eq!(counts, [0, 0, 0, 2, 1, 1, 3, 4]);
}

#[test]
fn files_are_known_by_their_names() {
    let folder = tables(&[]);
    let file = |name: &str| folder.path().join(name);
    let failed = |files: &[PathBuf]| {
        read(files, &Options::default(), &mut |_| {})
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let needed = [file("account.csv"), file("client.csv"), file("disp.csv")];
    let (bank, report) = read(&needed, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(
        report.absent,
        [
            Table::District,
            Table::Card,
            Table::Loan,
            Table::Order,
            Table::Trans
        ]
    );
    assert_eq!(bank.profiles().count(), 2);
    assert!(failed(&needed[..2]).contains("table `disp` is missing: give disp.csv"));
    assert!(failed(&[file("accounts.csv")]).contains("accounts.csv: not a Berka table"));
    assert!(failed(&[needed.as_slice(), &[file("loan.asc")]].concat()).contains("loan.asc: "));
    let twice = failed(&[folder.path().to_owned(), file("loan.csv")]);
    assert!(twice.contains("table `loan` is given twice"), "{twice}");
    fs::write(
        file("loan.csv"),
        "loan_id,account_id,date,amount,duration,payments\n",
    )
    .unwrap();
    let header = failed(&[folder.path().to_owned()]);
    assert!(
        header.contains("loan.csv:1: column `status` is missing"),
        "{header}"
    );
    fs::write(file("loan.csv"), "").unwrap();
    assert!(failed(&[folder.path().to_owned()]).contains("the first line is missing"));
}

#[test]
fn report_says_what_was_left_out() {
    let trans = format!("{}9,20,x,PRIJEM,VKLAD,1.00,1.00,,,\n", SMALL[7].1);
    let disp = SMALL[3].1.replace("14,4,21,OWNER\n", "");
    let (_, report) = profiles(tables(&[("trans", &trans), ("disp", &disp)]).path());
    let text = report.to_string();
    assert!(text.contains("trans: 5 rows, 1 refused (date 1)"), "{text}");
    assert!(
        text.contains("accounts without an owner, left out: 1"),
        "{text}"
    );
    assert!(text.ends_with("profiles: 1"), "{text}");
}

/// Fields as the tables have them, near misses, and anything else.
fn field() -> impl Strategy<Value = String> {
    let known = [
        "",
        " ",
        "0",
        "20",
        "2",
        "-1",
        "930226",
        "930230",
        "999999",
        "456204",
        "931107 00:00:00",
        "PRIJEM",
        "VYBER",
        "PREVOD NA UCET",
        "OWNER",
        "SIPO",
        "ST",
        "1.00",
        "99999999999.99",
        "4294967295",
        "?",
        "A",
        "\"",
        "\"x\"",
        "POPLATEK MESICNE",
        "é",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the tables hold, the import ends, and what it makes is a profile.
    #[test]
    fn garbage_never_panics(
        rows in prop::collection::vec((0usize..8, prop::collection::vec(field(), 0..12)), 0..40),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        (at, gzip) in (0usize..8, any::<bool>()),
    ) {
        let folder = tables(&[]);
        for (table, fields) in rows {
            let path = folder.path().join(format!("{}.csv", SMALL[table].0));
            let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
            writeln!(file, "{}", fields.join(",")).unwrap();
        }
        let path = folder.path().join(format!("{}.csv", SMALL[at].0));
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&bytes).unwrap();
        let options = Options { strict: false, consent: vec!["insights".to_owned()] };
        let (bank, report) = read(&[folder.path().to_owned()], &options, &mut |_| {}).unwrap();
        prop_assert_eq!(report.profiles, bank.profiles().count() as u64);
        for profile in bank.profiles() {
            let profile = profile.unwrap();
            let json = serde_json::to_vec(&profile).unwrap();
            prop_assert!(Profile::from_json(&json).unwrap() == profile);
        }
        if gzip {
            // Not gzip at all, or cut short: an error, not a panic.
            fs::rename(&path, path.with_extension("csv.gz")).unwrap();
            let cut = read(&[folder.path().to_owned()], &options, &mut |_| {});
            prop_assert!(cut.is_err());
        }
    }
}

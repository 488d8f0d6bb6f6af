//! The variables of real customers are what pandas makes of their events (`training/variables.py`).
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed test may say so bluntly"
)]

use std::collections::BTreeMap;

use authoring::{
    berka::{self, Options},
    matrix::Matrix,
};
use engine::{bundle::Unit, variables::registry};

type Rows = BTreeMap<String, BTreeMap<String, String>>;

fn rows(csv: &[u8]) -> Rows {
    let mut reader = csv::Reader::from_reader(csv);
    let names = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let cells = names.iter().zip(&record).skip(1);
        let cells = cells.map(|(name, cell)| (name.to_owned(), cell.to_owned()));
        (record[0].to_owned(), cells.collect())
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

#[test]
fn real_customers_have_the_variables_that_pandas_finds() {
    let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/berka");
    let (bank, _) = berka::read(&[tables.into()], &Options::default(), &mut |_| {}).unwrap();
    let at = "1994-03-31T12:00:00Z".parse().unwrap();
    let mut matrix = Matrix::new(Vec::new()).unwrap();
    for profile in bank.profiles() {
        matrix.add(&profile.unwrap(), at).unwrap();
    }
    let ours = rows(&matrix.finish().unwrap().0);
    let theirs = rows(include_bytes!("../../tests/parity/variables.csv"));
    let units: BTreeMap<String, Unit> = registry()
        .into_iter()
        .map(|entry| (entry.name, entry.unit))
        .collect();

    let (mut values, mut wrong) = (0, Vec::new());
    for (customer, cells) in &theirs {
        for (name, cell) in cells {
            let of = &ours[customer][name];
            let (Ok(our), Ok(their)) = (of.parse::<f64>(), cell.parse::<f64>()) else {
                if of != cell {
                    wrong.push(format!("{customer} {name}: `{of}`, pandas says `{cell}`"));
                }
                continue;
            };
            values += 1;
            // What is counted is exact; what is divided, or added up in floats there, is near.
            let near = match units[name] {
                Unit::Count | Unit::Flag | Unit::Years => 0.0,
                Unit::Days if !name.contains("mean") => 0.0,
                _ => 1e-9 * their.abs().max(1.0),
            };
            if (our - their).abs() > near {
                wrong.push(format!("{customer} {name}: {our}, pandas says {their}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    let names = theirs.values().next().unwrap().len();
    assert!(
        names >= 450 && theirs.len() >= 30 && values >= 9_000,
        "{names} {values}"
    );
}

//! Writes the training matrix of the Berka tables as CSV:
//!
//! ```sh
//! cargo run --release -p authoring --example variables -- FOLDER 1994-03-31T12:00:00Z > variables.csv
//! ```

use std::{error::Error, io};

use authoring::{berka, matrix::Matrix};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(at)) = (arguments.next(), arguments.next()) else {
        return Err(
            "give the folder of the tables and the clock, such as 1994-03-31T12:00:00Z".into(),
        );
    };
    let (bank, report) = berka::read(&[folder.into()], &berka::Options::default(), &mut |_| {})?;
    let at = at.parse()?;
    let mut matrix = Matrix::new(io::stdout().lock())?;
    for profile in bank.profiles() {
        matrix.add(&profile?, at)?;
    }
    let _ = matrix.finish()?;
    eprintln!("{report}");
    Ok(())
}

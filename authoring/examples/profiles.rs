//! Writes the profiles of the Berka tables, one JSON object a line, for training on their events:
//!
//! ```sh
//! cargo run --release -p authoring --example profiles -- FOLDER > profiles.jsonl
//! ```

use std::{
    error::Error,
    io::{self, BufWriter, Write},
};

use authoring::berka;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        return Err("give the folder of the tables".into());
    };
    let (bank, report) = berka::read(&[folder.into()], &berka::Options::default(), &mut |_| {})?;
    let mut out = BufWriter::new(io::stdout().lock());
    for profile in bank.profiles() {
        serde_json::to_writer(&mut out, &profile?)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    eprintln!("{report}");
    Ok(())
}

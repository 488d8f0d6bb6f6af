//! `cargo xtask bench`: the reference workload R1 on every host, beside other runtimes, as tables.
//!
//! What is measured and how is in `tests/benches/r1`; this builds what it needs and puts what it prints into
//! `docs/benchmarks.md`, between two comments.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::{args, demo, house, process, tools};

const PAGE: &str = "docs/benchmarks.md";
const BEGIN: &str = "<!-- R1: `cargo xtask bench` writes from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Builds everything, measures, and writes the tables; with `quick` it prints them only.
pub fn run(options: &args::Bench) -> Result<bool> {
    let progress = Progress::start();
    demo::build(&progress)?;
    progress.step("browser", tools::browser)?;
    let mut bench = tools::cargo();
    // The profile of all else, so that wasmtime is not compiled again.
    bench.args(["bench", "--locked", "--profile", "dev", "--bench", "r1"]);
    if options.quick {
        bench.args(["--", "--quick"]);
    }
    println!("[{}] R1", progress.elapsed());
    let tables = process::shown("bench", &mut bench)?;
    println!("\n{tables}");
    if options.quick {
        println!("{PAGE} is as it was: that was a quick look");
    } else {
        write(&house::path(PAGE), &tables)?;
        println!("{PAGE} has these tables now");
    }
    println!("done in {}", progress.elapsed());
    Ok(true)
}

fn write(page: &Path, tables: &str) -> Result<()> {
    let name = page.display();
    let text = fs::read_to_string(page).with_context(|| format!("cannot read {name}"))?;
    let text = replaced(&text, tables).with_context(|| {
        format!("{name} has no place for the tables: put these two lines into it:\n{BEGIN}{END}")
    })?;
    fs::write(page, text).with_context(|| format!("cannot write {name}"))
}

/// The text with the tables between the two comments.
fn replaced(text: &str, tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n{}\n\n{END}{after}",
        tables.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_replace_those_before() {
        let page = format!("# A\n{BEGIN}old\n{END}rest\n");
        let expected = format!("# A\n{BEGIN}\nnew\n\n{END}rest\n");
        assert_eq!(replaced(&page, "new\n\n").unwrap(), expected);
        assert_eq!(replaced(&expected, "new").unwrap(), expected);
        assert_eq!(replaced("# A\n", "new"), None);
        let text = fs::read_to_string(house::path(PAGE)).unwrap();
        assert!(replaced(&text, "new").is_some());
    }
}

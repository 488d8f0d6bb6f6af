//! The commands of the repository: build, show and test everything, from a fresh clone.
//!
//! ```text
//! cargo xtask demo          # builds everything, serves it, prints the address
//! cargo xtask test          # every check there is; ends with `N passed, N failed`
//! cargo xtask --help        # the rest
//! ```
//!
//! What belongs here: which programs run, in which order, and what to say when one is missing. What does
//! not: anything that a bank or a page would use. Every command builds this crate first, so it stays
//! small: no argument parser, no async, nothing from the other rooms.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

mod args;
mod bench;
mod data;
mod demo;
mod fuzz;
mod house;
mod page;
mod process;
mod progress;
mod schemas;
mod stamp;
mod test;
mod tools;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    let command = match args::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    process::stop_children_on_signal();
    let done = match command {
        Command::Help(text) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Command::Bench(options) => bench::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::DemoData => data::run(),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Schemas { check } => schemas::run(check),
        Command::Test => test::run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

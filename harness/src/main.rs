//! The command `nearfield`: build, inspect, decide, explain, import, test and serve.
//!
//! It answers with exit code 0 for good, 1 when the answer is no (a case failed, a bundle is refused),
//! 2 for input that cannot be used. Results go to standard output, everything else to standard error.

mod command;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match command::Nearfield::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            command::complain(&failure);
            ExitCode::from(failure.code())
        }
    }
}

//! The words of the command line. Each subcommand is a module; this one knows them all.

mod bundle;
mod customer;
mod decide;
mod diff;
mod evaluate;
mod explain;
mod failure;
mod files;
mod model;
mod once;
mod output;
mod policy;
mod population;
mod replay;
mod serve;
mod simulate;
mod test;
mod variables;

use clap::{Parser, Subcommand, ValueEnum};

pub use failure::Failure;
pub use output::complain;

/// Personalises internet banking in the near field: in the customer's own page and at the edge.
///
/// Exit code 0: good; 1: the answer is no (a case failed, a bundle is refused); 2: bad input.
#[derive(Debug, Parser)]
#[command(name = "nearfield", version, max_term_width = 100)]
pub struct Nearfield {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build or inspect a bundle of policies and models.
    #[command(subcommand)]
    Bundle(bundle::Bundle),
    /// Decide what one customer sees, as JSON.
    Decide(decide::Decide),
    /// Say what a change of policy does to a population.
    Diff(diff::Diff),
    /// Measure the committed models on public data.
    Evaluate(evaluate::Evaluate),
    /// Decide, and say why as a person reads it.
    Explain(explain::Explain),
    /// Turn a trained model into one that the engine runs.
    #[command(subcommand)]
    Import(model::Import),
    /// Start a policy set, or look for what runs in vain.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Import or merge customers' profiles.
    #[command(subcommand)]
    Profile(customer::Profile),
    /// Make the decision of a receipt again.
    Replay(replay::Replay),
    /// Score the rows of a table with an imported model.
    Score(model::Score),
    /// Run the edge worker on this machine, in front of a site.
    Serve(serve::Serve),
    /// Run a population through a bundle and report what it would see.
    Simulate(simulate::Simulate),
    /// Run the cases of a policy set.
    Test(test::Test),
    /// Compute all variables of many customers, or list them.
    Variables(variables::Variables),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For programs.
    Json,
    /// For people.
    Text,
}

impl Nearfield {
    /// Runs the subcommand.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Bundle(command) => command.run(),
            Command::Decide(command) => command.run(),
            Command::Diff(command) => command.run(),
            Command::Evaluate(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Policy(command) => command.run(),
            Command::Profile(command) => command.run(),
            Command::Replay(command) => command.run(),
            Command::Score(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Simulate(command) => command.run(),
            Command::Test(command) => command.run(),
            Command::Variables(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_subcommand_shows_an_example() {
        let mut command = Nearfield::command();
        command.build();
        command.clone().debug_assert();
        let mut left: Vec<_> = command.get_subcommands().collect();
        while let Some(command) = left.pop() {
            if command.get_name() == "help" {
                continue;
            }
            let mut below = command.get_subcommands().peekable();
            if below.peek().is_none() {
                let help = command.clone().render_long_help().to_string();
                assert!(
                    help.contains("Example:\n  nearfield "),
                    "{}",
                    command.get_name()
                );
            }
            left.extend(below);
        }
    }
}

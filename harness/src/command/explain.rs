//! `nearfield explain`: a decision as a person reads it.

mod form;
mod text;

use clap::Args;

use super::{Failure, Format, decide::Question, output};

pub use text::summary;

/// Decides what one customer sees and says why: for each placeholder the action, its score with the
/// factors that make it, and the reasons; for every other action what stopped it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield explain --bundle retail.nearfield --profile tests/customers/berka-2.json --at 1994-03-31\n  \
                  nearfield explain --bundle retail.nearfield --profile tests/customers/berka-2.json --action personal-loan"
)]
pub struct Explain {
    #[command(flatten)]
    question: Question,
    /// Say of this action only why it is shown or not.
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// How to print: json is the whole explanation, the decision in it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Explain {
    pub fn run(self) -> Result<(), Failure> {
        let explanation = self.question.explanation()?;
        match self.format {
            Format::Json => output::line(&explanation),
            Format::Text => {
                let text = text::explanation(&explanation, self.action.as_deref())?;
                output::text(text)
            }
        }
    }
}

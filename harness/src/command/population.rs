//! What `nearfield simulate` and `nearfield diff` share: a population, and what is asked for it.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    thread,
};

use authoring::shown::quoted;
use clap::Args;
use engine::{Timestamp, limits};
use harness::{
    KeyBytes,
    population::{Crew, Profiles, Question, Refused, Side, SideError},
    wasm::Runtime,
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    Failure, decide,
    files::{self, Trust},
    output,
};

/// A population, and what is asked for each customer of it.
#[derive(Debug, Args)]
pub struct Population {
    /// Profiles: a file of one JSON profile a line (.jsonl), a file of one profile (.json), or a folder of
    /// them; may be given several times.
    #[arg(long, value_name = "FILE|DIR", required = true)]
    profiles: Vec<PathBuf>,
    /// The decisions' clock, RFC 3339 or a date [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The circumstances, JSON: channel, page, placeholders [default: all placeholders].
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// Decides every chance: a customer's seed is a hash of N and of the customer's position.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Purposes to count as granted at the clock, as if the customers had agreed; without it the
    /// profiles' own consent records decide.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',')]
    consent: Vec<String>,
    /// Threads that decide [default: one for each core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Stop at the first profile that the engine refuses, instead of counting it.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    trust: Trust,
}

/// A bundle's bytes and the keys that may have signed it.
pub struct Signed {
    path: PathBuf,
    bytes: Vec<u8>,
    keys: Vec<KeyBytes>,
}

impl Population {
    /// Finds the profiles.
    pub fn profiles(&self) -> Result<Profiles, Failure> {
        Ok(Profiles::find(&self.profiles)?)
    }

    /// The files and folders it is read from.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.profiles.iter().chain(&self.context)
    }

    /// What is asked.
    pub fn question(&self) -> Result<Question, Failure> {
        let context = self.context.as_deref();
        let context = context.map(|path| files::read_json(path, limits::CONTEXT_BYTES));
        Ok(Question {
            context: context.transpose()?.unwrap_or_else(|| b"{}".to_vec()),
            at: self.at.unwrap_or_else(decide::now),
            seed: self.seed,
            consent: self.consent.clone(),
        })
    }

    /// Who works.
    pub fn crew(&self) -> Crew {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        Crew {
            threads: self.threads.map_or_else(cores, usize::from),
            strict: self.strict,
        }
    }

    /// Reads a bundle.
    pub fn bundle(&self, path: &Path) -> Result<Signed, Failure> {
        Ok(Signed {
            path: path.to_owned(),
            bytes: files::read(path, limits::BUNDLE_BYTES)?,
            keys: self.trust.keys()?,
        })
    }

    /// Reads a bundle, or builds and signs a policy set for this run.
    pub fn policy(&self, path: &Path) -> Result<Signed, Failure> {
        if !path.is_dir() {
            return self.bundle(path);
        }
        let key = authoring::keys::development();
        Ok(Signed {
            path: path.to_owned(),
            bytes: authoring::sign(&authoring::build(path)?, &key)?,
            keys: vec![key.verifying_key().to_bytes()],
        })
    }

    /// Opens a bundle to ask it; says which file is at fault when that fails.
    pub fn side<'b>(
        &self,
        runtime: &'b Runtime,
        signed: &'b Signed,
        question: &'b Question,
    ) -> Result<Side<'b>, Failure> {
        let side = Side::open(runtime, &signed.bytes, &signed.keys, question);
        side.map_err(|cause| match cause {
            SideError::Wasm(cause) => {
                decide::named(cause.into(), &signed.path, None, self.context.as_deref())
            }
            cause => Failure::Side(cause),
        })
    }
}

/// A bar on a terminal, nothing elsewhere.
pub fn bar(profiles: &Profiles) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(profiles.bytes());
    let template = "deciding [{bar:40}] {percent:>3} % {binary_bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Says which profiles were refused.
pub fn complain(count: u64, first: &[Refused]) {
    for refused in first {
        output::complain(format!("{}: {}: left out", refused.place, refused.reason));
    }
    let named = u64::try_from(first.len()).unwrap_or(u64::MAX);
    if count > named {
        output::complain(format!("and {} more were left out", count - named));
    }
}

/// Says that consent stops everything, which hardly anybody wants to try out.
pub fn ask_for_consent<'b: 's, 's>(nobody: bool, sides: impl IntoIterator<Item = &'s Side<'b>>) {
    if !nobody {
        return;
    }
    let mut known: Vec<&String> = Vec::new();
    for purpose in sides
        .into_iter()
        .flat_map(|side| &side.catalogue().purposes)
    {
        if !known.contains(&purpose) {
            known.push(purpose);
        }
    }
    let known: Vec<_> = known.into_iter().map(|it| quoted(it).to_string()).collect();
    output::complain(format!(
        "warning: no customer grants any purpose, so whatever needs consent is shown to nobody: give \
         `--consent {}` to see what would be shown had they agreed",
        known.join(",")
    ));
}

//! What may be written in the files of a policy set: every key, in words.
//!
//! The readers ask for keys; here is what each one is, for the reference and the schemas
//! ([`crate::reference`]). A test holds the two together: keys, types, bounds, and what must be there.

mod tables;

use super::{CHANNELS, actions::STAGES, contact, models, sets};
use crate::limits;
use tables::{
    ACTION, APART, BUDGET, CAPS, CAUSE, CONTROL, COOL_OFFS, DO_NOT_DISTURB, EXPLANATIONS,
    EXPLORATION, GROUP, GROUP_LIMITS, INTENT, MODEL, PREFIX, PURPOSE, QUESTION, QUIET_HOURS, ROOM,
    TRIGGER, WANTS, WEIGHTS,
};

/// A sort of file.
pub(crate) struct FileKind {
    /// The name of its schema.
    pub(crate) name: &'static str,
    /// Its path, with `*` for what the bank chooses.
    pub(crate) path: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    pub(crate) table: Table,
}

/// What a table holds.
pub(crate) struct Table {
    pub(crate) keys: &'static [Key],
    /// What the keys are that the bank chooses, and what stands under each.
    pub(crate) others: Option<(&'static str, Shape)>,
}

/// A key.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) need: Need,
    pub(crate) about: &'static str,
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Must,
    /// What holds without it.
    Else(&'static str),
}

/// What may stand under a key.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    /// A condition in CEL.
    Condition,
    /// A number in CEL.
    Formula,
    /// One text, or a list of them.
    Texts,
    OneOf(Names),
    SomeOf(Names),
    /// From, to.
    Number(f64, f64),
    Whole(u32, u32),
    Flag,
    /// A text for each language.
    Languages,
    Table(&'static Table),
    /// Sets of parameters of a template.
    Sets,
}

type Names = fn() -> Vec<&'static str>;

const fn must(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        need: Need::Must,
        about,
    }
}

const fn may(
    name: &'static str,
    shape: Shape,
    otherwise: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        shape,
        need: Need::Else(otherwise),
        about,
    }
}

const fn only(keys: &'static [Key]) -> Table {
    Table { keys, others: None }
}

const fn each(what: &'static str, shape: Shape) -> Table {
    Table {
        keys: &[],
        others: Some((what, shape)),
    }
}

fn first<T>(known: &[(&'static str, T)]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

const CHANNEL: Names = || first(&CHANNELS);
const STAGE: Names = || first(&STAGES);
const CLASS: Names = || first(&sets::CLASSES);
const KIND: Names = || first(&models::KINDS);
const COMBINE: Names = || first(&models::COMBINES);
const COUNTED: Names = || first(&contact::COUNTED);
const PER: Names = || first(&contact::PER);
const DAYS: Shape = Shape::Number(1.0, limits::INTENT_DAYS as f64);
const SHARE: Shape = Shape::Number(0.0, 1.0);

/// All sorts of files, by their paths.
pub(crate) static FILES: [FileKind; 19] = [
    FileKind {
        name: "actions",
        path: "actions/*.toml",
        about: "What can be shown. The file's name is the life stage, with a hyphen and more behind it or not: `cross-sell.toml`, `cross-sell-cards.toml`.",
        table: each("action", Shape::Table(&ACTION)),
    },
    FileKind {
        name: "causes",
        path: "causes.toml",
        about: "What several variables have in common when they move a model's score: a reason names the cause, and the variable that raised most.",
        table: each("cause", Shape::Table(&CAUSE)),
    },
    FileKind {
        name: "challengers",
        path: "challengers/*.toml",
        about: "Another way to weigh, for a share of the decisions; the keys are those of `triangulation.toml` and the share.",
        table: only(&[
            must(
                "share",
                SHARE,
                "its part of the decisions; all challengers together at most 1",
            ),
            WEIGHTS[0],
            WEIGHTS[1],
            WEIGHTS[2],
            WEIGHTS[3],
            WEIGHTS[4],
        ]),
    },
    FileKind {
        name: "contact",
        path: "contact.toml",
        about: "How often customers are addressed, and when not.",
        table: only(&[
            may(
                "caps",
                Shape::Table(&CAPS),
                "none",
                "counts that stop an action, by name",
            ),
            may(
                "cool-offs",
                Shape::Table(&COOL_OFFS),
                "none",
                "pauses after customers reacted, by name",
            ),
            may(
                "quiet-hours",
                Shape::Table(&QUIET_HOURS),
                "none",
                "hours in which channels stay silent, by name",
            ),
            may(
                "do-not-disturb",
                Shape::Table(&DO_NOT_DISTURB),
                "nobody is spared",
                "what customers who want to be left alone do not see",
            ),
        ]),
    },
    FileKind {
        name: "experiments",
        path: "experiments.toml",
        about: "What chance decides, from the decision's seed.",
        table: only(&[
            may(
                "control",
                Shape::Table(&CONTROL),
                "no control group",
                "customers from whom a group of actions is withheld",
            ),
            may(
                "exploration",
                Shape::Table(&EXPLORATION),
                "none",
                "decisions in which scores are moved, to learn",
            ),
        ]),
    },
    FileKind {
        name: "explanations",
        path: "explanations.toml",
        about: "What is said of an action that is not shown; `{}` stands for the name of what stopped it.",
        table: only(&EXPLANATIONS),
    },
    FileKind {
        name: "groups",
        path: "groups.toml",
        about: "Sets of actions with rules in common. An action is in a group that names its product, its purpose, its life stage or itself.",
        table: each("group", Shape::Table(&GROUP)),
    },
    FileKind {
        name: "intents",
        path: "intents.toml",
        about: "What customers may be about to do. The strength of an intent is the largest `strength × 2^(-age / half-life)` of its fired triggers.",
        table: each("intent", Shape::Table(&INTENT)),
    },
    FileKind {
        name: "market",
        path: "market/*.toml",
        about: "What a product team wants; the file's name is the team's.",
        table: only(&[
            must("title", Shape::Languages, "its name in reasons"),
            must("wants", Shape::Table(&WANTS), "what it wants, by name"),
        ]),
    },
    FileKind {
        name: "models",
        path: "models.toml",
        about: "Models trained elsewhere, and pools, which make one score of several; conditions use their scores as `score.name`, with underscores for hyphens. A pool is over those of its models that did score, and has no score when none did. Its reasons are those of the model whose weight times score is largest.",
        table: each("model", Shape::Table(&MODEL)),
    },
    FileKind {
        name: "personas",
        path: "personas.toml",
        about: "The file of personas.",
        table: only(&[must("file", Shape::Text, "its path below the policy set")]),
    },
    FileKind {
        name: "placeholders",
        path: "placeholders.toml",
        about: "Where something can be shown. A placeholder's id is prefix, page and slot with points between.",
        table: each("prefix", Shape::Table(&PREFIX)),
    },
    FileKind {
        name: "placement",
        path: "placement.toml",
        about: "What may not stand together on one page.",
        table: only(&[
            may(
                "product",
                ROOM,
                "no limit",
                "how many actions of one product a page may show",
            ),
            may(
                "groups",
                Shape::Table(&GROUP_LIMITS),
                "no limits",
                "how many actions of a group a page may show",
            ),
            may(
                "apart",
                Shape::Table(&APART),
                "none",
                "what may not stand side by side",
            ),
        ]),
    },
    FileKind {
        name: "policy",
        path: "policy.toml",
        about: "The policy set as a whole.",
        table: only(&[
            must("name", Shape::Text, "its name"),
            must(
                "locales",
                Shape::Texts,
                "languages as BCP 47 tags, the default first; every text has one entry for each",
            ),
            must("currency", Shape::Text, "an ISO 4217 code"),
            may(
                "formats",
                Shape::Texts,
                "none",
                "shapes that placeholders accept and actions come in, at most 32",
            ),
            may(
                "topics",
                Shape::Texts,
                "none",
                "what pages are about, at most 32",
            ),
            may(
                "budget",
                Shape::Table(&BUDGET),
                "no bound but the engine's",
                "what the bundle may cost; `nearfield bundle build` refuses one that costs more",
            ),
        ]),
    },
    FileKind {
        name: "purposes",
        path: "purposes.toml",
        about: "What customers may consent to, at most 32. Variables need the purpose that the list below names.",
        table: each("purpose", Shape::Table(&PURPOSE)),
    },
    FileKind {
        name: "questions",
        path: "questions.toml",
        about: "What customers may ask the assistant.",
        table: each("question", Shape::Table(&QUESTION)),
    },
    FileKind {
        name: "triangulation",
        path: "triangulation.toml",
        about: "How actions are weighed. A score is the product of the factors, each held between its `min` and `max` and raised to its `weight`.",
        table: only(&WEIGHTS),
    },
    FileKind {
        name: "triggers",
        path: "triggers/*.toml",
        about: "Reasons to show something, and signs of intents. A table with `for` is a template: it stands for one trigger for each set of parameters, and `$(name)` in its id and its texts is replaced.",
        table: each("trigger", Shape::Table(&TRIGGER)),
    },
    FileKind {
        name: "variables",
        path: "variables.toml",
        about: "What variables are called in reasons. Those in use must be here.",
        table: each("variable", Shape::Languages),
    },
];

//! The tables of the files, each with its keys.

mod contact;
mod weights;

use super::{
    CHANNEL, CLASS, COMBINE, DAYS, KIND, Key, SHARE, STAGE, Shape, Table, each, may, must, only,
};
use crate::{limits, policy::models::WEIGHT};
pub(super) use contact::{CAPS, COOL_OFFS, DO_NOT_DISTURB, QUIET_HOURS};
pub(super) use weights::WEIGHTS;

#[expect(clippy::cast_possible_truncation, reason = "16 MiB")]
const BUNDLE: u32 = engine::limits::BUNDLE_BYTES as u32;

pub(super) static ACTION: Table = Table {
    keys: &[
        must(
            "product",
            Shape::Text,
            "what it is about; limits, focus and groups go by it",
        ),
        may(
            "purpose",
            Shape::Text,
            "shown without consent",
            "the purpose without which it is not shown; it then needs a trigger, a want or a model",
        ),
        may(
            "triggers",
            Shape::Texts,
            "none",
            "triggers of which one must have fired, or a want that names it must be met; without triggers, and unless a want names it and it has a purpose, it is for everybody",
        ),
        may(
            "eligible",
            Shape::Condition,
            "holds",
            "the customer may have it",
        ),
        may(
            "applicable",
            Shape::Condition,
            "holds",
            "it makes sense now",
        ),
        may(
            "suitable",
            Shape::Condition,
            "holds",
            "it is good for the customer",
        ),
        may(
            "model",
            Shape::Text,
            "none",
            "the model whose score is its propensity",
        ),
        must(
            "propensity",
            SHARE,
            "the share that takes it up; used without a model, and when it cannot score",
        ),
        must(
            "value",
            Shape::Number(0.0, 1e9),
            "what it is worth when taken up, in the set's currency",
        ),
        may("urgency", SHARE, "0", "how pressing it is by itself"),
        may(
            "affinity",
            Shape::Table(&AFFINITY),
            "1 each",
            "factors for personas",
        ),
        must("formats", Shape::Texts, "shapes that it can be shown in"),
        may(
            "topics",
            Shape::Texts,
            "all pages",
            "topics of pages that it belongs on",
        ),
        must("channels", Shape::SomeOf(CHANNEL), "where it may be shown"),
        may(
            "repeat_on_page",
            Shape::Flag,
            "`false`",
            "whether one page may show it twice",
        ),
    ],
    others: Some(("language", Shape::Table(&PITCH))),
};

pub(super) static AFFINITY: Table = each("persona", Shape::Number(0.0, 100.0));

pub(super) static PITCH: Table = only(&[
    must("title", Shape::Text, "the heading, without values"),
    must(
        "body",
        Shape::Text,
        "the sentence, with values such as `{balance|money}`; the formats are `count`, `money`, `percent` and `decimal`",
    ),
    may(
        "plain",
        Shape::Text,
        "`body`, when that has no values",
        "the sentence when a value is missing",
    ),
    must("call_to_action", Shape::Text, "the words on the button"),
]);

pub(super) static CONTROL: Table = only(&[
    must("share", SHARE, "its part of the seeds"),
    must("withholds", Shape::Text, "the group that it does not see"),
]);

pub(super) static EXPLORATION: Table = only(&[
    must("share", SHARE, "its part of the seeds"),
    must(
        "spread",
        SHARE,
        "how far a score may move: by a factor from 1 − spread to 1 + spread",
    ),
]);

pub(super) static EXPLANATIONS: [Key; 13] = [
    must("consent", Shape::Languages, "a purpose is not granted"),
    must(
        "opted-out",
        Shape::Languages,
        "the customer does not want it",
    ),
    must(
        "do-not-disturb",
        Shape::Languages,
        "the customer wants to be left alone",
    ),
    must(
        "unprompted",
        Shape::Languages,
        "no trigger fired, no want is met",
    ),
    must("ineligible", Shape::Languages, "`eligible` does not hold"),
    must(
        "inapplicable",
        Shape::Languages,
        "`applicable` does not hold",
    ),
    must("unsuitable", Shape::Languages, "`suitable` does not hold"),
    must(
        "cap",
        Shape::Languages,
        "a count of `contact.toml` is reached",
    ),
    must("quiet-hours", Shape::Languages, "the hours are quiet"),
    must(
        "control",
        Shape::Languages,
        "it is withheld from the control group",
    ),
    must("worthless", Shape::Languages, "its score is 0"),
    must(
        "no-placeholder",
        Shape::Languages,
        "no placeholder asked for takes it",
    ),
    must("outscored", Shape::Languages, "others stand where it would"),
];

pub(super) static GROUP: Table = only(&[
    must("title", Shape::Languages, "its name in explanations"),
    may(
        "products",
        Shape::Texts,
        "none",
        "actions of these products",
    ),
    may(
        "purposes",
        Shape::Texts,
        "none",
        "actions of these purposes",
    ),
    may(
        "life_stages",
        Shape::SomeOf(STAGE),
        "none",
        "actions of these life stages",
    ),
    may("actions", Shape::Texts, "none", "these actions"),
    may(
        "eligible",
        Shape::Condition,
        "holds",
        "the customer may have them",
    ),
    may(
        "applicable",
        Shape::Condition,
        "holds",
        "they make sense now",
    ),
    may(
        "suitable",
        Shape::Condition,
        "holds",
        "they are good for the customer",
    ),
]);

pub(super) static CAUSE: Table = only(&[
    must("title", Shape::Languages, "what reasons call it"),
    must(
        "variables",
        Shape::Texts,
        "the variables whose share in a score is added up under it",
    ),
]);

pub(super) static INTENT: Table = only(&[
    must("half_life_days", DAYS, "days in which its strength halves"),
    must("shelf_life_days", DAYS, "days after which it is gone"),
    must("title", Shape::Languages, "its name in reasons"),
]);

pub(super) static WANTS: Table = each("want", Shape::Table(&WANT));

pub(super) static WANT: Table = only(&[
    must("intent", Shape::Text, "the intent"),
    must("at_least", SHARE, "the strength from which on it is wanted"),
    may("when", Shape::Condition, "holds", "must hold as well"),
    must(
        "actions",
        Shape::Texts,
        "what these customers are to be shown",
    ),
    may(
        "bid",
        Shape::Number(0.25, 4.0),
        "1",
        "how much the team presses: the factor `intent` is 1 + strength × bid",
    ),
]);

pub(super) static MODEL: Table = only(&[
    must("kind", Shape::OneOf(KIND), "how its file is read"),
    may(
        "missing_allowed",
        SHARE,
        "must be there, unless `kind` is `pool`",
        "the share of inputs that may be missing before it refuses to score; of a sequence 0: it needs one transaction",
    ),
    may(
        "weights",
        Shape::Whole(8, 16),
        "all of them",
        "16 or 8: how many bits the weights of trees and networks keep, for a smaller bundle; 16 of a sequence, and neither of `cosine` and `journey`; `nearfield import --weights` measures what that costs",
    ),
    may(
        "file",
        Shape::Text,
        "must be there, unless `kind` is `pool`",
        "its path below the policy set",
    ),
    may(
        "of",
        Shape::Table(&MEMBERS),
        "must be there of a pool",
        "the models that a pool is of, two or more, with their weights; no pools, and no models of amounts",
    ),
    may(
        "combine",
        Shape::OneOf(COMBINE),
        "must be there of a pool",
        "what a pool makes of scores *p* with weights *w*: `mean`, the sum of *w p* (linear opinion pool) and `log-odds`, the same of log-odds (log-linear pool), both with weights divided by their sum; `largest`, the largest *w p*; `any`, 1 − ∏ (1 − *w p*) (noisy or)",
    ),
]);

static MEMBERS: Table = each("model", Shape::Number(WEIGHT.0, WEIGHT.1));

pub(super) static PREFIX: Table = only(&[
    must("channel", Shape::OneOf(CHANNEL), "its channel"),
    must("pages", Shape::Table(&PAGES), "its pages, by name"),
]);

pub(super) static PAGES: Table = each("page", Shape::Table(&PAGE));

pub(super) static PAGE: Table = Table {
    keys: &[may(
        "topic",
        Shape::Text,
        "none: takes every action",
        "what the page is about",
    )],
    others: Some(("slot", Shape::Table(&SLOT))),
};

pub(super) const ROOM: Shape = Shape::Whole(1, limits::CAPACITY as u32);

pub(super) static SLOT: Table = only(&[
    must("formats", Shape::Texts, "formats that it accepts"),
    may("topic", Shape::Text, "the page's", "what it is about"),
    may("capacity", ROOM, "1", "how many actions it takes"),
    may(
        "prominence",
        Shape::Number(0.01, 100.0),
        "1",
        "how much it is noticed",
    ),
]);

pub(super) static GROUP_LIMITS: Table = each("group", ROOM);
pub(super) static APART: Table = only(&[must(
    "groups",
    Shape::Texts,
    "no two actions of one of these groups stand in neighbouring placeholders",
)]);

pub(super) static BUDGET: Table = only(&[
    may(
        "bytes",
        Shape::Whole(1, BUNDLE),
        "no bound",
        "bytes of the bundle",
    ),
    may(
        "fuel",
        Shape::Number(1.0, 1e15),
        "no bound",
        "WebAssembly instructions of one decision, in wasmtime's fuel: the most that any case of the set takes",
    ),
    may(
        "memory_mib",
        Shape::Number(1.0, 4096.0),
        "no bound",
        "MiB of memory of an instance that has decided every case",
    ),
    may(
        "milliseconds",
        Shape::Number(0.001, 60_000.0),
        "no bound",
        "time of one decision on the machine that builds: the median of the slowest case",
    ),
]);

pub(super) static PURPOSE: Table = only(&[
    must(
        "notice_version",
        Shape::Text,
        "the version of the notice in force; consent to another does not count",
    ),
    may(
        "classes",
        Shape::SomeOf(CLASS),
        "none",
        "classes of data that it opens",
    ),
    must("title", Shape::Languages, "its name on screens"),
    must(
        "description",
        Shape::Languages,
        "what the customer is asked",
    ),
]);

pub(super) static QUESTION: Table = only(&[
    must("examples", Shape::Texts, "ways to ask it, in any language"),
    must("answer", Shape::Languages, "the answer, with values"),
]);

pub(super) static TRIGGER: Table = only(&[
    may(
        "for",
        Shape::Sets,
        "one trigger",
        "makes the table a template: a list of tables (a trigger each) or a table of lists (all combinations)",
    ),
    must("description", Shape::Text, "what it tells the bank"),
    must(
        "life_stage",
        Shape::OneOf(STAGE),
        "where in the relationship it matters",
    ),
    must("intent", Shape::Text, "what it speaks for"),
    may("strength", SHARE, "1", "how strongly"),
    may(
        "since",
        Shape::Text,
        "the evidence is as old as now",
        "the variable that counts the days since the evidence; the intent fades with them",
    ),
    must("when", Shape::Condition, "the condition"),
    must("urgency", SHARE, "how pressing it is"),
    must(
        "because",
        Shape::Languages,
        "what the customer is told, with values",
    ),
]);

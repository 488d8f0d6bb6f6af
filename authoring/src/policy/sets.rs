//! Everything of a policy set but the actions.

use std::{collections::BTreeSet, sync::Arc};

use engine::{bundle::Channel, profile::DataClass};

use super::{
    Budget, CHANNELS, Directory, Model, ModelKind, Placeholder, Policy, Purpose, Question, Texts,
    actions, causes, contact,
    expand::Made,
    experiments, explanations, groups, intents, main_file, market, page_limits,
    table::{self, Table},
    triangulation::triangulation,
    value::{one_of, small},
};
use crate::{
    limits,
    model::Weights,
    place::{File, Spot},
    problem::{Log, Problem, unique},
    suggest::suggest,
};

pub(super) const CLASSES: [(&str, DataClass); 5] = [
    ("public", DataClass::Public),
    ("demographic", DataClass::Demographic),
    ("behavioural", DataClass::Behavioural),
    ("transaction", DataClass::Transaction),
    ("device", DataClass::Device),
];

pub(super) const KINDS: [(&str, ModelKind); 6] = [
    ("xgboost", ModelKind::Xgboost),
    ("lightgbm", ModelKind::Lightgbm),
    ("onnx", ModelKind::Onnx),
    ("cosine", ModelKind::Cosine),
    ("sequence", ModelKind::Sequence),
    ("journey", ModelKind::Journey),
];

/// Reads all files. Languages come first: texts are read by them.
pub(crate) fn policy(directory: &Directory, log: &Log) -> Policy {
    let mut policy = Policy::default();
    let main = directory.policies().find(|file| file.name == "policy.toml");
    let Some(main) = main else {
        let remedy = "`policy.toml` with name, locales and currency".to_owned();
        let what = "the policy directory".to_owned();
        log.add(
            main_file().whole(),
            Problem::Missing {
                what,
                key: "policy.toml".to_owned(),
                remedy,
            },
        );
        return policy;
    };
    if let Some(mut table) = table::parse(main, log) {
        policy.name = table.text("name", "e.g. `name = \"retail\"`");
        policy.locales = table.texts("locales", "e.g. `locales = [\"en\"]`");
        unique("language", policy.locales.iter(), log);
        // What is there twice would be missed and found again in every text.
        let mut seen = BTreeSet::new();
        policy
            .locales
            .retain(|locale| seen.insert(locale.value.clone()));
        policy.currency = table.text("currency", "an ISO 4217 code, e.g. `currency = \"CZK\"`");
        policy.formats = table.optional_texts("formats").unwrap_or_default();
        policy.topics = table.optional_texts("topics").unwrap_or_default();
        if let Some(mut budget) = table.optional_table("budget") {
            policy.budget = Budget::read(&mut budget);
            budget.finish();
        }
        at_most(
            main,
            "languages",
            policy.locales.len(),
            limits::LOCALES,
            log,
        );
        at_most(main, "formats", policy.formats.len(), limits::BITS, log);
        at_most(main, "topics", policy.topics.len(), limits::BITS, log);
        table.finish();
    }
    if policy.locales.is_empty() {
        // Without languages nothing that the other files say in them can be read.
        return policy;
    }
    let mut made = Made::default();
    for file in directory
        .policies()
        .filter(|file| file.name != "policy.toml")
    {
        if log.is_full() {
            return policy;
        }
        let Some(mut table) = table::parse(file, log) else {
            continue;
        };
        let (folder, name) = file.name.split_once('/').unwrap_or(("", &file.name));
        match (folder, name) {
            ("", "purposes.toml") => policy.purposes = purposes(&mut table, &policy.locales, log),
            ("", "placeholders.toml") => policy.placeholders = placeholders(&mut table, log),
            ("", "models.toml") => policy.models = models(&mut table, directory, log),
            ("", "personas.toml") => {
                let path = table.text("file", "e.g. `file = \"models/personas.json\"`");
                policy.personas = directory.model(path, log);
            }
            ("", "triangulation.toml") => policy.triangulation = triangulation(&mut table),
            ("", "contact.toml") => {
                policy.contact = contact::contact(&mut table, &policy.locales, log);
            }
            ("", "experiments.toml") => policy.experiments.read(&mut table),
            ("", "explanations.toml") => {
                policy.explanations = explanations::explanations(&mut table, &policy.locales);
            }
            ("", "causes.toml") => policy.causes = causes::causes(&mut table, &policy.locales),
            ("", "groups.toml") => policy.groups = groups::groups(&mut table, &policy.locales, log),
            ("", "placement.toml") => policy.page_limits = page_limits::page_limits(&mut table),
            ("market", _) => {
                policy
                    .market
                    .extend(market::team(name, file, &mut table, &policy.locales))
            }
            ("challengers", _) => policy
                .experiments
                .challengers
                .push(experiments::challenger(name, file, &mut table)),
            ("", "variables.toml") => policy.labels = labels(&mut table, &policy.locales),
            ("", "questions.toml") => policy.questions = questions(&mut table, &policy.locales),
            ("", "intents.toml") => {
                policy.intents = intents::intents(&mut table, &policy.locales);
            }
            ("triggers", _) => {
                let triggers = intents::triggers(&mut table, &policy.locales, &mut made, log);
                policy.triggers.extend(triggers);
            }
            ("actions", _) => {
                let Some(stage) = actions::life_stage(name) else {
                    unknown_file(file, log);
                    continue;
                };
                policy
                    .actions
                    .extend(actions::actions(&mut table, stage, &policy.locales, log));
            }
            _ => {
                unknown_file(file, log);
                continue;
            }
        }
        table.finish();
    }
    at_most(
        main,
        "purposes",
        policy.purposes.len(),
        limits::PURPOSES,
        log,
    );
    at_most(
        main,
        "triggers",
        policy.triggers.len(),
        limits::ENTRIES,
        log,
    );
    at_most(main, "intents", policy.intents.len(), limits::ENTRIES, log);
    at_most(main, "actions", policy.actions.len(), limits::ENTRIES, log);
    at_most(
        main,
        "placeholders",
        policy.placeholders.len(),
        limits::ENTRIES,
        log,
    );
    policy
}

/// One text in each language under a key.
pub(super) fn texts(table: &mut Table<'_, '_>, key: &str, locales: &[Spot<String>]) -> Texts {
    let Some(mut inner) = table.table(key) else {
        return Texts::new();
    };
    let texts = locales
        .iter()
        .map(|locale| inner.text(&locale.value, &format!("the text in `{}`", locale.value)))
        .collect();
    inner.finish();
    texts
}

fn purposes(table: &mut Table<'_, '_>, locales: &[Spot<String>], log: &Log) -> Vec<Purpose> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let notice_version = table.text(
            "notice_version",
            "the version of the notice, e.g. `\"2026-1\"`",
        );
        let classes = table.optional_texts("classes").unwrap_or_default();
        let classes = classes
            .iter()
            .filter_map(|name| one_of("data class", name, &CLASSES, log))
            .collect();
        let title = texts(&mut table, "title", locales);
        let description = texts(&mut table, "description", locales);
        table.finish();
        Purpose {
            id,
            notice_version,
            classes,
            title,
            description,
        }
    };
    table.tables("purpose").into_iter().map(read).collect()
}

/// `[prefix]` has a channel and `pages`; each page has a topic and its slots.
fn placeholders(table: &mut Table<'_, '_>, log: &Log) -> Vec<Placeholder> {
    let mut all = Vec::new();
    for (prefix, mut table) in table.tables("channel") {
        let name = table.text("channel", "e.g. `channel = \"web\"`");
        let channel = one_of("channel", &name, &CHANNELS, log).unwrap_or_default();
        if let Some(mut pages) = table.table("pages") {
            for (page, mut slots) in pages.tables("page") {
                page_slots(&prefix, channel, &page, &mut slots, &mut all);
            }
        }
        table.finish();
    }
    all
}

fn page_slots(
    prefix: &Spot<String>,
    channel: Channel,
    page: &Spot<String>,
    slots: &mut Table<'_, '_>,
    all: &mut Vec<Placeholder>,
) {
    let topic = if slots.has_table("topic") {
        None
    } else {
        slots.optional_text("topic")
    };
    for (slot, mut table) in slots.tables("slot") {
        let id = format!("{}.{}.{}", prefix.value, page.value, slot.value);
        let formats = table.texts(
            "formats",
            "the formats it accepts, e.g. `formats = [\"card\"]`",
        );
        let topic = table.optional_text("topic").or_else(|| topic.clone());
        let capacity = table
            .optional_whole("capacity", 1, limits::CAPACITY.into())
            .map_or(1, |spot| spot.value);
        let prominence = table
            .optional_number("prominence", 0.01, 100.0)
            .map_or(1.0, |spot| spot.value);
        table.finish();
        all.push(Placeholder {
            id: slot.with(id),
            channel,
            page: page.value.clone(),
            topic,
            formats,
            capacity: u8::try_from(capacity).unwrap_or(1),
            prominence: small(prominence),
        });
    }
}

fn models(table: &mut Table<'_, '_>, directory: &Directory, log: &Log) -> Vec<Model> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let kind = table.text(
            "kind",
            "`kind = \"xgboost\"`, `\"lightgbm\"`, `\"onnx\"`, `\"cosine\"`, `\"sequence\"` or `\"journey\"`",
        );
        let kind = one_of("kind of model", &kind, &KINDS, log);
        let remedy = "the share of inputs that may be missing, e.g. `missing_allowed = 0.3`";
        let missing_allowed = small(table.number("missing_allowed", 0.0, 1.0, remedy).value);
        let weights = table.optional_whole("weights", 8, 16).and_then(|bits| {
            let weights = Weights::of(bits.value);
            if weights.is_none() {
                let (key, found) = ("weights".to_owned(), bits.value.to_string());
                let remedy = "write 16 or 8, or leave it out to keep all bits".to_owned();
                log.add(bits.place(), Problem::Invalid { key, found, remedy });
            }
            let remedy = match (kind, weights) {
                (Some(ModelKind::Cosine | ModelKind::Journey), _) => {
                    Some("leave it out: a model of this kind has few weights, and keeps them")
                }
                // The errors of 25 events add up: the retail set's network then says something else.
                (Some(ModelKind::Sequence), Some(Weights::Eight)) => {
                    Some("write 16: with 8 bits a network over transactions goes astray")
                }
                _ => None,
            };
            if let Some(remedy) = remedy {
                let (key, found) = ("weights".to_owned(), bits.value.to_string());
                let remedy = remedy.to_owned();
                log.add(bits.place(), Problem::Invalid { key, found, remedy });
            }
            weights
        });
        let path = table.text("file", "e.g. `file = \"models/activation.json\"`");
        table.finish();
        let file = if path.value.is_empty() {
            None
        } else {
            directory.model(path, log)
        };
        Some(Model {
            id,
            kind: kind?,
            missing_allowed,
            weights,
            file: file?,
        })
    };
    table.tables("model").into_iter().filter_map(read).collect()
}

fn labels(table: &mut Table<'_, '_>, locales: &[Spot<String>]) -> Vec<(Spot<String>, Texts)> {
    let names = table.keys("names of variables");
    names
        .into_iter()
        .map(|name| (name.clone(), texts(table, &name.value, locales)))
        .collect()
}

fn questions(table: &mut Table<'_, '_>, locales: &[Spot<String>]) -> Vec<Question> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let examples = table.texts(
            "examples",
            "ways to ask it, e.g. `examples = [\"what is my balance\"]`",
        );
        let answer = texts(&mut table, "answer", locales);
        table.finish();
        Question {
            id,
            examples,
            answer,
        }
    };
    table.tables("question").into_iter().map(read).collect()
}

fn at_most(file: &Arc<File>, what: &'static str, found: usize, limit: usize, log: &Log) {
    if found > limit {
        let remedy = "take some away, or split the policy set";
        log.add(
            file.whole(),
            Problem::TooMuch {
                what,
                found,
                limit,
                remedy,
            },
        );
    }
}

fn unknown_file(file: &Arc<File>, log: &Log) {
    let known = [
        "actions/activation.toml",
        "actions/attrition-prevention.toml",
        "actions/cross-sell.toml",
        "actions/engagement.toml",
        "causes.toml",
        "challengers/….toml",
        "contact.toml",
        "experiments.toml",
        "explanations.toml",
        "groups.toml",
        "intents.toml",
        "market/….toml",
        "models.toml",
        "personas.toml",
        "placeholders.toml",
        "placement.toml",
        "policy.toml",
        "purposes.toml",
        "questions.toml",
        "triangulation.toml",
        "triggers/….toml",
        "variables.toml",
    ];
    let remedy = suggest(&file.name, known);
    log.add(
        file.whole(),
        Problem::UnknownName {
            what: "policy file",
            name: file.name.clone(),
            remedy,
        },
    );
}

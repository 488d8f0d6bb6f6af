//! Compiling a policy set to the tables of a bundle.
//!
//! Here names become positions, and everything that reading one file cannot know is checked: that names
//! mean something, that consent covers the data in use, that every placeholder can be filled. The same
//! policy set gives the same body, bit for bit.

mod compiler;
mod engagement;
mod market;
mod models;
mod places;
mod pools;
mod triangulation;
mod variables;

use engine::{
    bundle::{
        Action, Body, PageLimit, Persona, Personas, Pitch, Placeholder, Propensity, Purpose,
        Question, Trigger,
    },
    policy::{COLUMNS, Condition, Conditions},
};

use crate::{
    limits,
    place::Spot,
    policy::{self, Policy},
    problem::{Log, PolicyErrors, Problem, unique},
};
use compiler::Compiler;

/// What a policy set compiles to.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The tables.
    pub body: Body,
    /// The conditions of the triggers, in their order: the body holds them woven into one.
    pub conditions: Vec<Condition>,
}

/// Compiles a policy set, or says everything that is wrong with it.
pub fn compile(policy: &Policy) -> Result<Compiled, PolicyErrors> {
    let log = Log::default();
    if pairs(policy, &log) {
        return log.close(Compiled::default());
    }
    let compiled = compile_with(policy, &log);
    log.close(compiled)
}

fn compile_with(policy: &Policy, log: &Log) -> Compiled {
    header(policy, log);
    let registry = engine::variables::registry();
    let models = models::import(policy, &registry, log);
    let scores = models.scores(policy);
    let pools = pools::pools(policy, &models, &scores, log);
    let centroids = models::personas(policy, &registry, log);
    let mut compiler = Compiler::new(policy, &registry, &centroids, &scores, log);
    let (triggers, mut conditions): (Vec<_>, Vec<_>) = policy
        .triggers
        .iter()
        .map(|trigger| compiler.trigger(trigger))
        .unzip();
    let page_limits = compiler.page_limits();
    let actions: Vec<_> = policy
        .actions
        .iter()
        .map(|action| compiler.action(action, &page_limits))
        .collect();
    let market = compiler.market();
    let groups = compiler.groups();
    let placeholders: Vec<_> = policy
        .placeholders
        .iter()
        .map(|slot| compiler.placeholder(slot))
        .collect();
    let questions = policy
        .questions
        .iter()
        .map(|question| compiler.question(question))
        .collect();
    let personas = compiler.personas(centroids);
    let sequences = models.sequences.into_iter();
    let sequences = sequences.map(|(id, sequence)| compiler.sequence(&id, sequence));
    let sequences = sequences.collect();
    let journeys = models.journeys.into_iter();
    let journeys = journeys.map(|steps| compiler.journey(steps)).collect();
    let models = models.models.into_iter();
    let models = models.map(|model| compiler.model(model));
    let models = models.chain(pools).collect();
    compiler.check_placeholders(&actions, &placeholders);
    let mut body = Body {
        name: policy.name.value.clone(),
        locales: policy
            .locales
            .iter()
            .map(|locale| locale.value.clone())
            .collect(),
        currency: policy.currency.value.clone(),
        purposes: policy.purposes.iter().map(purpose).collect(),
        variables: Vec::new(),
        models,
        sequences,
        journeys,
        personas,
        intents: compiler.intents(),
        triggers,
        trigger_conditions: Conditions::default(),
        market,
        groups,
        actions,
        contact: compiler.contact(),
        placeholders,
        page_limits,
        triangulation: compiler.triangulation(&policy.triangulation),
        experiments: compiler.experiments(),
        explanations: policy.explanations.iter().map(texts).collect(),
        causes: policy
            .causes
            .iter()
            .map(|cause| texts(&cause.title))
            .collect(),
        questions,
        cause_ids: policy
            .causes
            .iter()
            .map(|cause| cause.id.value.clone())
            .collect(),
        explained: compiler.explained.iter().copied().collect(),
    };
    compiler.settle_variables(&mut body, &mut conditions);
    match Conditions::new(&conditions) {
        Some(conditions) => body.trigger_conditions = conditions,
        None => log.add(
            policy.name.file.whole(),
            Problem::TooMuch {
                what: "different numbers that the triggers read",
                found: COLUMNS + 1,
                limit: COLUMNS,
                remedy: "take some triggers away",
            },
        ),
    }
    Compiled { body, conditions }
}

/// Notes more pairs of actions and placeholders than a decision may weigh.
fn pairs(policy: &Policy, log: &Log) -> bool {
    let found = policy
        .actions
        .len()
        .saturating_mul(policy.placeholders.len());
    let too_many = found > limits::PAIRS;
    if too_many {
        log.add(
            policy.name.file.whole(),
            Problem::TooMuch {
                what: "pairs of an action and a placeholder",
                found,
                limit: limits::PAIRS,
                remedy: "take some actions or placeholders away, or split the policy set",
            },
        );
    }
    too_many
}

fn header(policy: &Policy, log: &Log) {
    let invalid = |spot: &Spot<String>, key: &str, remedy: &str| {
        let (key, found) = (key.to_owned(), format!("`{}`", spot.value));
        log.add(
            spot.place(),
            Problem::Invalid {
                key,
                found,
                remedy: remedy.to_owned(),
            },
        );
    };
    let currency = &policy.currency;
    if currency.value.len() != 3 || !currency.value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        invalid(currency, "currency", "write an ISO 4217 code, e.g. `CZK`");
    }
    for locale in &policy.locales {
        let tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(2..=35).contains(&locale.value.len()) || !locale.value.bytes().all(tag) {
            invalid(locale, "locales", "write BCP 47 tags, e.g. `cs`");
        }
    }
    unique("format", policy.formats.iter(), log);
    unique("topic", policy.topics.iter(), log);
    unique(
        "purpose",
        policy.purposes.iter().map(|purpose| &purpose.id),
        log,
    );
    unique(
        "placeholder",
        policy.placeholders.iter().map(|slot| &slot.id),
        log,
    );
    let models = policy.models.iter().map(|model| &model.id);
    let models = models.chain(policy.pools.iter().map(|pool| &pool.id));
    unique("model", models.clone(), log);
    unique(
        "trigger",
        policy.triggers.iter().map(|trigger| &trigger.id),
        log,
    );
    unique(
        "action",
        policy.actions.iter().map(|action| &action.id),
        log,
    );
    unique(
        "intent",
        policy.intents.iter().map(|intent| &intent.id),
        log,
    );
    unique("group", policy.groups.iter().map(|group| &group.id), log);
    unique(
        "question",
        policy.questions.iter().map(|question| &question.id),
        log,
    );
    let actions = policy.actions.iter().map(|action| &action.id);
    let intents = policy.intents.iter().map(|intent| &intent.id);
    let triggers = policy.triggers.iter().map(|trigger| &trigger.id);
    let groups = policy.groups.iter().map(|group| &group.id);
    let purposes = policy.purposes.iter().map(|purpose| &purpose.id);
    let questions = policy.questions.iter().map(|question| &question.id);
    let causes = policy.causes.iter().map(|cause| &cause.id);
    // Conditions write a score with underscores, so no two may come to the same.
    let ids = actions.chain(intents).chain(triggers).chain(groups);
    for id in ids
        .chain(purposes)
        .chain(questions)
        .chain(models)
        .chain(causes)
    {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=64).contains(&id.value.len()) || !id.value.bytes().all(word) {
            invalid(
                id,
                "the id",
                "use lower-case letters, digits and hyphens, at most 64",
            );
        }
    }
    for slot in &policy.placeholders {
        if slot.id.value.split('.').any(str::is_empty) {
            invalid(
                &slot.id,
                "the placeholder",
                "give its page and its slot a name",
            );
        }
    }
}

fn purpose(purpose: &policy::Purpose) -> Purpose {
    Purpose {
        id: purpose.id.value.clone(),
        notice_version: purpose.notice_version.value.clone(),
        classes: purpose
            .classes
            .iter()
            .fold(0, |bits, class| bits | 1 << *class as u8),
        title: texts(&purpose.title),
        description: texts(&purpose.description),
    }
}

fn texts(texts: &policy::Texts) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

//! Compiling a policy set to the tables of a bundle.
//!
//! Here names become positions, and everything that reading one file cannot know is checked: that names
//! mean something, that consent covers the data in use, that every placeholder can be filled. The same
//! policy set gives the same body, bit for bit.

mod compiler;
mod models;
mod places;
mod variables;

use engine::bundle::{
    Action, Body, Persona, Personas, Pitch, Placeholder, ProductFocus, Propensity, Purpose,
    Question, Triangulation, Trigger,
};

use crate::{
    limits,
    place::Spot,
    policy::{self, Policy},
    problem::{Log, PolicyErrors, Problem, unique},
};
use compiler::Compiler;

/// Compiles a policy set, or says everything that is wrong with it.
pub fn compile(policy: &Policy) -> Result<Body, PolicyErrors> {
    let log = Log::default();
    if pairs(policy, &log) {
        return log.close(Body::default());
    }
    let body = compile_with(policy, &log);
    log.close(body)
}

fn compile_with(policy: &Policy, log: &Log) -> Body {
    header(policy, log);
    let registry = engine::variables::registry();
    let models = models::import(policy, &registry, log);
    let centroids = models::personas(policy, &registry, log);
    let mut compiler = Compiler::new(policy, &registry, &centroids, log);
    let triggers = policy
        .triggers
        .iter()
        .map(|trigger| compiler.trigger(trigger))
        .collect();
    let actions: Vec<_> = policy
        .actions
        .iter()
        .map(|action| compiler.action(action))
        .collect();
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
    let models = models
        .into_iter()
        .map(|model| compiler.model(model))
        .collect();
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
        personas,
        triggers,
        actions,
        placeholders,
        triangulation: triangulation(policy, log),
        questions,
    };
    compiler.settle_variables(&mut body);
    body
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
    unique("model", policy.models.iter().map(|model| &model.id), log);
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
        "question",
        policy.questions.iter().map(|question| &question.id),
        log,
    );
    let ids = policy.actions.iter().map(|action| &action.id);
    for id in ids.chain(policy.triggers.iter().map(|trigger| &trigger.id)) {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.value.len() > 64 || !id.value.bytes().all(word) {
            invalid(
                id,
                "the id",
                "use lower-case letters, digits and hyphens, at most 64",
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

fn triangulation(policy: &Policy, log: &Log) -> Triangulation {
    let written = &policy.triangulation;
    let mut products = Vec::new();
    for (product, focus) in &written.focus {
        let known = policy
            .actions
            .iter()
            .map(|action| action.product.value.as_str());
        if known.clone().any(|name| name == product.value) {
            products.push(ProductFocus {
                product: product.value.clone(),
                focus: *focus,
            });
        } else {
            compiler::unknown("product", product, known, log);
        }
    }
    let [propensity, value, urgency, life_stage, persona, focus] = written.factors;
    Triangulation {
        propensity,
        value,
        urgency,
        life_stage,
        persona,
        focus,
        value_scale: written.value_scale,
        life_stages: written.life_stages,
        products,
    }
}

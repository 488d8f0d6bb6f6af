//! Models: `models.toml`, model files and how they are read, and pools, which make one score of several.

use engine::models::Combine;

use super::{Directory, ModelFile, ModelKind, small, table::Table, value::one_of};
use crate::{
    model::Weights,
    place::Spot,
    problem::{Log, Problem},
};

/// A model and its file.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name in policies.
    pub id: Spot<String>,
    /// How its file is read.
    pub kind: ModelKind,
    /// Share of inputs that may be missing.
    pub missing_allowed: f32,
    /// How many bits its weights keep, where not all.
    pub weights: Option<Weights>,
    /// The file.
    pub file: ModelFile,
}

/// Several models of one thing as one score.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name in policies.
    pub id: Spot<String>,
    /// What is made of their scores.
    pub combine: Combine,
    /// Their names and weights.
    pub members: Vec<(Spot<String>, f32)>,
}

/// What kinds there are; the one without a file is a pool.
pub(super) const KINDS: [(&str, Option<ModelKind>); 7] = [
    ("xgboost", Some(ModelKind::Xgboost)),
    ("lightgbm", Some(ModelKind::Lightgbm)),
    ("onnx", Some(ModelKind::Onnx)),
    ("cosine", Some(ModelKind::Cosine)),
    ("sequence", Some(ModelKind::Sequence)),
    ("journey", Some(ModelKind::Journey)),
    ("pool", None),
];

/// The ways to make one score of several.
pub(super) const COMBINES: [(&str, Combine); 4] = [
    ("mean", Combine::Mean),
    ("log-odds", Combine::LogOdds),
    ("largest", Combine::Largest),
    ("any", Combine::Any),
];

/// The least and the greatest weight in a pool.
pub(super) const WEIGHT: (f64, f64) = (0.001, 1_000.0);

pub(super) fn models(
    table: &mut Table<'_, '_>,
    directory: &Directory,
    log: &Log,
) -> (Vec<Model>, Vec<Pool>) {
    let (mut models, mut pools) = (Vec::new(), Vec::new());
    for (id, mut table) in table.tables("model") {
        let kind = table.text(
            "kind",
            "`kind = \"xgboost\"`, `\"lightgbm\"`, `\"onnx\"`, `\"cosine\"`, `\"sequence\"`, `\"journey\"` or `\"pool\"`",
        );
        match one_of("kind of model", &kind, &KINDS, log) {
            Some(None) => pools.extend(pool(id, table, log)),
            kind => models.extend(model(id, kind.flatten(), table, directory, log)),
        }
    }
    (models, pools)
}

fn model(
    id: Spot<String>,
    kind: Option<ModelKind>,
    mut table: Table<'_, '_>,
    directory: &Directory,
    log: &Log,
) -> Option<Model> {
    let remedy = "the share of inputs that may be missing, e.g. `missing_allowed = 0.3`";
    must(&table, "missing_allowed", remedy);
    let missing_allowed = table.optional_number("missing_allowed", 0.0, 1.0);
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
    must(&table, "file", "e.g. `file = \"models/activation.json\"`");
    let file = table.optional_text("file");
    table.finish();
    let file = file.and_then(|path| directory.model(path, log));
    Some(Model {
        id,
        kind: kind?,
        missing_allowed: small(missing_allowed?.value),
        weights,
        file: file?,
    })
}

fn pool(id: Spot<String>, mut table: Table<'_, '_>, log: &Log) -> Option<Pool> {
    must(&table, "combine", "e.g. `combine = \"mean\"`");
    let combine = table.optional_text("combine");
    let combine = combine.and_then(|name| one_of("way to combine scores", &name, &COMBINES, log));
    must(
        &table,
        "of",
        "the models with their weights, e.g. `of = { loan = 2, card = 1 }`",
    );
    let mut members = Vec::new();
    if let Some(mut of) = table.optional_table("of") {
        let (place, (least, most)) = (of.place(), WEIGHT);
        let count = of.keys("models").len();
        members.extend(of.numbers("models", least, most));
        of.finish();
        if count < 2 {
            let (key, found) = ("of".to_owned(), format!("a pool of {count}"));
            let remedy = "name two models at least".to_owned();
            log.add(place, Problem::Invalid { key, found, remedy });
        }
    }
    table.finish();
    let combine = combine?;
    if matches!(combine, Combine::Largest | Combine::Any) {
        for (model, weight) in members.iter().filter(|(_, weight)| *weight > 1.0) {
            let (key, found) = (model.value.clone(), weight.to_string());
            let remedy =
                "these weights are not divided by their sum, so write 1 or less".to_owned();
            log.add(model.place(), Problem::Invalid { key, found, remedy });
        }
    }
    let members = members.into_iter();
    Some(Pool {
        id,
        combine,
        members: members
            .map(|(model, weight)| (model, small(weight)))
            .collect(),
    })
}

/// Notes a key that only some kinds of model need and that is not there.
fn must(table: &Table<'_, '_>, key: &str, remedy: &str) {
    if !table.has(key) {
        table.missing(key, remedy);
    }
}

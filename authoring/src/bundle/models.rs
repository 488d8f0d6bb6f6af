//! Model files to models, with their inputs found in the registry.

use engine::{models::Step, variables::Entry};

use std::collections::BTreeMap;

use crate::{
    model::{self, Centroids, ImportedJourney, ImportedSequence, ModelProblem},
    place::{Place, Spot},
    policy::{Model, ModelFile, ModelKind, Policy},
    problem::{Log, Problem},
    suggest::suggest,
};

/// An imported model, its inputs by position in the registry.
pub(super) struct Imported {
    pub(super) id: Spot<String>,
    pub(super) inputs: Vec<u16>,
    pub(super) missing_allowed: f32,
    pub(super) steps: Vec<Step>,
    pub(super) output: u16,
}

/// An imported journey, its variables by position in the registry.
pub(super) struct Steps {
    pub(super) id: Spot<String>,
    pub(super) missing_allowed: f32,
    pub(super) journey: ImportedJourney,
    pub(super) inputs: Vec<u16>,
    pub(super) began: u16,
    /// For each step, the variable that says when it was taken.
    pub(super) since: Vec<u16>,
}

/// All imported models, by sort.
#[derive(Default)]
pub(super) struct All {
    pub(super) sequences: Vec<(Spot<String>, ImportedSequence)>,
    pub(super) journeys: Vec<Steps>,
    pub(super) models: Vec<Imported>,
}

impl All {
    /// Names of the scores, in the order that bundles have them; a model that could not be imported has one.
    pub(super) fn scores(&self, policy: &Policy) -> Vec<String> {
        let full = |id: &Spot<String>, score: &model::Titled| format!("{}-{}", id.value, score.id);
        let sequences = self.sequences.iter().flat_map(|(id, sequence)| {
            let outputs = sequence.outputs.iter();
            outputs.map(move |output| full(id, output))
        });
        let journeys = self.journeys.iter().flat_map(|steps| {
            let milestones = steps.journey.steps.iter();
            milestones.map(move |milestone| full(&steps.id, &milestone.score))
        });
        let models = of_one_score(policy).map(|model| model.id.value.clone());
        let pools = policy.pools.iter().map(|pool| pool.id.value.clone());
        sequences
            .chain(journeys)
            .chain(models)
            .chain(pools)
            .collect()
    }
}

/// Models whose score has the model's own name.
pub(super) fn of_one_score(policy: &Policy) -> impl Iterator<Item = &Model> {
    let has_outputs =
        |model: &&Model| matches!(model.kind, ModelKind::Sequence | ModelKind::Journey);
    let models = policy.models.iter();
    models.filter(move |model| !has_outputs(model))
}

/// Imports all models that can be; what is wrong with the others is noted.
pub(super) fn import(policy: &Policy, registry: &[Entry], log: &Log) -> All {
    let mut all = All::default();
    for model in &policy.models {
        match model.kind {
            ModelKind::Sequence => all.sequences.extend(sequence(model, policy, log)),
            ModelKind::Journey => all.journeys.extend(journey(model, policy, registry, log)),
            _ => all.models.extend(one(model, registry, log)),
        }
    }
    all
}

fn sequence(model: &Model, policy: &Policy, log: &Log) -> Option<(Spot<String>, ImportedSequence)> {
    if model.missing_allowed != 0.0 {
        let problem = Problem::Invalid {
            key: "missing_allowed".to_owned(),
            found: model.missing_allowed.to_string(),
            remedy: "write 0: a sequence has no inputs that could be missing".to_owned(),
        };
        log.add(model.id.place(), problem);
    }
    let sequence = model::sequence(&model.file.bytes);
    let mut sequence = noted(sequence, &model.file, log)?;
    if let Some(weights) = model.weights {
        weights.cells(&mut sequence.cells);
        weights.round(&mut sequence.steps);
    }
    for output in &sequence.outputs {
        titles(&output.id, &output.title, &model.file, policy, log);
    }
    Some((model.id.clone(), sequence))
}

fn journey(model: &Model, policy: &Policy, registry: &[Entry], log: &Log) -> Option<Steps> {
    let journey = noted(model::journey(&model.file.bytes), &model.file, log)?;
    for step in &journey.steps {
        titles(&step.score.id, &step.score.title, &model.file, policy, log);
    }
    let began = [journey.began.clone()];
    let since: Vec<String> = journey
        .steps
        .iter()
        .map(|step| step.since.clone())
        .collect();
    let found = |names: &[String]| positions(names, &model.file, registry, log);
    Some(Steps {
        id: model.id.clone(),
        missing_allowed: model.missing_allowed,
        inputs: found(&journey.inputs),
        began: found(&began).first().copied().unwrap_or_default(),
        since: found(&since),
        journey,
    })
}

fn noted<T>(read: Result<T, ModelProblem>, file: &ModelFile, log: &Log) -> Option<T> {
    read.map_err(|problem| note(file, problem, log)).ok()
}

/// Notes the languages in which something has no name.
fn titles(
    id: &str,
    titles: &BTreeMap<String, String>,
    file: &ModelFile,
    policy: &Policy,
    log: &Log,
) {
    for locale in &policy.locales {
        if !titles.contains_key(&locale.value) {
            let what = format!("`{id}`");
            let key = format!("title.{}", locale.value);
            let remedy = "its name in that language".to_owned();
            log.add(place(file), Problem::Missing { what, key, remedy });
        }
    }
}

/// Imports the personas; none when there is no file or it is wrong.
pub(super) fn personas(policy: &Policy, registry: &[Entry], log: &Log) -> (Vec<u16>, Centroids) {
    let none = || Centroids {
        inputs: Vec::new(),
        means: Vec::new(),
        scales: Vec::new(),
        personas: Vec::new(),
    };
    let Some(file) = &policy.personas else {
        return (Vec::new(), none());
    };
    let centroids = match model::personas(&file.bytes) {
        Ok(centroids) => centroids,
        Err(problem) => {
            note(file, problem, log);
            return (Vec::new(), none());
        }
    };
    for persona in &centroids.personas {
        titles(&persona.id, &persona.title, file, policy, log);
    }
    let inputs = positions(&centroids.inputs, file, registry, log);
    (inputs, centroids)
}

fn one(model: &Model, registry: &[Entry], log: &Log) -> Option<Imported> {
    let read = match model.kind {
        ModelKind::Xgboost => model::xgboost(&model.file.bytes),
        ModelKind::Lightgbm => model::lightgbm(&model.file.bytes),
        ModelKind::Onnx => model::onnx(&model.file.bytes),
        ModelKind::Cosine => model::cosine(&model.file.bytes),
        // Those have scores of their own.
        ModelKind::Sequence | ModelKind::Journey => return None,
    };
    let mut imported = noted(read, &model.file, log)?;
    if !imported.named {
        note(&model.file, ModelProblem::Nameless, log);
        return None;
    }
    if let Some((name, _)) = texts_of(&imported) {
        note(&model.file, ModelProblem::Texts(name.clone()), log);
        return None;
    }
    if let Some(weights) = model.weights {
        weights.round(&mut imported.steps);
    }
    Some(Imported {
        id: model.id.clone(),
        inputs: positions(&imported.inputs, &model.file, registry, log),
        missing_allowed: model.missing_allowed,
        steps: imported.steps,
        output: imported.output,
    })
}

/// An input that holds texts; variables are numbers.
fn texts_of(imported: &model::Imported) -> Option<(&String, &Vec<String>)> {
    let mut pairs = imported.inputs.iter().zip(&imported.texts);
    pairs.find(|(_, texts)| !texts.is_empty())
}

fn positions(names: &[String], file: &ModelFile, registry: &[Entry], log: &Log) -> Vec<u16> {
    let known = || registry.iter().map(|entry| entry.name.as_str());
    let position = |name: &String| {
        let found = known()
            .position(|known| known == name)
            .and_then(|at| u16::try_from(at).ok());
        if found.is_none() {
            let remedy = suggest(name, known());
            let problem = Problem::UnknownName {
                what: "variable",
                name: name.clone(),
                remedy,
            };
            log.add(place(file), problem);
        }
        found.unwrap_or_default()
    };
    names.iter().map(position).collect()
}

fn note(file: &ModelFile, problem: ModelProblem, log: &Log) {
    let mut place = place(file);
    match &problem {
        ModelProblem::Json(error) => (place.line, place.column) = (error.line(), error.column()),
        ModelProblem::Line { line, .. } => place.line = *line,
        _ => {}
    }
    log.add(place, problem);
}

fn place(file: &ModelFile) -> Place {
    Place {
        file: file.path.value.clone(),
        line: 0,
        column: 0,
    }
}

//! Model files to models, with their inputs found in the registry.

use engine::{models::Step, variables::Entry};

use crate::{
    model::{self, Centroids, ModelProblem},
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

/// Imports all models that can be; what is wrong with the others is noted.
pub(super) fn import(policy: &Policy, registry: &[Entry], log: &Log) -> Vec<Imported> {
    policy
        .models
        .iter()
        .filter_map(|model| one(model, registry, log))
        .collect()
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
        for locale in &policy.locales {
            if !persona.title.contains_key(&locale.value) {
                let what = format!("persona `{}`", persona.id);
                let key = format!("title.{}", locale.value);
                let remedy = "its name in that language".to_owned();
                log.add(place(file), Problem::Missing { what, key, remedy });
            }
        }
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
    };
    let mut imported = match read {
        Ok(imported) => imported,
        Err(problem) => {
            note(&model.file, problem, log);
            return None;
        }
    };
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

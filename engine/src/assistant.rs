//! The assistant: answers a question in the customer's own words from the variables, on the device.
//!
//! A question is matched to the bundle's examples by the cosine of their word counts (Salton's vector
//! space model, 1975). Below [`LEAST_LIKENESS`] nothing is answered: a wrong answer about money is worse
//! than none.
//!
//! ```
//! use engine::{assistant::understand, bundle::{ArchivedBody, Body, Question}};
//! let asked = Question { id: "balance".into(), examples: vec!["what is my balance".into()], ..Question::default() };
//! let body = Body { questions: vec![asked], ..Body::default() };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&body).unwrap();
//! let body = rkyv::access::<ArchivedBody, rkyv::rancor::Error>(&bytes).unwrap();
//! assert_eq!(understand(body, "My balance, please: what is it?").unwrap().question.id, "balance");
//! assert!(understand(body, "Shall I buy bitcoin?").is_none());
//! ```

use crate::bundle::{ArchivedBody, ArchivedQuestion};

/// The cosine that a question must reach to count as asked.
pub const LEAST_LIKENESS: f64 = 0.5;

/// Which question was asked.
#[derive(Clone, Copy)]
pub struct Match<'b> {
    /// The question.
    pub question: &'b ArchivedQuestion,
    /// How much the words agree, 0 to 1.
    pub likeness: f64,
}

/// The question that `text` is most like, if any is like enough.
pub fn understand<'b>(body: &'b ArchivedBody, text: &str) -> Option<Match<'b>> {
    let asked = words(text);
    let mut best: Option<Match<'b>> = None;
    for question in body.questions.iter() {
        for example in question.examples.iter() {
            let likeness = cosine(&asked, &words(example));
            if likeness >= LEAST_LIKENESS && best.is_none_or(|best| likeness > best.likeness) {
                best = Some(Match { question, likeness });
            }
        }
    }
    best
}

/// Lower-case words, sorted, each with its count.
fn words(text: &str) -> Vec<(String, f64)> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(64)
        .map(str::to_lowercase);
    let mut counted: Vec<(String, f64)> = Vec::new();
    for word in words {
        let place = counted.binary_search_by(|(known, _)| known.cmp(&word));
        match place.map(|known| counted.get_mut(known)) {
            Ok(known) => known.into_iter().for_each(|(_, count)| *count += 1.0),
            Err(place) => counted.insert(place, (word, 1.0)),
        }
    }
    counted
}

fn cosine(left: &[(String, f64)], right: &[(String, f64)]) -> f64 {
    let dot: f64 = left
        .iter()
        .filter_map(|(word, count)| {
            let found = right.binary_search_by(|(other, _)| other.cmp(word)).ok()?;
            right.get(found).map(|(_, other)| count * other)
        })
        .sum();
    let square =
        |words: &[(String, f64)]| words.iter().map(|(_, count)| count * count).sum::<f64>();
    let length = (square(left) * square(right)).sqrt();
    if length > 0.0 { dot / length } else { 0.0 }
}

//! What a bundle says: its texts by where they stand, and which of them another bundle words otherwise.

use std::collections::BTreeMap;

use engine::{
    Context,
    bundle::{ArchivedBody, ArchivedPitch, ArchivedTexts},
    explain::Kind,
    policy::{ArchivedPart, ArchivedTemplate, Format},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A bundle's texts.
pub type Texts = BTreeMap<Place, String>;

/// Where a text stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What says it: an action, a trigger.
    pub kind: &'static str,
    /// The name of that.
    pub name: String,
    /// The text's key in policies.
    pub part: &'static str,
    /// Its language.
    pub locale: String,
}

/// A text that is worded otherwise. What only one bundle has is no change of its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reworded {
    /// What says it: an action, a trigger.
    pub kind: &'static str,
    /// The name of that.
    pub name: String,
    /// The text's key in policies.
    pub part: &'static str,
    /// Its language.
    pub locale: String,
    /// The words before, values as policies write them; none in a language that is new.
    pub before: Option<String>,
    /// The words now; none in a language that is gone.
    pub after: Option<String>,
    /// Of an action, the customers who see it now.
    pub customers: Option<u64>,
}

/// The kind of an action's texts.
pub const ACTION: &str = "action";

/// All texts of a bundle that somebody may read.
pub fn texts(body: &ArchivedBody) -> Texts {
    let mut reader = Reader {
        body,
        texts: Texts::new(),
    };
    for action in body.actions.iter() {
        reader.pitches(&action.id, &action.pitches);
    }
    for trigger in body.triggers.iter() {
        reader.templates("trigger", &trigger.id, "because", &trigger.because);
    }
    for purpose in body.purposes.iter() {
        reader.plain("purpose", &purpose.id, "title", &purpose.title);
        reader.plain("purpose", &purpose.id, "description", &purpose.description);
    }
    for variable in body.variables.iter() {
        reader.plain("variable", &variable.name, "label", &variable.label);
    }
    for persona in body.personas.personas.iter() {
        reader.plain("persona", &persona.id, "title", &persona.title);
    }
    for intent in body.intents.iter() {
        reader.plain("intent", &intent.id, "title", &intent.title);
    }
    for team in body.market.teams.iter() {
        reader.plain("team", &team.id, "title", &team.title);
    }
    for group in body.groups.iter() {
        reader.plain("group", &group.id, "title", &group.title);
    }
    for cap in body.contact.caps.iter() {
        reader.plain("cap", &cap.id, "title", &cap.title);
    }
    for hours in body.contact.quiet_hours.iter() {
        reader.plain("quiet hours", &hours.id, "title", &hours.title);
    }
    for (kind, texts) in Kind::ALL.iter().zip(body.explanations.iter()) {
        reader.plain("explanation", kind.name(), "text", texts);
    }
    for question in body.questions.iter() {
        reader.templates("question", &question.id, "answer", &question.answer);
    }
    reader.texts
}

/// The language in which a bundle answers a context (JSON), as the engine chooses it.
pub fn language<'l>(locales: &'l [String], context: &[u8]) -> &'l str {
    let wanted = Context::from_json(context).ok().and_then(|it| it.locale);
    let wanted = wanted.unwrap_or_default();
    let primary = wanted.split(['-', '_']).next().unwrap_or_default();
    let find = |tag: &str| locales.iter().find(|known| known.eq_ignore_ascii_case(tag));
    let found = find(&wanted).or_else(|| find(primary));
    found.or(locales.first()).map_or("", String::as_str)
}

/// What both bundles say, but not in the same words.
pub fn reworded(old: &Texts, new: &Texts) -> Vec<Reworded> {
    let is_in = |texts: &Texts, place: &Place| {
        let any = Place {
            part: "",
            locale: String::new(),
            ..place.clone()
        };
        let next = texts.range(any..).next();
        next.is_some_and(|(next, _)| (next.kind, &next.name) == (place.kind, &place.name))
    };
    let places = old
        .keys()
        .chain(new.keys().filter(|place| !old.contains_key(place)));
    let changed = places
        .filter(|place| old.get(place) != new.get(place) && is_in(old, place) && is_in(new, place));
    let mut changed: Vec<_> = changed
        .map(|place| Reworded {
            kind: place.kind,
            name: place.name.clone(),
            part: place.part,
            locale: place.locale.clone(),
            before: old.get(place).cloned(),
            after: new.get(place).cloned(),
            customers: None,
        })
        .collect();
    changed.sort_by(|a, b| {
        let order = |it: &Reworded| (it.kind, it.name.clone(), it.locale.clone(), it.part);
        order(a).cmp(&order(b))
    });
    changed
}

/// What an action says in a language.
pub fn pitch<'t>(texts: &'t Texts, action: &str, locale: &str) -> Vec<(&'static str, &'t str)> {
    let from = Place {
        kind: ACTION,
        name: action.to_owned(),
        part: "",
        locale: String::new(),
    };
    let own = texts
        .range(from..)
        .take_while(|(place, _)| place.kind == ACTION && place.name == action);
    own.filter(|(place, _)| place.locale == locale)
        .map(|(place, text)| (place.part, text.as_str()))
        .collect()
}

struct Reader<'b> {
    body: &'b ArchivedBody,
    texts: Texts,
}

impl Reader<'_> {
    fn add(&mut self, kind: &'static str, name: &str, part: &'static str, at: usize, text: String) {
        let Some(locale) = self.body.locales.get(at) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let place = Place {
            kind,
            name: name.to_owned(),
            part,
            locale: locale.to_string(),
        };
        self.texts.insert(place, text);
    }

    fn plain(&mut self, kind: &'static str, name: &str, part: &'static str, texts: &ArchivedTexts) {
        for (at, text) in texts.iter().enumerate() {
            self.add(kind, name, part, at, text.to_string());
        }
    }

    fn templates(
        &mut self,
        kind: &'static str,
        name: &str,
        part: &'static str,
        texts: &[ArchivedTemplate],
    ) {
        for (at, text) in texts.iter().enumerate() {
            let text = self.written(text);
            self.add(kind, name, part, at, text);
        }
    }

    fn pitches(&mut self, name: &str, pitches: &[ArchivedPitch]) {
        for (at, pitch) in pitches.iter().enumerate() {
            let body = self.written(&pitch.body);
            let parts = [
                ("title", pitch.title.to_string()),
                ("body", body),
                ("plain", pitch.plain.to_string()),
                ("call_to_action", pitch.call_to_action.to_string()),
            ];
            for (part, text) in parts {
                self.add(ACTION, name, part, at, text);
            }
        }
    }

    /// A text as policies write it.
    fn written(&self, template: &ArchivedTemplate) -> String {
        let mut text = String::new();
        for part in template.parts.iter() {
            match part {
                ArchivedPart::Literal(words) => {
                    text.push_str(&words.replace('{', "{{").replace('}', "}}"));
                }
                ArchivedPart::Value { variable, format } => {
                    let variable = self.body.variables.get(usize::from(variable.to_native()));
                    let name = variable.map_or("", |variable| variable.name.as_str());
                    let format = match format {
                        Format::Count => "count",
                        Format::Money => "money",
                        Format::Percent => "percent",
                        Format::Decimal => "decimal",
                    };
                    text.push_str(&format!("{{{name}|{format}}}"));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[(&'static str, &str, &'static str, &str, &str)]) -> Texts {
        let texts = all.iter().map(|(kind, name, part, locale, text)| {
            let (name, locale) = ((*name).to_owned(), (*locale).to_owned());
            let place = Place {
                kind,
                name,
                part,
                locale,
            };
            (place, (*text).to_owned())
        });
        texts.collect()
    }

    #[test]
    fn only_what_both_say_is_reworded() {
        let old = texts(&[
            ("action", "a", "body", "en", "one"),
            ("action", "a", "title", "en", "same"),
            ("action", "gone", "title", "en", "x"),
            ("trigger", "a", "because", "en", "x"),
        ]);
        let new = texts(&[
            ("action", "a", "body", "en", "two"),
            ("action", "a", "title", "cs", "stejné"),
            ("action", "a", "title", "en", "same"),
            ("action", "new", "title", "en", "x"),
            ("trigger", "a", "because", "en", "x"),
        ]);
        let found = reworded(&old, &new);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.part, it.before.as_deref(), it.after.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("title", None, Some("stejné")),
                ("body", Some("one"), Some("two"))
            ]
        );
        assert_eq!(pitch(&new, "a", "en"), [("body", "two"), ("title", "same")]);
    }

    #[test]
    fn a_language_is_chosen_as_the_engine_does() {
        let locales = ["cs".to_owned(), "en".to_owned()];
        for (context, expected) in [
            (r#"{"locale":"EN"}"#, "en"),
            (r#"{"locale":"en-GB"}"#, "en"),
            (r#"{"locale":"de"}"#, "cs"),
            ("{}", "cs"),
        ] {
            assert_eq!(language(&locales, context.as_bytes()), expected);
        }
    }
}

//! The worker's ear and mouth. One message asks one thing and gets one message back.
//!
//! | `call` | takes | answers |
//! | --- | --- | --- |
//! | `open` | `bundle`: `ArrayBuffer`, `keys`: `Uint8Array[]` | [`About`] the bundle |
//! | `purposes` | `consent`: JSON text, `at`, `locale` | a list of [`Asked`] |
//! | `decide` | `profile`, `context`: JSON texts, `at`, `seed`: a safe integer | the decision's canonical JSON text |
//!
//! A message is `{id, call: {open: {…}}}`; its answer repeats the `id`: `{id, result}` or
//! `{id, error: {code, message}}`.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_wasm_bindgen::{from_value, to_value};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::{About, Asked, Failure, Session};

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
struct Question {
    id: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    call: JsValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Call {
    Open {
        bundle: ByteBuf,
        keys: Vec<ByteBuf>,
    },
    Purposes {
        consent: String,
        at: String,
        locale: String,
    },
    Decide {
        profile: String,
        context: String,
        at: String,
        seed: u64,
    },
}

#[derive(Default, Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    About(About<'static>),
    Purposes(Vec<Asked<'static>>),
    Decision(String),
}

/// What the page hears first.
#[derive(Serialize)]
struct Ready {
    ready: bool,
}

/// Starts to answer, and tells the page so with `{ready: true}`. Outside a worker it does nothing.
#[wasm_bindgen]
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let mouth = scope.clone();
    let ear = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        say(&mouth, &answer(message.data()));
    });
    scope.set_onmessage(Some(ear.as_ref().unchecked_ref()));
    // The closure lives as long as the worker.
    ear.forget();
    say(&scope, &Ready { ready: true });
}

/// A page that has gone away hears nothing; there is nobody else to tell.
fn say(mouth: &DedicatedWorkerGlobalScope, what: &impl Serialize) {
    if let Ok(message) = to_value(what) {
        let _ = mouth.post_message(&message);
    }
}

fn answer(message: JsValue) -> Answer {
    let question: Question = match from_value(message) {
        Ok(question) => question,
        Err(error) => {
            return Answer {
                error: Some(request(&error)),
                ..Answer::default()
            };
        }
    };
    let id = Some(question.id);
    match from_value(question.call)
        .map_err(|error| request(&error))
        .and_then(perform)
    {
        Ok(result) => Answer {
            id,
            result: Some(result),
            error: None,
        },
        Err(failure) => Answer {
            id,
            result: None,
            error: Some(failure),
        },
    }
}

fn perform(call: Call) -> Result<Outcome, Failure> {
    SESSION.with_borrow_mut(|session| match (call, session) {
        (Call::Open { .. }, Some(_)) => Err(Failure::request(
            "a bundle is open already: start another worker for another bundle",
        )),
        (Call::Open { bundle, keys }, empty) => {
            let keys: Vec<_> = keys.into_iter().map(ByteBuf::into_vec).collect();
            let session = Session::open(bundle.into_vec(), &keys)?;
            Ok(Outcome::About(empty.insert(session).about()))
        }
        (_, None) => Err(Failure::request("no bundle is open: `open` one first")),
        (
            Call::Purposes {
                consent,
                at,
                locale,
            },
            Some(session),
        ) => session
            .purposes(&consent, &at, &locale)
            .map(Outcome::Purposes),
        (
            Call::Decide {
                profile,
                context,
                at,
                seed,
            },
            Some(session),
        ) => session
            .decide(&profile, &context, &at, seed)
            .map(Outcome::Decision),
    })
}

fn request(error: &serde_wasm_bindgen::Error) -> Failure {
    Failure::request(format!("{error}: ask for `open`, `purposes` or `decide`"))
}

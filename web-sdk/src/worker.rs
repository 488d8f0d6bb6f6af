//! The worker's ear and mouth. One message asks one thing and gets one message back.
//!
//! | call | takes | answers |
//! | --- | --- | --- |
//! | `open` | `bundle`: `ArrayBuffer`, `keys`: `Uint8Array[]` | about the bundle, JSON text |
//! | `purposes` | `consent`: JSON text, `at`, `locale` | the purposes and what is granted, JSON text |
//! | `decide` | `profile`, `context`: JSON texts, `at`, `seed`: a safe integer | the decision's canonical JSON text |
//!
//! Every message carries an `id`, which its answer repeats: `{id, result}` or `{id, error: {code, message}}`.

use std::cell::RefCell;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::{Failure, Session};

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Starts to answer, and tells the page so with `{ready: true}`. Outside a worker it does nothing.
#[wasm_bindgen]
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let mouth = scope.clone();
    let ear = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        // A page that has gone away hears nothing; there is nobody else to tell.
        let _ = mouth.post_message(&answer(&message.data()));
    });
    scope.set_onmessage(Some(ear.as_ref().unchecked_ref()));
    // The closure lives as long as the worker.
    ear.forget();
    let _ = scope.post_message(&object(&[("ready", &JsValue::TRUE)]));
}

fn answer(message: &JsValue) -> JsValue {
    let id = field(message, "id");
    match perform(message) {
        Ok(result) => object(&[("id", &id), ("result", &JsValue::from_str(&result))]),
        Err(failure) => {
            let error = object(&[
                ("code", &JsValue::from_str(failure.code)),
                ("message", &JsValue::from_str(&failure.message)),
            ]);
            object(&[("id", &id), ("error", &error)])
        }
    }
}

fn perform(message: &JsValue) -> Result<String, Failure> {
    let call = text(message, "call")?;
    SESSION.with_borrow_mut(|session| match (call.as_str(), session) {
        ("open", Some(_)) => Err(Failure::request(
            "a bundle is open already: start another worker for another bundle",
        )),
        ("open", empty) => Ok(empty.insert(open(message)?).about()),
        (_, None) => Err(Failure::request("no bundle is open: `open` one first")),
        ("purposes", Some(session)) => session.purposes(
            &text(message, "consent")?,
            &text(message, "at")?,
            &text(message, "locale")?,
        ),
        ("decide", Some(session)) => session.decide(
            &text(message, "profile")?,
            &text(message, "context")?,
            &text(message, "at")?,
            seed(message)?,
        ),
        (other, Some(_)) => Err(Failure::request(format!(
            "`{other}` is not a call: use `open`, `purposes` or `decide`"
        ))),
    })
}

fn open(message: &JsValue) -> Result<Session, Failure> {
    let keys = field(message, "keys")
        .dyn_into::<Array>()
        .map_err(|_| Failure::request("`keys` is not a list: give a list of public keys"))?;
    let keys: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| Uint8Array::new(&key).to_vec())
        .collect();
    let bundle = Uint8Array::new(&field(message, "bundle")).to_vec();
    Session::open(bundle, &keys)
}

fn field(message: &JsValue, name: &str) -> JsValue {
    Reflect::get(message, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn text(message: &JsValue, name: &str) -> Result<String, Failure> {
    let text = field(message, name).as_string();
    text.ok_or_else(|| Failure::request(format!("`{name}` is not a text")))
}

/// JavaScript's numbers are doubles; those that are not exactly a whole number are no seed.
fn seed(message: &JsValue) -> Result<u64, Failure> {
    let seed = field(message, "seed").as_f64().filter(|seed| {
        seed.fract() == 0.0 && (0.0..=js_sys::Number::MAX_SAFE_INTEGER).contains(seed)
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range, as just checked"
    )]
    seed.map(|seed| seed as u64)
        .ok_or_else(|| Failure::request("`seed` is not a whole number from 0 to 2^53 - 1"))
}

fn object(fields: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a new, plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

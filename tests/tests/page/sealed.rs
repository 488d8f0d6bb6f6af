//! The profile stays on the device: what the page asks for, and what its module could ask for.

use serde::Deserialize;
use serde_json::{Value, json};
use tests::project;

use crate::{
    front::{Change, Changes, Seen, built},
    native::customer,
    stage::Stage,
};

/// A text that is nowhere but in the profile.
const CANARY: &str = "Kanarek7391";

/// Headers that a browser sends of its own accord. A cookie is not among them.
const HEADERS: [&str; 19] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "host",
    "if-modified-since",
    "if-none-match",
    "origin",
    "pragma",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "upgrade-insecure-requests",
    "user-agent",
];

/// A call that can send something.
#[derive(Debug, Deserialize)]
struct Call {
    r#where: String,
    how: String,
    url: String,
    method: Option<String>,
    body: Option<String>,
}

/// A customer's file with the canary in it, where a bank would have a login and a payee.
fn marked(id: &str) -> (String, Change) {
    let mut customer = customer(id);
    let ids = customer["ids"].as_array_mut().unwrap();
    ids.push(json!({ "kind": "login", "value": CANARY }));
    let events = customer["events"].as_array_mut().unwrap();
    events.push(json!({
        "at": "1994-03-30T12:00:00Z", "kind": "transaction", "direction": "debit", "amount": 1,
        "operation": "transfer-out", "counterparty": CANARY, "id": CANARY,
    }));
    let bytes = serde_json::to_vec(&customer).unwrap();
    (format!("/data/customers/{id}.json"), Change::Bytes(bytes))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_profile_leaves_the_page() {
    let customers = ["berka-114", "berka-588", "berka-3430"];
    let stage = Stage::open(customers.map(marked).into()).await;
    for id in customers {
        stage.choose("#customer", id).await;
        assert!(
            stage
                .ask::<bool>(&format!(
                    "JSON.stringify(nearfield.profile.get()).includes('{CANARY}')"
                ))
                .await
        );
        assert!(
            stage
                .ask::<bool>(&format!("document.body.textContent.includes('{CANARY}')"))
                .await
        );
        stage.click("#allow").await;
        stage.click("label[for=purpose-insights]").await;
        stage.ask::<Value>("probe.reasons()").await;
        stage.choose("#language", "cs").await;
        stage.click("label[for=purpose-insights]").await;
        stage.find(".nearfield-act").await.click().await.unwrap();
        stage.choose("#language", "en").await;
        stage.click("#refuse").await;
        stage.click("label.switch:has(#engine)").await;
        stage.click("label.switch:has(#engine)").await;
        stage.click("#allow").await;
    }
    stage.click("#erase").await;

    let seen = stage.front.seen();
    assert!(
        customers
            .iter()
            .all(|id| seen.iter().any(|request| request.target.contains(id)))
    );
    for request in &seen {
        harmless(request);
    }

    let origin = format!("http://{}/", stage.front.address);
    let resources: Vec<String> = stage
        .ask("performance.getEntriesByType('resource').map(({ name }) => name)")
        .await;
    assert!(resources.len() > 20, "{resources:?}");
    for name in resources {
        assert!(
            name.starts_with(&origin) && !name.contains(['?', '#']),
            "{name}"
        );
    }

    let calls: Vec<Call> = stage.ask("probe.calls").await;
    for place in ["page", "worker"] {
        assert!(
            calls.iter().any(|call| call.r#where == place),
            "the probe hears nothing from the {place}"
        );
    }
    for call in &calls {
        assert_eq!(call.how, "fetch", "{call:?}");
        assert!(
            call.url.starts_with(&origin) && !call.url.contains(['?', '#']),
            "{call:?}"
        );
        assert!(
            matches!(call.method.as_deref(), None | Some("GET")),
            "{call:?}"
        );
        assert_eq!(call.body, None, "{call:?}");
    }

    // Nothing readable is left lying about either.
    let left: Value = stage.ask("({ cookies: document.cookie, local: localStorage.length, session: sessionStorage.length, violations: probe.violations })").await;
    assert_eq!(
        left,
        json!({ "cookies": "", "local": 0, "session": 0, "violations": [] })
    );
    stage.close().await;
}

/// Asserts that a request says nothing but which file of the site it wants.
fn harmless(request: &Seen) {
    assert_eq!(request.method, "GET", "{request:?}");
    assert!(request.body.is_empty(), "{request:?}");
    let path = request.target.trim_start_matches('/');
    assert!(project("web-demo/dist").join(path).exists(), "{request:?}");
    for (name, value) in &request.headers {
        assert!(HEADERS.contains(&name.as_str()), "{name}: {request:?}");
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(
            !value.contains(CANARY) && !value.contains("berka"),
            "{request:?}"
        );
    }
}

/// Everything that the engine's module can reach outside itself: values of the language, the message
/// that came in, and the answer to it. Without the hashes that `wasm-bindgen` puts behind the names.
const IMPORTS: [&str; 54] = [
    "__wbg_Error",
    "__wbg_Number",
    "__wbg_String",
    "__wbg___wbindgen_bigint_get_as_i64",
    "__wbg___wbindgen_boolean_get",
    "__wbg___wbindgen_debug_string",
    "__wbg___wbindgen_in",
    "__wbg___wbindgen_is_bigint",
    "__wbg___wbindgen_is_function",
    "__wbg___wbindgen_is_object",
    "__wbg___wbindgen_is_string",
    "__wbg___wbindgen_is_undefined",
    "__wbg___wbindgen_jsval_eq",
    "__wbg___wbindgen_jsval_loose_eq",
    "__wbg___wbindgen_number_get",
    "__wbg___wbindgen_string_get",
    "__wbg___wbindgen_throw",
    "__wbg_call",
    "__wbg_data",
    "__wbg_done",
    "__wbg_entries",
    "__wbg_get",
    "__wbg_get",
    "__wbg_get_unchecked",
    "__wbg_get_with_ref_key",
    "__wbg_instanceof_ArrayBuffer",
    "__wbg_instanceof_DedicatedWorkerGlobalScope",
    "__wbg_instanceof_Uint8Array",
    "__wbg_isArray",
    "__wbg_isSafeInteger",
    "__wbg_iterator",
    "__wbg_length",
    "__wbg_length",
    "__wbg_new",
    "__wbg_new",
    "__wbg_new",
    "__wbg_next",
    "__wbg_next",
    "__wbg_postMessage",
    "__wbg_prototypesetcall",
    "__wbg_set",
    "__wbg_set",
    "__wbg_set_onmessage",
    "__wbg_static_accessor_GLOBAL",
    "__wbg_static_accessor_GLOBAL_THIS",
    "__wbg_static_accessor_SELF",
    "__wbg_static_accessor_WINDOW",
    "__wbg_value",
    "__wbindgen_generic",
    "__wbindgen_generic",
    "__wbindgen_generic",
    "__wbindgen_generic",
    "__wbindgen_object_clone_ref",
    "__wbindgen_object_drop_ref",
];

/// How a worker could send or keep something.
const WAYS_OUT: [&str; 12] = [
    "fetch",
    "XMLHttpRequest",
    "sendBeacon",
    "WebSocket",
    "WebTransport",
    "EventSource",
    "RTCPeerConnection",
    "BroadcastChannel",
    "importScripts",
    "indexedDB",
    "caches",
    "storage",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_module_can_talk_to_its_page_and_to_nobody_else() {
    let stage = Stage::open(Changes::new()).await;
    let imports: Vec<String> = stage
        .ask(
            "WebAssembly.compileStreaming(fetch('/sdk/nearfield_engine_bg.wasm')).then((module) =>
                WebAssembly.Module.imports(module).map(({ kind, name }) =>
                    (kind === 'function' ? '' : `${kind} `) + name.replace(/_[0-9a-f]{16}$/, '')).sort())",
        )
        .await;
    assert_eq!(imports, IMPORTS);
    // A name does not say what `new` makes or `get` reads: what stands behind the names does.
    let glue = String::from_utf8(built("sdk/nearfield_engine.js")).unwrap();
    let (_, glue) = glue.split_once("function __wbg_get_imports() {").unwrap();
    let (glue, _) = glue.split_once("\n}\n").unwrap();
    assert!(glue.contains("postMessage"), "{glue}");
    for way_out in WAYS_OUT {
        assert!(!glue.contains(way_out), "{way_out}");
    }
    stage.close().await;
}

//! Who else does the engine's work on models: other runtimes, and plain loops.

use measured::r1::Task;

use crate::hosts::{Host, Runner};

/// Somebody else at a task.
pub struct Other {
    pub label: &'static str,
    pub host: Host,
    /// The engine's host that it is compared with.
    pub beside: Host,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// By its name, of one of the groups that Node.js and the page open.
    Peer(&'static str, &'static str),
    /// Another task of our own module.
    Plain(Task),
}

impl Other {
    /// Whom to ask.
    pub fn runner(&self) -> Runner {
        match self.kind {
            Kind::Peer(of, peer) => Runner::new(self.host, of, peer),
            Kind::Plain(_) => Runner::engine(self.host),
        }
    }

    /// What to ask for.
    pub fn task(&self, task: Task) -> Task {
        match self.kind {
            Kind::Peer(..) => task,
            Kind::Plain(plain) => plain,
        }
    }
}

const fn peer(
    label: &'static str,
    host: Host,
    of: &'static str,
    peer: &'static str,
    beside: Host,
) -> Other {
    Other {
        label,
        host,
        beside,
        kind: Kind::Peer(of, peer),
    }
}

const fn plain(label: &'static str, host: Host, task: Task) -> Other {
    Other {
        label,
        host,
        beside: host,
        kind: Kind::Plain(task),
    }
}

const WEB_PAGE: &str = "onnxruntime-web, Chromium";
const WEB_PAGE_ONE: &str = "onnxruntime-web, Chromium, one regressor of 24 outputs";
const WEB_NODE: &str = "onnxruntime-web, Node.js";
const WEB_NODE_ONE: &str = "onnxruntime-web, Node.js, one regressor of 24 outputs";
const NATIVE: &str = "onnxruntime-node, native";
const NATIVE_ONE: &str = "onnxruntime-node, native, one regressor of 24 outputs";
const TRACT: &str = "tract, native";
const LOOP_NATIVE: &str = "plain loop in Rust, native";
const LOOP_WASMTIME: &str = "plain loop in Rust, wasmtime";
const LOOP_NODE: &str = "plain loop in Rust, Node.js";
const LOOP_PAGE: &str = "plain loop in Rust, Chromium";
const SCRIPT_NODE: &str = "plain loop in JavaScript, Node.js";
const SCRIPT_PAGE: &str = "plain loop in JavaScript, Chromium";

const TREES: &[Other] = &[
    peer(
        WEB_PAGE,
        Host::Page,
        "web",
        "web trees regressors",
        Host::Page,
    ),
    peer(WEB_PAGE_ONE, Host::Page, "web", "web trees one", Host::Page),
    peer(
        WEB_NODE,
        Host::Node,
        "web",
        "web trees regressors",
        Host::Node,
    ),
    peer(WEB_NODE_ONE, Host::Node, "web", "web trees one", Host::Node),
    peer(
        NATIVE,
        Host::Node,
        "native",
        "native trees regressors",
        Host::Native,
    ),
    peer(
        NATIVE_ONE,
        Host::Node,
        "native",
        "native trees one",
        Host::Native,
    ),
    peer(TRACT, Host::Tract, "", "tract trees", Host::Native),
    plain(LOOP_NATIVE, Host::Native, Task::PlainTrees),
    plain(LOOP_WASMTIME, Host::Wasmtime, Task::PlainTrees),
    plain(LOOP_NODE, Host::Node, Task::PlainTrees),
    plain(LOOP_PAGE, Host::Page, Task::PlainTrees),
    peer(
        SCRIPT_NODE,
        Host::Node,
        "engine",
        "script trees",
        Host::Node,
    ),
    peer(
        SCRIPT_PAGE,
        Host::Page,
        "engine",
        "script trees",
        Host::Page,
    ),
];

const EVENT: &[Other] = &[
    peer(WEB_PAGE, Host::Page, "web", "web event", Host::Page),
    peer(WEB_NODE, Host::Node, "web", "web event", Host::Node),
    peer(NATIVE, Host::Node, "native", "native event", Host::Native),
    peer(TRACT, Host::Tract, "", "tract event", Host::Native),
];

const SEQUENCE: &[Other] = &[
    peer(WEB_PAGE, Host::Page, "web", "web sequence", Host::Page),
    peer(WEB_NODE, Host::Node, "web", "web sequence", Host::Node),
    peer(
        NATIVE,
        Host::Node,
        "native",
        "native sequence",
        Host::Native,
    ),
    peer(TRACT, Host::Tract, "", "tract sequence", Host::Native),
    plain(LOOP_NATIVE, Host::Native, Task::PlainSequence),
    plain(LOOP_WASMTIME, Host::Wasmtime, Task::PlainSequence),
    plain(LOOP_NODE, Host::Node, Task::PlainSequence),
    plain(LOOP_PAGE, Host::Page, Task::PlainSequence),
    peer(
        SCRIPT_NODE,
        Host::Node,
        "engine",
        "script sequence",
        Host::Node,
    ),
    peer(
        SCRIPT_PAGE,
        Host::Page,
        "engine",
        "script sequence",
        Host::Page,
    ),
];

/// Everybody else at a task.
pub fn others(task: Task) -> &'static [Other] {
    match task {
        Task::Trees => TREES,
        Task::Event => EVENT,
        Task::Sequence => SEQUENCE,
        _ => &[],
    }
}

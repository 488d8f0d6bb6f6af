//! The demo's worker: the SDK as a WebAssembly module of its own. The rest of the site is in `site/`.

pub use web_sdk::serve;

fn main() {}

//! How much is sent to a page.

use std::path::Path;

use serde_json::json;
use tests::{
    measure::{Process, target},
    project,
};

use crate::inputs::Inputs;

/// A file, or what stands for it, in bytes.
pub struct Size {
    pub what: &'static str,
    pub raw: u64,
    pub brotli: u64,
    pub budget: Option<u64>,
}

/// Compresses what a page fetches. The other runtime, which is large, is left out when it must be quick.
pub fn measure(node: &mut Process, inputs: &Inputs, quick: bool) -> Vec<Size> {
    let page = project("web-demo/dist/sdk/nearfield_engine_bg.wasm");
    let runtime = target().join("r1/node_modules/onnxruntime-web/dist");
    let runtime = runtime.join("ort-wasm-simd-threaded.wasm");
    let bundle = inputs.folder.join("bundle-0");
    let trees = inputs.folder.join("trees-regressors.onnx");
    let mut sizes = Vec::new();
    let mut add = |what, file: &Path, budget| {
        if file.is_file() {
            let answer = node.ask(&json!({ "what": "brotli", "file": file }));
            let [raw, brotli] = [0, 1].map(|i| answer[i].as_u64().unwrap());
            sizes.push(Size {
                what,
                raw,
                brotli,
                budget,
            });
        }
    };
    add("the page's engine, WebAssembly", &page, Some(150_000));
    add("R1 as a bundle", &bundle, None);
    add("its 24 tree models as ONNX", &trees, None);
    if !quick {
        add("onnxruntime-web, WebAssembly", &runtime, None);
    }
    sizes
}

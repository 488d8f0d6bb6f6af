//! WebAssembly with raw exports in wasmtime, with one of the harness's two settings: what the benches time there.
//!
//! ```
//! let module = b"\0asm\x01\0\0\0\x05\x03\x01\0\x01\x07\x0a\x01\x06memory\x02\0";
//! let instance = tests::instance::Instance::new(module);
//! assert_eq!(instance.bytes(0).len(), 65_536);
//! ```

use wasmtime::{Config, Engine, Memory, Module, Store, TypedFunc, WasmParams, WasmResults};

/// One module and its memory.
pub struct Instance {
    store: Store<()>,
    memory: Memory,
    instance: wasmtime::Instance,
}

impl Instance {
    /// Compiles a module that imports nothing, as for simulations.
    pub fn new(module: &[u8]) -> Self {
        Self::with(module, false)
    }

    /// Compiles it so that it looks at the clock in each turn of each loop.
    pub fn with_deadlines(module: &[u8]) -> Self {
        Self::with(module, true)
    }

    fn with(module: &[u8], deadlines: bool) -> Self {
        let mut config = Config::new();
        config
            .epoch_interruption(deadlines)
            .wasm_relaxed_simd(false);
        let engine = Engine::new(&config).expect("the settings fit together");
        let mut store = Store::new(&engine, ());
        // Nobody moves the epoch.
        store.set_epoch_deadline(1);
        let module = Module::new(&engine, module).expect("it is a module");
        let instance = wasmtime::Instance::new(&mut store, &module, &[]);
        let instance = instance.expect("it imports nothing");
        let memory = instance.get_memory(&mut store, "memory");
        Self {
            memory: memory.expect("it exports its memory"),
            store,
            instance,
        }
    }

    /// An export, to be called often.
    pub fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> TypedFunc<P, R> {
        let function = self.instance.get_typed_func(&mut self.store, name);
        function.unwrap_or_else(|cause| panic!("no `{name}`: {cause}"))
    }

    /// Calls it.
    pub fn run<P: WasmParams, R: WasmResults>(
        &mut self,
        function: &TypedFunc<P, R>,
        given: P,
    ) -> R {
        let answer = function.call(&mut self.store, given);
        answer.unwrap_or_else(|cause| panic!("it failed: {cause:#}"))
    }

    /// Calls an export once.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, given: P) -> R {
        let function = self.function(name);
        self.run(&function, given)
    }

    /// Puts bytes where the export `room` says.
    pub fn give(&mut self, room: &str, input: &[u8]) {
        let length = u32::try_from(input.len()).expect("it fits");
        let at: u32 = self.call(room, length);
        let written = self.memory.write(&mut self.store, at as usize, input);
        written.expect("there is room");
    }

    /// The memory from a place on.
    pub fn bytes(&self, at: u32) -> &[u8] {
        let memory = self.memory.data(&self.store);
        memory.get(at as usize..).expect("it is a place")
    }
}

//! Fuzzes [`fuzz::onnx`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::onnx(data));

//! Fuzzes [`fuzz::lightgbm`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::lightgbm(data));

//! Fuzzes [`fuzz::xgboost`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::xgboost(data));

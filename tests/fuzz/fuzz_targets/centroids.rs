//! Fuzzes [`fuzz::centroids`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::centroids(data));

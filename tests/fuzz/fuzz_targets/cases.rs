//! Fuzzes [`fuzz::cases`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::cases(data));

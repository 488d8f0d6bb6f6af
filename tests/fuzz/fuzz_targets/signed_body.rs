//! Fuzzes [`fuzz::signed_body`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::signed_body(data));

//! libFuzzer on the target of this name.

#![no_main]
#![allow(unsafe_code, reason = "libFuzzer finds the target by an unmangled name")]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::framing::run(input));

//! What a repository's owner states is read, or refused with a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workid::{config::Config, scan::Baseline};

fuzz_target!(|text: &str| {
    let _ = Config::parse(text);
    let _ = Baseline::parse(text);
});

//! Compresses the data of the room `catalog`, so that the binary holds it small.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a build reads the project's own files, and tells cargo which"
)]

use flate2::{Compression, write::DeflateEncoder};
use std::{env, error::Error, fs, io::Write, path::Path};

const TABLES: &[&str] = &["az-commands", "az-cmdlets", "roles"];

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    for table in TABLES {
        let path = format!("data/{table}.tsv");
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&path)?)?;
        fs::write(Path::new(&out).join(format!("{table}.deflate")), encoder.finish()?)?;
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

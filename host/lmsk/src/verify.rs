//! `lmsk verify`

use std::process::ExitCode;

use anyhow::Context as _;
use luminarys_package::{Package, PackageError, PublicKey, Trust};
use serde_json::json;

use crate::cli::Verify;
use crate::files;

pub(crate) fn run(arguments: &Verify) -> ExitCode {
    let name = arguments.file.display();
    match check(arguments) {
        Ok(Ok(signer)) => {
            if arguments.json {
                println!("{}", json!({ "trusted": true, "signer": signer }));
            } else {
                println!("{name}: signed by {signer}");
            }
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            if arguments.json {
                println!(
                    "{}",
                    json!({ "trusted": false, "reason": error.to_string() })
                );
            }
            eprintln!("lmsk: {name}: {error}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("lmsk: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn check(arguments: &Verify) -> anyhow::Result<Result<String, PackageError>> {
    let keys = arguments
        .key
        .iter()
        .map(|key| public_key(key))
        .collect::<Result<Vec<_>, _>>()?;
    let bytes = files::read(&arguments.file)?;
    let verified = Package::read(bytes).and_then(|package| package.verify(&Trust::Keys(keys)));
    Ok(verified.map(|verified| verified.signer.map(|key| key.id()).unwrap_or_default()))
}

/// A key's text, or the file that holds it.
fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = PublicKey::from_text(text) {
        return Ok(key);
    }
    let content =
        std::fs::read_to_string(text).with_context(|| format!("reading the key {text}"))?;
    PublicKey::from_text(&content).with_context(|| text.to_owned())
}

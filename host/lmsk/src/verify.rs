//! `lmsk verify`

use std::path::Path;

use anyhow::Context as _;
use luminarys_package::{Package, PublicKey, Trust};
use serde_json::json;

use crate::cli::Verify;
use crate::files;
use crate::report::Report;

pub(crate) fn run(arguments: &Verify) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let keys = arguments.key.iter().map(|key| public_key(key));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let bytes = files::read(&arguments.file)?;
    let verified = Package::read(bytes).and_then(|package| {
        let signer = package.verify(&Trust::Keys(keys))?.signer;
        Ok((package.descriptor, signer))
    });
    match verified {
        Ok((descriptor, signer)) => {
            let signer = signer.map(|key| key.id()).unwrap_or_default();
            let (id, version) = (descriptor.id, descriptor.skill_version);
            Ok(if arguments.json {
                Report::json(
                    &json!({ "trusted": true, "signer": signer, "id": id, "version": version }),
                )
            } else {
                Report::text(format!("{name}: {id} {version}, signed by {signer}\n"))
            })
        }
        Err(error) => {
            let report = if arguments.json {
                Report::json(&json!({ "trusted": false, "reason": error.to_string() }))
            } else {
                Report::text("")
            };
            Ok(report.with_problem(Some(format!("{name}: {error}"))))
        }
    }
}

/// A key's text, or the file that holds it.
fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    if text.trim_start().starts_with("luminarys-") {
        return PublicKey::from_text(text).context("--key");
    }
    let content = files::read_key(Path::new(text))?;
    PublicKey::from_text(&content).with_context(|| text.to_owned())
}

//! `lmsk publish`

use anyhow::{Context as _, ensure};
use luminarys_package::{Package, Trust};
use luminarys_registry::Reference;
use serde_json::json;

use crate::cli::Publish;
use crate::report::{self, Report};
use crate::{files, remote};

pub(crate) fn run(arguments: &Publish) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let reference: Reference = arguments.reference.parse()?;
    let package = Package::read(files::read(&arguments.file)?);
    let package = package.with_context(|| name.to_string())?;
    let verified = package.verify(&Trust::Any);
    let signer = verified.with_context(|| name.to_string())?.signer;
    // No one could pull it.
    ensure!(
        signer.is_some(),
        "{name} is not signed; `lmsk sign` does so"
    );
    let client = remote::client(&arguments.access)?;
    let progress = report::progress(&format!("publishing {reference}"));
    let published = remote::wait(
        &arguments.access,
        &reference,
        client.publish(&reference, &package),
    )?;
    drop(progress);
    let reference = published.reference;
    let skill = &package.descriptor;
    if arguments.json {
        return Ok(Report::json(&json!({
            "reference": reference.to_string(),
            "digest": reference.digest(),
            "id": skill.id,
            "version": skill.skill_version,
            "bytes": package.bytes().len(),
            "was_there": published.was_there,
        })));
    }
    let note = if published.was_there {
        "  (exists already)"
    } else {
        ""
    };
    Ok(Report::text(format!("{reference}{note}\n")))
}

//! `lmsk pull`

use std::path::PathBuf;

use luminarys_registry::Reference;
use serde_json::json;

use crate::cli::Pull;
use crate::report::{self, Report};
use crate::{files, remote, ring};

pub(crate) fn run(arguments: &Pull) -> anyhow::Result<Report> {
    let reference: Reference = arguments.reference.parse()?;
    // Before anything is downloaded.
    let trust = ring::trust(&arguments.key)?;
    let client = remote::client(&arguments.access)?;
    let progress = report::progress(&format!("pulling {reference}"));
    let pulled = remote::wait(&arguments.access, &reference, client.pull(&reference, None))?;
    drop(progress);
    let (reference, package) = (pulled.reference, pulled.package);
    let skill = &package.descriptor;
    let signer = match package.verify(&trust) {
        Ok(verified) => verified.signer.map(|key| key.id()),
        Err(error) => {
            let problem = ring::problem(&error);
            let report = if arguments.json {
                Report::json(&json!({
                    "trusted": false,
                    "reference": reference.to_string(),
                    "reason": problem,
                }))
            } else {
                Report::text("")
            };
            let problem = format!("{reference} was not kept: {problem}");
            return Ok(report.with_problem(Some(problem)));
        }
    };
    let default = || PathBuf::from(format!("{}.skill", skill.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    files::write(&out, package.bytes())?;
    let signer = signer.unwrap_or_default();
    if arguments.json {
        return Ok(Report::json(&json!({
            "trusted": true,
            "file": out,
            "reference": reference.to_string(),
            "digest": reference.digest(),
            "id": skill.id,
            "version": skill.skill_version,
            "bytes": package.bytes().len(),
            "signer": signer,
        })));
    }
    Ok(Report::text(format!(
        "{}  {} {}  {}  signed by {signer}\n{reference}\n",
        out.display(),
        skill.id,
        skill.skill_version,
        files::size(package.bytes().len()),
    )))
}

//! `lmsk verify`

use luminarys_package::Package;
use serde_json::json;

use crate::cli::Verify;
use crate::report::Report;
use crate::{files, ring};

pub(crate) fn run(arguments: &Verify) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let trust = ring::trust(&arguments.key)?;
    let bytes = files::read(&arguments.file)?;
    let verified = Package::read(bytes).and_then(|package| {
        let signer = package.verify(&trust)?.signer;
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
            let problem = ring::problem(&error);
            let report = if arguments.json {
                Report::json(&json!({ "trusted": false, "reason": problem }))
            } else {
                Report::text("")
            };
            Ok(report.with_problem(Some(format!("{name}: {problem}"))))
        }
    }
}

//! `lmsk sign`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use luminarys_merge::Kind;
use luminarys_package::{Descriptor, Package, PublicKey, SecretKey, Visibility};
use serde_json::json;

use crate::adapt::adapt;
use crate::cli::Sign;
use crate::files;
use crate::report::Report;

pub(crate) fn run(arguments: &Sign) -> anyhow::Result<Report> {
    let bytes = files::read(&arguments.file)?;
    let name = arguments.file.display();
    let kind = luminarys_merge::kind(&bytes).with_context(|| name.to_string())?;
    let component = match kind {
        Kind::Component => bytes,
        Kind::LegacySkill => adapt(&arguments.file, &bytes)?.0,
        other => bail!("{name}: {}", other.advice().unwrap_or_default()),
    };
    let signed = sign(&component, arguments.key.as_deref()).with_context(|| name.to_string())?;
    let descriptor = &signed.descriptor;
    let default = || PathBuf::from(format!("{}.skill", descriptor.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    files::write(&out, &signed.package)?;
    if arguments.json {
        return Ok(Report::json(&json!({
            "file": out,
            "id": descriptor.id,
            "version": descriptor.skill_version,
            "bytes": signed.package.len(),
            "signer": signed.signer.id(),
            "public_key": signed.signer.to_text().trim(),
        })));
    }
    Ok(Report::text(signed.line(&out)))
}

/// A signed package.
pub(crate) struct Signed {
    pub package: Vec<u8>,
    pub descriptor: Descriptor,
    pub signer: PublicKey,
}

impl Signed {
    /// Returns a line with its identity and file.
    pub fn line(&self, path: &Path) -> String {
        format!(
            "{}  {} {}  {}  signed by {}\n",
            path.display(),
            self.descriptor.id,
            self.descriptor.skill_version,
            files::size(self.package.len()),
            self.signer.id()
        )
    }
}

/// Signs a component that has its descriptor, with the key at `path` or the default key.
pub(crate) fn sign(component: &[u8], path: Option<&Path>) -> anyhow::Result<Signed> {
    let path = path.map_or_else(files::default_key, |path| Ok(path.to_owned()))?;
    let text = files::read_key(&path).context("no key to sign with; `lmsk genkey` makes one")?;
    warn_if_shared(&path);
    let key = SecretKey::from_text(&text).with_context(|| path.display().to_string())?;
    let package = luminarys_package::sign(component, &key)?;
    let descriptor = Package::read(package.clone())?.descriptor;
    check_parameters(&descriptor)?;
    let signer = key.public();
    Ok(Signed {
        package,
        descriptor,
        signer,
    })
}

/// Rejects names that clients would reject. The rest of a method's schema is always acceptable to them.
fn check_parameters(descriptor: &Descriptor) -> anyhow::Result<()> {
    let offered = descriptor.methods.iter();
    let offered = offered.filter(|method| method.visibility == Visibility::Public);
    for (method, parameter) in offered.flat_map(|method| {
        let each = method.params.iter();
        each.map(move |parameter| (&method.name, &parameter.name))
    }) {
        ensure!(
            luminarys_schemas::is_property_name(parameter),
            "the parameter {parameter} of {method} has {} characters, and clients take names of at most {}: give it a \
             shorter name, or declare the method internal",
            parameter.len(),
            luminarys_schemas::MAX_NAME,
        );
    }
    Ok(())
}

/// Warns if users other than the owner can read a private key.
fn warn_if_shared(path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
    {
        let path = path.display();
        eprintln!("lmsk: warning: others can read the private key {path}; run: chmod 600 {path}");
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn names_that_clients_reject_are_not_signed() {
        let rows = [
            (64, "public", true),
            (65, "public", false),
            (65, "internal", true),
            (65, "callback", true),
        ];
        each_row(rows, |(length, visibility, is_signed)| {
            let parameter = json!({ "name": "p".repeat(length), "type": "string" });
            let method = json!({ "name": "m", "visibility": visibility, "params": [parameter] });
            let descriptor = json!({
                "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0", "abi": "dynamic",
                "methods": [method],
            });
            let descriptor = serde_json::from_value(descriptor).unwrap();
            let checked = check_parameters(&descriptor);
            assert_eq!(checked.is_ok(), is_signed, "{length} {visibility}");
            if let Err(error) = checked {
                let outcome = error.to_string();
                assert!(
                    outcome.contains("65 characters") && outcome.contains("at most 64"),
                    "{outcome}"
                );
            }
        });
    }
}

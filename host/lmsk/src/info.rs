//! `lmsk info`

use anyhow::Context as _;
use luminarys_package::{Abi, Package, Visibility};
use serde_json::json;
use wasmparser::{Parser, Payload};

use crate::cli::Info;
use crate::files;

pub(crate) fn run(arguments: &Info) -> anyhow::Result<()> {
    let bytes = files::read(&arguments.file)?;
    let size = bytes.len();
    let package = Package::read(bytes).with_context(|| arguments.file.display().to_string())?;
    let imports = imports(package.bytes())?;
    let signer = package
        .signature
        .as_ref()
        .map(|signature| signature.key.id());
    if arguments.json {
        let info = json!({
            "descriptor": package.descriptor,
            "imports": imports,
            "size": size,
            // Who says to have signed: `lmsk verify` tells whether it is true.
            "claimed_signer": signer,
        });
        println!("{}", serde_json::to_string_pretty(&info)?);
        return Ok(());
    }
    let descriptor = &package.descriptor;
    println!(
        "{} {}  {}",
        descriptor.id, descriptor.skill_version, descriptor.name
    );
    if !descriptor.description.is_empty() {
        println!("{}", descriptor.description);
    }
    let abi = match descriptor.abi {
        Abi::Typed => "typed",
        Abi::Dynamic => "dynamic",
    };
    println!(
        "\nabi       {abi}, {}",
        descriptor.language.as_deref().unwrap_or("language unknown")
    );
    println!("size      {}", files::size(size));
    match signer {
        Some(signer) => println!("signer    {signer} (as it says; `lmsk verify` checks it)"),
        None => println!("signer    none"),
    }
    println!("\nmethods");
    for method in &descriptor.methods {
        let params: Vec<String> = method
            .params
            .iter()
            .map(|param| {
                if param.required {
                    param.name.clone()
                } else {
                    format!("{}?", param.name)
                }
            })
            .collect();
        let note = match method.visibility {
            Visibility::Public => "",
            Visibility::Internal => "  [internal]",
            Visibility::Callback => "  [callback]",
        };
        let first = method.description.lines().next().unwrap_or_default();
        println!("  {}({}){note}  {first}", method.name, params.join(", "));
    }
    println!("\nrequirements");
    for one in &descriptor.requirements {
        println!(
            "  {} {} {}",
            one.kind,
            one.pattern,
            one.mode.as_deref().unwrap_or_default()
        );
    }
    if descriptor.requirements.is_empty() {
        println!("  none");
    }
    println!("\nimports");
    for import in &imports {
        println!("  {import}");
    }
    Ok(())
}

/// The names of a component's own imports.
fn imports(bytes: &[u8]) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

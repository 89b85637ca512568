//! `lmsk info`

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_package::{Abi, Descriptor, Method, Package, Parameter, Trust, Visibility};
use serde_json::json;
use wasmparser::{Parser, Payload};

use crate::cli::Info;
use crate::files;
use crate::report::Report;

pub(crate) fn run(arguments: &Info) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let bytes = files::read(&arguments.file)?;
    let size = bytes.len();
    let package = Package::read(bytes).with_context(|| name.to_string())?;
    let imports = imports(package.bytes()).with_context(|| name.to_string())?;
    let signer = package.signature.as_ref().map(|it| &it.key);
    // Whether the signature is right, not whether its key is to be trusted.
    let problem = package
        .verify(&Trust::Any)
        .err()
        .map(|error| error.to_string());
    let report = if arguments.json {
        let signature = signer.map(|key| {
            json!({
                "signer": key.id(),
                "public_key": key.to_text().trim(),
                "intact": problem.is_none(),
                "problem": problem,
            })
        });
        Report::json(&json!({
            "descriptor": package.descriptor,
            "imports": imports,
            "bytes": size,
            "signature": signature,
        }))
    } else {
        let signed = match (signer, &problem) {
            (None, _) => "not signed".to_owned(),
            (Some(key), None) => {
                format!(
                    "signed by {}, unchanged since; `lmsk verify` checks the key",
                    key.id()
                )
            }
            (Some(key), Some(_)) => format!("NOT VALID: it claims to be by {}", key.id()),
        };
        Report::text(describe(&package.descriptor, size, &signed, &imports))
    };
    Ok(report.with_problem(problem.map(|problem| format!("{name}: {problem}"))))
}

fn describe(descriptor: &Descriptor, size: usize, signed: &str, imports: &[String]) -> String {
    let mut lines = vec![format!(
        "{} {}  {}",
        descriptor.id, descriptor.skill_version, descriptor.name
    )];
    if !descriptor.description.is_empty() {
        lines.push(descriptor.description.clone());
    }
    let abi = match descriptor.abi {
        Abi::Typed => "typed",
        Abi::Dynamic => "dynamic",
    };
    let made = [&descriptor.language, &descriptor.sdk];
    let made: Vec<&str> = made.into_iter().flatten().map(String::as_str).collect();
    lines.push(format!("\nabi        {abi}"));
    if !made.is_empty() {
        lines.push(format!("made with  {}", made.join(", ")));
    }
    lines.push(format!("size       {}", files::size(size)));
    lines.push(format!("signature  {signed}"));
    lines.push("\nmethods".to_owned());
    lines.extend(descriptor.methods.iter().flat_map(method));
    lines.push("\nrequirements".to_owned());
    lines.extend(descriptor.requirements.iter().map(|one| {
        let mode = one.mode.as_deref().unwrap_or_default();
        format!("  {} {} {mode}", one.kind, one.pattern)
            .trim_end()
            .to_owned()
    }));
    if descriptor.requirements.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.push("\nimports".to_owned());
    // Unlike the descriptor's texts these are any characters at all.
    lines.extend(
        imports
            .iter()
            .map(|import| format!("  {}", import.escape_debug())),
    );
    if imports.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.join("\n") + "\n"
}

fn method(method: &Method) -> Vec<String> {
    let names = method.params.iter().map(|param| match param.required {
        true => param.name.clone(),
        false => format!("{}?", param.name),
    });
    let names: Vec<String> = names.collect();
    let note = match method.visibility {
        Visibility::Public => "",
        Visibility::Internal => "  [internal]",
        Visibility::Callback => "  [callback]",
    };
    let first = method.description.lines().next().unwrap_or_default();
    let head = format!("  {}({}){note}  {first}", method.name, names.join(", "));
    let mut lines = vec![head.trim_end().to_owned()];
    lines.extend(method.params.iter().filter_map(parameter));
    let result = method.result.as_ref();
    lines.extend(result.map(|result| format!("      -> {result}")));
    lines
}

/// None where there is no more to say than the name.
fn parameter(parameter: &Parameter) -> Option<String> {
    let mut line = String::new();
    if let Some(kind) = &parameter.kind {
        write!(line, "  {kind}").ok()?;
    }
    if !parameter.description.is_empty() {
        write!(line, "  {}", parameter.description).ok()?;
    }
    for (what, value) in [
        ("default", &parameter.default),
        ("example", &parameter.example),
    ] {
        if let Some(value) = value {
            write!(line, "  ({what} {value})").ok()?;
        }
    }
    (!line.is_empty()).then(|| format!("      {}{line}", parameter.name))
}

/// The names of a component's own imports, not of those nested in it.
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

//! `lmsk info`: shows what a file is, and with a manifest what it is granted.

mod granted;

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_merge::Kind;
use luminarys_orchestrator::Identity;
use luminarys_package::{
    Abi, Descriptor, Method, Package, PackageError, Parameter, Trust, Visibility, imports,
};
use luminarys_text::{visible, visible_json, visible_lines};
use serde_json::json;

use crate::cli::Info;
use crate::report::Report;
use crate::{adapt, files};

/// The indentation of text below a method.
const BENEATH: &str = "         ";

pub(crate) fn run(arguments: &Info) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let bytes = files::read(&arguments.file)?;
    let size = bytes.len();
    let kind = luminarys_merge::kind(&bytes).with_context(|| name.to_string())?;
    let note = match &kind {
        Kind::Component => None,
        Kind::LegacySkill => {
            Some("a core module of the older ABI; `lmsk sign` converts it to a component")
        }
        _ => Some("no skill"),
    };
    let package = match &kind {
        Kind::Component => Package::read(bytes.clone()),
        Kind::LegacySkill => Package::read(adapt::adapt(&arguments.file, &bytes)?.0),
        _ => return other(arguments, &bytes, &kind.advice().unwrap_or_default()),
    };
    let package = match package {
        Err(PackageError::NoDescriptor) => {
            return other(
                arguments,
                &bytes,
                "a component without a descriptor; `lmsk build` adds one",
            );
        }
        package => package.with_context(|| name.to_string())?,
    };
    let imports = imports(package.bytes()).with_context(|| name.to_string())?;
    let manifest = arguments.manifest.as_deref();
    let verdicts = manifest.map(|path| granted::verdicts(path, &package.descriptor, &imports));
    let verdicts = verdicts.transpose()?;
    let signer = package.signature.as_ref().map(|it| &it.key);
    // Whether the signature is valid, not whether its key is trusted.
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
            "file": note.unwrap_or("a component"),
            "manifest": verdicts,
        }))
    } else {
        let signed = match (signer, &problem) {
            (None, _) => "not signed".to_owned(),
            (Some(key), None) => {
                format!(
                    "signed by {}, valid; `lmsk verify` checks whether the key is trusted",
                    key.id()
                )
            }
            (Some(key), Some(_)) => format!("NOT VALID: it claims to be by {}", key.id()),
        };
        let line = match problem {
            None => Some(Identity::new(&package.descriptor, signer).manifest_line()),
            Some(_) => None,
        };
        let signed = Signed { by: signed, line };
        let mut text = describe(&package.descriptor, size, note, &signed, &imports);
        if let Some(path) = manifest {
            _ = write!(text, "\nunder {}\n", path.display());
        }
        for verdict in verdicts.iter().flatten() {
            let word = if verdict.granted {
                "granted"
            } else {
                "DENIED "
            };
            let line = format!("{}  {}", verdict.what, verdict.why);
            _ = writeln!(text, "  {word}  {}", visible(&line));
        }
        Report::text(text)
    };
    Ok(report.with_problem(problem.map(|problem| format!("{name}: {problem}"))))
}

/// Describes a file without a descriptor: its kind and its imports.
fn other(arguments: &Info, bytes: &[u8], what: &str) -> anyhow::Result<Report> {
    let name = arguments.file.display();
    let imports = imports(bytes).with_context(|| name.to_string())?;
    if arguments.json {
        return Ok(Report::json(
            &json!({ "file": what, "imports": imports, "bytes": bytes.len() }),
        ));
    }
    let size = files::size(bytes.len());
    let what = visible_lines(what, "  ");
    let mut text = format!("{name}  {size}\n{what}\n\nimports\n");
    text.push_str(&list(&imports).join("\n"));
    text.push('\n');
    Ok(Report::text(text))
}

/// Escapes names, which unlike the descriptor's text may have any characters.
fn list(imports: &[String]) -> Vec<String> {
    match imports {
        [] => vec!["  none".to_owned()],
        imports => imports
            .iter()
            .map(|import| format!("  {}", visible(import)))
            .collect(),
    }
}

/// Describes the signature.
struct Signed {
    /// The signer.
    by: String,
    /// Returns the line of a manifest that authorises the package.
    line: Option<String>,
}

fn describe(
    descriptor: &Descriptor,
    size: usize,
    note: Option<&str>,
    signed: &Signed,
    imports: &[String],
) -> String {
    let mut lines = vec![format!(
        "{} {}  {}",
        descriptor.id, descriptor.skill_version, descriptor.name
    )];
    if !descriptor.description.is_empty() {
        lines.push(format!(
            "  {}",
            visible_lines(&descriptor.description, "  ")
        ));
    }
    let abi = match descriptor.abi {
        Abi::Typed => "typed",
        Abi::Dynamic => "dynamic",
    };
    let made = [&descriptor.language, &descriptor.sdk];
    let made: Vec<&str> = made.into_iter().flatten().map(String::as_str).collect();
    lines.push(format!("\nabi        {abi}"));
    if let Some(note) = note {
        lines.push(format!("file       {note}"));
    }
    if !made.is_empty() {
        lines.push(format!("made with  {}", made.join(", ")));
    }
    lines.push(format!("size       {}", files::size(size)));
    lines.push(format!("signature  {}", signed.by));
    if let Some(line) = &signed.line {
        lines.push(format!("manifest   {line}"));
    }
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
    lines.extend(list(imports));
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
    lines.extend(
        method
            .title
            .as_ref()
            .map(|title| format!("      title: {title}")),
    );
    if !method.hints.is_empty() {
        let hints: Vec<&str> = method.hints.iter().map(|hint| hint.word()).collect();
        lines.push(format!("      hints: {}", hints.join(", ")));
    }
    lines.extend(method.params.iter().filter_map(parameter));
    let result = method.result.as_ref();
    lines.extend(result.map(|result| format!("      -> {}", visible_lines(result, BENEATH))));
    lines
}

/// `None` if there is nothing but the name.
fn parameter(parameter: &Parameter) -> Option<String> {
    let mut line = String::new();
    if let Some(kind) = &parameter.kind {
        write!(line, "  {kind}").ok()?;
    }
    if !parameter.description.is_empty() {
        write!(line, "  {}", visible_lines(&parameter.description, BENEATH)).ok()?;
    }
    for (what, value) in [
        ("default", &parameter.default),
        ("example", &parameter.example),
    ] {
        if let Some(value) = value {
            write!(line, "  ({what} {})", visible_json(&value.to_string())).ok()?;
        }
    }
    (!line.is_empty()).then(|| format!("      {}{line}", parameter.name))
}

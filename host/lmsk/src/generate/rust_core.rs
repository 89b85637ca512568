//! `src/lib.rs` for the older ABI, on the public crate `luminarys-sdk` 0.2. Beside it only `serde` and `rmp-serde` are
//! used.

use std::fmt::Write as _;

use luminarys_annotations::{Function, Kind, Skill};
use luminarys_package::{Method, Parameter, Visibility};

use super::{output, quote};

const SUPPORT: &str = include_str!("support.rs.txt");

pub(super) fn library(skill: &Skill) -> String {
    let descriptor = &skill.descriptor;
    let mut out = format!("// {}\n\n", output::MARK);
    out.push_str(
        "mod skill;\n\nuse luminarys_sdk::prelude::*;\n\n\
         /// Says what the skill is.\nfn register() {\n    luminarys_sdk::entrypoint::set_skill_identity(\n",
    );
    for text in quote::identity(descriptor) {
        _ = writeln!(out, "{},", text);
    }
    out.push_str(");\nluminarys_sdk::entrypoint::register(Some(dispatch), vec![\n");
    for method in &descriptor.methods {
        described(&mut out, method);
    }
    out.push_str("]);\n");
    if !descriptor.requirements.is_empty() {
        out.push_str("register_requirements(vec![\n");
        for requirement in &descriptor.requirements {
            let (kind, pattern) = (
                quote::text(&requirement.kind),
                quote::text(&requirement.pattern),
            );
            let mode = quote::text(requirement.mode.as_deref().unwrap_or_default());
            _ = writeln!(
                out,
                "RequirementInfo {{ kind: {kind}.into(), pattern: {pattern}.into(), mode: {mode}.into() }},"
            );
        }
        out.push_str("]);\n");
    }
    out.push_str(
        "}\n\n/// Calls the function that a method is; what it returned, encoded.\n#[allow(unused_mut, unused_variables)]\n\
         fn call(request: &InvokeRequest, response: &mut InvokeResponse, given: &Arguments) -> Result<Vec<u8>, SkillError> {\n\
         let mut context = Context::new(request, response);\nmatch request.method.as_str() {\n",
    );
    for (method, function) in descriptor.methods.iter().zip(&skill.functions) {
        called(&mut out, method, function);
    }
    out.push_str("other => Err(SkillError(format!(\"unknown method: {other}\"))),\n}\n}\n\n");
    out.push_str(SUPPORT);
    out
}

fn described(out: &mut String, method: &Method) {
    let (name, description) = (quote::text(&method.name), quote::text(&method.description));
    _ = write!(out, "method({name}, {description})");
    for param in &method.params {
        _ = write!(
            out,
            ".param({}, {})",
            quote::text(&param.name),
            parameter(param)
        );
    }
    out.push_str(match method.visibility {
        Visibility::Public => "",
        Visibility::Internal => ".set_internal()",
        Visibility::Callback => ".callback()",
    });
    out.push_str(",\n");
}

fn parameter(param: &Parameter) -> String {
    let mut out = match param.kind.as_deref() {
        Some("integer") => "type_int()".to_owned(),
        Some("number") => "type_number()".to_owned(),
        Some("boolean") => "type_bool()".to_owned(),
        // The SDK has no constructor for it.
        Some("bytes") => {
            "ParamInfo { type_val: \"bytes\".into(), ..Default::default() }".to_owned()
        }
        _ => "type_string()".to_owned(),
    };
    if param.required {
        out.push_str(".required()");
    }
    _ = write!(out, ".desc({})", quote::text(&param.description));
    if !param.enumeration.is_empty() {
        let values: Vec<String> = param
            .enumeration
            .iter()
            .map(|value| quote::text(value))
            .collect();
        _ = write!(out, ".enum_vals(vec![{}])", values.join(", "));
    }
    out
}

fn called(out: &mut String, method: &Method, function: &Function) {
    let mut arguments: Vec<String> = Vec::new();
    if function.context.is_some() {
        arguments.push("&mut context".to_owned());
    }
    for (param, argument) in method.params.iter().zip(&function.arguments) {
        let (name, required) = (quote::text(&param.name), param.required);
        let default = param.default.as_ref();
        let (value, otherwise) = match argument.of.kind {
            Some(Kind::Integer) => (
                "integer",
                default.map_or("0".to_owned(), ToString::to_string),
            ),
            Some(Kind::Float) => ("number", default.map_or("0.0".to_owned(), quote::float)),
            Some(Kind::Boolean) => (
                "flag",
                default.map_or("false".to_owned(), ToString::to_string),
            ),
            Some(Kind::Bytes) => ("data", "&[]".to_owned()),
            _ => {
                let default = default.and_then(|value| value.as_str());
                ("text", quote::text(default.unwrap_or_default()))
            }
        };
        arguments.push(format!("given.{value}({name}, {required}, {otherwise})?"));
    }
    let call = format!("skill::{}({})?", function.name, arguments.join(", "));
    let value = match function.result.as_ref().and_then(|result| result.kind) {
        // Otherwise it would be a list of numbers.
        Some(Kind::Bytes) => format!("{{ let made = {call}; encoded(Data(&made)) }}"),
        _ => format!("{{ let made = {call}; encoded(made) }}"),
    };
    _ = writeln!(out, "{} => {value}", quote::text(&method.name));
}

//! `main.go`, on the public Go SDK of the older ABI.

use std::fmt::Write as _;

use luminarys_annotations::{Function, Kind, Skill};
use luminarys_package::{Method, Parameter, Visibility};

use super::{output, quote};

const SUPPORT: &str = include_str!("support.go.txt");
const SDK: &str = "github.com/LuminarysAI/sdk-go";

pub(super) fn main(skill: &Skill) -> String {
    let descriptor = &skill.descriptor;
    let sdk = quote::text(skill.sdk.as_deref().unwrap_or(SDK));
    // The skill's own `main` is kept.
    let main = if skill.has_main {
        ""
    } else {
        "func main() {}\n\n"
    };
    let mut out = format!("// {}\n\n", output::MARK);
    _ = write!(
        out,
        "package main\n\n// Names of the skill's own must not be taken, imports included: all of this file's begin with lmsk.\n\n\
         import (\n\tlmskbytes \"bytes\"\n\tlmskfmt \"fmt\"\n\tlmskos \"os\"\n\tlmskdebug \"runtime/debug\"\n\tlmskunsafe \"unsafe\"\n\n\
         \tlmsksdk {sdk}\n\tlmskmsgpack \"github.com/vmihailenco/msgpack/v5\"\n)\n\n{main}func init() {{\n\
         \tlmsksdk.SetSkillIdentity(\n"
    );
    for text in quote::identity(descriptor) {
        _ = writeln!(out, "\t\t{},", text);
    }
    out.push_str("\t)\n\tlmsksdk.Register(lmskHandle,\n");
    for method in &descriptor.methods {
        described(&mut out, method);
    }
    out.push_str("\t)\n");
    if !descriptor.requirements.is_empty() {
        out.push_str("\tlmsksdk.RegisterRequirements(\n");
        for requirement in &descriptor.requirements {
            let (kind, pattern) = (
                quote::text(&requirement.kind),
                quote::text(&requirement.pattern),
            );
            let mode = requirement.mode.as_deref().map(quote::text);
            let mode = mode.map_or_else(String::new, |mode| format!(", Mode: {mode}"));
            _ = writeln!(
                out,
                "\t\tlmsksdk.RequirementInfo{{Kind: {kind}, Pattern: {pattern}{mode}}},"
            );
        }
        out.push_str("\t)\n");
    }
    out.push_str("}\n\n// lmskCall calls the function that a method is.\nfunc lmskCall(lmskCtx *lmsksdk.Context, lmskMethod string, lmskGiven *lmskArguments) (interface{}, error) {\n\tswitch lmskMethod {\n");
    for (method, function) in descriptor.methods.iter().zip(&skill.functions) {
        called(&mut out, method, function);
    }
    out.push_str("\t}\n\treturn nil, lmskfmt.Errorf(\"unknown method: %s\", lmskMethod)\n}\n\n");
    out.push_str(SUPPORT);
    out
}

fn described(out: &mut String, method: &Method) {
    let (name, description) = (quote::text(&method.name), quote::text(&method.description));
    _ = write!(out, "\t\tlmsksdk.Method({name}, {description})");
    for param in &method.params {
        let name = quote::text(&param.name);
        _ = write!(out, ".\n\t\t\tParam({name}, {})", parameter(param));
    }
    out.push_str(match method.visibility {
        Visibility::Public => "",
        Visibility::Internal => ".\n\t\t\tSetInternal()",
        Visibility::Callback => ".\n\t\t\tCallback()",
    });
    out.push_str(",\n");
}

fn parameter(param: &Parameter) -> String {
    let mut out = match param.kind.as_deref() {
        Some("integer") => "lmsksdk.TypeInt()".to_owned(),
        Some("number") => "lmsksdk.TypeNumber()".to_owned(),
        Some("boolean") => "lmsksdk.TypeBool()".to_owned(),
        // The SDK has no constructor for it.
        Some("bytes") => "lmsksdk.ParamInfo{TypeVal: \"bytes\"}".to_owned(),
        _ => "lmsksdk.TypeString()".to_owned(),
    };
    if param.required {
        out.push_str(".Required()");
    }
    _ = write!(out, ".Desc({})", quote::text(&param.description));
    if !param.enumeration.is_empty() {
        let values: Vec<String> = param
            .enumeration
            .iter()
            .map(|value| quote::text(value))
            .collect();
        _ = write!(out, ".Enum({})", values.join(", "));
    }
    for (what, value) in [("Default", &param.default), ("Example", &param.example)] {
        if let Some(value) = value {
            _ = write!(out, ".{what}({})", literal(param, Some(value)));
        }
    }
    out
}

/// Returns a value in Go; the type's zero value if there is none.
fn literal(param: &Parameter, value: Option<&serde_json::Value>) -> String {
    match (param.kind.as_deref(), value) {
        (Some("integer" | "number"), None) => "0".to_owned(),
        (Some("boolean"), None) => "false".to_owned(),
        (Some("number"), Some(value)) => quote::float(value),
        (Some("integer" | "boolean"), Some(value)) => value.to_string(),
        (_, value) => quote::text(value.and_then(|value| value.as_str()).unwrap_or_default()),
    }
}

fn called(out: &mut String, method: &Method, function: &Function) {
    _ = writeln!(out, "\tcase {}:", quote::text(&method.name));
    let mut arguments: Vec<String> = Vec::new();
    if function.context.is_some() {
        arguments.push("lmskCtx".to_owned());
    }
    for (index, (param, argument)) in method.params.iter().zip(&function.arguments).enumerate() {
        let (name, required) = (quote::text(&param.name), param.required);
        let value = match argument.of.kind {
            Some(Kind::Integer) => "integer",
            Some(Kind::Float) => "number",
            Some(Kind::Boolean) => "flag",
            Some(Kind::Bytes) => "data",
            _ => "text",
        };
        let otherwise = match argument.of.kind {
            Some(Kind::Bytes) => String::new(),
            _ => format!(", {}", literal(param, param.default.as_ref())),
        };
        _ = writeln!(
            out,
            "\t\tlmskP{index} := lmskGiven.{value}({name}, {required}{otherwise})"
        );
        let narrow = argument.of.text == "int";
        arguments.push(if narrow {
            format!("int(lmskP{index})")
        } else {
            format!("lmskP{index}")
        });
    }
    if !method.params.is_empty() {
        out.push_str("\t\tif lmskGiven.wrong != nil {\n\t\t\treturn nil, lmskGiven.wrong\n\t\t}\n");
    }
    let call = format!("{}({})", function.name, arguments.join(", "));
    _ = match (&function.result, function.fails) {
        (Some(_), true) => writeln!(out, "\t\treturn {call}"),
        (Some(_), false) => writeln!(out, "\t\treturn {call}, nil"),
        (None, true) => writeln!(out, "\t\treturn nil, {call}"),
        (None, false) => writeln!(out, "\t\t{call}\n\t\treturn nil, nil"),
    };
}

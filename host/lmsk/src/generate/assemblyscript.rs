//! `assembly/lib.ts`, on the public AssemblyScript SDK of the older ABI.

use std::fmt::Write as _;

use luminarys_annotations::{Function, Kind, Skill};
use luminarys_package::{Method, Parameter, Visibility};

use super::{output, quote};

const SUPPORT: &str = include_str!("support.ts.txt");
const SDK: &str = "@luminarys/sdk-as";

pub(super) fn library(skill: &Skill) -> String {
    let descriptor = &skill.descriptor;
    let sdk = quote::text(skill.sdk.as_deref().unwrap_or(SDK));
    let mut out = format!("// {}\n\nimport {{\n", output::MARK);
    for name in [
        "Context",
        "Decoder",
        "Encoder",
        "InvokeRequest",
        "InvokeResponse",
        "MethodDesc",
        "MethodParam",
        "MsgValue",
        "RequirementDesc",
        "errorResponse",
        "register",
        "registerRequirements",
        "setSkillIdentity",
    ] {
        _ = writeln!(out, "  {name},");
    }
    _ = write!(
        out,
        "}} from {sdk};\nimport * as skill from \"./skill\";\n\n\
         export {{ skill_alloc, skill_describe, skill_free, skill_handle }} from {sdk};\n\nconst methods: MethodDesc[] = [\n"
    );
    for method in &descriptor.methods {
        described(&mut out, method);
    }
    out.push_str("];\n\n/** Calls the method that is asked for; false when there is none of that name. */\nfunction call(ctx: Context, given: MsgValue, out: Encoder): bool {\n  const name = ctx.method;\n");
    for (index, (method, function)) in descriptor.methods.iter().zip(&skill.functions).enumerate() {
        let otherwise = if index == 0 { "  " } else { "  } else " };
        _ = writeln!(
            out,
            "{otherwise}if (name == {}) {{",
            quote::text(&method.name)
        );
        _ = writeln!(out, "    {};", called(method, function));
    }
    out.push_str(match descriptor.methods.is_empty() {
        true => "  return false;\n}\n\n",
        false => "  } else {\n    return false;\n  }\n  return true;\n}\n\n",
    });
    let identity = quote::identity(descriptor);
    _ = writeln!(out, "setSkillIdentity({});", identity.join(", "));
    out.push_str("registerRequirements([");
    for requirement in &descriptor.requirements {
        let (kind, pattern) = (
            quote::text(&requirement.kind),
            quote::text(&requirement.pattern),
        );
        let mode = requirement.mode.as_deref().map(quote::text);
        let mode = mode.map_or_else(String::new, |mode| format!(", {mode}"));
        _ = write!(out, "\n  requirement({kind}, {pattern}{mode}),");
    }
    out.push_str(if descriptor.requirements.is_empty() {
        "]);\n"
    } else {
        "\n]);\n"
    });
    out.push_str("register(dispatch, methods);\n\n");
    out.push_str(SUPPORT);
    out
}

fn described(out: &mut String, method: &Method) {
    let (name, description) = (quote::text(&method.name), quote::text(&method.description));
    let visibility = match method.visibility {
        Visibility::Public => "",
        Visibility::Internal => ", true",
        Visibility::Callback => ", true, true",
    };
    if method.params.is_empty() {
        _ = writeln!(out, "  method({name}, {description}, []{visibility}),");
        return;
    }
    _ = writeln!(out, "  method({name}, {description}, [");
    for param in &method.params {
        let kind = quote::text(param.kind.as_deref().unwrap_or("string"));
        let (name, description) = (quote::text(&param.name), quote::text(&param.description));
        _ = writeln!(
            out,
            "    param({name}, {kind}, {}, {description}),",
            param.required
        );
    }
    _ = writeln!(out, "  ]{visibility}),");
}

/// Returns the given argument, or its default.
fn given(param: &Parameter, function: &Function, index: usize) -> String {
    let name = quote::text(&param.name);
    let of = function.arguments.get(index).map(|argument| &argument.of);
    let kind = of.and_then(|of| of.kind);
    let otherwise = param.default.as_ref().map(|value| match kind {
        Some(Kind::Float) => quote::float(value),
        Some(Kind::Integer | Kind::Boolean) => value.to_string(),
        _ => quote::text(value.as_str().unwrap_or_default()),
    });
    let otherwise = otherwise.filter(|_| kind != Some(Kind::Bytes));
    let otherwise = otherwise.map_or_else(String::new, |value| format!(", {value}"));
    match kind {
        Some(Kind::Integer) if of.is_some_and(|of| of.text == "i32") => {
            format!("narrow(given, {name}{otherwise})")
        }
        Some(Kind::Integer) => format!("integer(given, {name}{otherwise})"),
        Some(Kind::Float) => format!("float(given, {name}{otherwise})"),
        Some(Kind::Boolean) => format!("flag(given, {name}{otherwise})"),
        Some(Kind::Bytes) => format!("bytes(given, {name})"),
        _ => format!("text(given, {name}{otherwise})"),
    }
}

fn called(method: &Method, function: &Function) -> String {
    let mut arguments: Vec<String> = Vec::new();
    if function.context.is_some() {
        arguments.push("ctx".to_owned());
    }
    let params = method.params.iter().enumerate();
    arguments.extend(params.map(|(index, param)| given(param, function, index)));
    let call = format!("skill.{}({})", function.name, arguments.join(", "));
    let Some(result) = &function.result else {
        return format!("{call};\n    out.encode_nil()");
    };
    match result.kind {
        Some(Kind::Integer) => format!("out.encode_i64(<i64>{call})"),
        Some(Kind::Float) => format!("out.encode_f64({call})"),
        Some(Kind::Boolean) => format!("out.encode_bool({call})"),
        Some(Kind::Bytes) => format!("out.encode_bin({call})"),
        _ => format!("out.encode_str({call})"),
    }
}

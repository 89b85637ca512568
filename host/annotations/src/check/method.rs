//! Checks a method's annotations against the signature of its function.

use luminarys_package::{Method, Parameter, Visibility, is_name};
use serde_json::Value;

use super::Found;
use crate::reference::TYPES;
use crate::syntax::{self, Param};
use crate::{Argument, Diagnostic, Function, Kind, Language, literal};

/// Returns the method; `None` if it has no name.
pub(super) fn check(
    language: Language,
    annotations: &[Found<'_>],
    function: &Function,
    file: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Method> {
    let mut method = Method::default();
    let mut named = false;
    let mut params: Vec<(&Found<'_>, Param)> = Vec::new();
    for found in annotations {
        match found.word {
            "method" if named => {
                let help = "one function is one method; write one function for each";
                diagnostics.push(
                    found
                        .error("this function has two @skill:method lines")
                        .help(help),
                );
            }
            "method" => {
                named = true;
                match name(found) {
                    Ok((name, description)) => {
                        (method.name, method.description) = (name, description)
                    }
                    Err(problem) => diagnostics.push(problem),
                }
            }
            "param" => match syntax::param(found.rest) {
                Ok(param) => params.push((found, param)),
                Err(error) => diagnostics.push(found.part(&error)),
            },
            "result" => match syntax::text(found.rest) {
                Ok(_) if method.result.is_some() => {
                    diagnostics.push(found.error("@skill:result is repeated"))
                }
                Ok(text) => method.result = Some(text),
                Err(error) => diagnostics.push(found.part(&error)),
            },
            "title" => match syntax::text(found.rest) {
                Ok(_) if method.title.is_some() => {
                    diagnostics.push(found.error("@skill:title is repeated"))
                }
                Ok(text) => method.title = Some(text),
                Err(error) => diagnostics.push(found.part(&error)),
            },
            "hint" => {
                if let Err(error) = syntax::hints(found.rest, &mut method.hints) {
                    diagnostics.push(found.part(&error));
                }
            }
            word => {
                if !found.rest.is_empty() {
                    diagnostics.push(found.error(format!("@skill:{word} takes no value")));
                }
                // A callback is internal as well.
                let wanted = if word == "callback" {
                    Visibility::Callback
                } else {
                    Visibility::Internal
                };
                if method.visibility != Visibility::Callback {
                    method.visibility = wanted;
                }
            }
        }
    }
    if !named {
        let first = annotations.first()?;
        let help = format!(
            "add a line such as: @skill:method {} \"What it does.\"",
            snake(&function.name)
        );
        let message = format!("the function {} has no @skill:method", function.name);
        diagnostics.push(first.error(message).help(help));
        return None;
    }
    signature(language, function, file, diagnostics);
    method.params = parameters(&method.name, &params, function, file, diagnostics);
    Some(method)
}

fn name(found: &Found<'_>) -> Result<(String, String), Diagnostic> {
    let (name, text) = syntax::named(found.rest).map_err(|error| found.part(&error))?;
    if !is_name(name) {
        return Err(not_snake(found, name));
    }
    Ok((name.to_owned(), text))
}

fn not_snake(found: &Found<'_>, name: &str) -> Diagnostic {
    let range = found.range.start..found.range.start + name.len();
    Diagnostic::error(range, format!("{name:?} is not snake_case"))
        .in_file(found.file)
        .help(format!(
            "use letters a-z, digits and underscores, starting with a letter: {}",
            snake(name)
        ))
}

/// Converts `readFile` to `read_file`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for character in name.trim_start_matches("r#").chars() {
        if character.is_ascii_uppercase() && out.ends_with(|c: char| c.is_ascii_lowercase()) {
            out.push('_');
        }
        match character.to_ascii_lowercase() {
            known @ ('a'..='z' | '0'..='9') => out.push(known),
            _ if out.ends_with('_') || out.is_empty() => {}
            _ => out.push('_'),
        }
    }
    out.trim_end_matches('_').to_owned()
}

fn signature(
    language: Language,
    function: &Function,
    file: usize,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut say = |problem: Diagnostic| diagnostics.push(problem.in_file(file));
    let name = &function.name;
    if !function.exported {
        let (what, how) = match language {
            Language::AssemblyScript => ("exported", "export function"),
            _ => ("public", "pub fn"),
        };
        let message = format!("the function {name} is not {what}");
        say(Diagnostic::error(function.range.clone(), message)
            .help(format!("declare it as `{how} {name}`")));
    }
    if let Some(why) = function.unusable {
        let message = format!("the function {name} cannot be a method: it is {why}");
        say(Diagnostic::error(function.range.clone(), message));
    }
    for argument in &function.arguments {
        if argument.of.kind.is_none() {
            say(unsupported(language, "an argument", &argument.of));
        }
    }
    if let Some(result) = &function.result
        && result.kind.is_none()
    {
        say(unsupported(language, "a result", result));
    }
    if language == Language::Rust && !function.fails {
        let message = format!("the function {name} does not return a Result");
        say(Diagnostic::error(function.range.clone(), message).help("return Result<T, SkillError>"));
    }
}

fn unsupported(language: Language, what: &str, of: &crate::Use) -> Diagnostic {
    let column = |(_, go, rust, assemblyscript): &(&str, &str, &str, &'static str)| match language {
        Language::Go => (*go).to_owned(),
        Language::Rust => (*rust).to_owned(),
        Language::AssemblyScript => (*assemblyscript).to_owned(),
    };
    let known: Vec<String> = TYPES.iter().map(column).collect();
    let message = match of.text.as_str() {
        "" => format!("{what} of a method has no type"),
        text => format!("{text} is not supported as the type of {what} of a method"),
    };
    Diagnostic::error(of.range.clone(), message).help(format!("known: {}", known.join(", ")))
}

/// Annotations match arguments by order; names are compared to detect mistakes.
fn parameters(
    method: &str,
    params: &[(&Found<'_>, Param)],
    function: &Function,
    file: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Parameter> {
    let arguments = &function.arguments;
    if params.len() != arguments.len() {
        let names = |names: Vec<&str>| match names.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        let message = format!(
            "{method} has {} @skill:param ({}), its function has {} arguments besides the context ({})",
            params.len(),
            names(
                params
                    .iter()
                    .map(|(_, param)| param.name.as_str())
                    .collect()
            ),
            arguments.len(),
            names(
                arguments
                    .iter()
                    .map(|argument| argument.name.as_str())
                    .collect()
            ),
        );
        let range = params
            .get(arguments.len())
            .map(|(found, _)| (found.range.clone(), found.file));
        let (range, file) = range.unwrap_or((function.range.clone(), file));
        diagnostics.push(Diagnostic::error(range, message).in_file(file));
    }
    let mut made: Vec<Parameter> = Vec::new();
    for ((found, param), argument) in params.iter().zip(arguments) {
        if !is_name(&param.name) {
            diagnostics.push(not_snake(found, &param.name));
        }
        if made.iter().any(|other| other.name == param.name) {
            diagnostics.push(found.error(format!("the parameter {} is repeated", param.name)));
        }
        compare(found, param, argument, arguments, diagnostics);
        made.push(parameter(found, param, argument, diagnostics));
    }
    made
}

fn plain(name: &str) -> String {
    let name = name.trim_start_matches("r#");
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

fn compare(
    found: &Found<'_>,
    param: &Param,
    argument: &Argument,
    arguments: &[Argument],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let wanted = plain(&param.name);
    if plain(&argument.name) == wanted {
        return;
    }
    let range = found.range.start..found.range.start + param.name.len();
    let problem = if arguments.iter().any(|other| plain(&other.name) == wanted) {
        let message = format!(
            "the parameter {} is in the place of the argument {}",
            param.name, argument.name
        );
        Diagnostic::error(range, message)
            .help("write the @skill:param lines in the order of the arguments")
    } else {
        let message = format!(
            "the parameter {} has another name than its argument {}",
            param.name, argument.name
        );
        Diagnostic::warning(range, message).help("use the same name for both")
    };
    diagnostics.push(problem.in_file(found.file));
}

fn parameter(
    found: &Found<'_>,
    param: &Param,
    argument: &Argument,
    diagnostics: &mut Vec<Diagnostic>,
) -> Parameter {
    let mut say = |range: &std::ops::Range<usize>, message: String, is_error: bool| {
        let start = found.range.start;
        let range = start + range.start..start + range.end;
        let problem = if is_error {
            Diagnostic::error(range, message)
        } else {
            Diagnostic::warning(range, message)
        };
        diagnostics.push(problem.in_file(found.file));
    };
    let kind = argument.of.kind.unwrap_or(Kind::Text);
    let mut value = |written: &Option<syntax::Value>| -> Option<Value> {
        let written = written.as_ref()?;
        match literal::value(kind, &argument.of.text, &written.text) {
            Ok(value) => Some(value),
            Err(message) => {
                say(&written.range, message, true);
                None
            }
        }
    };
    let (default, example) = (value(&param.default), value(&param.example));
    let required = param.required.unwrap_or(false);
    if let Some(written) = &param.default {
        if required {
            say(
                &written.range,
                "a required parameter's default is never used".to_owned(),
                false,
            );
        }
        if !param.enumeration.is_empty() && !param.enumeration.contains(&written.text) {
            say(
                &written.range,
                format!("the default is not one of {}", param.enumeration.join(", ")),
                true,
            );
        }
    }
    if !param.enumeration.is_empty() && kind != Kind::Text {
        say(
            &param.enumeration_range,
            format!("enum: lists texts, and {} is none", param.name),
            true,
        );
    }
    Parameter {
        name: param.name.clone(),
        kind: Some(kind.name().to_owned()),
        description: param.description.clone(),
        required,
        default,
        example,
        enumeration: param.enumeration.clone(),
        items: None,
    }
}

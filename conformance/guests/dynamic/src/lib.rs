//! A skill that dispatches by name.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:dynamic/dynamic", generate_all });

use exports::luminarys::skill::dynamic::{Argument, Guest, Value};
use luminarys::skill::types::Error;
use luminarys::skill::{context, filesystem};

struct Skill;

impl Guest for Skill {
    fn describe() -> String {
        include_str!("descriptor.json").to_owned()
    }

    fn invoke(method: String, mut arguments: Vec<Argument>) -> Result<Value, String> {
        match method.as_str() {
            "show" => Ok(Value::Text(show(&arguments))),
            "same" => Ok(arguments.remove(0).value),
            "bytes" => Ok(Value::Bytes(vec![0, 1, 255])),
            "fail" => Err(show(&arguments)),
            "read" => match &arguments[0].value {
                Value::Text(path) => filesystem::read(path)
                    .map(|bytes| Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
                    .map_err(explain),
                other => Err(format!("not a path: {other:?}")),
            },
            "hint" => {
                context::set_text("a hint");
                Ok(Value::Null)
            }
            "hidden" => Ok(Value::Text("hidden".to_owned())),
            other => Err(format!("unknown method: {other}")),
        }
    }
}

fn explain(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!("denied: {}: {}", denial.target, denial.suggestion),
        other => format!("{other:?}"),
    }
}

fn show(arguments: &[Argument]) -> String {
    let shown = arguments.iter().map(|argument| {
        let value = match &argument.value {
            Value::Null => "null".to_owned(),
            Value::Boolean(value) => format!("boolean {value}"),
            Value::Integer(value) => format!("integer {value}"),
            Value::Float(value) => format!("float {value}"),
            Value::Text(value) => format!("text {value}"),
            Value::Bytes(value) => format!("bytes {value:?}"),
            Value::Json(value) => format!("json {value}"),
        };
        format!("{}={value}", argument.name)
    });
    shown.collect::<Vec<_>>().join(" ")
}

export!(Skill);

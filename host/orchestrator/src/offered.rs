//! Optional arguments of callbacks for events and for messages of connections: a method gets those that it declares.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use luminarys_runtime::values::Form;
use luminarys_runtime::{CallContext, CallError, Holder, Method, Offered};
use luminarys_text::json;
use serde_json::{Map, Value};

use crate::{InvokeError, Orchestrator, Origin};

/// Calls `method` of `skill` for the host, with those of the `offered` arguments that it has parameters for.
///
/// # Errors
/// As [`Orchestrator::invoke`].
pub(crate) async fn call(
    orchestrator: &Orchestrator,
    skill: &str,
    method: &str,
    offered: Vec<(&'static str, Offered)>,
    context: CallContext,
) -> Result<(), InvokeError> {
    let registry = orchestrator.registry();
    let deployed = registry
        .entry(skill)
        .and_then(|entry| entry.deployed.as_ref());
    let called = deployed.and_then(|deployed| deployed.method(method));
    // Charged here until the call charges its arguments itself.
    let sizes = offered
        .iter()
        .filter_map(|(name, what)| Some(weigh(what, called?.form(name)?)));
    let held = deployed.map(|deployed| deployed.skill.hold(Holder::Arguments, sizes.sum()));
    let held = held.transpose().map_err(CallError::from)?;
    let arguments = called.map_or_else(Value::default, |called| fit(called, offered));
    drop(held);
    // Do not keep other skills alive during this call.
    drop(registry);
    let origin = Origin::Skill(skill.to_owned());
    let invoked = orchestrator.invoke(origin, skill, method, arguments, context);
    invoked.await.map(drop)
}

/// Returns the maximum size of `what` as an argument of that type, in bytes.
fn weigh(what: &Offered, form: &Form) -> u64 {
    match (what, form) {
        (Offered::Json(text), Form::Json { .. }) => json::weigh(text.as_bytes()),
        (Offered::Json(text) | Offered::Text(text), _) => text.len() as u64,
        (Offered::Number(_), _) => 0,
        // As base64.
        (Offered::Bytes(bytes), _) => 2 * bytes.len() as u64,
    }
}

fn fit(method: &Method, offered: Vec<(&'static str, Offered)>) -> Value {
    let mut given = Map::new();
    for (name, what) in offered {
        let Some(form) = method.form(name) else {
            continue;
        };
        let value = match (what, form) {
            (Offered::Text(text), _) => Value::String(text),
            (Offered::Number(number), _) => Value::from(number),
            (Offered::Bytes(bytes), Form::Text) => {
                Value::String(String::from_utf8_lossy(&bytes).into_owned())
            }
            (Offered::Bytes(bytes), _) => Value::String(STANDARD.encode(bytes)),
            // It is valid JSON already.
            (Offered::Json(text), Form::Json { .. }) => {
                serde_json::from_str(&text).unwrap_or_default()
            }
            (Offered::Json(text), _) => Value::String(text),
        };
        given.insert(name.to_owned(), value);
    }
    Value::Object(given)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use luminarys_package::Visibility;
    use luminarys_runtime::values::NamedForm;
    use serde_json::json;

    fn method(forms: &[(&str, Form)]) -> Method {
        let form = |(name, form): &(&str, Form)| NamedForm {
            name: (*name).to_owned(),
            form: form.clone(),
        };
        Method {
            name: "on_event".to_owned(),
            title: String::new(),
            description: String::new(),
            effects: Default::default(),
            narrowing: Default::default(),
            visibility: Visibility::Callback,
            input_schema: json!({}),
            forms: forms.iter().map(form).collect(),
            output_schema: None,
            unavailable: None,
            unfit: None,
        }
    }

    #[test]
    fn a_method_gets_the_arguments_that_it_declares() {
        let offered = || {
            vec![
                ("topic", Offered::Text("t".to_owned())),
                ("payload", Offered::Json(json!({ "id": 7 }).to_string())),
                ("data", Offered::Bytes(b"ab".to_vec())),
                ("code", Offered::Number(1000)),
            ]
        };
        let other = || Form::Json { names: Vec::new() };
        let rows = [
            (&[][..], json!({})),
            (
                &[("topic", other()), ("other", Form::Text)],
                json!({ "topic": "t" }),
            ),
            (
                &[("payload", Form::Text)],
                json!({ "payload": "{\"id\":7}" }),
            ),
            (&[("payload", other())], json!({ "payload": { "id": 7 } })),
            (
                &[("data", Form::Bytes), ("code", other())],
                json!({ "data": "YWI=", "code": 1000 }),
            ),
            (&[("data", Form::Text)], json!({ "data": "ab" })),
        ];
        each_row(rows, |(forms, expected)| {
            assert_eq!(fit(&method(forms), offered()), expected);
        });
    }
}

//! Arguments for methods that take what they want of what there is: events, and messages of connections.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use luminarys_runtime::{CallContext, CallError, Holder, Offered};
use luminarys_text::json;
use serde_json::{Map, Value};

use crate::{InvokeError, Orchestrator, Origin};

/// Calls `method` of `skill` for the host, with those of `offered` that it has parameters for.
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
    let schema = deployed
        .and_then(|deployed| deployed.method(method))
        .map(|method| &method.input_schema);
    // Until the call charges its arguments itself.
    let sizes = offered
        .iter()
        .map(|(name, what)| kind(schema, name).map_or(0, |kind| weigh(what, kind)));
    let held = deployed.map(|deployed| deployed.skill.hold(Holder::Arguments, sizes.sum()));
    let held = held.transpose().map_err(CallError::from)?;
    let arguments = fit(schema, offered);
    drop(held);
    // Others' skills are not kept while this one is called.
    drop(registry);
    let origin = Origin::Skill(skill.to_owned());
    let called = orchestrator.invoke(origin, skill, method, arguments, context);
    called.await.map(drop)
}

/// What a parameter is given as.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Bytes,
    Value,
}

/// The kind of a method's parameter; none when it has none of that name.
fn kind(schema: Option<&Value>, name: &str) -> Option<Kind> {
    let schema = required(schema?.get("properties")?.get(name)?);
    let is_text = schema.get("type").is_some_and(|kind| kind == "string");
    Some(match (is_text, schema.get("contentEncoding")) {
        (true, None) => Kind::Text,
        (true, Some(_)) => Kind::Bytes,
        (false, _) => Kind::Value,
    })
}

/// What `what` takes as an argument, at most, in bytes.
fn weigh(what: &Offered, kind: Kind) -> u64 {
    match what {
        Offered::Json(text) if !matches!(kind, Kind::Value) => text.len() as u64,
        Offered::Text(text) => text.len() as u64,
        Offered::Number(_) => 0,
        // As base64.
        Offered::Bytes(bytes) => 2 * bytes.len() as u64,
        Offered::Json(text) => json::weigh(text.as_bytes()),
    }
}

fn fit(schema: Option<&Value>, offered: Vec<(&'static str, Offered)>) -> Value {
    let mut given = Map::new();
    for (name, what) in offered {
        let Some(kind) = kind(schema, name) else {
            continue;
        };
        let value = match (what, kind) {
            (Offered::Text(text), _) => Value::String(text),
            (Offered::Number(number), _) => Value::from(number),
            (Offered::Bytes(bytes), Kind::Text) => {
                Value::String(String::from_utf8_lossy(&bytes).into_owned())
            }
            (Offered::Bytes(bytes), _) => Value::String(STANDARD.encode(bytes)),
            (Offered::Json(text), Kind::Text | Kind::Bytes) => Value::String(text),
            // It was JSON when it was given.
            (Offered::Json(text), Kind::Value) => serde_json::from_str(&text).unwrap_or_default(),
        };
        given.insert(name.to_owned(), value);
    }
    Value::Object(given)
}

/// The schema of an optional parameter's value; it says null as well.
fn required(schema: &Value) -> &Value {
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    let mut kinds = alternatives.into_iter().flatten();
    kinds
        .find(|kind| kind.get("type").is_some_and(|kind| kind != "null"))
        .unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_method_is_given_what_it_asks_for() {
        let offered = || {
            vec![
                ("topic", Offered::Text("t".to_owned())),
                ("payload", Offered::Json(json!({ "id": 7 }).to_string())),
                ("data", Offered::Bytes(b"ab".to_vec())),
                ("code", Offered::Number(1000)),
            ]
        };
        let bytes = json!({ "type": "string", "contentEncoding": "base64" });
        for (properties, expected) in [
            (json!({}), json!({})),
            (json!({ "topic": {}, "other": {} }), json!({ "topic": "t" })),
            (
                json!({ "payload": { "type": "string" } }),
                json!({ "payload": "{\"id\":7}" }),
            ),
            (
                json!({ "payload": { "type": "object" } }),
                json!({ "payload": { "id": 7 } }),
            ),
            (
                json!({ "data": bytes, "code": { "type": "integer" } }),
                json!({ "data": "YWI=", "code": 1000 }),
            ),
            (
                json!({ "data": { "type": "string" } }),
                json!({ "data": "ab" }),
            ),
            (
                json!({ "data": { "anyOf": [{ "type": "string" }, { "type": "null" }] } }),
                json!({ "data": "ab" }),
            ),
        ] {
            let schema = json!({ "type": "object", "properties": properties });
            assert_eq!(fit(Some(&schema), offered()), expected);
        }
        assert_eq!(fit(None, offered()), json!({}));
    }
}

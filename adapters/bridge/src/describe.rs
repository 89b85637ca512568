//! What the skill says of itself, in the form of a package's descriptor.

use serde_json::{Map, Value as Json, json};

use crate::fault::fail;
use crate::wire::{Fields as _, Value, decode};
use crate::{deferred, events, glue, json};

/// The longest description, in bytes.
const MAX_DESCRIPTION: u32 = 4 << 20;

/// The descriptor as JSON.
pub fn describe() -> String {
    match descriptor(&glue::describe(MAX_DESCRIPTION)) {
        Ok(descriptor) => descriptor.to_string(),
        Err(error) => fail(&format!("the skill's description: {error}")),
    }
}

/// # Errors
/// What is wrong with the bytes.
pub fn descriptor(bytes: &[u8]) -> Result<Json, String> {
    let described = decode(bytes)?;
    if !matches!(described, Value::Map(_)) {
        return Err("it is no map".to_owned());
    }
    let mut methods = Vec::new();
    for one in described.items("methods") {
        let method = method(one);
        if method["visibility"] != "public" {
            methods.push(events::method(&one.text("name")));
        }
        methods.push(method);
    }
    methods.push(deferred::method());
    let requirements = described.items("requirements").iter().map(|one| {
        let mut requirement = json!({ "kind": one.text("kind"), "pattern": one.text("pattern") });
        if let Some(mode) = one.filled("mode") {
            requirement["mode"] = mode.into();
        }
        requirement
    });
    Ok(json!({
        "version": 1,
        "id": described.text("skill_id"),
        "name": described.text("skill_name"),
        "skill_version": described.text("skill_version"),
        "description": described.text("description"),
        "abi": "dynamic",
        "sdk": sdk(described.integer("sdk_version")),
        "methods": methods,
        "requirements": requirements.collect::<Vec<_>>(),
    }))
}

/// 0x000200 is 0.2.0.
fn sdk(version: i64) -> Json {
    match version {
        1.. => format!(
            "{}.{}.{}",
            version >> 16,
            version >> 8 & 0xff,
            version & 0xff
        )
        .into(),
        _ => Json::Null,
    }
}

fn method(one: &Value<'_>) -> Json {
    let visibility = if one.flag("private_callback") {
        "callback"
    } else if one.flag("mcp_hidden") {
        "internal"
    } else {
        "public"
    };
    json!({
        "name": one.text("name"),
        "description": one.text("description"),
        "params": one.items("params").iter().map(parameter).collect::<Vec<_>>(),
        "visibility": visibility,
    })
}

fn parameter(one: &Value<'_>) -> Json {
    let mut made = Map::new();
    made.insert("name".to_owned(), one.text("name").into());
    made.insert("type".to_owned(), one.text("type").into());
    made.insert("description".to_owned(), one.text("description").into());
    made.insert("required".to_owned(), one.flag("required").into());
    for key in ["default", "example"] {
        if let Some(value) = one.field(key).filter(|value| !matches!(value, Value::Nil)) {
            made.insert(key.to_owned(), json::to_json(value));
        }
    }
    if let Some(names) = one.texts("enum").filter(|names| !names.is_empty()) {
        made.insert("enum".to_owned(), names.into());
    }
    if let Some(items @ Value::Map(_)) = one.field("items") {
        made.insert("items".to_owned(), parameter(items));
    }
    Json::Object(made)
}

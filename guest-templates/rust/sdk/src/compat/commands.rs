//! What a response asks for, and how it is done: [`Command::carry_out`] does it at once and waits.
//!
//! Callbacks are methods of this skill, called after the call. Their parameters in the skill's world, all of which are given,
//! have the names that the older ABI's payload had; bytes in it are MessagePack.
//!
//! ```wit
//! /// Of `call_module`; `payload` is the result, empty when there is an `error`.
//! /// @skill:callback
//! on-answer: func(call-ctx: string, skill-id: string, method: string, payload: list<u8>, error: string) -> result<_, string>;
//!
//! /// Of `batch_invoke`.
//! /// @skill:callback
//! on-batch: func(batch-id: string, items: list<item>) -> result<_, string>;
//! record item { index: u32, payload: list<u8>, error: string }
//!
//! /// Of `load_kv`.
//! /// @skill:callback
//! on-value: func(key: string, found: bool, value: option<list<u8>>) -> result<_, string>;
//!
//! /// Of `subscribe`, as `luminarys:skill/events` says.
//! /// @skill:callback
//! on-event: func(topic: string, payload: string, source: string) -> result<_, string>;
//! ```
//!
//! What `schedule` calls is given the members of its payload.

use rmpv::Value;
use serde::{Deserialize, Serialize};

mod run;

pub(super) use run::accept;

use super::messagepack;
use super::values::is_default;

/// What a skill asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: CommandType,
    /// What with: a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}

/// What there is to be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandType {
    /// Calls a method of another skill, then the callback, if there is one.
    #[default]
    CallModule,
    /// Calls several methods, then the callback.
    BatchInvoke,
    /// Calls a method of this skill later.
    Schedule,
    /// Tells those that listen.
    EmitEvent,
    /// Listens: `callback` is called for each event of `topic`.
    Subscribe,
    /// Stores a value, in the namespace `shared` where the manifest grants it, else in the skill's own.
    StoreKv,
    /// Gives the callback a stored value.
    LoadKv,
    /// Calls a method of another skill.
    Spawn,
    /// Removes the state, and lets this be the last call of this instance.
    Terminate,
}

/// One call of `batch_invoke`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchItem {
    /// What its result is found by.
    pub index: u32,
    /// The other skill's instance id.
    pub skill_id: String,
    /// The method.
    pub method: String,
    /// The arguments, as MessagePack.
    #[serde(with = "messagepack::bytes")]
    pub payload: Vec<u8>,
}

/// What came of one call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchItemResult {
    /// Of which item.
    pub index: u32,
    /// The result, as MessagePack.
    #[serde(with = "messagepack::bytes", skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<u8>,
    /// Why there is none.
    #[serde(skip_serializing_if = "is_default")]
    pub error: String,
}

/// What came of `batch_invoke`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchResult {
    /// Which it was.
    pub batch_id: String,
    /// In the order of their indexes.
    #[serde(deserialize_with = "messagepack::list")]
    pub items: Vec<BatchItemResult>,
}

fn command<const N: usize>(kind: CommandType, payload: [(&str, Value); N]) -> Command {
    let entries = payload.into_iter();
    let entries = entries.map(|(key, value)| (Value::from(key), value));
    Command {
        kind,
        payload: Some(Value::Map(entries.collect())),
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::from(text.into())
}

/// Tells those that listen to `topic`.
pub fn emit_event(topic: impl Into<String>, payload: Value) -> Command {
    command(
        CommandType::EmitEvent,
        [("topic", text(topic)), ("payload", payload)],
    )
}

/// Calls a method of another skill, then `callback` (if it is not empty), which is given `call_ctx` too.
pub fn call_module(
    skill_id: impl Into<String>,
    method: impl Into<String>,
    payload: Value,
    callback: impl Into<String>,
    call_ctx: impl Into<String>,
) -> Command {
    command(
        CommandType::CallModule,
        [
            ("skill_id", text(skill_id)),
            ("method", text(method)),
            ("payload", payload),
            ("callback", text(callback)),
            ("call_ctx", text(call_ctx)),
        ],
    )
}

/// Stores a value.
pub fn store_kv(key: impl Into<String>, value: Value) -> Command {
    command(CommandType::StoreKv, [("key", text(key)), ("value", value)])
}

/// Gives `callback` a stored value.
pub fn load_kv(key: impl Into<String>, callback: impl Into<String>) -> Command {
    command(
        CommandType::LoadKv,
        [("key", text(key)), ("callback", text(callback))],
    )
}

/// Calls a method of this skill after a delay.
pub fn schedule(method: impl Into<String>, delay_ms: i64, payload: Value) -> Command {
    command(
        CommandType::Schedule,
        [
            ("method", text(method)),
            ("delay_ms", delay_ms.into()),
            ("payload", payload),
        ],
    )
}

/// Calls several methods, `concurrency` at once, then `callback`.
pub fn batch_invoke(
    items: Vec<BatchItem>,
    callback: impl Into<String>,
    concurrency: u32,
) -> Command {
    let items = items.into_iter().map(|item| {
        let fields = [
            ("index", item.index.into()),
            ("skill_id", item.skill_id.into()),
            ("method", item.method.into()),
            ("payload", Value::Binary(item.payload)),
        ];
        let fields = fields.into_iter();
        Value::Map(fields.map(|(key, value)| (key.into(), value)).collect())
    });
    command(
        CommandType::BatchInvoke,
        [
            ("items", Value::Array(items.collect())),
            ("callback", text(callback)),
            ("concurrency", concurrency.into()),
        ],
    )
}

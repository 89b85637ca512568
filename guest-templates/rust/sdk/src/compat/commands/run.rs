//! Carrying commands out.

use rmpv::Value;
use serde_json::{Value as Json, json};

use super::{Command, CommandType};
use crate::SkillError;
use crate::compat::json::{base64, encoded, text, to_json};
use crate::skill::skills::{self, Outcome, Request};
use crate::skill::{Error, Failure, context, events, log, store};

/// The namespace that skills share.
const SHARED: &str = "shared";

type Done = Result<(), SkillError>;

/// Carries out what a response asks for. Its call has succeeded: what fails is logged.
pub fn accept(commands: &[Command]) {
    for command in commands {
        if let Err(SkillError(error)) = command.carry_out() {
            let text = format!("command {:?}: {error}", command.kind);
            log::message(log::Level::Warn, &text, &[]);
        }
    }
}

impl Command {
    /// Does what is asked for, and waits for it; callbacks are called later.
    ///
    /// # Errors
    /// As the capability that it needs.
    pub fn carry_out(&self) -> Result<(), SkillError> {
        match self.kind {
            CommandType::CallModule | CommandType::Spawn => self.call_module(),
            CommandType::BatchInvoke => self.batch_invoke(),
            CommandType::Schedule => {
                let arguments = arguments(self.field("payload"))?;
                let delay = self.number("delay_ms");
                Ok(skills::schedule(&self.text("method"), &arguments, delay).map(drop)?)
            }
            CommandType::EmitEvent => {
                let payload = nested(self.field("payload"))?.to_string();
                Ok(events::emit(&self.text("topic"), &payload).map(drop)?)
            }
            CommandType::Subscribe => Ok(events::subscribe(
                &self.text("topic"),
                &self.text("callback"),
            )?),
            CommandType::StoreKv => self.store_kv(),
            CommandType::LoadKv => self.load_kv(),
            CommandType::Terminate => {
                context::retire();
                Ok(context::set_state(&[])?)
            }
        }
    }

    fn field(&self, key: &str) -> Option<&Value> {
        field(self.payload.as_ref()?, key)
    }

    fn text(&self, key: &str) -> String {
        self.field(key).map(text).unwrap_or_default()
    }

    /// Below zero is zero.
    fn number(&self, key: &str) -> u64 {
        let number = self.field(key).and_then(Value::as_u64);
        number.unwrap_or_default()
    }

    /// Lets one of the skill's own methods be called after this call.
    fn call_back(&self, arguments: &Json) -> Done {
        match self.text("callback").as_str() {
            "" => Ok(()),
            callback => Ok(skills::defer(callback, &arguments.to_string())?),
        }
    }

    fn call_module(&self) -> Done {
        let Some(payload) = &self.payload else {
            return Err("there is no payload".into());
        };
        let request = request(payload)?;
        let outcome = skills::invoke(&request);
        if self.text("callback").is_empty() {
            return outcome.map(drop).map_err(SkillError::from);
        }
        let (payload, error) = returned(outcome)?;
        self.call_back(&json!({
            "call_ctx": self.text("call_ctx"),
            "skill_id": request.skill,
            "method": request.method,
            "payload": base64(&payload),
            "error": error,
        }))
    }

    fn batch_invoke(&self) -> Done {
        let items = self.field("items").and_then(Value::as_array);
        let items = items.map(Vec::as_slice).unwrap_or_default();
        let requests = items.iter().map(request).collect::<Result<Vec<_>, _>>()?;
        let concurrency = u32::try_from(self.number("concurrency")).unwrap_or(u32::MAX);
        let answers = skills::batch(&requests, concurrency)?;
        let indexes = items.iter();
        let indexes = indexes.map(|item| field(item, "index").and_then(Value::as_u64));
        let mut results: Vec<_> = indexes.zip(answers).collect();
        results.sort_by_key(|(index, _)| *index);
        let results = results.into_iter().map(|(index, answer)| {
            let (payload, error) = returned(answer)?;
            Ok(json!({ "index": index, "payload": base64(&payload), "error": error }))
        });
        let results = results.collect::<Result<Vec<Json>, SkillError>>()?;
        let id = context::get_call().request_id;
        self.call_back(&json!({ "batch_id": id, "items": results }))
    }

    fn store_kv(&self) -> Done {
        let value = match self.field("value") {
            Some(Value::Binary(bytes)) => bytes.clone(),
            value => rmp_serde::to_vec(value.unwrap_or(&Value::Nil))?,
        };
        Ok(stored(|namespace| {
            store::set(namespace, &self.text("key"), &value)
        })?)
    }

    fn load_kv(&self) -> Done {
        let key = self.text("key");
        let value = stored(|namespace| store::get(namespace, &key))?;
        let mut arguments = json!({ "key": key, "found": value.is_some() });
        if let Some(value) = value {
            arguments["value"] = base64(&value);
        }
        self.call_back(&arguments)
    }
}

fn field<'a>(map: &'a Value, key: &str) -> Option<&'a Value> {
    let mut entries = map.as_map()?.iter();
    let found = entries.find(|(name, _)| name.as_str() == Some(key));
    found.map(|(_, value)| value)
}

/// A value as JSON; bytes are MessagePack once more.
fn nested(value: Option<&Value>) -> Result<Json, SkillError> {
    Ok(match value {
        None => Json::Null,
        Some(Value::Binary(bytes)) if bytes.is_empty() => Json::Null,
        Some(Value::Binary(bytes)) => to_json(&rmp_serde::from_slice(bytes)?),
        Some(other) => to_json(other),
    })
}

/// A value as the arguments of a call.
fn arguments(value: Option<&Value>) -> Result<String, SkillError> {
    Ok(match nested(value)? {
        Json::Null => String::new(),
        other => other.to_string(),
    })
}

fn request(item: &Value) -> Result<Request, SkillError> {
    let named = |key| field(item, key).map(text).unwrap_or_default();
    Ok(Request {
        skill: named("skill_id"),
        method: named("method"),
        arguments: arguments(field(item, "payload"))?,
    })
}

/// What a call returned, as MessagePack, or its error.
fn returned(answer: Result<Outcome, Failure>) -> Result<(Vec<u8>, String), SkillError> {
    Ok(match answer {
        Ok(outcome) => (encoded(&outcome.value)?, String::new()),
        Err(failure) => (Vec::new(), failure.into()),
    })
}

/// In the namespace that skills share, where the manifest grants it, else in the skill's own.
fn stored<T>(work: impl Fn(Option<&str>) -> Result<T, Error>) -> Result<T, Error> {
    match work(Some(SHARED)) {
        Err(Error::Denied(_)) => work(None),
        other => other,
    }
}

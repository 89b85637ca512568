//! A call of the host as a call of the skill.

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as Answer};
use crate::call::handle;
use crate::values::put;
use crate::wire::Encoder;
use crate::{commands, deferred, events};

/// Calls `method`, or what the adapter has added beside the skill's own methods.
///
/// # Errors
/// The skill's, for the model.
pub fn invoke(method: &str, arguments: Vec<Argument>) -> Result<Answer, String> {
    if method == deferred::METHOD {
        return commands::run(&arguments).map(|()| Answer::Null);
    }
    if let Some(method) = method.strip_suffix(events::SUFFIX) {
        return handle(
            &events::receiver(method, &arguments),
            &events::payload(&arguments),
        );
    }
    let mut payload = Encoder::default();
    payload.map(arguments.len());
    for Argument { name, value } in &arguments {
        put(value, payload.text(name));
    }
    drop(arguments);
    handle(method, &payload.0)
}

//! The setters of options.

use super::resources::Given;
use super::state::LlmCapability;
use crate::bindings::luminarys::skill::llm as wit;
use crate::environment::options;

options! {
    wit::HostCompletionOptions, LlmCapability, Given {
        set_max_tokens: u32 => |given, value| given.max_tokens = Some(value);
        set_temperature: f32 => |given, value| given.temperature = Some(value);
        set_stop: Vec<String> => |given, value| given.stop = value;
    }
}

//! How a prompt is completed, as a guest sets it.

use super::state::LlmCapability;
use crate::bindings::luminarys::skill::llm as wit;
use crate::environment::{Options, options};

/// The resource of the guest.
pub type CompletionOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f32>,
    pub(super) stop: Vec<String>,
}

options! {
    wit::HostCompletionOptions, LlmCapability, Given {
        set_max_tokens: u32 => |given, value| given.max_tokens = Some(value);
        set_temperature: f32 => |given, value| given.temperature = Some(value);
        set_stop: Vec<String> => |given, value| given.stop = value;
    }
}

//! The methods of `matrix` on the public SDK of the older ABI, and what that ABI has beside them: commands, callbacks,
//! connections.

mod extra;
mod methods;

use luminarys_sdk::entrypoint::{
    self, error_response, method, register, register_requirements, set_skill_identity, type_bool,
    type_int, type_number, type_string,
};
use luminarys_sdk::types::{InvokeRequest, InvokeResponse, SkillError};
use rmpv::Value;

/// What a method is given.
pub struct Arguments(Value);

impl Arguments {
    fn get(&self, name: &str) -> Option<&Value> {
        let entries = self.0.as_map()?;
        entries
            .iter()
            .find(|(key, _)| key.as_str() == Some(name))
            .map(|(_, value)| value)
    }

    pub fn text(&self, name: &str) -> String {
        self.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    pub fn integer(&self, name: &str) -> i64 {
        self.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    pub fn float(&self, name: &str) -> f64 {
        self.get(name).and_then(Value::as_f64).unwrap_or_default()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// The SDK's macro for these has no place where a skill registers.
#[unsafe(no_mangle)]
pub extern "C" fn skill_alloc(size: u32) -> u32 {
    entrypoint::skill_alloc_impl(size)
}

#[unsafe(no_mangle)]
pub extern "C" fn skill_free(pointer: u32) {
    entrypoint::skill_free_impl(pointer);
}

#[unsafe(no_mangle)]
pub extern "C" fn skill_handle(pointer: u32, length: u32) -> u64 {
    ONCE.call_once(describe);
    entrypoint::skill_handle_impl(pointer, length)
}

#[unsafe(no_mangle)]
pub extern "C" fn skill_describe() -> u64 {
    ONCE.call_once(describe);
    entrypoint::skill_describe_impl()
}

static ONCE: std::sync::Once = std::sync::Once::new();

fn describe() {
    set_skill_identity(
        "ai.luminarys.legacy.rust",
        "Legacy Rust",
        "1.0.0",
        "The methods of matrix on the SDK of the older ABI.",
    );
    register_requirements(Vec::new());
    register(
        Some(dispatch),
        vec![
            method("echo", "Method echo.").param("message", type_string().required()),
            method("reverse", "Method reverse.").param("message", type_string().required()),
            method("ping", "Method ping."),
            method("count", "Method count.").param("text", type_string().required()),
            method("half", "Method half.").param("number", type_number().required()),
            method("negate", "Method negate.").param("flag", type_bool().required()),
            method("fail", "Method fail.").param("text", type_string().required()),
            method("read_text", "Method read_text.").param("path", type_string().required()),
            method("measure", "Method measure.").param("path", type_string().required()),
            method("write_text", "Method write_text.")
                .param("path", type_string().required())
                .param("content", type_string().required()),
            method("make", "Method make.").param("path", type_string().required()),
            method("names", "Method names.").param("path", type_string().required()),
            method("details", "Method details.").param("path", type_string().required()),
            method("lines_of", "Method lines_of.")
                .param("path", type_string().required())
                .param("offset", type_int())
                .param("limit", type_int()),
            method("search", "Method search.")
                .param("pattern", type_string().required())
                .param("path", type_string().required()),
            method("find", "Method find.")
                .param("pattern", type_string().required())
                .param("path", type_string().required()),
            method("copy_file", "Method copy_file.")
                .param("source", type_string().required())
                .param("dest", type_string().required()),
            method("remove_path", "Method remove_path.").param("path", type_string().required()),
            method("set_mode", "Method set_mode.")
                .param("path", type_string().required())
                .param("mode", type_int().required()),
            method("roots", "Method roots."),
            method("variable", "Method variable.").param("key", type_string().required()),
            method("fetch", "Method fetch.").param("url", type_string().required()),
            method("submit", "Method submit.")
                .param("url", type_string().required())
                .param("content", type_string().required()),
            method("execute", "Method execute.")
                .param("command", type_string().required())
                .param("directory", type_string()),
            method("talk", "Method talk.")
                .param("address", type_string().required())
                .param("data", type_string().required()),
            method("pack", "Method pack.")
                .param("source", type_string().required())
                .param("output", type_string().required()),
            method("unpack", "Method unpack.")
                .param("archive", type_string().required())
                .param("dest", type_string().required()),
            method("contents", "Method contents.").param("archive", type_string().required()),
            method("hint", "Method hint.").param("text", type_string().required()),
            method("remember", "Method remember.").param("text", type_string().required()),
            method("recall", "Method recall."),
            method("machine", "Method machine."),
            method("clock", "Method clock."),
            method("disk", "Method disk.").param("path", type_string().required()),
        ],
    );
    extra::register();
}

fn dispatch(request: InvokeRequest) -> InvokeResponse {
    let arguments = match rmp_serde::from_slice(&request.payload) {
        Ok(value) => Arguments(value),
        Err(_) if request.payload.is_empty() => Arguments(Value::Nil),
        Err(error) => return error_response(&error.to_string()),
    };
    let mut response = InvokeResponse::default();
    match methods::call(&request, &arguments, &mut response) {
        Ok(value) => {
            response.payload = rmp_serde::to_vec_named(&value).unwrap_or_default();
            response
        }
        Err(SkillError(text)) => error_response(&text),
    }
}

//! The call that a handler serves.

use std::cell::OnceCell;

use crate::SkillError;
use crate::bindings::luminarys::skill::context::{Call, append_text, get_call};

/// Who calls and for whom, and what the model is told beside the result. The host is asked when a handler does.
pub struct Context<'a> {
    call: OnceCell<Call>,
    /// What a request of the older ABI says of it.
    llm_session: &'a str,
    text: &'a mut String,
}

impl<'a> Context<'a> {
    /// Of `call`; of the current one when there is none.
    pub(crate) fn of(call: Option<Call>, llm_session: &'a str, text: &'a mut String) -> Self {
        Self {
            call: call.map(OnceCell::from).unwrap_or_default(),
            llm_session,
            text,
        }
    }

    fn call(&self) -> &Call {
        self.call.get_or_init(get_call)
    }

    /// Unique to this call.
    pub fn request_id(&self) -> &str {
        &self.call().request_id
    }

    /// Shared by every call that one outer request caused.
    pub fn trace_id(&self) -> &str {
        &self.call().trace_id
    }

    /// The client's session; empty from the command line.
    pub fn session_id(&self) -> &str {
        &self.call().session_id
    }

    /// Empty: the host tells nothing of the model's session.
    pub fn llm_session_id(&self) -> &str {
        self.llm_session
    }

    /// This skill's instance id, from the manifest.
    pub fn skill_id(&self) -> &str {
        &self.call().skill
    }

    /// The instance id of the calling skill; empty when a client or the operator calls.
    pub fn caller_id(&self) -> &str {
        self.call().caller.as_deref().unwrap_or_default()
    }

    /// The method being called.
    pub fn method(&self) -> &str {
        &self.call().method
    }

    /// Makes this what the model is told beside the result.
    pub fn set_llm_context(&mut self, text: impl Into<String>) {
        *self.text = text.into();
    }

    /// Adds to what the model is told, on a line of its own.
    pub fn append_llm_context(&mut self, text: impl Into<String>) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&text.into());
    }
}

/// Serves the current call: what generated code calls for each method. The model is told the handler's text if it
/// succeeds; if not, the caller is told the text of the error.
///
/// ```ignore
/// fn read(path: String) -> Result<String, String> {
///     luminarys_sdk::call(|context| skill::read(context, path))
/// }
/// ```
///
/// # Errors
/// The handler's.
pub fn call<R>(body: impl FnOnce(&mut Context<'_>) -> Result<R, SkillError>) -> Result<R, String> {
    let mut text = String::new();
    let result = body(&mut Context::of(None, "", &mut text))?;
    if !text.is_empty() {
        // Beside what the handler has told through `skill::context`.
        append_text(&text);
    }
    Ok(result)
}

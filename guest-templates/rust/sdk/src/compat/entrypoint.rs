//! Handlers that take a request and return a response. Nothing is registered: a method that the skill's world exports calls
//! [`handle`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::commands::{Command, accept};
use super::messagepack;
use super::values::is_default;
use crate::skill::context;
use crate::{Context, SkillError};

/// Of requests and responses.
pub const VERSION: u32 = 1;

/// A handler.
pub type Handler = fn(InvokeRequest) -> InvokeResponse;

/// A call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InvokeRequest {
    /// [`VERSION`].
    pub version: u32,
    /// Unique to this call.
    pub request_id: String,
    /// Shared by every call that one outer request caused.
    pub trace_id: String,
    /// The client's session.
    pub session_id: String,
    /// Empty: the host tells nothing of the model's session.
    pub llm_session_id: String,
    /// The method.
    pub method: String,
    /// This skill's instance id.
    pub skill_id: String,
    /// The calling skill's; empty when a client or the operator calls.
    #[serde(skip_serializing_if = "is_default")]
    pub caller_id: String,
    /// This skill's state.
    #[serde(with = "messagepack::bytes")]
    pub state: Vec<u8>,
    /// The arguments, as MessagePack.
    #[serde(with = "messagepack::bytes")]
    pub payload: Vec<u8>,
    /// When the host stops the call, in nanoseconds since 1970-01-01 UTC; 0 for never.
    pub deadline_ns: i64,
}

impl InvokeRequest {
    /// The current call, with these arguments.
    pub fn current(payload: Vec<u8>) -> Self {
        let call = context::get_call();
        Self {
            version: VERSION,
            request_id: call.request_id,
            trace_id: call.trace_id,
            session_id: call.session_id,
            llm_session_id: String::new(),
            method: call.method,
            skill_id: call.skill,
            caller_id: call.caller.unwrap_or_default(),
            state: context::get_state().unwrap_or_default(),
            payload,
            deadline_ns: context::deadline().map_or(0, |at| at.saturating_mul(1_000_000)),
        }
    }
}

/// What comes of a call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InvokeResponse {
    /// [`VERSION`].
    pub version: u32,
    /// The new state; empty when it stays.
    #[serde(with = "messagepack::bytes")]
    pub state: Vec<u8>,
    /// The result, as MessagePack.
    #[serde(with = "messagepack::bytes")]
    pub payload: Vec<u8>,
    /// Why there is none; then nothing else counts.
    #[serde(skip_serializing_if = "is_default")]
    pub error: String,
    /// What is to be done after the call.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "messagepack::list"
    )]
    pub commands: Vec<Command>,
    /// What the model is told beside the result.
    #[serde(skip_serializing_if = "is_default")]
    pub llm_context: String,
}

impl<'a> Context<'a> {
    /// The call that a request tells of; the model is told through the response.
    pub fn new(req: &'a InvokeRequest, res: &'a mut InvokeResponse) -> Self {
        let caller = Some(&req.caller_id).filter(|id| !id.is_empty());
        let call = context::Call {
            request_id: req.request_id.clone(),
            trace_id: req.trace_id.clone(),
            session_id: req.session_id.clone(),
            skill: req.skill_id.clone(),
            method: req.method.clone(),
            caller: caller.cloned(),
        };
        Self::of(Some(call), &req.llm_session_id, &mut res.llm_context)
    }
}

/// A response with a result.
pub fn ok_response<T: Serialize>(value: &T) -> InvokeResponse {
    InvokeResponse {
        version: VERSION,
        payload: rmp_serde::to_vec_named(value).unwrap_or_default(),
        ..InvokeResponse::default()
    }
}

/// A response with an error.
pub fn error_response(msg: &str) -> InvokeResponse {
    InvokeResponse {
        version: VERSION,
        error: msg.to_owned(),
        ..InvokeResponse::default()
    }
}

/// The same as MessagePack.
pub fn marshal_error(msg: &str) -> Vec<u8> {
    rmp_serde::to_vec_named(&error_response(msg)).unwrap_or_default()
}

/// Serves the current call with a handler of requests: gives it `arguments` (any map), keeps its state, tells the model its
/// text, and carries out its commands. The result is what the payload holds; its default, when the payload is empty.
///
/// ```ignore
/// fn on_data(
///     connection: String,
///     event: String,
///     data: Option<Vec<u8>>,
///     error: Option<String>,
/// ) -> Result<(), String> {
///     let event = ConnEvent::received(connection, &event, data, error);
///     luminarys_sdk::entrypoint::handle(skill::on_data, &event)
/// }
/// ```
///
/// # Errors
/// The handler's; when the state is not kept; when the payload is no `R`.
pub fn handle<R: DeserializeOwned + Default>(
    handler: Handler,
    arguments: &impl Serialize,
) -> Result<R, String> {
    Ok(respond(handler, arguments)?)
}

fn respond<R: DeserializeOwned + Default>(
    handler: Handler,
    arguments: &impl Serialize,
) -> Result<R, SkillError> {
    let request = InvokeRequest::current(rmp_serde::to_vec_named(arguments)?);
    let state = request.state.clone();
    let response = handler(request);
    if !response.error.is_empty() {
        return Err(SkillError(response.error));
    }
    if !response.state.is_empty() && response.state != state {
        context::set_state(&response.state)
            .map_err(|error| SkillError(format!("the skill's state is not kept: {error}")))?;
    }
    if !response.llm_context.is_empty() {
        context::append_text(&response.llm_context);
    }
    accept(&response.commands);
    if response.payload.is_empty() {
        return Ok(R::default());
    }
    Ok(rmp_serde::from_slice(&response.payload)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_of_its_request() {
        let request = InvokeRequest {
            method: "m".to_owned(),
            llm_session_id: "l".to_owned(),
            ..InvokeRequest::default()
        };
        let mut response = ok_response(&7);
        let mut context = Context::new(&request, &mut response);
        let told = (
            context.method(),
            context.caller_id(),
            context.llm_session_id(),
        );
        assert_eq!(told, ("m", "", "l"));
        context.append_llm_context("a");
        context.append_llm_context("b");
        assert_eq!(response.llm_context, "a\nb");
        assert_eq!(response.payload, [7]);
    }
}

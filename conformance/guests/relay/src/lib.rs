//! A skill that calls others.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:relay/relay", generate_all });

use luminarys::skill::skills::{Failure, MethodName, Outcome, Request};
use luminarys::skill::types::Error;
use luminarys::skill::{context, events, skills};

struct Skill;

fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!("denied: {}: {}", denial.target, denial.suggestion),
        Error::NotFound(text) => format!("not-found: {text}"),
        Error::Invalid(text) => format!("invalid: {text}"),
        Error::TooLarge(text) => format!("too-large: {text}"),
        Error::LimitExceeded(text) => format!("limit-exceeded: {text}"),
        Error::Timeout(text) => format!("timeout: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        other => format!("{other:?}"),
    }
}

fn answer(result: Result<Outcome, Failure>) -> Result<String, String> {
    match result {
        Ok(outcome) => Ok(outcome.value + outcome.text.as_deref().unwrap_or_default()),
        Err(Failure::Returned(text)) => Err(format!("returned: {text}")),
        Err(Failure::Failed(error)) => Err(text(error)),
    }
}

impl Guest for Skill {
    fn pass_on(skill: String, method: String, arguments: String) -> Result<String, String> {
        answer(skills::invoke(&Request {
            skill,
            method,
            arguments,
        }))
    }

    fn batch(
        skill: String,
        method: String,
        arguments: Vec<String>,
        concurrency: Option<u32>,
    ) -> Result<Vec<String>, String> {
        let request = |arguments| Request {
            skill: skill.clone(),
            method: method.clone(),
            arguments,
        };
        let requests: Vec<_> = arguments.into_iter().map(request).collect();
        let answers = skills::batch(&requests, concurrency.unwrap_or(0)).map_err(text)?;
        let shown = answers
            .into_iter()
            .map(|each| answer(each).unwrap_or_else(|error| error));
        Ok(shown.collect())
    }

    fn chain(mut skills: Vec<String>) -> Result<String, String> {
        if skills.is_empty() {
            return Ok("end".to_owned());
        }
        let next = skills.remove(0);
        let rest: Vec<String> = skills.iter().map(|skill| format!("{skill:?}")).collect();
        let arguments = format!("{{\"skills\": [{}]}}", rest.join(","));
        Self::pass_on(next, "chain".to_owned(), arguments)
    }

    fn later(text: String, delay: u64) -> Result<String, String> {
        Self::schedule(
            "on_time".to_owned(),
            format!("{{\"text\": {text:?}}}"),
            delay,
        )
    }

    fn schedule(method: String, arguments: String, delay: u64) -> Result<String, String> {
        skills::schedule(&method, &arguments, delay).map_err(text)
    }

    fn defer(method: String, arguments: String) -> Result<(), String> {
        skills::defer(&method, &arguments).map_err(text)
    }

    fn waiting() -> Result<u32, String> {
        Ok(skills::scheduled().map_err(text)?.len() as u32)
    }

    fn unschedule(id: String) -> Result<bool, String> {
        skills::unschedule(&id).map_err(text)
    }

    fn callable() -> Vec<Callable> {
        skills::callable_methods()
    }

    fn find(query: String, offset: Option<u32>, limit: Option<u32>) -> FoundPage {
        skills::find(&query, offset.unwrap_or(0), limit.unwrap_or(0))
    }

    fn signatures(names: Vec<String>) -> Result<Vec<Option<Signature>>, String> {
        let names = names.iter().map(|name| {
            let (skill, method) = name.split_once('/').unwrap_or((name, ""));
            MethodName {
                skill: skill.to_owned(),
                method: method.to_owned(),
            }
        });
        skills::signatures(&names.collect::<Vec<_>>()).map_err(text)
    }

    fn callable_skills() -> Vec<String> {
        skills::callable_skills()
    }

    fn again(skill: String, method: String, arguments: String, count: u32) -> Result<u32, String> {
        let request = Request {
            skill,
            method,
            arguments,
        };
        for _ in 0..count {
            answer(skills::invoke(&request))?;
        }
        Ok(count)
    }

    fn last() -> Result<String, String> {
        let state = context::get_state().map_err(text)?;
        Ok(String::from_utf8_lossy(&state).into_owned())
    }

    fn on_time(text: String) -> Result<(), String> {
        context::set_state(text.as_bytes()).map_err(|error| format!("{error:?}"))
    }

    fn emit(topic: String, payload: String) -> Result<u32, String> {
        events::emit(&topic, &payload).map_err(text)
    }

    fn listen_to(pattern: String) -> Result<(), String> {
        Self::listen_with(pattern, "on_event".to_owned())
    }

    fn listen_with(pattern: String, method: String) -> Result<(), String> {
        events::subscribe(&pattern, &method).map_err(text)
    }

    fn unlisten(pattern: String) -> Result<bool, String> {
        events::unsubscribe(&pattern).map_err(text)
    }

    fn on_event(topic: String, payload: String, source: String) -> Result<(), String> {
        let mut kept = Self::last()?;
        kept += &format!("{topic} {payload} {source};");
        Self::on_time(kept)?;
        if topic == "loop" {
            Self::emit(topic, payload)?;
        }
        Ok(())
    }

    fn who() -> String {
        let call = context::get_call();
        let is_inner = call.trace_id != call.request_id;
        format!("{} {is_inner}", call.caller.unwrap_or_default())
    }

    fn left() -> u64 {
        context::time_left().unwrap_or(u64::MAX)
    }
}

export!(Skill);

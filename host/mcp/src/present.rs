//! Results as clients see them: no more than a model can read, with the rest kept for a while.

use std::sync::Arc;

use luminarys_orchestrator::{Outcome, Tool};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, ReadResourceResult, Resource, ResourceContents};
use serde_json::{Value, json};

use crate::kept::{KEPT_FOR, KeptResult, KeptResults};
use crate::options::ToolOptions;
use crate::shorten::{beginning, length, shorten};

/// Presents the results of all sessions. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Results {
    options: Arc<ToolOptions>,
    kept: KeptResults,
}

impl Results {
    /// Creates one that keeps no results yet.
    pub fn new(options: ToolOptions) -> Self {
        Self {
            options: Arc::new(options),
            kept: KeptResults::default(),
        }
    }

    /// Returns the presenter of the results of `owner`: a session, a client, or nobody.
    pub fn of<'a>(&'a self, owner: &'a str) -> Presenter<'a> {
        Presenter {
            options: &self.options,
            kept: &self.kept,
            owner,
        }
    }
}

/// Presents the results of one session's calls.
pub(crate) struct Presenter<'a> {
    options: &'a ToolOptions,
    kept: &'a KeptResults,
    owner: &'a str,
}

impl Presenter<'_> {
    /// Returns a call's result: text, the same as structured content if it is an object or a list, and the text for the
    /// model.
    pub fn success(&self, tool: Option<&Tool>, outcome: Outcome) -> CallToolResult {
        let Outcome {
            value,
            text_for_model,
            held: _held,
        } = outcome;
        let name = tool.map_or("", |tool| &tool.name);
        let text_for_model = text_for_model.map(|text| self.shown_text(text));
        if !matches!(value, Value::Object(_) | Value::Array(_)) {
            let is_structured = tool.is_some_and(|tool| tool.output_schema.is_some());
            let text = match &value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                value => value.to_string(),
            };
            let (text, left_out) = self.text(name, text);
            let notice = left_out.as_ref().map(|left_out| left_out.notice.as_str());
            let hint = joined(text_for_model, notice);
            let structured = match (tool, is_structured) {
                // Its type may also be an object.
                (Some(tool), true) => {
                    let value = shorten(value, None, self.options.max_result_chars);
                    tool.structured(value, hint.as_deref())
                }
                _ => None,
            };
            return result(text, hint, left_out, structured);
        }
        let max = self.options.max_result_chars;
        let total = length(&value);
        let (value, left_out) = match total > max {
            false => (value, None),
            true => {
                let kept = self
                    .kept
                    .keep(self.owner, name, value.to_string(), "application/json");
                let schema = tool.and_then(Tool::result_schema);
                let left_out = LeftOut::new(
                    kept,
                    0,
                    &format!("It is {total} characters of JSON and is shortened here."),
                );
                (shorten(value, schema, max), Some(left_out))
            }
        };
        let text = value.to_string();
        let notice = left_out.as_ref().map(|left_out| left_out.notice.as_str());
        let hint = joined(text_for_model, notice);
        let structured = tool.and_then(|tool| tool.structured(value, hint.as_deref()));
        result(text, hint, left_out, structured)
    }

    /// Splits a text into the part that is shown and a note on the rest.
    fn text(&self, tool: &str, text: String) -> (String, Option<LeftOut>) {
        let shown = beginning(&text, self.options.max_result_chars);
        if shown.len() == text.len() {
            return (text, None);
        }
        let shown = shown.to_owned();
        let (from, total) = (shown.chars().count(), text.chars().count());
        let kept = self.kept.keep(self.owner, tool, text, "text/plain");
        let what = format!("The first {from} of {total} characters are shown.");
        (shown, Some(LeftOut::new(kept, from, &what)))
    }

    fn shown_text(&self, text: String) -> String {
        let shown = beginning(&text, self.options.max_result_chars);
        if shown.len() == text.len() {
            return text;
        }
        let left_out = text[shown.len()..].chars().count();
        format!("{shown}[{left_out} characters left out]")
    }

    /// Lists the results that are kept.
    pub fn resources(&self) -> Vec<Resource> {
        let own = self.kept.of(self.owner);
        own.iter().rev().map(|kept| resource(kept, 0)).collect()
    }

    /// Reads a part of a result that is kept.
    ///
    /// # Errors
    /// [`ErrorData::resource_not_found`] for one that no longer exists, or belongs to another session.
    pub fn read(&self, uri: &str) -> Result<ReadResourceResult, ErrorData> {
        let missing = || {
            let minutes = KEPT_FOR.as_secs() / 60;
            let why = format!(
                "there is no such result; results are kept for {minutes} minutes, for the session that they belong to"
            );
            ErrorData::resource_not_found(why, Some(json!({ "uri": uri })))
        };
        let (kept, from) = self.kept.find(self.owner, uri).ok_or_else(missing)?;
        let (start, _) = match from {
            0 => (0, ' '),
            // At its end the text is empty; beyond it there is no resource.
            from => {
                let mut places = kept.text.char_indices().skip(from - 1);
                let (at, last) = places.next().ok_or_else(missing)?;
                (at + last.len_utf8(), last)
            }
        };
        let rest = &kept.text[start..];
        let part = beginning(rest, self.options.max_result_chars);
        let mut contents = vec![ResourceContents::text(part, uri).with_mime_type(kept.kind)];
        if part.len() < rest.len() {
            let next = kept.uri(from + part.chars().count());
            let left = rest[part.len()..].chars().count();
            let text = format!("{left} characters more are the resource {next}");
            contents.push(ResourceContents::text(text, next));
        }
        Ok(ReadResourceResult::new(contents))
    }
}

/// The part of a result that is not shown.
struct LeftOut {
    notice: String,
    rest: Option<Resource>,
}

impl LeftOut {
    fn new(kept: Option<KeptResult>, from: usize, what: &str) -> Self {
        let rest = kept.map(|kept| resource(&kept, from));
        let notice = match &rest {
            Some(rest) => {
                let part = if from == 0 { "All of it" } else { "The rest" };
                let minutes = KEPT_FOR.as_secs() / 60;
                format!(
                    "{what} {part} is the resource {} for {minutes} minutes.",
                    rest.uri
                )
            }
            None => format!("{what} The rest is too large to be kept; ask for less at once."),
        };
        Self { notice, rest }
    }
}

fn resource(kept: &KeptResult, from: usize) -> Resource {
    let tool: &Arc<str> = &kept.tool;
    Resource::new(kept.uri(from), format!("result of {tool}"))
        .with_mime_type(kept.kind)
        .with_size(kept.text.len() as u64)
}

fn joined(text: Option<String>, notice: Option<&str>) -> Option<String> {
    match (text, notice) {
        (Some(text), Some(notice)) => Some(format!("{text}\n{notice}")),
        (text, notice) => text.or_else(|| notice.map(str::to_owned)),
    }
}

fn result(
    text: String,
    hint: Option<String>,
    left_out: Option<LeftOut>,
    structured: Option<Value>,
) -> CallToolResult {
    let mut content = vec![ContentBlock::text(text)];
    content.extend(hint.map(ContentBlock::text));
    let rest = left_out.and_then(|left_out| left_out.rest);
    content.extend(rest.map(ContentBlock::resource_link));
    let mut result = CallToolResult::success(content);
    result.structured_content = structured;
    result
}

#[cfg(test)]
#[path = "present_tests.rs"]
mod tests;

//! The methods of one skill as others learn of them.

use std::sync::Arc;

use luminarys_package::Visibility;
use luminarys_runtime::Method;
use serde_json::Value;

use crate::finding::{
    OF_DESCRIPTION, OF_METHOD, OF_PARAMETER, OF_SKILL, OF_SUMMARY, Words, first_sentence,
};

/// The longest summary, in bytes.
const MAX_SUMMARY: usize = 200;

/// What is known of a method that other skills may call, made when it is first asked for.
pub(crate) struct Listed {
    /// Its place among the skill's methods.
    pub position: usize,
    /// The first sentence of its description.
    pub summary: Arc<str>,
    /// The schemas as text.
    pub parameters: Arc<str>,
    pub returns: Option<Arc<str>>,
    pub words: Words,
}

impl Listed {
    /// Describes the methods of a skill that others may call, by name.
    pub fn all(id: &str, methods: &[Method]) -> Vec<Self> {
        let methods = methods.iter().enumerate();
        let open = methods.filter(|(_, method)| {
            method.visibility != Visibility::Callback && method.unavailable.is_none()
        });
        let mut open: Vec<(usize, &Method)> = open.collect();
        open.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        let each = open
            .into_iter()
            .map(|(at, method)| Self::new(id, at, method));
        each.collect()
    }

    fn new(id: &str, position: usize, method: &Method) -> Self {
        let summary = first_sentence(&method.description, MAX_SUMMARY);
        let mut words = Words::default();
        words.add(&method.description, OF_DESCRIPTION);
        let properties = method.input_schema.get("properties");
        for (name, schema) in properties.and_then(Value::as_object).into_iter().flatten() {
            words.add(name, OF_PARAMETER);
            let about = schema.get("description").and_then(Value::as_str);
            words.add(about.unwrap_or_default(), OF_DESCRIPTION);
        }
        words.add(&summary, OF_SUMMARY);
        words.add(id, OF_SKILL);
        words.add(&method.name, OF_METHOD);
        let text = |schema: &Value| schema.to_string().into();
        Self {
            position,
            summary: summary.into(),
            parameters: text(&method.input_schema),
            returns: method.output_schema.as_ref().map(text),
            words,
        }
    }
}

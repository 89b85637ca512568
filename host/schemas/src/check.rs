//! Checks a schema against all rules.

use std::fmt;

use serde_json::Value;

use crate::rules::{Part, RULES, Rule};

/// A violation of a rule, and its place.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The property, as `filter.items.size`; empty for the schema as a whole.
    pub place: String,
    /// The violation.
    pub what: String,
    /// The violated rule.
    pub rule: &'static Rule,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule;
        let place = match self.place.as_str() {
            "" => "the schema",
            place => place,
        };
        write!(
            f,
            "{place} {}; {} needs {} ({})",
            self.what, rule.client, rule.needs, rule.source
        )
    }
}

/// Checks the input schema of a tool against [`RULES`]. Returns an empty list for a schema that all clients accept.
pub fn check(schema: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    let root = Part {
        schema,
        name: None,
        depth: 0,
    };
    walk(&root, "", &mut found);
    found
}

fn walk(part: &Part<'_>, place: &str, found: &mut Vec<Violation>) {
    found.extend(RULES.iter().filter_map(|rule| {
        Some(Violation {
            place: place.to_owned(),
            what: (rule.broken)(part)?,
            rule,
        })
    }));
    let within = |segment: &str| match place {
        "" => segment.to_owned(),
        place => format!("{place}.{segment}"),
    };
    let properties = part.schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        let property = Part {
            schema,
            name: Some(name),
            depth: part.depth + 1,
        };
        walk(&property, &within(name), found);
    }
    if let Some(schema) = part.schema.get("items") {
        let items = Part {
            schema,
            name: None,
            depth: part.depth + 1,
        };
        walk(&items, &within("items"), found);
    }
}

//! A method's signature: arguments in, outcome out.

use luminarys_package::Parameter;
use serde_json::Value;
use wasmtime::component::Val;
use wasmtime::component::types::ComponentFunc;

use super::compact::{self, Compact};
use super::documented::{documented, listed};
use super::error::{ValueError, expected};
use super::form::{Form, NamedForm};
use super::from_json::{Budget, object};
use super::input_schema;
use super::output_schema;
use super::plan::{Field, Plan, Unsupported};
use super::to_json::to_json;

/// The parameters and result of one exported function, prepared for calls.
#[derive(Clone, Debug)]
pub struct Signature {
    params: Vec<Field>,
    result: Option<Plan>,
    /// Its compact form, in which bytes stay bytes, if its types support it.
    compact: Option<Compact>,
    /// Whether values of its types contain bytes, so that compact calls pay off.
    holds_bytes: bool,
    /// Parameters that accept only listed strings, by name.
    listed: Vec<(String, Vec<String>)>,
}

/// The error that a method returned.
#[derive(Clone, Debug, PartialEq)]
pub struct SkillError {
    /// A description for people and models.
    pub message: String,
    /// The error's JSON, unless it is a string.
    pub value: Option<Value>,
}

impl Signature {
    /// Analyses a function's type.
    ///
    /// # Errors
    /// [`Unsupported`] when JSON cannot represent a parameter or the result: resources, futures, streams.
    pub fn new(function: &ComponentFunc) -> Result<Self, Unsupported> {
        let mut params = Vec::new();
        for (name, ty) in function.params() {
            params.push(Field::new(
                name,
                Plan::new(&ty, &format!("the parameter {name}"))?,
            ));
        }
        let result = function
            .results()
            .next()
            .map(|ty| Plan::new(&ty, "the result"))
            .transpose()?;
        let listed = Vec::new();
        let plans = params
            .iter()
            .map(|field: &Field| &field.plan)
            .chain(&result);
        Ok(Self {
            compact: Compact::new(function, &params, result.as_ref()),
            holds_bytes: plans.into_iter().any(compact::holds_bytes),
            params,
            result,
            listed,
        })
    }

    /// Restricts each string parameter to the texts that `docs` lists for it.
    pub fn restricted(mut self, docs: &[Parameter]) -> Self {
        let listed = docs.iter().filter(|doc| {
            let mut params = self.params.iter();
            let is_text = |plan: &Plan| match plan {
                Plan::Option(inner) => **inner == Plan::String,
                plan => *plan == Plan::String,
            };
            !doc.enumeration.is_empty()
                && params.any(|field| field.json_name == doc.name && is_text(&field.plan))
        });
        self.listed = listed
            .map(|doc| (doc.name.clone(), doc.enumeration.clone()))
            .collect();
        self
    }

    /// Returns the number of values that the function returns: 0 or 1.
    pub fn result_count(&self) -> usize {
        usize::from(self.result.is_some())
    }

    /// Returns the compact form of the function, or `None` if its types do not support it.
    pub fn compact(&self) -> Option<Compact> {
        self.compact
    }

    /// Returns the compact form of the function if values of its types contain bytes.
    pub(crate) fn compact_bytes(&self) -> Option<Compact> {
        self.compact.filter(|_| self.holds_bytes)
    }

    /// Returns the schema of the arguments. Descriptions, defaults and examples come from `docs`, by name.
    pub fn input_schema(&self, docs: &[Parameter]) -> Value {
        let property = |field: &Field| {
            let mut schema = input_schema::field(&field.plan);
            let texts = self
                .listed
                .iter()
                .find(|(name, _)| *name == field.json_name);
            if let Some((_, texts)) = texts {
                schema = listed(schema, texts);
            }
            if let Some(doc) = docs.iter().find(|doc| doc.name == field.json_name) {
                schema = documented(schema, doc);
            }
            (field.json_name.clone(), schema)
        };
        let required = self.params.iter().filter(|field| !field.optional());
        input_schema::closed(
            self.params.iter().map(property).collect(),
            required.map(|field| field.json_name.as_str()).collect(),
        )
    }

    /// Returns the form of each parameter.
    pub fn forms(&self) -> Vec<NamedForm> {
        let form = |field: &Field| NamedForm {
            name: field.json_name.clone(),
            form: Form::of(&field.plan),
        };
        self.params.iter().map(form).collect()
    }

    /// Returns the schema of a successful call's result, or `None` if there is no result.
    pub fn output_schema(&self) -> Option<Value> {
        match &self.result {
            Some(Plan::Result(ok, _)) => ok.as_deref().map(output_schema::schema),
            other => other.as_ref().map(output_schema::schema),
        }
    }

    /// Converts a JSON object of arguments (null is an empty one) to values of at most `limit_bytes`.
    ///
    /// # Errors
    /// [`ValueError`] for unknown, missing and invalid arguments.
    pub fn arguments(&self, arguments: &Value, limit_bytes: u64) -> Result<Vec<Val>, ValueError> {
        self.arguments_within(arguments, Budget::new(limit_bytes))
    }

    /// Converts arguments for [`Compact::call`]: bytes stay base64.
    ///
    /// # Errors
    /// [`ValueError`] for unknown, missing and invalid arguments.
    pub fn compact_arguments(
        &self,
        arguments: &Value,
        limit_bytes: u64,
    ) -> Result<Vec<Val>, ValueError> {
        self.arguments_within(arguments, Budget::of_text(limit_bytes))
    }

    fn arguments_within(
        &self,
        arguments: &Value,
        mut budget: Budget,
    ) -> Result<Vec<Val>, ValueError> {
        let empty = Value::Object(serde_json::Map::new());
        let arguments = if arguments.is_null() {
            &empty
        } else {
            arguments
        };
        for (name, texts) in &self.listed {
            let Some(given) = arguments.get(name).filter(|given| !given.is_null()) else {
                continue;
            };
            if !given
                .as_str()
                .is_some_and(|given| texts.iter().any(|text| text == given))
            {
                return Err(ValueError {
                    path: name.clone(),
                    ..expected(&format!("one of {}", texts.join(", ")), given)
                });
            }
        }
        object(&self.params, arguments, &mut budget, "parameter")
    }

    /// Converts a call's results to JSON; strings are moved.
    ///
    /// # Errors
    /// [`SkillError`] when the function returns a `result` that is an error.
    pub fn outcome(&self, results: impl IntoIterator<Item = Val>) -> Result<Value, SkillError> {
        let (Some(plan), Some(value)) = (&self.result, results.into_iter().next()) else {
            return Ok(Value::Null);
        };
        let (ok, err, result) = match (plan, value) {
            (Plan::Result(ok, err), Val::Result(result)) => (ok, err, result),
            (plan, value) => return Ok(to_json(plan, value)),
        };
        let json = |plan: &Option<Box<Plan>>, value: Option<Box<Val>>| {
            plan.as_deref()
                .zip(value)
                .map(|(plan, value)| to_json(plan, *value))
        };
        match result {
            Ok(value) => Ok(json(ok, value).unwrap_or(Value::Null)),
            Err(value) => Err(match json(err, value) {
                None | Some(Value::Null) => SkillError {
                    message: "the skill reported an error without a text".to_owned(),
                    value: None,
                },
                Some(Value::String(message)) => SkillError {
                    message,
                    value: None,
                },
                Some(value) => SkillError {
                    message: readable(&value),
                    value: Some(value),
                },
            }),
        }
    }
}

/// Formats a variant such as `luminarys:skill/types.error` as a line of text.
fn readable(value: &Value) -> String {
    let Some((case, payload)) = value
        .as_object()
        .filter(|object| object.len() == 1)
        .and_then(|object| object.iter().next())
    else {
        return value.to_string();
    };
    let text = |key| payload.get(key).and_then(Value::as_str);
    match (payload.as_str(), text("target"), text("rule")) {
        (Some(payload), ..) => format!("{case}: {payload}"),
        (None, Some(target), Some(rule)) => {
            format!("{case}: {target}; to allow it, add to the manifest: {rule}")
        }
        _ => value.to_string(),
    }
}

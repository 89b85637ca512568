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
    /// How it is called so that bytes stay bytes, where that is possible.
    compact: Option<Compact>,
    /// Whether they are worth it: values of its types hold bytes.
    holds_bytes: bool,
    /// Parameters of which only some texts are taken, by name.
    listed: Vec<(String, Vec<String>)>,
}

/// The error a method returned.
#[derive(Clone, Debug, PartialEq)]
pub struct SkillError {
    /// For people and models.
    pub message: String,
    /// The error's JSON, unless it is a plain text.
    pub value: Option<Value>,
}

impl Signature {
    /// Takes a function's type apart.
    ///
    /// # Errors
    /// [`Unsupported`] when JSON cannot carry a parameter or the result: resources, futures, streams.
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

    /// Takes only those texts that `docs` list for a parameter, if it is text.
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

    /// How many values the function returns: none or one.
    pub fn result_count(&self) -> usize {
        usize::from(self.result.is_some())
    }

    /// How the function is called so that bytes pass as bytes; none where that is not possible.
    pub fn compact(&self) -> Option<Compact> {
        self.compact
    }

    /// The same, where values of its types hold bytes.
    pub(crate) fn compact_bytes(&self) -> Option<Compact> {
        self.compact.filter(|_| self.holds_bytes)
    }

    /// The schema of the arguments. Descriptions, defaults and examples come from `docs`, by name.
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

    /// What each parameter is given as.
    pub fn forms(&self) -> Vec<NamedForm> {
        let form = |field: &Field| NamedForm {
            name: field.json_name.clone(),
            form: Form::of(&field.plan),
        };
        self.params.iter().map(form).collect()
    }

    /// The schema of what a successful call returns; none when that is nothing.
    pub fn output_schema(&self) -> Option<Value> {
        match &self.result {
            Some(Plan::Result(ok, _)) => ok.as_deref().map(output_schema::schema),
            other => other.as_ref().map(output_schema::schema),
        }
    }

    /// The values of a JSON object of arguments (null is an empty one), made within `limit_bytes`.
    ///
    /// # Errors
    /// [`ValueError`] for unknown, missing and unfit arguments.
    pub fn arguments(&self, arguments: &Value, limit_bytes: u64) -> Result<Vec<Val>, ValueError> {
        self.arguments_within(arguments, Budget::new(limit_bytes))
    }

    /// The same for [`Compact::call`]: bytes stay base64.
    ///
    /// # Errors
    /// [`ValueError`] for unknown, missing and unfit arguments.
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

    /// What a call returned, as JSON; texts become part of it.
    ///
    /// # Errors
    /// [`SkillError`] when the function's type is a `result` and it is an error.
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

/// A variant such as `luminarys:skill/types.error` as a line of text.
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

//! The description of a method.

use luminarys_grants::Narrowing;
use luminarys_package::{Effects, Visibility};
use serde_json::Value;

use crate::values::{Form, NamedForm};

/// One method of a skill.
#[derive(Clone, Debug)]
pub struct Method {
    /// snake_case name.
    pub name: String,
    /// A description for people and models.
    pub description: String,
    /// The title that people see instead of the name.
    pub title: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// The expected effects of its calls, for a skill with these grants.
    pub effects: Effects,
    /// The narrowing of grants for its calls.
    pub narrowing: Narrowing,
    /// JSON Schema (2020-12) of the arguments, an object.
    pub input_schema: Value,
    /// The form of each parameter.
    pub forms: Vec<NamedForm>,
    /// JSON Schema of the result; `None` if the method returns nothing or its type is unknown.
    pub output_schema: Option<Value>,
    /// The reason that it cannot be called, if any.
    pub unavailable: Option<String>,
    /// The reason not to offer it to clients, if any: some would reject all tools because of it.
    pub unfit: Option<String>,
}

impl Method {
    /// Returns the form of the parameter with this name, if there is one.
    pub fn form(&self, parameter: &str) -> Option<&Form> {
        let mut forms = self.forms.iter();
        forms
            .find(|known| known.name == parameter)
            .map(|known| &known.form)
    }
}

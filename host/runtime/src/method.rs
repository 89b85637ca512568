//! What is known of a method before it is called.

use luminarys_grants::Narrowing;
use luminarys_package::{Effects, Visibility};
use serde_json::Value;

use crate::values::{Form, NamedForm};

/// One method of a skill.
#[derive(Clone, Debug)]
pub struct Method {
    /// snake_case name.
    pub name: String,
    /// For people and models.
    pub description: String,
    /// What people see in place of the name.
    pub title: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// What is to be expected of its calls, of skills with these grants.
    pub effects: Effects,
    /// How far the grants are narrowed for its calls.
    pub narrowing: Narrowing,
    /// JSON Schema (2020-12) of the arguments, an object.
    pub input_schema: Value,
    /// What each parameter is given as.
    pub forms: Vec<NamedForm>,
    /// JSON Schema of the result; none when the method returns nothing or its type is not known.
    pub output_schema: Option<Value>,
    /// Why it cannot be called, when it cannot.
    pub unavailable: Option<String>,
    /// Why clients cannot be offered it: some would refuse all tools beside it.
    pub unfit: Option<String>,
}

impl Method {
    /// What the parameter of this name is given as; none where there is none.
    pub fn form(&self, parameter: &str) -> Option<&Form> {
        let mut forms = self.forms.iter();
        forms
            .find(|known| known.name == parameter)
            .map(|known| &known.form)
    }
}

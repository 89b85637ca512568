//! The form of a parameter, for callers that have text or bytes instead of JSON.

use super::plan::Plan;

/// The form of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// A string that is base64.
    Bytes,
    /// Any other JSON.
    Json {
        /// The strings that are valid values: cases without a payload.
        names: Vec<String>,
    },
}

impl Form {
    pub(super) fn of(plan: &Plan) -> Self {
        let value = match plan {
            Plan::Option(inner) => inner,
            plan => plan,
        };
        let names = match value {
            Plan::String | Plan::Char | Plan::Enum(_) => return Self::Text,
            Plan::Bytes => return Self::Bytes,
            Plan::Variant(cases) => {
                let bare = cases.iter().filter(|(_, plan)| plan.is_none());
                bare.map(|(name, _)| name.clone()).collect()
            }
            _ => Vec::new(),
        };
        Self::Json { names }
    }

    /// Returns whether `text` is passed as a string, rather than parsed as JSON.
    #[must_use]
    pub fn takes_text(&self, text: &str) -> bool {
        match self {
            Self::Text | Self::Bytes => true,
            Self::Json { names } => names.iter().any(|name| name == text),
        }
    }
}

/// A named parameter and its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedForm {
    /// As in the schema.
    pub name: String,
    /// Its form.
    pub form: Form,
}

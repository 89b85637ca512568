//! Names of clusters, nodes and instances, as they stand in NATS subjects, bucket names and keys.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name, in bytes.
pub const MAX_NAME: usize = 64;

/// A name cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what} {name:?} {reason}")]
pub struct NameError {
    what: &'static str,
    name: String,
    reason: &'static str,
}

/// Returns why `name` cannot be a token of a NATS subject.
fn token_problem(name: &str) -> Option<&'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !name.bytes().all(is_allowed) {
        return Some("may only contain letters, digits, '-' and '_' (ASCII)");
    }
    let begins = name
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    (!begins).then_some("must begin with a letter or a digit")
}

/// Returns why `name` cannot be the id of an instance: the rule of manifests.
fn instance_problem(name: &str) -> Option<&'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let reason = "may only contain letters, digits, '-', '_' and '.' (ASCII)";
    (!name.bytes().all(is_allowed)).then_some(reason)
}

/// Returns why `name` cannot be used, by its length or else by `rule`.
fn problem(name: &str, rule: fn(&str) -> Option<&'static str>) -> Option<&'static str> {
    match name.len() {
        0 => Some("is empty"),
        1..=MAX_NAME => rule(name),
        _ => Some("is longer than 64 bytes"),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Checks a name.
            ///
            /// # Errors
            /// [`NameError`], which says what is wrong with it.
            pub fn new(name: &str) -> Result<Self, NameError> {
                match problem(name, $rule) {
                    None => Ok(Self(name.into())),
                    Some(reason) => Err(NameError {
                        what: $what,
                        // Enough to recognise it: the rest may be anything.
                        name: name.chars().take(2 * MAX_NAME).collect(),
                        reason,
                    }),
                }
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }
    };
}

name!(
    /// The name of a cluster: 1 to 64 ASCII letters, digits, `-` and `_`; the first is a letter or a digit.
    ClusterName,
    "the name of the cluster",
    token_problem
);
name!(
    /// The name of a node, unique within its cluster, by the same rule as [`ClusterName`].
    NodeName,
    "the name of the node",
    token_problem
);
name!(
    /// The instance id of a skill, as its manifest gives it; 1 to 64 of ASCII letters, digits, `-`, `_` and `.`.
    InstanceName,
    "the instance id",
    instance_problem
);

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_tokens_of_subjects() {
        let long = "x".repeat(MAX_NAME);
        let longer = "x".repeat(MAX_NAME + 1);
        let rows = [
            ("master", true, true),
            ("slave-1", true, true),
            ("A_1", true, true),
            ("1", true, true),
            (&long, true, true),
            (&longer, false, false),
            ("", false, false),
            ("-a", false, true),
            ("_INBOX", false, true),
            ("$JS", false, false),
            ("a.b", false, true),
            ("a..b", false, true),
            ("a.", false, true),
            (".a", false, true),
            ("*", false, false),
            ("a*", false, false),
            (">", false, false),
            ("a b", false, false),
            ("a\nb", false, false),
            ("a\0", false, false),
            ("узел", false, false),
            ("a/b", false, false),
        ];
        each_row(rows, |(name, is_node, is_instance)| {
            assert_eq!(NodeName::new(name).is_ok(), is_node, "{name:?}");
            assert_eq!(ClusterName::new(name).is_ok(), is_node, "{name:?}");
            assert_eq!(InstanceName::new(name).is_ok(), is_instance, "{name:?}");
        });
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let error = NodeName::new("a.b").unwrap_err().to_string();
        let expected =
            "the name of the node \"a.b\" may only contain letters, digits, '-' and '_' (ASCII)";
        assert_eq!(error, expected);
        let long = NodeName::new(&"x".repeat(1 << 20)).unwrap_err().to_string();
        assert!(long.len() < 300, "{}", long.len());
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_one_token_and_survives_json(name in "\\PC{0,70}|[a-zA-Z0-9_.-]{0,70}") {
            if let Ok(node) = NodeName::new(&name) {
                prop_assert!(!name.contains(['.', '*', '>', ' ', '$']) && name.is_ascii());
                let json = serde_json::to_string(&node).unwrap();
                prop_assert_eq!(serde_json::from_str::<NodeName>(&json).unwrap(), node);
            } else {
                let json = serde_json::to_string(&name).unwrap();
                prop_assert!(serde_json::from_str::<NodeName>(&json).is_err());
            }
        }
    }
}

//! `invoke_policy`: which skills may call which.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Interface, Key, Place, Required, ValueKind};
use crate::denial::{Denial, quoted};
use crate::explain::{Asked, ExplainError, Explained, Question, Target};
use crate::names;
use crate::open_error::OpenError;
use crate::requirement::RequirementVerdict;
use crate::section::{Import, List, Listed, Reader, Section, Written};
use crate::yaml::YamlError;

pub(crate) static ABOUT: About = About {
    interfaces: &[Interface {
        name: "skills",
        what: "other skills",
        key: "invoke",
        is_asked_for: false,
    }],
    keys: &[Key {
        name: "invoke",
        form: "ID",
        help: "calls of another skill",
        example: "ID",
        value: ValueKind::Text,
        place: Place::listed(&["invoke_policy"], Some("can_invoke")),
        shown: "invoke",
        requirement: Some(Required {
            form: "the id of another skill's instance",
            example: "invoke notes",
        }),
    }],
    questions: &[Question {
        name: "skills",
        help: "Calls of another skill; both manifests must allow them",
        target: Target::Needed("another skill's id"),
        flags: &[],
    }],
};

/// `invoke_policy` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawInvokePolicy {
    imports: BTreeMap<String, Spanned<String>>,
    can_invoke: List,
    can_be_invoked_by: List,
    max_calls: Option<u64>,
    max_bytes: Option<u64>,
}

/// The limits of the calls of other skills that one call makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvokeLimits {
    /// Maximum number of calls.
    pub max_calls: u64,
    /// Maximum size of their arguments and results together, in bytes.
    pub max_bytes: u64,
}

impl Default for InvokeLimits {
    fn default() -> Self {
        Self {
            max_calls: 10_000,
            max_bytes: 256 << 20,
        }
    }
}

/// `invoke_policy`: instance ids, or `*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvokePolicy {
    /// The skill that provides each imported interface.
    pub imports: BTreeMap<String, String>,
    /// Skills that this one may call.
    pub can_invoke: Vec<String>,
    /// Skills that may call this one.
    pub can_be_invoked_by: Vec<String>,
    /// What one of its calls may make of that.
    pub limits: InvokeLimits,
}

impl Written for RawInvokePolicy {
    type Section = InvokePolicy;

    fn read(self, reader: &Reader<'_>) -> Result<InvokePolicy, YamlError> {
        let default = InvokeLimits::default();
        let imports = self.imports.into_iter().map(|(interface, id)| {
            let key = format!("invoke_policy.imports.{interface}");
            Ok((interface, reader.name(&key, id, names::check_id)?))
        });
        Ok(InvokePolicy {
            imports: imports.collect::<Result<_, YamlError>>()?,
            can_invoke: reader.names(
                "invoke_policy.can_invoke",
                self.can_invoke,
                names::check_id_or_all,
            )?,
            can_be_invoked_by: reader.names(
                "invoke_policy.can_be_invoked_by",
                self.can_be_invoked_by,
                names::check_id_or_all,
            )?,
            limits: InvokeLimits {
                max_calls: self.max_calls.unwrap_or(default.max_calls),
                max_bytes: self.max_bytes.unwrap_or(default.max_bytes),
            },
        })
    }

    fn add(&mut self, line: Self) {
        self.can_invoke.extend(line.can_invoke);
        self.can_be_invoked_by.extend(line.can_be_invoked_by);
    }
}

impl Section for InvokePolicy {
    fn listed(&self) -> Vec<Listed> {
        let targets = self.can_invoke.iter();
        let listed = targets.map(|id| Listed::new("invoke", id, "invoke_policy.can_invoke"));
        listed.collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "skills").then(|| match self.can_invoke.as_slice() {
            [] => Import {
                granted: false,
                why: "invoke_policy.can_invoke is empty".to_owned(),
            },
            ids => Import {
                granted: true,
                why: format!("invoke_policy.can_invoke: {}", ids.join(", ")),
            },
        })
    }

    fn reaches_skills(&self) -> bool {
        !self.can_invoke.is_empty()
    }
}

/// The grants of `invoke_policy`.
#[derive(Clone, Debug, Default)]
pub struct InvokeGrants {
    can_invoke: Vec<String>,
    can_be_invoked_by: Vec<String>,
    imports: BTreeMap<String, String>,
    limits: InvokeLimits,
}

impl InvokeGrants {
    /// Builds the grants of `policy`.
    pub fn new(policy: &InvokePolicy) -> Self {
        Self {
            can_invoke: policy.can_invoke.clone(),
            can_be_invoked_by: policy.can_be_invoked_by.clone(),
            imports: policy.imports.clone(),
            limits: policy.limits,
        }
    }

    /// Returns the limits of the calls that one call of this skill makes.
    pub fn limits(&self) -> InvokeLimits {
        self.limits
    }

    /// Returns the skills that may call this one.
    pub fn callers(&self) -> &[String] {
        &self.can_be_invoked_by
    }

    /// Returns the skill that the manifest names for an imported interface.
    pub fn import(&self, interface: &str) -> Option<&str> {
        self.imports.get(interface).map(String::as_str)
    }

    /// Builds the grants of `policy`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(policy: &InvokePolicy, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self::new(policy))
    }

    /// Decides whether this skill may call `target`.
    ///
    /// # Errors
    /// [`Denial`] when `can_invoke` does not list it.
    pub fn may_invoke(&self, target: &str) -> Result<(), Denial> {
        listed(&self.can_invoke, "can_invoke", target)
    }

    /// Decides whether `caller` may call this skill.
    ///
    /// # Errors
    /// [`Denial`] when `can_be_invoked_by` does not list it.
    pub fn may_be_invoked_by(&self, caller: &str) -> Result<(), Denial> {
        listed(&self.can_be_invoked_by, "can_be_invoked_by", caller)
    }
}

impl Capability for InvokeGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, skill: &str, _: Option<&str>) -> RequirementVerdict {
        match self.may_invoke(skill) {
            Ok(()) => RequirementVerdict::met("invoke_policy.can_invoke lists it"),
            Err(denial) => RequirementVerdict::unmet(denial.reason, denial.rule),
        }
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        if let Some((skill, _)) = asked.target().split_once('/') {
            return Err(ExplainError::Invalid(format!(
                "manifests allow calls of skills, not of single methods; ask for {skill:?}"
            )));
        }
        Ok(Explained::Skill(asked.target().to_owned()))
    }

    fn reaches_out(&self) -> bool {
        // Another skill may have wider grants.
        !self.can_invoke.is_empty()
    }
}

fn listed(list: &[String], key: &str, id: &str) -> Result<(), Denial> {
    if list.iter().any(|entry| entry == "*" || entry == id) {
        return Ok(());
    }
    // A wildcard or an invalid id would grant something else.
    let rule = match names::check_id(id) {
        Ok(()) => format!("invoke_policy.{key}: [{}]", quoted(id)),
        Err(_) => "none: no skill can have this id".to_owned(),
    };
    Err(Denial::new(
        "skills",
        id,
        format!("invoke_policy.{key} does not list it"),
        rule,
    ))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::Manifest;

    #[test]
    fn limits_of_one_call() {
        let read = |policy: &str| {
            let text = format!("id: a\npath: b\ninvoke_policy: {{{policy}}}\n");
            let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
            InvokeGrants::new(&manifest.invoke_policy).limits()
        };
        let of = |max_calls, max_bytes| InvokeLimits {
            max_calls,
            max_bytes,
        };
        let rows = [
            ("", of(10_000, 268_435_456)),
            ("max_calls: 0", of(0, 268_435_456)),
            ("max_calls: 5, max_bytes: 1024", of(5, 1_024)),
        ];
        each_row(rows, |(policy, expected)| {
            assert_eq!(read(policy), expected)
        });
    }

    #[test]
    fn both_sides_decide() {
        let policy = InvokePolicy {
            imports: BTreeMap::new(),
            can_invoke: vec!["a".into()],
            can_be_invoked_by: vec!["*".into()],
            limits: InvokeLimits::default(),
        };
        let grants = InvokeGrants::new(&policy);
        assert!(grants.may_invoke("a").is_ok() && grants.may_be_invoked_by("anyone").is_ok());
        let denial = grants.may_invoke("b").unwrap_err();
        assert_eq!(denial.rule, r#"invoke_policy.can_invoke: ["b"]"#);
        assert!(InvokeGrants::default().may_be_invoked_by("a").is_err());
        for id in ["*", "t*", "a\nb", ""] {
            let denial = grants.may_invoke(id).unwrap_err();
            assert!(denial.rule.starts_with("none"), "{denial:?}");
        }
    }
}

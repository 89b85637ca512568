//! `invoke_policy`: which skills may call which.

use std::collections::BTreeMap;

use crate::denial::{Denial, quoted};
use crate::manifest::InvokePolicy;

/// `invoke_policy`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct InvokeGrants {
    can_invoke: Vec<String>,
    can_be_invoked_by: Vec<String>,
    imports: BTreeMap<String, String>,
}

impl InvokeGrants {
    /// Makes `policy` ready to decide.
    pub fn new(policy: &InvokePolicy) -> Self {
        Self {
            can_invoke: policy.can_invoke.clone(),
            can_be_invoked_by: policy.can_be_invoked_by.clone(),
            imports: policy.imports.clone(),
        }
    }

    /// The skill that the manifest names for an imported interface.
    pub fn import(&self, interface: &str) -> Option<&str> {
        self.imports.get(interface).map(String::as_str)
    }

    /// Whether this skill may call any other.
    pub(crate) fn may_invoke_any(&self) -> bool {
        !self.can_invoke.is_empty()
    }

    /// Whether this skill may call `target`.
    ///
    /// # Errors
    /// [`Denial`] when `can_invoke` does not list it.
    pub fn may_invoke(&self, target: &str) -> Result<(), Denial> {
        listed(&self.can_invoke, "can_invoke", target)
    }

    /// Whether `caller` may call this skill.
    ///
    /// # Errors
    /// [`Denial`] when `can_be_invoked_by` does not list it.
    pub fn may_be_invoked_by(&self, caller: &str) -> Result<(), Denial> {
        listed(&self.can_be_invoked_by, "can_be_invoked_by", caller)
    }
}

fn listed(list: &[String], key: &str, id: &str) -> Result<(), Denial> {
    if list.iter().any(|entry| entry == "*" || entry == id) {
        return Ok(());
    }
    let rule = format!("invoke_policy.{key}: [{}]", quoted(id));
    Err(Denial::new(
        "skills",
        id,
        format!("invoke_policy.{key} does not list it"),
        rule,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_decide() {
        let policy = InvokePolicy {
            imports: BTreeMap::new(),
            can_invoke: vec!["a".into()],
            can_be_invoked_by: vec!["*".into()],
        };
        let grants = InvokeGrants::new(&policy);
        assert!(grants.may_invoke("a").is_ok() && grants.may_be_invoked_by("anyone").is_ok());
        let denial = grants.may_invoke("b").unwrap_err();
        assert_eq!(denial.rule, r#"invoke_policy.can_invoke: ["b"]"#);
        assert!(InvokeGrants::default().may_be_invoked_by("a").is_err());
    }
}

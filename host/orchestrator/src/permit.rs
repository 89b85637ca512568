//! Decides whether a call may be made, and where its skill runs.

use std::sync::Arc;

use luminarys_grants::{InvokeGrants, McpSection, Narrowing};
use luminarys_runtime::Method;

use crate::deployed::Deployed;
use crate::policy::{self, Callee, Verdict};
use crate::registry::Registry;
use crate::remote::RemoteSkill;
use crate::{InvokeError, Origin, tools};

/// A skill that may be called, where it runs.
#[derive(Clone)]
pub(crate) enum Target {
    /// On this node.
    Here(Arc<Deployed>),
    /// On other nodes, and not on this one.
    Elsewhere(Arc<RemoteSkill>),
}

impl Target {
    /// Returns a method.
    pub fn method(&self, name: &str) -> Option<&Method> {
        match self {
            Self::Here(deployed) => deployed.method(name),
            Self::Elsewhere(remote) => remote.method(name),
        }
    }

    /// Returns who may call it, as far as this node knows.
    pub fn invoke_grants(&self) -> &InvokeGrants {
        match self {
            Self::Here(deployed) => deployed.invoke_grants(),
            Self::Elsewhere(remote) => &remote.invoke,
        }
    }

    fn section(&self) -> &McpSection {
        match self {
            Self::Here(deployed) => &deployed.section,
            Self::Elsewhere(remote) => &remote.section,
        }
    }
}

/// Returns the skill to call, if `origin` may call this method from a call with these restrictions.
///
/// # Errors
/// [`InvokeError`]: why not.
pub(crate) fn permit(
    registry: &Registry,
    origin: &Origin,
    skill: &str,
    method: &str,
    narrowing: Narrowing,
) -> Result<Target, InvokeError> {
    let target = registry.target(origin, skill, method)?;
    let unknown = || InvokeError::UnknownMethod {
        skill: skill.to_owned(),
        method: method.to_owned(),
    };
    let found = target.method(method).ok_or_else(unknown)?;
    let callee = Callee {
        skill,
        visibility: found.visibility,
        exposed: tools::exposed(found, target.section()),
    };
    match policy::visible(origin, &callee) {
        Verdict::Allowed => {
            narrowed(narrowing, found, skill)?;
            Ok(target)
        }
        Verdict::Hidden => Err(unknown()),
        Verdict::Private => Err(InvokeError::Private {
            skill: skill.to_owned(),
            method: method.to_owned(),
        }),
    }
}

/// Refuses a method that may do more than the calling call.
fn narrowed(narrowing: Narrowing, callee: &Method, skill: &str) -> Result<(), InvokeError> {
    if !narrowing.is_any() {
        return Ok(());
    }
    let target = format!("{skill}/{}", callee.name);
    // A method that can reach nothing is allowed as one that may not.
    let of_callee = Narrowing {
        closed_world: !callee.effects.open_world,
        ..callee.narrowing
    };
    let decided = narrowing.decide_call(of_callee, &target);
    decided.map_err(InvokeError::Denied)
}

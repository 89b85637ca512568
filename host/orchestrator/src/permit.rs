//! Decides whether a call may be made, and where its skill runs.

use luminarys_grants::Narrowing;
use luminarys_runtime::Method;

use crate::policy::{self, Callee, Verdict};
use crate::registry::Registry;
use crate::target::Target;
use crate::{InvokeError, Origin, tools};

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

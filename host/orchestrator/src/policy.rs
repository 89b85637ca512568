//! Decides who may call what. Pure: decisions depend on names, visibilities and policies only.

use luminarys_grants::{Denial, InvokeGrants};
use luminarys_package::Visibility;

/// The origin of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An MCP client: the methods of the tool list.
    Client,
    /// The operator, from the command line: public and internal methods.
    Operator,
    /// The skill with this instance id: what both policies allow; its own methods always.
    Skill(String),
    /// A skill of another node with this instance id: what this node's policy allows; the other node has decided by its own.
    /// Never a skill's own methods, whatever its id.
    OtherNode(String),
    /// The host itself: every method.
    Host,
}

/// The decision about a method's visibility for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may be called.
    Allowed,
    /// For this caller the method does not exist.
    Hidden,
    /// It is a callback, and the caller is another skill or a client.
    Private,
}

/// The properties of a method that matter to policy.
pub(crate) struct Callee<'a> {
    /// The instance id.
    pub skill: &'a str,
    /// Its visibility.
    pub visibility: Visibility,
    /// Whether clients see it: public, and neither hidden nor omitted by the manifest.
    pub exposed: bool,
}

/// Decides whether one skill's policy allows it to call another, and the other's allows the call.
///
/// `caller_grants` is `None` if the caller is no longer deployed, which allows nothing; `target_grants` is `None` if
/// the target does not run, so that only the caller's side is checked.
///
/// # Errors
/// [`Denial`] of the caller's policy, else of the target's.
pub fn between(
    caller: &str,
    caller_grants: Option<&InvokeGrants>,
    target: &str,
    target_grants: Option<&InvokeGrants>,
) -> Result<(), Denial> {
    if caller == target {
        return Ok(());
    }
    // A skill that is gone has an empty policy.
    caller_grants
        .unwrap_or(&InvokeGrants::default())
        .may_invoke(target)?;
    target_grants.map_or(Ok(()), |grants| grants.may_be_invoked_by(caller))
}

/// Decides about visibility; [`between`] decides about the policies of skills.
pub(crate) fn visible(origin: &Origin, callee: &Callee<'_>) -> Verdict {
    let own = match origin {
        Origin::Host => true,
        Origin::Skill(caller) => caller == callee.skill,
        Origin::Client | Origin::Operator | Origin::OtherNode(_) => false,
    };
    match (origin, callee.visibility) {
        _ if own => Verdict::Allowed,
        (Origin::Client, _) if !callee.exposed => Verdict::Hidden,
        (Origin::Client, Visibility::Public) => Verdict::Allowed,
        (Origin::Client, _) => Verdict::Hidden,
        (_, Visibility::Callback) => Verdict::Private,
        (_, Visibility::Public | Visibility::Internal) => Verdict::Allowed,
    }
}

#[cfg(test)]
mod tests {
    use luminarys_grants::{Grants, Manifest};

    use super::*;

    fn policy(can_invoke: &str, can_be_invoked_by: &str) -> InvokeGrants {
        let text = format!(
            "id: x\npath: y\ninvoke_policy: {{can_invoke: [{can_invoke}], can_be_invoked_by: [{can_be_invoked_by}]}}\n"
        );
        Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap())
            .unwrap()
            .invoke
    }

    #[test]
    fn visibility_by_origin() {
        use Visibility::{Callback, Internal, Public};
        let other = Origin::Skill("other".into());
        let own = Origin::Skill("me".into());
        let there = Origin::OtherNode("me".into());
        let table = [
            (Origin::Client, Public, true, Verdict::Allowed),
            (Origin::Client, Public, false, Verdict::Hidden),
            (Origin::Client, Internal, false, Verdict::Hidden),
            (Origin::Client, Internal, true, Verdict::Hidden),
            (Origin::Client, Callback, true, Verdict::Hidden),
            (Origin::Operator, Public, false, Verdict::Allowed),
            (Origin::Operator, Internal, false, Verdict::Allowed),
            (Origin::Operator, Callback, false, Verdict::Private),
            (there.clone(), Public, false, Verdict::Allowed),
            (there.clone(), Internal, false, Verdict::Allowed),
            (there, Callback, true, Verdict::Private),
            (other.clone(), Public, false, Verdict::Allowed),
            (other.clone(), Internal, false, Verdict::Allowed),
            (other, Callback, true, Verdict::Private),
            (own.clone(), Callback, false, Verdict::Allowed),
            (own, Internal, false, Verdict::Allowed),
            (Origin::Host, Callback, false, Verdict::Allowed),
        ];
        for (origin, visibility, exposed, expected) in table {
            let callee = Callee {
                skill: "me",
                visibility,
                exposed,
            };
            assert_eq!(
                visible(&origin, &callee),
                expected,
                "{origin:?} {visibility:?} exposed={exposed}"
            );
        }
    }

    #[test]
    fn both_policies_must_agree() {
        let table = [
            ("caller", "target", "target", "caller", None),
            ("caller", "target", "'*'", "'*'", None),
            ("caller", "target", "", "'*'", Some("can_invoke")),
            ("caller", "target", "target", "", Some("can_be_invoked_by")),
            ("caller", "target", "other", "caller", Some("can_invoke")),
            (
                "caller",
                "target",
                "target",
                "other",
                Some("can_be_invoked_by"),
            ),
            ("same", "same", "", "", None),
        ];
        for (caller, target, can_invoke, can_be_invoked_by, refused_by) in table {
            let (ours, theirs) = (policy(can_invoke, ""), policy("", can_be_invoked_by));
            let verdict = between(caller, Some(&ours), target, Some(&theirs));
            match (refused_by, verdict) {
                (None, Ok(())) => {}
                (Some(key), Err(denial)) => assert!(denial.rule.contains(key), "{denial:?}"),
                (expected, found) => panic!("{caller} -> {target}: {expected:?}, {found:?}"),
            }
        }
    }

    #[test]
    fn a_removed_caller_may_call_nothing() {
        assert!(between("gone", None, "target", Some(&policy("", "'*'"))).is_err());
    }

    #[test]
    fn a_target_that_does_not_run_is_not_disclosed_without_permission() {
        assert!(between("a", Some(&policy("", "")), "stopped", None).is_err());
        assert!(between("a", Some(&policy("stopped", "")), "stopped", None).is_ok());
    }
}

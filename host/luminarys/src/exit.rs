//! The exit codes.

use luminarys_orchestrator::{CallError, InvokeError, RemoteFailureKind};

/// Success.
pub(crate) const OK: u8 = 0;
/// The skill returned an error, crashed or was cancelled.
pub(crate) const SKILL: u8 = 1;
/// Wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// The manifest denied it.
pub(crate) const DENIED: u8 = 3;
/// A limit was exceeded.
pub(crate) const LIMIT: u8 = 4;

/// Returns the exit code for a failed call.
pub(crate) fn code(error: &InvokeError) -> u8 {
    match error {
        InvokeError::Denied(_) | InvokeError::Private { .. } => DENIED,
        InvokeError::UnknownSkill(_)
        | InvokeError::UnknownMethod { .. }
        | InvokeError::UnknownTool(_)
        | InvokeError::NotLoaded { .. }
        | InvokeError::NotConnected(_)
        | InvokeError::InvalidArguments(_) => USAGE,
        InvokeError::Revoked(_) | InvokeError::ShuttingDown => SKILL,
        InvokeError::Remote(failure) => match failure.kind {
            RemoteFailureKind::Denied => DENIED,
            RemoteFailureKind::Returned if failure.denial.is_some() => DENIED,
            RemoteFailureKind::Limit | RemoteFailureKind::TimedOut => LIMIT,
            RemoteFailureKind::Unknown
            | RemoteFailureKind::Invalid
            | RemoteFailureKind::Unavailable => USAGE,
            RemoteFailureKind::Lost
            | RemoteFailureKind::Cancelled
            | RemoteFailureKind::Returned
            | RemoteFailureKind::Broken => SKILL,
        },
        InvokeError::Call(error) => match error {
            CallError::Skill {
                denial: Some(_), ..
            } => DENIED,
            CallError::Limit { .. } | CallError::Exhausted(_) | CallError::Deadlock(_) => LIMIT,
            CallError::UnknownMethod(_)
            | CallError::Unavailable { .. }
            | CallError::InvalidArguments(_) => USAGE,
            CallError::Skill { denial: None, .. }
            | CallError::Trap(_)
            | CallError::Cancelled
            | CallError::Host(_) => SKILL,
        },
    }
}

#[cfg(test)]
mod tests {
    use luminarys_grants::Denial;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn every_failure_has_its_code() {
        let text = || "x".to_owned();
        let denial = || Denial {
            capability: text(),
            target: text(),
            rule: text(),
            reason: text(),
        };
        let skill = |denial| CallError::Skill {
            message: text(),
            denial,
        };
        let rows = [
            (InvokeError::Denied(denial()), 3),
            (
                InvokeError::Private {
                    skill: text(),
                    method: text(),
                },
                3,
            ),
            (InvokeError::UnknownSkill(text()), 2),
            (
                InvokeError::UnknownMethod {
                    skill: text(),
                    method: text(),
                },
                2,
            ),
            (InvokeError::UnknownTool(text()), 2),
            (
                InvokeError::NotLoaded {
                    skill: text(),
                    problem: text(),
                },
                2,
            ),
            (InvokeError::InvalidArguments(text()), 2),
            (InvokeError::Revoked(text()), 1),
            (InvokeError::ShuttingDown, 1),
            (InvokeError::Call(skill(None)), 1),
            (InvokeError::Call(skill(Some(denial()))), 3),
            (InvokeError::Call(CallError::Trap(text())), 1),
            (InvokeError::Call(CallError::Cancelled), 1),
            (InvokeError::Call(CallError::Host(text())), 1),
            (
                InvokeError::Call(CallError::Limit {
                    limit: "timeout_ms",
                    detail: text(),
                }),
                4,
            ),
            (InvokeError::Call(CallError::UnknownMethod(text())), 2),
            (InvokeError::Call(CallError::InvalidArguments(text())), 2),
            (
                InvokeError::Call(CallError::Unavailable {
                    method: text(),
                    reason: text(),
                }),
                2,
            ),
        ];
        each_row(rows, |(error, expected)| {
            assert_eq!(code(&error), expected, "{error:?}");
        });
    }
}

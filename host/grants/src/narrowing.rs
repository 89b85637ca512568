//! The limits of a call within its skill's grants: the hints that its method declares are enforced. [`Effect`] is the
//! one rule for which operations are affected; each operation of a capability declares its effect.

use serde::{Deserialize, Serialize};

use crate::denial::Denial;

/// The side effect of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes something that outlives the call.
    Change,
    /// Reads from something outside of the host.
    Reach,
    /// May do both.
    Both,
}

impl Effect {
    fn changes(self) -> bool {
        matches!(self, Self::Change | Self::Both)
    }

    fn reaches(self) -> bool {
        matches!(self, Self::Reach | Self::Both)
    }
}

/// The narrowing of a skill's grants for one call.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, Hash)]
pub struct Narrowing {
    /// Whether the call is read-only.
    pub read_only: bool,
    /// Whether the call is confined to the host.
    pub closed_world: bool,
}

impl Narrowing {
    /// Returns whether anything is narrowed.
    pub fn is_any(self) -> bool {
        self.read_only || self.closed_world
    }

    /// Combines two narrowings: a call's limits also apply to the calls that it makes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            read_only: self.read_only || other.read_only,
            closed_world: self.closed_world || other.closed_world,
        }
    }

    /// Returns whether this narrowing is at least as narrow as `other`.
    pub fn is_within(self, other: Self) -> bool {
        (self.read_only || !other.read_only) && (self.closed_world || !other.closed_world)
    }

    /// Decides whether the call may perform an operation with this effect on `target`.
    ///
    /// # Errors
    /// [`Denial`] that names the hint.
    pub fn decide(self, effect: Effect, capability: &str, target: &str) -> Result<(), Denial> {
        if self.read_only && effect.changes() {
            return Err(Self::denial(
                capability,
                target,
                "read-only",
                "change nothing",
            ));
        }
        if self.closed_world && effect.reaches() {
            let may = "reach nothing outside of the host";
            return Err(Self::denial(capability, target, "closed-world", may));
        }
        Ok(())
    }

    /// Decides whether the call may send an HTTP request with this method.
    ///
    /// # Errors
    /// [`Denial`] that names the hint.
    pub fn decide_http(self, method: &str, target: &str) -> Result<(), Denial> {
        let effect = match method {
            "GET" | "HEAD" => Effect::Reach,
            _ => Effect::Both,
        };
        if !self.is_any() {
            return Ok(());
        }
        self.decide(effect, "http", &format!("{method} {target}"))
    }

    /// Decides whether the call may call a method that is narrowed to `callee`.
    ///
    /// # Errors
    /// [`Denial`] that names the hint which `callee` lacks.
    pub fn decide_call(self, callee: Self, target: &str) -> Result<(), Denial> {
        let lacks = |hint: &str| {
            let reason = format!(
                "the calling method is declared {hint}, so it may call only methods that are; {target} is not declared {hint}"
            );
            let rule =
                format!("none: {target} must declare `@skill:hint {hint}`, or its caller not");
            Err(Denial::new("skills", target, reason, rule))
        };
        match (callee.is_within(self), self.read_only && !callee.read_only) {
            (true, _) => Ok(()),
            (false, true) => lacks("read-only"),
            (false, false) => lacks("closed-world"),
        }
    }

    fn denial(capability: &str, target: &str, hint: &str, may: &str) -> Denial {
        let reason = format!(
            "the method is declared {hint}, so its calls may {may}; to allow it, the skill's author removes `@skill:hint {hint}`"
        );
        let rule = format!("none: the method is declared {hint} (`@skill:hint {hint}`)");
        Denial::new(capability, target, reason, rule)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    const ALL: [Narrowing; 4] = [
        Narrowing {
            read_only: false,
            closed_world: false,
        },
        Narrowing {
            read_only: true,
            closed_world: false,
        },
        Narrowing {
            read_only: false,
            closed_world: true,
        },
        Narrowing {
            read_only: true,
            closed_world: true,
        },
    ];

    #[test]
    fn effects_are_decided() {
        let rows = [
            (Effect::Change, [true, false, true, false]),
            (Effect::Reach, [true, true, false, false]),
            (Effect::Both, [true, false, false, false]),
        ];
        each_row(rows, |(effect, allowed)| {
            for (narrowing, allowed) in ALL.into_iter().zip(allowed) {
                let decided = narrowing.decide(effect, "store", "set");
                assert_eq!(decided.is_ok(), allowed, "{narrowing:?} {effect:?}");
                if let Err(denial) = decided {
                    let text = denial.to_string();
                    assert!(text.contains("the method is declared"), "{text}");
                    assert!(text.contains("`@skill:hint "), "{text}");
                    assert!(!text.contains("add to the manifest"), "{text}");
                }
            }
        });
    }

    #[test]
    fn methods_of_http_are_decided() {
        let rows = [
            ("GET", [true, true, false, false]),
            ("HEAD", [true, true, false, false]),
            ("get", [true, false, false, false]),
            ("OPTIONS", [true, false, false, false]),
            ("POST", [true, false, false, false]),
            ("QUERY", [true, false, false, false]),
        ];
        each_row(rows, |(method, allowed)| {
            for (narrowing, allowed) in ALL.into_iter().zip(allowed) {
                let decided = narrowing.decide_http(method, "https://a/");
                assert_eq!(decided.is_ok(), allowed, "{narrowing:?} {method}");
            }
        });
    }

    #[test]
    fn calls_are_never_wider_than_their_caller() {
        for caller in ALL {
            for callee in ALL {
                let allowed = (!caller.read_only || callee.read_only)
                    && (!caller.closed_world || callee.closed_world);
                assert_eq!(callee.is_within(caller), allowed, "{caller:?} {callee:?}");
                let decided = caller.decide_call(callee, "other/method");
                assert_eq!(decided.is_ok(), allowed, "{caller:?} {callee:?}");
                let both = caller.and(callee);
                assert!(both.is_within(caller) && both.is_within(callee));
            }
        }
    }
}

//! What a call may not do although its skill may: what its method declares is held to. The one rule of which operations that
//! concerns is [`Effect`]; each operation of a capability says which it has.

use crate::denial::Denial;

/// What an operation does beside returning something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes something that is there after the call.
    Change,
    /// It asks something outside of the host, and changes nothing there.
    Reach,
    /// It may do both.
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

/// How far the grants of a skill are narrowed for one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrowing {
    /// Whether the call may change nothing.
    pub read_only: bool,
    /// Whether the call may reach nothing outside of the host.
    pub closed_world: bool,
}

impl Narrowing {
    /// Whether anything is narrowed.
    pub fn is_any(self) -> bool {
        self.read_only || self.closed_world
    }

    /// Returns what is left where both hold: what a call may not do, the calls that it makes may not do either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            read_only: self.read_only || other.read_only,
            closed_world: self.closed_world || other.closed_world,
        }
    }

    /// Whether what is narrowed like this is at least as narrow as `other`.
    pub fn is_within(self, other: Self) -> bool {
        (self.read_only || !other.read_only) && (self.closed_world || !other.closed_world)
    }

    /// Decides whether the call may do something to `target` that has this effect.
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

    /// Decides whether the call may call a method that is itself narrowed like `callee`.
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
        for (effect, allowed) in [
            (Effect::Change, [true, false, true, false]),
            (Effect::Reach, [true, true, false, false]),
            (Effect::Both, [true, false, false, false]),
        ] {
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
        }
    }

    #[test]
    fn methods_of_http_are_decided() {
        for (method, allowed) in [
            ("GET", [true, true, false, false]),
            ("HEAD", [true, true, false, false]),
            ("get", [true, false, false, false]),
            ("OPTIONS", [true, false, false, false]),
            ("POST", [true, false, false, false]),
            ("QUERY", [true, false, false, false]),
        ] {
            for (narrowing, allowed) in ALL.into_iter().zip(allowed) {
                let decided = narrowing.decide_http(method, "https://a/");
                assert_eq!(decided.is_ok(), allowed, "{narrowing:?} {method}");
            }
        }
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

//! Whether there is memory for what comes next. What asks for more than the skill may have ends the instance, and with it the
//! documents of a session: so it is asked for before, where it can be refused.

use std::ops::ControlFlow;

use crate::clock::Clock;

/// What is asked for ahead at most, in bytes: more than is taken between two questions.
const AHEAD: usize = 24 << 20;
/// Bytes that work takes for a byte of the source, at most.
const EACH: usize = 400;
/// Bytes that any work takes.
const LEAST: usize = 256 << 10;

/// Says whether there is memory to go on with a source of that many bytes.
pub fn is_left(source: usize) -> bool {
    has(source.saturating_mul(EACH).saturating_add(LEAST).min(AHEAD))
}

/// Asks for memory again and again while one source is worked on.
pub struct Supply {
    source: usize,
    every: u32,
    steps: u32,
    is_left: bool,
}

impl Supply {
    /// Is there for a source of that many bytes; questions are `every` steps apart.
    pub fn new(source: usize, every: u32) -> Self {
        Self {
            source,
            every,
            steps: 0,
            is_left: true,
        }
    }

    /// Says, at each step, whether the work goes on: there is memory, and time.
    pub fn step(&mut self, clock: &mut Clock) -> ControlFlow<()> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(self.every) {
            self.is_left = self.is_left && is_left(self.source);
        }
        match clock.is_over() || !self.is_left {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Returns the error of work that stopped, with what it had done: memory or time is up.
    pub fn error(&self, clock: &Clock, done: &str) -> String {
        match self.is_left {
            true => clock.error(done),
            false => error(done),
        }
    }

    /// Says whether there was memory at each step.
    pub fn was_enough(&self) -> bool {
        self.is_left
    }
}

/// Says whether that many bytes can be had.
fn has(bytes: usize) -> bool {
    let mut room = Vec::<u8>::new();
    let has = room.try_reserve_exact(bytes).is_ok();
    // Otherwise the compiler may leave the request out.
    std::hint::black_box(&mut room);
    has
}

/// Fails where there is no memory to go on with a source of that many bytes.
///
/// # Errors
/// The text says what to do.
pub fn check(source: usize, what: &str) -> Result<(), String> {
    match is_left(source) {
        true => Ok(()),
        false => Err(error(what)),
    }
}

/// Fails where that many bytes cannot be had.
///
/// # Errors
/// The text says what to do.
pub fn reserve(bytes: usize, what: &str) -> Result<(), String> {
    match has(bytes) {
        true => Ok(()),
        false => Err(error(what)),
    }
}

/// Returns the error of work for which there is no memory.
pub fn error(what: &str) -> String {
    format!(
        "not enough memory: {what}; give a part of the source, close documents of this session, or raise runtime.memory_limit_mb"
    )
}

#[cfg(test)]
mod tests {
    use super::{check, is_left, reserve};

    #[test]
    fn what_can_be_had_is_known_without_taking_it() {
        assert!(is_left(0) && is_left(usize::MAX));
        assert_eq!(check(1, "a"), Ok(()));
        let error = reserve(usize::MAX / 2, "parsed 1 of 2 bytes");
        assert!(
            error.is_err_and(|error| error.contains("parsed 1 of 2 bytes; ")
                && error.contains("runtime.memory_limit_mb"))
        );
    }
}

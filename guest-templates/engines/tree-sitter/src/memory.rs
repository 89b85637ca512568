//! Whether there is memory for what comes next. What asks for more than the skill may have ends the instance, and with it the
//! documents of a session: so it is asked for before, where it can be refused.

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

//! Where there is no Landlock.

use std::os::fd::OwnedFd;

use crate::spec::{Confinement, Support};

/// What the kernel can do: nothing.
pub fn support() -> Support {
    Support::None
}

/// Confines nothing.
///
/// # Errors
/// When `confinement.required` is set.
pub(crate) fn restrict(
    confinement: &Confinement,
    _directories: &[(OwnedFd, bool)],
) -> Result<(), String> {
    if confinement.required {
        return Err("this system cannot confine commands".to_owned());
    }
    Ok(())
}

//! Signing a component.

use crate::sections::{MAX_PACKAGE_BYTES, Sections};
use crate::signature::Statement;
use crate::{Package, PackageError, SecretKey};

/// Signs a component that has its descriptor. Returns the package's bytes.
///
/// # Errors
/// [`PackageError`] when it is not such a component, is signed already, or would exceed the size limit.
pub fn sign(component: &[u8], key: &SecretKey) -> Result<Vec<u8>, PackageError> {
    // Before reading, which copies it.
    if Sections::read(component)?.signature.is_some() {
        return Err(PackageError::AlreadySigned);
    }
    let package = Package::read(component.to_vec())?;
    let section = Statement::new(component, &package.descriptor).sign(key)?;
    let size = (component.len() + section.len()) as u64;
    let limit = MAX_PACKAGE_BYTES;
    if size > limit {
        return Err(PackageError::TooLarge { size, limit });
    }
    Ok([component, &section].concat())
}

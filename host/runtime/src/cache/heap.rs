//! The memory that a compiler has used.

/// The size of a package whose compilation is worth it, in bytes.
const LARGE: usize = 1 << 20;

/// Gives what the compiler of a package of this size has freed back to the system. The C library keeps it otherwise:
/// hundreds of MiB after a language's runtime was compiled.
pub(crate) fn give_back(package: usize) {
    if package < LARGE {
        return;
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it changes nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

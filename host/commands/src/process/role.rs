//! The arguments that make the host's own program a helper of a command instead.

/// The host's own program, even when its file has been replaced or removed.
pub(crate) const PROGRAM: &str = "/proc/self/exe";

/// The first argument: the program calls [`crate::supervise`] and does nothing else.
pub const ARGUMENT: &str = "__supervise";

/// The second argument of a process that reports what this machine confines commands with.
pub(crate) const LAYERS: &str = "layers";
/// The second argument of a command's first process, which `bwrap` starts.
pub(crate) const FIRST: &str = "first";
/// The second argument of a process that exits successfully at once: `bwrap` works if it could start this.
pub(crate) const NOTHING: &str = "nothing";

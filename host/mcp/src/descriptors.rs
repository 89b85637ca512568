//! The process's limit of file descriptors, and the share of it that serves clients.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the process's limit of file descriptors to the maximum that the system allows. Must be called before the
/// skills are loaded, because they may use half of them.
pub fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!("the limit of descriptors is not raised: {error}");
        }
    }
}

/// File descriptors of a connection: the stream's, and the one that watches it.
const EACH: u64 = 2;

/// Returns how many connections fit into the half of the descriptors that is for clients.
pub(crate) fn connections() -> usize {
    #[cfg(unix)]
    let count = getrlimit(Resource::Nofile).current;
    #[cfg(not(unix))]
    let count: Option<u64> = None;
    count.map_or(usize::MAX, |count| {
        usize::try_from(count / 2 / EACH)
            .unwrap_or(usize::MAX)
            .max(1)
    })
}

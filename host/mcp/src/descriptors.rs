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

/// Returns the number of connections that fit into the half of the descriptors reserved for clients, at `each`
/// descriptors a connection.
pub(crate) fn connections(each: u64) -> usize {
    #[cfg(unix)]
    let count = getrlimit(Resource::Nofile).current;
    #[cfg(not(unix))]
    let count: Option<u64> = None;
    count.map_or(usize::MAX, |count| {
        usize::try_from(count / 2 / each)
            .unwrap_or(usize::MAX)
            .max(1)
    })
}

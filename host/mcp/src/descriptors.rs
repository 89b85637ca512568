//! How many descriptors the process may have, and what share of them serves clients.

/// Raises the process's limit as far as it may be raised.
///
/// Returns how many connections fit into the half of it that is for clients; skills have the other. `each` is what a
/// connection takes.
#[cfg(unix)]
pub(crate) fn connections(each: u64) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!("the limit of descriptors is not raised: {error}");
    }
    let count = getrlimit(Resource::Nofile).current;
    count.map_or(usize::MAX, |count| {
        usize::try_from(count / 2 / each)
            .unwrap_or(usize::MAX)
            .max(1)
    })
}

#[cfg(not(unix))]
pub(crate) fn connections(_: u64) -> usize {
    usize::MAX
}

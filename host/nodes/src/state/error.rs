//! What is told of a namespace that cannot be used.

use luminarys_cluster::{MAX_SHARED, StateError};
use luminarys_store::StoreError;

/// A namespace cannot be read or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It would hold too much. Nothing has changed.
    Full(String),
    /// It cannot be reached, or has lost what was in it. Nothing has changed.
    Unavailable(String),
    /// It is not known whether the change was made, or this node's copy fails.
    Broken(String),
}

impl Failure {
    /// Returns the text.
    pub fn text(&self) -> &str {
        match self {
            Self::Full(text) | Self::Unavailable(text) | Self::Broken(text) => text,
        }
    }
}

/// Explains why `what` (such as `the shared namespace "facts"`) cannot be used.
pub(crate) fn explain(what: &str, error: StateError) -> Failure {
    match error {
        StateError::Store(StoreError::TooLarge { bytes, most }) if most == MAX_SHARED => {
            Failure::Full(format!(
                "{what} would hold {bytes} bytes; what the nodes of a cluster keep together may have {most} at most"
            ))
        }
        StateError::Store(error @ StoreError::TooLarge { .. }) => Failure::Full(error.to_string()),
        StateError::Store(error @ StoreError::Busy) => Failure::Unavailable(error.to_string()),
        StateError::Store(error @ StoreError::Database(_)) => Failure::Broken(format!(
            "this node's copy of {what} cannot be used: {error}"
        )),
        StateError::Change(error) => Failure::Broken(format!("{what} cannot be changed: {error}")),
        StateError::Unavailable { reason, .. } => Failure::Unavailable(format!(
            "{what} cannot be reached: {reason}; nothing has changed, try again later, and see to the cluster's NATS servers if it \
             stays so"
        )),
        StateError::Unknown { reason, .. } => Failure::Broken(format!(
            "the change of {what} may have been made: {reason}; read it before trying again"
        )),
        StateError::Lost { copy, log, .. } => Failure::Unavailable(format!(
            "{what} has lost changes that were confirmed: the NATS servers have another log (to entry {log}) than this node's copy \
             (to entry {copy}); see why they have lost it (`sync_interval: always` and three replicas prevent it), and to go on \
             with what they still have, stop all nodes, delete cluster/store.redb in the data_dir of each, and start them again"
        )),
        StateError::Damaged {
            sequence, reason, ..
        } => Failure::Unavailable(format!(
            "{what} cannot be read: entry {sequence} of its log on the NATS servers is damaged: {reason}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn each_error_says_what_is_known_and_what_to_do() {
        let name = || "lab/shared/facts".to_owned();
        let reason = || "no answer".to_owned();
        let rows = [
            (
                StateError::Unknown {
                    namespace: name(),
                    reason: reason(),
                },
                "Broken: the change of the namespace \"facts\" may have been made: no answer; read it",
            ),
            (
                StateError::Unavailable {
                    namespace: name(),
                    reason: reason(),
                },
                "Unavailable: the namespace \"facts\" cannot be reached: no answer; nothing has changed",
            ),
            (
                StateError::Lost {
                    namespace: name(),
                    copy: 7,
                    log: 3,
                },
                "delete cluster/store.redb",
            ),
            (
                StoreError::TooLarge {
                    bytes: 40_000_000,
                    most: MAX_SHARED,
                }
                .into(),
                "Full: the namespace \"facts\" would hold 40000000 bytes; what the nodes of a cluster keep together may have 33554432",
            ),
            (
                StoreError::TooLarge { bytes: 9, most: 5 }.into(),
                "permissions.store.max_mb allows 5",
            ),
        ];
        each_row(rows, |(error, expected)| {
            let failure = explain("the namespace \"facts\"", error);
            let kind = format!("{failure:?}");
            let kind = kind.split('(').next().unwrap_or_default().to_owned();
            let text = format!("{kind}: {}", failure.text());
            assert!(text.contains(expected), "{text}");
        });
    }
}

//! What is kept of scheduled calls: a namespace for each skill.
//!
//! - `waiting/ID`: a call that waits for its time
//! - `making/ID`: one that a node has taken, until its end
//! - `added`: how often a call was added, so that two nodes do not add more than may wait

use luminarys_cluster::{Firing, NodeName};
use luminarys_orchestrator::{MAX_SCHEDULED, ScheduleName, ScheduledCall};
use serde::{Deserialize, Serialize};

/// The prefix of calls that wait.
pub(super) const WAITING: &str = "waiting/";
/// The prefix of calls that nodes have taken.
pub(super) const MAKING: &str = "making/";
/// The key of the number of calls that were ever added.
pub(super) const ADDED: &str = "added";

/// A call that a node has taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Made {
    /// The call.
    pub call: ScheduledCall,
    /// The node that has taken it.
    pub node: NodeName,
    /// Its process, as its lease names it.
    pub process: String,
}

/// Returns the namespace of a skill's calls. No name of a namespace that skills share leads there.
pub(super) fn namespace(skill: &str) -> String {
    format!("schedules/{skill}")
}

/// Returns the key of a call that waits.
pub(super) fn waiting(name: &ScheduleName) -> String {
    format!("{WAITING}{}", name.id())
}

/// Returns the key of a call that a node has taken.
pub(super) fn making(name: &ScheduleName) -> String {
    format!("{MAKING}{}", name.id())
}

/// Returns the firing that a call is claimed as.
pub(super) fn firing(name: &ScheduleName) -> Firing {
    Firing {
        schedule: format!("{}/{}", name.skill(), name.id()),
        due: name.due(),
    }
}

/// Parses what is kept of a call; none when it is damaged or too large.
pub(super) fn parse<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<T> {
    if bytes.len() as u64 > MAX_SCHEDULED {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_is_read_back_within_limits() {
        let call = ScheduledCall {
            method: "m".to_owned(),
            arguments: json!({ "a": 1 }),
        };
        let made = Made {
            call: call.clone(),
            node: NodeName::new("a").unwrap(),
            process: "0".repeat(32),
        };
        let bytes = serde_json::to_vec(&made).unwrap();
        assert_eq!(parse::<Made>(&bytes), Some(made));
        assert_eq!(parse::<ScheduledCall>(&bytes), None);
        let mut large = serde_json::to_vec(&call).unwrap();
        assert_eq!(parse::<ScheduledCall>(&large), Some(call));
        large.resize(1 + usize::try_from(MAX_SCHEDULED).unwrap(), b' ');
        assert_eq!(parse::<ScheduledCall>(&large), None);
        let odd =
            json!({ "call": { "method": "m", "arguments": {} }, "node": "a.b", "process": "" });
        assert_eq!(parse::<Made>(odd.to_string().as_bytes()), None);
    }
}

//! Which processes that have taken calls are gone.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use luminarys_cluster::{LEASE, NodeName};

/// How long a process must be missed without a break before it counts as gone: a node that has just connected does not see
/// the others yet.
pub(super) const MISSED: Duration = LEASE.saturating_mul(2);

/// The processes that are missed, and since when.
#[derive(Debug, Default)]
pub(super) struct Makers(HashMap<(NodeName, String), Instant>);

impl Makers {
    /// Takes note of which of `makers` are alive now. Returns those that are gone.
    pub fn gone(
        &mut self,
        makers: impl IntoIterator<Item = (NodeName, String)>,
        is_alive: impl Fn(&NodeName, &str) -> bool,
        now: Instant,
    ) -> Vec<(NodeName, String)> {
        let missed = makers
            .into_iter()
            .filter(|(node, process)| !is_alive(node, process));
        let since = |maker: (NodeName, String)| {
            let since = self.0.get(&maker).copied().unwrap_or(now);
            (maker, since)
        };
        let missed: HashMap<_, _> = missed.map(since).collect();
        self.0 = missed;
        let gone = self.0.iter();
        let gone = gone.filter(|(_, since)| now.saturating_duration_since(**since) >= MISSED);
        gone.map(|(maker, _)| maker.clone()).collect()
    }

    /// Forgets who is missed: this node does not see the others at the moment.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_missed_all_the_time_is_gone() {
        let maker = |name: &str, process: &str| (NodeName::new(name).unwrap(), process.to_owned());
        let all = || [maker("a", "1"), maker("b", "1"), maker("a", "1")];
        let (mut makers, now) = (Makers::default(), Instant::now());
        let alive = |names: &'static [&'static str]| {
            move |node: &NodeName, process: &str| names.contains(&node.as_str()) && process == "1"
        };
        assert!(makers.gone(all(), alive(&["b"]), now).is_empty());
        assert_eq!(
            makers.gone(all(), alive(&["b"]), now + MISSED),
            [maker("a", "1")]
        );
        // Seen again, it starts anew.
        assert!(
            makers
                .gone(all(), alive(&["a", "b"]), now + MISSED)
                .is_empty()
        );
        let later = now + MISSED + MISSED / 2;
        assert!(makers.gone(all(), alive(&["b"]), later).is_empty());
        assert!(
            makers
                .gone(all(), alive(&["b"]), later + MISSED / 2)
                .is_empty()
        );
        makers.forget();
        assert!(makers.gone(all(), alive(&["b"]), later + MISSED).is_empty());
        // Another process of the node is not the one.
        let other = [maker("b", "2")];
        assert!(makers.gone(other.clone(), alive(&["b"]), later).is_empty());
        assert_eq!(
            makers.gone(other.clone(), alive(&["b"]), later + MISSED),
            other
        );
    }
}

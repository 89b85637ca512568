//! The subjects and bucket names of a cluster.
//!
//! A frame from node A to node B goes to `luminarys.CLUSTER.to.B.A.LINK`. The sender is part of the subject, and a node's
//! NATS permissions let it publish only where it stands as the sender; so nobody else can speak as it. The frame names
//! the mirrored subject `luminarys.CLUSTER.to.A.B.LINK` for replies: what other parts of NATS can be made to publish to any
//! subject (JetStream's answers, consumers, republished messages) has another reply subject, or headers, and is refused.

use std::fmt;

use crate::names::{ClusterName, NodeName};

/// Identifies a link; chosen at random by the node that opens it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(u128);

impl LinkId {
    /// Chooses one at random.
    ///
    /// # Errors
    /// The operating system's, when it has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// Parses 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The subjects of one cluster.
#[derive(Clone, Debug)]
pub struct Subjects {
    cluster: ClusterName,
}

impl Subjects {
    /// Returns the subjects of `cluster`.
    pub fn new(cluster: ClusterName) -> Self {
        Self { cluster }
    }

    /// Returns the subject on which `from` sends frames of `link` to `to`.
    pub fn frame(&self, to: &NodeName, from: &NodeName, link: LinkId) -> String {
        format!("luminarys.{}.to.{to}.{from}.{link}", self.cluster)
    }

    /// Returns what `node` subscribes to, which only it may: all frames that are sent to it.
    pub fn received_by(&self, node: &NodeName) -> String {
        format!("luminarys.{}.to.{node}.>", self.cluster)
    }

    /// Returns what `node` may publish to: all frames that name it as their sender.
    pub fn sent_by(&self, node: &NodeName) -> String {
        format!("luminarys.{}.to.*.{node}.*", self.cluster)
    }

    /// Returns the prefix of the subjects on which NATS answers `node`.
    pub fn inbox(&self, node: &NodeName) -> String {
        format!("luminarys.{}.inbox.{node}", self.cluster)
    }

    /// Returns the sender and the link of a frame for `node` if its subject and its reply subject agree.
    pub fn parse_frame(
        &self,
        node: &NodeName,
        subject: &str,
        reply: Option<&str>,
    ) -> Option<(NodeName, LinkId)> {
        let (from, link) = self.parse_subject(node, subject)?;
        (reply == Some(self.frame(&from, node, link).as_str())).then_some((from, link))
    }

    /// Returns the sender and the link that `subject` names, if it is one for `node`.
    pub fn parse_subject(&self, node: &NodeName, subject: &str) -> Option<(NodeName, LinkId)> {
        let rest = subject.strip_prefix("luminarys.")?;
        let rest = rest.strip_prefix(self.cluster.as_str())?;
        let rest = rest.strip_prefix(".to.")?.strip_prefix(node.as_str())?;
        let (from, link) = rest.strip_prefix('.')?.split_once('.')?;
        Some((NodeName::new(from).ok()?, LinkId::parse(link)?))
    }

    /// Returns the name of the bucket in which nodes renew their leases.
    pub fn members_bucket(&self) -> String {
        format!("luminarys_{}_members", self.cluster)
    }

    /// Returns the name of the bucket in which firings of schedules are claimed.
    pub fn claims_bucket(&self) -> String {
        format!("luminarys_{}_claims", self.cluster)
    }

    /// Returns the name of the stream that holds the log of the shared state.
    pub fn state_stream(&self) -> String {
        format!("luminarys_{}_state", self.cluster)
    }

    /// Returns the subject of the entries of that log.
    pub fn state_entries(&self) -> String {
        format!("luminarys.{}.state.entries", self.cluster)
    }

    /// Returns the subject of the summaries of that log.
    pub fn state_summaries(&self) -> String {
        format!("luminarys.{}.state.summaries", self.cluster)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    fn subjects() -> Subjects {
        Subjects::new(ClusterName::new("lab").unwrap())
    }

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    const LINK: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_frame_is_read_back_by_its_receiver_only() {
        let link = LinkId::random().unwrap();
        let subject = subjects().frame(&node("b"), &node("a"), link);
        let mirrored = subjects().frame(&node("a"), &node("b"), link);
        let read = |at: &str| subjects().parse_frame(&node(at), &subject, Some(&mirrored));
        assert_eq!(read("b"), Some((node("a"), link)));
        assert_eq!(read("a"), None);
        assert_eq!(read("bb"), None);
    }

    #[test]
    fn other_subjects_and_replies_are_refused() {
        let good = format!("luminarys.lab.to.b.a.{LINK}");
        let reply = format!("luminarys.lab.to.a.b.{LINK}");
        let other = format!("luminarys.lab.to.a.b.{}", "0".repeat(32));
        let rows: [(&str, Option<&str>, bool); 12] = [
            (&good, Some(&reply), true),
            (&good, None, false),
            (&good, Some(""), false),
            (&good, Some(&other), false),
            (&good, Some(&good), false),
            (&good, Some("$JS.ACK.s.c.1.1.1.1.0"), false),
            (&good[1..], Some(&reply), false),
            ("luminarys.lab.to.b.a", Some(&reply), false),
            ("luminarys.lab.to.b.a.0", Some(&reply), false),
            (
                "luminarys.lab.to.b.a.0123456789ABCDEF0123456789abcdef",
                Some(&reply),
                false,
            ),
            (
                "luminarys.lab.to.b.a.0123456789abcdef0123456789abcdef.x",
                Some(&reply),
                false,
            ),
            (
                "luminarys.laboratory.to.b.a.0123456789abcdef0123456789abcdef",
                Some(&reply),
                false,
            ),
        ];
        each_row(rows, |(subject, reply, accepted)| {
            let read = subjects().parse_frame(&node("b"), subject, reply);
            assert_eq!(read.is_some(), accepted, "{subject} {reply:?}");
        });
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(subject in "\\PC{0,120}", tail in "[a-z.0-9]{0,50}") {
            let (subjects, b) = (subjects(), node("b"));
            let _ = subjects.parse_frame(&b, &subject, Some(&subject));
            let near = format!("luminarys.lab.to.b.{tail}");
            if let Some((from, link)) = subjects.parse_subject(&b, &near) {
                prop_assert_eq!(subjects.frame(&b, &from, link), near);
            }
        }
    }
}

//! The subjects and bucket names of a cluster.
//!
//! A frame from node A to node B goes to `luminarys.CLUSTER.to.B.A`. The sender is part of the subject, and a node's
//! NATS permissions let it publish only where it stands as the sender; so nobody else can speak as it. The frame names
//! the mirrored subject with the link, `luminarys.CLUSTER.to.A.B.LINK`, for replies, with `.first` behind it for the first frame:
//! what other parts of NATS can be made to publish to any subject (JetStream's answers, consumers, republished messages) has
//! another reply subject, or headers, and is refused. The link is not part of the subject, since the server decides about each
//! new subject anew.

use std::fmt;

use luminarys_text::hexadecimal;

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
    pub fn frame(&self, to: &NodeName, from: &NodeName) -> String {
        format!("luminarys.{}.to.{to}.{from}", self.cluster)
    }

    /// Returns what `node` subscribes to, which only it may: all frames that are sent to it.
    pub fn received_by(&self, node: &NodeName) -> String {
        format!("luminarys.{}.to.{node}.>", self.cluster)
    }

    /// Returns what `node` may publish to: all frames that name it as their sender.
    pub fn sent_by(&self, node: &NodeName) -> String {
        format!("luminarys.{}.to.*.{node}", self.cluster)
    }

    /// Returns the prefix of the subjects on which NATS answers `node`.
    pub fn inbox(&self, node: &NodeName) -> String {
        format!("luminarys.{}.inbox.{node}", self.cluster)
    }

    /// Returns the subject for replies to a frame that `from` sends to `to`. It tells the first frame of a link from the
    /// others: NATS answers there when nobody receives the frame.
    pub fn reply(&self, to: &NodeName, from: &NodeName, link: LinkId, is_first: bool) -> String {
        let ending = if is_first { ".first" } else { "" };
        format!("luminarys.{}.to.{from}.{to}.{link}{ending}", self.cluster)
    }

    /// Returns the sender and the link of a frame for `node`, and whether it says that it is the first one, if its subject
    /// and its reply subject agree.
    pub fn parse_frame(
        &self,
        node: &NodeName,
        subject: &str,
        reply: Option<&str>,
    ) -> Option<(NodeName, LinkId, bool)> {
        let from = NodeName::new(self.beneath(node, subject)?).ok()?;
        let (to, link, is_first) = self.parse_subject(&from, reply?)?;
        (to == *node).then_some((from, link, is_first))
    }

    /// Returns what stands behind a node in the subject of what is sent to it.
    fn beneath<'s>(&self, node: &NodeName, subject: &'s str) -> Option<&'s str> {
        let rest = subject.strip_prefix("luminarys.")?;
        let rest = rest.strip_prefix(self.cluster.as_str())?;
        let rest = rest.strip_prefix(".to.")?.strip_prefix(node.as_str())?;
        rest.strip_prefix('.')
    }

    /// Returns the other node and the link that a subject for replies to `node` names, and whether it is for the answer to a
    /// first frame.
    pub fn parse_subject(
        &self,
        node: &NodeName,
        subject: &str,
    ) -> Option<(NodeName, LinkId, bool)> {
        let (other, link) = self.beneath(node, subject)?.split_once('.')?;
        let (link, is_first) = match link.strip_suffix(".first") {
            Some(link) => (link, true),
            None => (link, false),
        };
        Some((NodeName::new(other).ok()?, LinkId::parse(link)?, is_first))
    }

    /// Returns the name of the bucket in which nodes renew their leases.
    pub fn members_bucket(&self) -> String {
        format!("luminarys_{}_members", self.cluster)
    }

    /// Returns the name of the bucket in which firings of schedules are claimed.
    pub fn claims_bucket(&self) -> String {
        format!("luminarys_{}_claims", self.cluster)
    }

    /// Returns the name of the stream that holds the logs of shared namespaces.
    pub fn state_stream(&self) -> String {
        format!("luminarys_{}_state", self.cluster)
    }

    /// Returns the subjects of that stream.
    pub fn state(&self) -> String {
        format!("luminarys.{}.state.>", self.cluster)
    }

    /// Returns the subject of the entries of a shared namespace, whose name may be any text.
    pub fn state_log(&self, namespace: &str) -> String {
        format!(
            "luminarys.{}.state.log.{}",
            self.cluster,
            hexadecimal(namespace.as_bytes())
        )
    }

    /// Returns the subject of a part of what is too large for an entry.
    pub fn state_part(&self, namespace: &str, blob: &[u8], number: u32) -> String {
        let (namespace, blob) = (hexadecimal(namespace.as_bytes()), hexadecimal(blob));
        format!(
            "luminarys.{}.state.part.{namespace}.{blob}.{number}",
            self.cluster
        )
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
        let subject = subjects().frame(&node("b"), &node("a"));
        for is_first in [true, false] {
            let reply = subjects().reply(&node("b"), &node("a"), link, is_first);
            let read = |at: &str| subjects().parse_frame(&node(at), &subject, Some(&reply));
            assert_eq!(read("b"), Some((node("a"), link, is_first)));
            assert_eq!(read("a"), None);
            assert_eq!(read("bb"), None);
            // NATS answers there when nobody receives it.
            let unreceived = subjects().parse_subject(&node("a"), &reply);
            assert_eq!(unreceived, Some((node("b"), link, is_first)));
        }
    }

    #[test]
    fn other_subjects_and_replies_are_refused() {
        let good = "luminarys.lab.to.b.a";
        let reply = format!("luminarys.lab.to.a.b.{LINK}");
        let first = format!("{reply}.first");
        let upper = format!("luminarys.lab.to.a.b.{}", LINK.to_uppercase());
        let rows: [(&str, Option<&str>, bool); 20] = [
            (good, Some(&reply), true),
            (good, Some(&first), true),
            (good, Some("luminarys.first"), false),
            (good, None, false),
            (good, Some(""), false),
            (good, Some(good), false),
            (good, Some("luminarys.lab.to.a.b"), false),
            (good, Some("luminarys.lab.to.a.b."), false),
            (good, Some("luminarys.lab.to.a.b.0"), false),
            (good, Some(&upper), false),
            (good, Some(&format!("{reply}.x")), false),
            (good, Some(&format!("{first}.first")), false),
            (good, Some(&format!("luminarys.lab.to.b.a.{LINK}")), false),
            (good, Some(&format!("luminarys.lab.to.a.c.{LINK}")), false),
            (good, Some(&format!("luminarys.lab.to.c.b.{LINK}")), false),
            (
                good,
                Some(&format!("luminarys.laboratory.to.a.b.{LINK}")),
                false,
            ),
            (good, Some("$JS.ACK.s.c.1.1.1.1.0"), false),
            (&good[1..], Some(&reply), false),
            (&format!("{good}.{LINK}"), Some(&reply), false),
            ("luminarys.laboratory.to.b.a", Some(&reply), false),
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
            let _ = subjects.parse_frame(&b, "luminarys.lab.to.b.a", Some(&subject));
            let near = format!("luminarys.lab.to.b.{tail}");
            if let Some((other, link, is_first)) = subjects.parse_subject(&b, &near) {
                prop_assert_eq!(subjects.reply(&other, &b, link, is_first), near);
            }
        }
    }
}

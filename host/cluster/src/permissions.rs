//! The part of a NATS server's configuration that lets each node speak only as itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use luminarys_text::visible;
use thiserror::Error;

use crate::credentials::is_public_key;
use crate::names::{ClusterName, NodeName};
use crate::subjects::Subjects;

/// How the NATS server recognises a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By its public NKey, which begins with `U`.
    Nkey(String),
    /// By the name in its TLS certificate, with `verify_and_map` of the server.
    Certificate(String),
}

/// What is to be printed would not be a configuration that separates the nodes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PermissionsError {
    /// No nodes are given.
    #[error("no nodes are given; name each as NODE=PUBLIC_NKEY")]
    NoNodes,
    /// A node is given twice.
    #[error("node {0} is given twice")]
    Twice(NodeName),
    /// Two nodes would be the same user.
    #[error("nodes {0} and {1} have the same key or certificate; each node needs its own")]
    SameIdentity(NodeName, NodeName),
    /// A key is invalid.
    #[error("the key of node {node} is not the public NKey of a user, which begins with U: {key}")]
    Key {
        /// The node.
        node: NodeName,
        /// What was given.
        key: String,
    },
    /// The name of a certificate cannot be written.
    #[error(
        "the name of the certificate of node {0} is empty, or has quotes, backslashes, '$' or hidden characters"
    )]
    Certificate(NodeName),
}

/// What a node may publish.
pub fn publish_rules(subjects: &Subjects, node: &NodeName) -> Vec<String> {
    let mut rules = vec![
        subjects.sent_by(node),
        format!("$KV.{}.{node}", subjects.members_bucket()),
        format!("$KV.{}.*", subjects.claims_bucket()),
        subjects.state(),
    ];
    let members = format!("KV_{}", subjects.members_bucket());
    let claims = format!("KV_{}", subjects.claims_bucket());
    let state = subjects.state_stream();
    // Neither update, delete nor purge: what is there can be read, and added to by the subjects above.
    for stream in [&members, &claims, &state] {
        rules.extend([
            format!("$JS.API.STREAM.INFO.{stream}"),
            format!("$JS.API.STREAM.CREATE.{stream}"),
            // Of the server that leads, since others may be behind.
            format!("$JS.API.STREAM.MSG.GET.{stream}"),
        ]);
    }
    // The members are watched.
    rules.extend([
        format!("$JS.API.CONSUMER.CREATE.{members}"),
        format!("$JS.API.CONSUMER.CREATE.{members}.>"),
        format!("$JS.API.CONSUMER.INFO.{members}.*"),
        format!("$JS.API.CONSUMER.DELETE.{members}.*"),
        format!("$JS.FC.{members}.>"),
    ]);
    rules
}

/// What a node may subscribe to.
pub fn subscribe_rules(subjects: &Subjects, node: &NodeName) -> Vec<String> {
    vec![
        subjects.received_by(node),
        format!("{}.>", subjects.inbox(node)),
    ]
}

/// Returns the lines for the NATS server's configuration: an account for the cluster, with a user for each node.
///
/// # Errors
/// [`PermissionsError`]: the nodes are not given in a way that separates them.
pub fn permissions(
    cluster: &ClusterName,
    nodes: &[(NodeName, Identity)],
) -> Result<String, PermissionsError> {
    check(nodes)?;
    let subjects = Subjects::new(cluster.clone());
    let mut text = format!(
        "# The account of the Luminarys cluster {cluster}. Each node can send only as itself.\n\
         # No other user may be in this account. For what survives the loss of power of all servers, set\n\
         # `sync_interval: always` in the section jetstream, and keep three replicas.\n\
         accounts {{\n  luminarys_{cluster} {{\n    jetstream: enabled\n    users: [\n"
    );
    for (node, identity) in nodes {
        let user = match identity {
            Identity::Nkey(key) => format!("nkey: {key}"),
            Identity::Certificate(name) => format!("user: \"{name}\""),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "      {{ # {node}\n        {user}\n        permissions: {{\n"
        );
        for (what, rules) in [
            ("publish", publish_rules(&subjects, node)),
            ("subscribe", subscribe_rules(&subjects, node)),
        ] {
            let _ = writeln!(text, "          {what}: {{ allow: [");
            for rule in rules {
                let _ = writeln!(text, "            \"{rule}\"");
            }
            text.push_str("          ] }\n");
        }
        text.push_str("        }\n      }\n");
    }
    text.push_str("    ]\n  }\n}\n");
    Ok(text)
}

fn check(nodes: &[(NodeName, Identity)]) -> Result<(), PermissionsError> {
    if nodes.is_empty() {
        return Err(PermissionsError::NoNodes);
    }
    let mut names = BTreeSet::new();
    for (index, (node, identity)) in nodes.iter().enumerate() {
        if !names.insert(node) {
            return Err(PermissionsError::Twice(node.clone()));
        }
        match identity {
            Identity::Nkey(key) if !is_public_key(key) => {
                let key = key.chars().take(100).collect::<String>();
                return Err(PermissionsError::Key {
                    node: node.clone(),
                    key: visible(&key).into_owned(),
                });
            }
            Identity::Certificate(name)
                if name.is_empty() || name.contains(['"', '\\', '$']) || visible(name) != *name =>
            {
                return Err(PermissionsError::Certificate(node.clone()));
            }
            _ => {}
        }
        let same = nodes[..index].iter().find(|other| other.1 == *identity);
        if let Some((other, _)) = same {
            return Err(PermissionsError::SameIdentity(other.clone(), node.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::NodeKey;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    fn cluster() -> ClusterName {
        ClusterName::new("lab").unwrap()
    }

    /// Returns whether a NATS subject matches a pattern.
    fn matches(pattern: &str, subject: &str) -> bool {
        let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
        loop {
            match (pattern.next(), subject.next()) {
                (None, None) => return true,
                (Some(">"), Some(_)) => return true,
                (Some(one), Some(other)) if one == "*" || one == other => {}
                _ => return false,
            }
        }
    }

    #[test]
    fn a_node_may_do_nothing_as_another() {
        let subjects = Subjects::new(cluster());
        let (a, b) = (node("a"), node("b"));
        let may =
            |rules: Vec<String>, subject: &str| rules.iter().any(|rule| matches(rule, subject));
        let published = [
            (subjects.frame(&b, &a), true),
            (subjects.frame(&a, &a), true),
            (subjects.frame(&a, &b), false),
            ("$KV.luminarys_lab_members.a".to_owned(), true),
            ("$KV.luminarys_lab_members.b".to_owned(), false),
            (
                "$JS.API.STREAM.UPDATE.KV_luminarys_lab_members".to_owned(),
                false,
            ),
            (
                "$JS.API.STREAM.PURGE.KV_luminarys_lab_members".to_owned(),
                false,
            ),
            (
                "$JS.API.STREAM.DELETE.luminarys_lab_state".to_owned(),
                false,
            ),
            ("$JS.API.STREAM.CREATE.other".to_owned(), false),
            (
                "$JS.API.CONSUMER.CREATE.luminarys_lab_state.x".to_owned(),
                false,
            ),
            ("luminarys.lab.state.log.00".to_owned(), true),
            ("luminarys.lab.inbox.b.x".to_owned(), false),
            ("luminarys.other.to.b.a.x".to_owned(), false),
        ];
        for (subject, allowed) in published {
            assert_eq!(
                may(publish_rules(&subjects, &a), &subject),
                allowed,
                "{subject}"
            );
        }
        let received = [
            (subjects.frame(&a, &b), true),
            (subjects.frame(&b, &a), false),
            ("luminarys.lab.inbox.a.x".to_owned(), true),
            ("luminarys.lab.inbox.b.x".to_owned(), false),
            ("luminarys.lab.state.log.00".to_owned(), false),
        ];
        for (subject, allowed) in received {
            assert_eq!(
                may(subscribe_rules(&subjects, &a), &subject),
                allowed,
                "{subject}"
            );
        }
    }

    #[test]
    fn nodes_must_be_distinct_and_keys_valid() {
        let key = || Identity::Nkey(NodeKey::new().unwrap().public);
        let shared = key();
        let certificate = |name: &str| Identity::Certificate(name.to_owned());
        let check = |nodes: &[(NodeName, Identity)]| permissions(&cluster(), nodes).unwrap_err();
        assert_eq!(check(&[]), PermissionsError::NoNodes);
        let twice = check(&[(node("a"), key()), (node("a"), key())]);
        assert_eq!(twice, PermissionsError::Twice(node("a")));
        let same = check(&[(node("a"), shared.clone()), (node("b"), shared)]);
        assert_eq!(same, PermissionsError::SameIdentity(node("a"), node("b")));
        for bad in ["", "CN=a\"", "a\\", "$X", "a\n"] {
            let error = check(&[(node("a"), certificate(bad))]);
            assert_eq!(error, PermissionsError::Certificate(node("a")), "{bad:?}");
        }
        let seed = Identity::Nkey("SUAA\n".to_owned());
        let error = check(&[(node("a"), seed)]).to_string();
        assert!(
            error.ends_with("begins with U: SUAA\\n") || error.contains("SUAA"),
            "{error}"
        );
        assert!(!error.contains('\n'), "{error}");
        permissions(
            &cluster(),
            &[(node("a"), key()), (node("b"), certificate("CN=b,O=x"))],
        )
        .unwrap();
    }
}

//! The commands of NATS's tool `nsc` for servers that know users by signed tokens (JWT): the same permissions as those of
//! `permissions`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::names::{ClusterName, NodeName};
use crate::permissions::{PermissionsError, publish_rules, subscribe_rules};
use crate::subjects::Subjects;

/// Returns the commands that make an account for the cluster, and a user with its file of credentials, `NODE.creds`, for each
/// node.
///
/// # Errors
/// [`PermissionsError::NoNodes`], [`PermissionsError::Twice`]
pub fn nsc_commands(cluster: &ClusterName, nodes: &[NodeName]) -> Result<String, PermissionsError> {
    if nodes.is_empty() {
        return Err(PermissionsError::NoNodes);
    }
    let account = format!("luminarys_{cluster}");
    let mut text = format!(
        "# The account of the Luminarys cluster {cluster}. Each node can send only as itself.\n\
         # No other user may be in this account. Nodes name their file as cluster.nats.credentials.\n\
         nsc add account --name {account}\n\
         nsc edit account --name {account} --js-enable 0\n"
    );
    let subjects = Subjects::new(cluster.clone());
    let mut names = BTreeSet::new();
    for node in nodes {
        if !names.insert(node) {
            return Err(PermissionsError::Twice(node.clone()));
        }
        // Names and subjects have no quotes. Writing to a string cannot fail.
        let _ = write!(text, "nsc add user --account {account} --name {node}");
        for (option, rules) in [
            ("allow-pub", publish_rules(&subjects, node)),
            ("allow-sub", subscribe_rules(&subjects, node)),
        ] {
            for rule in rules {
                let _ = write!(text, " \\\n  --{option} '{rule}'");
            }
        }
        let _ = writeln!(
            text,
            "\nnsc generate creds --account {account} --name {node} --output-file {node}.creds"
        );
    }
    text.push_str("# Servers that nsc can reach then learn of it by: nsc push --account ");
    text.push_str(&account);
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> NodeName {
        NodeName::new(name).unwrap()
    }

    #[test]
    fn each_node_has_its_own_rules_and_file() {
        let cluster = ClusterName::new("lab").unwrap();
        let text = nsc_commands(&cluster, &[node("a"), node("b")]).unwrap();
        let (first, second) = text.split_once("nsc generate creds").unwrap();
        for (part, own, other) in [(first, "a", "b"), (second, "b", "a")] {
            let user = format!("nsc add user --account luminarys_lab --name {own} \\\n");
            assert!(part.contains(&user), "{part}");
            let subjects = Subjects::new(cluster.clone());
            for rule in publish_rules(&subjects, &node(own)) {
                assert!(part.contains(&format!("--allow-pub '{rule}'")), "{part}");
            }
            for rule in subscribe_rules(&subjects, &node(own)) {
                assert!(part.contains(&format!("--allow-sub '{rule}'")), "{part}");
            }
            let foreign = subscribe_rules(&subjects, &node(other));
            assert!(!foreign.iter().any(|rule| part.contains(rule)), "{part}");
        }
        assert!(second.contains("--name b --output-file b.creds\n"));
    }

    #[test]
    fn nodes_must_be_distinct() {
        let cluster = ClusterName::new("lab").unwrap();
        let none = nsc_commands(&cluster, &[]).unwrap_err();
        assert_eq!(none, PermissionsError::NoNodes);
        let twice = nsc_commands(&cluster, &[node("a"), node("a")]).unwrap_err();
        assert_eq!(twice, PermissionsError::Twice(node("a")));
    }
}

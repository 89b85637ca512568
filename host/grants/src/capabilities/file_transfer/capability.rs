//! The command-line words for transfers, what a package can require, and the operator's questions.

use super::grants::TransferGrants;
use super::section::{DIRECTORIES, KEY};
use crate::capability::{About, Capability, Interface, Key, Place, Required, ValueKind};
use crate::denial::offer;
use crate::explain::{Asked, ExplainError, Explained, Flag, Outside, Question, Target, WRITE};
use crate::protected::Protected;
use crate::requirement::{RequirementVerdict, covers};

const SECTION: &[&str] = &["permissions", KEY];

/// The file of this node.
const LOCAL: Flag = Flag {
    name: "local",
    value: Some("PATH"),
    help: "the file of this node that is sent, or with --write received",
};

pub(crate) static ABOUT: About = About {
    interfaces: &[Interface {
        name: "transfer",
        what: "files of other nodes",
        key: KEY,
        is_asked_for: true,
    }],
    keys: &[
        Key {
            name: KEY,
            form: "NODE",
            help: "files sent to a node and received from it, optionally with wildcards",
            example: "NODE",
            value: ValueKind::Text,
            place: Place::switched(SECTION, Some("allowed_nodes")),
            shown: KEY,
            requirement: Some(Required {
                form: "the name of a node, optionally with wildcards",
                example: "file_transfer *",
            }),
        },
        Key {
            name: DIRECTORIES,
            form: "PATH[:ro|:rw]",
            help: "files sent to other nodes, and received with :rw",
            example: "/home/me/outbox:rw",
            value: ValueKind::Path,
            place: Place::switched(SECTION, Some("local_dirs")),
            shown: "file_transfer, files in",
            requirement: None,
        },
    ],
    questions: &[Question {
        name: "transfer",
        help: "Files sent to a node and received from it, and which with --local",
        target: Target::Needed("a node"),
        flags: &[LOCAL, WRITE],
    }],
};

impl Capability for TransferGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, node: &str, _: Option<&str>) -> RequirementVerdict {
        let section = "permissions.file_transfer";
        let line = offer(section, self.enabled, "allowed_nodes", &[node.to_owned()]);
        if !self.enabled {
            return RequirementVerdict::unmet(format!("{section} is not enabled"), line);
        }
        let mut entries = self.allowed_nodes.iter();
        match entries.find(|(pattern, _)| covers(pattern.as_str(), node)) {
            Some((_, rule)) => RequirementVerdict::met(rule.clone()),
            None => RequirementVerdict::unmet(
                format!("no entry of {section}.allowed_nodes covers it"),
                line,
            ),
        }
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let node = asked.target();
        if node.contains('/') {
            let text = format!(
                "{node:?} is not the name of a node: write the name alone, such as b, and a path of this node with --local"
            );
            return Err(ExplainError::Invalid(text));
        }
        let rule = self.decide_node(node)?.to_owned();
        Ok(match asked.value(&LOCAL) {
            None => Explained::By(rule),
            Some(path) => Explained::Outside(Outside::Transfer {
                rule,
                path: path.to_owned(),
                access: asked.access(),
            }),
        })
    }

    fn reaches_out(&self) -> bool {
        self.enabled
    }

    fn protect(&mut self, protected: &Protected) {
        self.directories.close(protected);
    }

    fn make_read_only(&mut self) {
        self.directories.make_read_only();
    }
}

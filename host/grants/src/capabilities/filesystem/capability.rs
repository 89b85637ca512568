//! The command-line words for files, what a package can require, and the operator's questions.

use super::grants::FilesystemGrants;
use crate::capability::{About, Capability, Interface, Key, Place, Required, ValueKind};
use crate::denial::offer;
use crate::explain::{Asked, ExplainError, Explained, Outside, Question, Target, WRITE};
use crate::path_set::is_beneath;
use crate::protected::Protected;
use crate::requirement::{RequirementVerdict, covers};
use crate::section::{Access, split_mode};

pub(crate) static ABOUT: About = About {
    interfaces: &[
        Interface {
            name: "filesystem",
            what: "files",
            key: "fs",
            is_asked_for: true,
        },
        Interface {
            name: "archive",
            what: "files",
            key: "fs",
            is_asked_for: true,
        },
    ],
    keys: &[Key {
        name: "fs",
        form: "PATH[:ro|:rw]",
        help: "a directory or file, read-only unless :rw",
        example: "/home/me/project:rw",
        value: ValueKind::Path,
        place: Place::switched(&["permissions", "fs"], Some("dirs")),
        shown: "fs",
        requirement: Some(Required {
            form: "PATH [ro|rw]: an absolute path, optionally with wildcards; `ro` by default, `PATH:rw` is accepted too",
            example: "fs /data/** rw",
        }),
    }],
    questions: &[Question {
        name: "filesystem",
        help: "Files and directories; symbolic links are followed",
        target: Target::Needed("a path"),
        flags: &[WRITE],
    }],
};

impl Capability for FilesystemGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, pattern: &str, mode: Option<&str>) -> RequirementVerdict {
        let (path, written) = split_mode(pattern);
        let writable = written == Some(Access::Write) || mode == Some("rw");
        let wanted = path.strip_suffix("/**").unwrap_or(path);
        let entry = format!("{wanted}:{}", Access::of(writable).mode());
        let line = offer("permissions.fs", self.enabled, "dirs", &[entry]);
        if !self.enabled {
            return RequirementVerdict::unmet("permissions.fs is not enabled", line);
        }
        let mut read_only = None;
        for entry in self.entries() {
            let literal = is_beneath(wanted, &entry.pattern);
            if literal
                || covers(&entry.pattern, wanted)
                || covers(&format!("{}/**", entry.pattern), wanted)
            {
                if entry.writable || !writable {
                    return RequirementVerdict::met(entry.rule.clone());
                }
                read_only = Some(&entry.rule);
            }
        }
        match read_only {
            Some(rule) => RequirementVerdict::unmet(format!("{rule} grants it read-only"), line),
            None => RequirementVerdict::unmet("no entry of permissions.fs.dirs covers it", line),
        }
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        Ok(Explained::Outside(Outside::Path {
            path: asked.target().to_owned(),
            access: asked.access(),
        }))
    }

    fn reaches_out(&self) -> bool {
        false
    }

    fn protect(&mut self, protected: &Protected) {
        self.close(protected);
    }

    fn make_read_only(&mut self) {
        self.forbid_changes();
    }
}

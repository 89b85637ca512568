//! The state of `filesystem`, and its functions' effects.

use std::sync::Arc;

use luminarys_grants::Grants;

use crate::LoadError;
use crate::environment::{Capability, Host, Operation, Rule, SkillShared};

/// The file functions of one skill. Stateless between calls.
pub(crate) struct FilesystemCapability;

impl Capability for FilesystemCapability {
    const NAME: &'static str = "filesystem";

    const OPERATIONS: &'static [Operation] = &[
        ("read", Rule::Path),
        ("read-range", Rule::Path),
        ("write", Rule::Path),
        ("append", Rule::Path),
        ("create", Rule::Path),
        ("delete", Rule::Path),
        ("mkdir", Rule::Path),
        ("list", Rule::Path),
        ("stat", Rule::Path),
        ("copy", Rule::Path),
        ("rename", Rule::Path),
        ("chmod", Rule::Path),
        ("read-lines", Rule::Path),
        ("grep", Rule::Path),
        ("glob", Rule::Path),
        ("allowed-dirs", Rule::Path),
    ];

    fn new(_skill: &Arc<SkillShared>, _host: &Host<'_>) -> Self {
        Self
    }

    fn warnings(grants: &Grants) -> Result<Vec<String>, LoadError> {
        let missing = grants.filesystem.entries().iter();
        let missing = missing.filter(|entry| entry.is_missing).map(|entry| {
            format!(
                "{}: there is no {}; the entry is for a file of that name, which may be made",
                entry.rule, entry.pattern
            )
        });
        Ok(missing.collect())
    }
}

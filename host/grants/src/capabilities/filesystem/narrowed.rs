//! Directories for read-only calls, even where an entry is `rw`.

use std::sync::OnceLock;

use super::grants::FilesystemGrants;
use crate::denial::Denial;
use crate::narrowing::{Effect, Narrowing};
use crate::section::Access;

impl FilesystemGrants {
    /// Makes every entry read-only.
    pub(super) fn forbid_changes(&mut self) {
        let writable = self.entries.iter().map(|entry| entry.writable).collect();
        // After narrowing, no entry is writable.
        self.narrowed.get_or_insert(writable);
        for entry in &mut self.entries {
            entry.writable = false;
        }
        self.changeable = OnceLock::new();
    }

    /// Returns the denial of an access that is refused only because the call is read-only.
    pub(super) fn narrowed_denial(&self, path: &str, access: Access) -> Option<Denial> {
        let writable = self.narrowed.as_ref()?;
        let entry = self.deciding(path, |index| writable[index])?;
        if access == Access::Read || !writable[entry] {
            return None;
        }
        let narrowing = Narrowing {
            read_only: true,
            closed_world: false,
        };
        let decided = narrowing.decide(Effect::Change, self.owner.capability, path);
        decided.err()
    }
}

//! Detects the kind of project in a folder.

use std::path::Path;

use anyhow::{bail, ensure};

/// A kind of project, detected by the file that its tools look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Project {
    Cargo,
    Go,
    AssemblyScript,
    JavaScript,
    Python,
}

impl Project {
    pub fn find(directory: &Path) -> anyhow::Result<Self> {
        let shown = directory.display();
        ensure!(
            directory.is_dir(),
            "{shown} is not a folder; name the skill's folder"
        );
        let has = |name: &str| directory.join(name).is_file();
        if has("Cargo.toml") {
            return Ok(Self::Cargo);
        }
        if has("go.mod") {
            return Ok(Self::Go);
        }
        if has("asconfig.json") {
            return Ok(Self::AssemblyScript);
        }
        if has("package.json") {
            return Ok(Self::JavaScript);
        }
        if has("app.py") {
            return Ok(Self::Python);
        }
        bail!(
            "{shown} is not a skill's folder, which has Cargo.toml (Rust), go.mod (Go), asconfig.json (AssemblyScript), \
             package.json (JavaScript) or app.py (Python); `lmsk new` makes one"
        )
    }

    /// Whether its source may have `@skill:` lines, rather than its WIT.
    pub fn may_be_annotated(self) -> bool {
        matches!(self, Self::Cargo | Self::Go | Self::AssemblyScript)
    }
}

//! The embedded files: the WIT packages and the templates.

use std::path::Path;

use anyhow::Context as _;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The folder of `luminarys:skill` under `deps/`.
pub(crate) const SKILL_PACKAGE: &str = "luminarys-skill";

/// Writes the WIT packages into a `deps/` folder.
pub(crate) fn write_wit(deps: &Path) -> anyhow::Result<()> {
    for (name, bytes) in WIT {
        let path = match name.strip_prefix("deps/") {
            Some(name) => deps.join(name),
            None => deps.join(SKILL_PACKAGE).join(name),
        };
        if path.exists() {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("making {}", parent.display()))?;
        }
        std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

//! Gathers WIT in one folder for componentizers: the skill's own, and the packages that it uses.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use wit_parser::Resolve;

use crate::embedded;

/// A temporary folder of WIT with all dependencies, removed when dropped.
pub(crate) struct Wit {
    _work: TempDir,
    path: PathBuf,
    world: String,
}

impl Wit {
    /// Gathers the WIT of the skill in `directory`: its `wit/`, and under `deps/` those packages of this version that
    /// it does not have itself.
    pub fn gather(directory: &Path) -> anyhow::Result<Self> {
        let own = directory.join("wit");
        ensure!(
            own.is_dir(),
            "{} is missing: it holds the WIT world with the skill's exports",
            own.display()
        );
        let work = tempfile::tempdir()?;
        let path = work.path().join("wit");
        copy(&own, &path)?;
        if !path.join("deps").join(embedded::SKILL_PACKAGE).exists() {
            embedded::write_wit(&path.join("deps"))?;
        }
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_path(&path)
            .with_context(|| format!("reading the WIT in {}", own.display()))?;
        let world = resolve.select_world(&[package], None)?;
        let name = &resolve.packages[package].name;
        let world = name.interface_id(&resolve.worlds[world].name);
        let world = match (&name.version, world.split_once('@')) {
            // Tools require the version at the end of the package, or none.
            (Some(_), Some((world, _))) => world.to_owned(),
            _ => world,
        };
        Ok(Self {
            _work: work,
            path,
            world,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the qualified name of the world: `example:notes/notes`.
    pub fn world(&self) -> &str {
        &self.world
    }
}

/// Copies a folder of WIT.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let failed = || format!("copying {}", from.display());
    std::fs::create_dir_all(to).with_context(failed)?;
    for entry in std::fs::read_dir(from).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target).with_context(failed)?;
        }
    }
    Ok(())
}

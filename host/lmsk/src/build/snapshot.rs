//! Snapshots: what `initialize` prepares when the skill is built, each instance starts with.

use anyhow::{Context as _, bail, ensure};
use luminarys_package::{Descriptor, Visibility};
use luminarys_snapshot::{Bounds, INITIALIZE, SnapshotError};

use super::project::Project;
use crate::cli::Source;
use crate::report;

/// Whether a crate has a function for the snapshot, and whether one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Its world's `initialize` is for the snapshot, not a method.
    reserves: bool,
    makes: bool,
}

impl Snapshot {
    /// Decides by the command line, and by `declared` in Cargo.toml.
    pub fn new(arguments: &Source, declared: bool) -> Self {
        Self {
            reserves: declared || arguments.snapshot,
            makes: arguments.snapshot || (declared && !arguments.no_snapshot),
        }
    }

    /// Removes `initialize` from the methods.
    ///
    /// # Errors
    /// Fails if it is not there, or is described as what others call.
    pub fn reserve(self, descriptor: &mut Descriptor) -> anyhow::Result<()> {
        if !self.reserves {
            return Ok(());
        }
        let methods = &mut descriptor.methods;
        let found = methods
            .iter()
            .position(|method| method.export.as_deref() == Some(INITIALIZE));
        let found = found.ok_or(SnapshotError::Missing)?;
        let method = methods.remove(found);
        let is_plain = method.params.is_empty() && method.hints.is_empty();
        ensure!(
            is_plain && method.visibility != Visibility::Callback,
            SnapshotError::Signature
        );
        Ok(())
    }

    /// Returns the component with the memory that its `initialize` leaves, if a snapshot is made.
    pub fn apply(self, name: &str, component: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        if !self.makes {
            return Ok(component);
        }
        let _progress = report::progress(&format!("running `{INITIALIZE}` of {name}"));
        luminarys_snapshot::snapshot(&component, Bounds::default())
            .with_context(|| format!("the snapshot of {name}"))
    }

    pub fn is_made(self) -> bool {
        self.makes
    }
}

/// Fails if a snapshot is asked for and none can be made of a project of this kind.
pub(super) fn check(
    arguments: &Source,
    project: Project,
    is_annotated: bool,
) -> anyhow::Result<()> {
    if !arguments.snapshot {
        return Ok(());
    }
    let shown = arguments.dir.display();
    match project {
        Project::Cargo if is_annotated => annotated(arguments),
        Project::Cargo => Ok(()),
        Project::Go | Project::AssemblyScript => bail!(
            "{shown}: a snapshot is made by the function `{INITIALIZE}` of a WIT world, and a skill of this language is a \
             core module without one; build it without --snapshot"
        ),
        Project::JavaScript | Project::Python => bail!(
            "{shown}: the compiler of this language makes a snapshot by itself, of what the program does when it is loaded; \
             build it without --snapshot"
        ),
    }
}

/// Fails for a crate with annotations, whose world is generated.
pub(super) fn annotated(arguments: &Source) -> anyhow::Result<()> {
    bail!(
        "{}: a snapshot is made by the function `{INITIALIZE}` of the WIT world, and the world of annotated functions is \
         generated, without one; write the world by hand (`lmsk new --lang rust --wit` shows how), or build it without \
         a snapshot",
        arguments.dir.display()
    )
}

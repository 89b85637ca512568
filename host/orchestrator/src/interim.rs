//! Decides what runs for a manifest until its package is loaded: the first part of a reload, which waits for no
//! package.
//!
//! The rule: nothing runs with a grant that the manifest does not give now. A package keeps running under the new
//! grants while the manifest still names it, its signer is still trusted, and its requirements are granted.

use std::path::Path;
use std::sync::Arc;

use crate::deployed::{Deployed, HostSettings, Origin};
use crate::entry::Entry;
use crate::files::{Seen, Unusable};
use crate::hanging::TIMEOUT;
use crate::identity::{self, Identity};
use crate::load::{Loader, Named};
use crate::requirements;
use crate::source::Source;

/// The entry that runs, and whether the package must be loaded.
pub(crate) struct Interim {
    pub entry: Entry,
    pub load: bool,
}

impl Loader {
    /// Decides what runs for a manifest until its package is loaded. Blocking, on local files only.
    pub fn interim(&self, named: &Named, previous: Option<&Entry>) -> Interim {
        let previous = previous.and_then(|entry| Some((entry, entry.deployed.as_ref()?)));
        let Some((entry, deployed)) = previous else {
            return waiting(named);
        };
        if let Err(reason) = self.may_go_on(named, deployed) {
            return stopped(named, deployed, &reason);
        }
        let origin = Origin {
            // It keeps running in the engine that it was compiled for.
            host: HostSettings {
                generation: deployed.origin.host.generation,
                ..self.host
            },
            ..named.origin(deployed.origin.package, self.host)
        };
        // A running package that is pinned by its digest need not be checked again.
        let is_here = matches!(named.source, Source::Registry(_))
            && deployed.origin.host.generation == self.host.generation
            && deployed.readiness.is_ready()
            && entry.report.problem.is_none();
        let load = !is_here;
        if deployed.origin == origin {
            let mut entry = entry.clone();
            entry.seen.clone_from(&named.seen);
            return Interim { entry, load };
        }
        match self.regrant(named, deployed, origin, entry) {
            Ok(entry) => Interim { entry, load },
            Err(reason) => stopped(named, deployed, &reason),
        }
    }

    /// Decides what runs for a manifest whose files hang: the running skill, if nothing about it has changed.
    pub fn without_answer(&self, named: &Named, previous: Option<&Entry>, reason: &str) -> Entry {
        let seen = named.seen.clone();
        let unchanged = previous.filter(|entry| entry.is_of(&named.manifest));
        let kept = unchanged.and_then(|entry| self.keep(entry, reason, seen.clone()));
        kept.unwrap_or_else(|| Entry::failed(named.report(), reason.to_owned(), seen))
    }

    /// Checks that the running package may continue, under any grants.
    fn may_go_on(&self, named: &Named, deployed: &Deployed) -> Result<(), String> {
        let manifest = &named.manifest.manifest;
        let is_gone =
            |source: &Source| source.seen().is_some_and(|seen: Seen| seen.stamp.is_none());
        if manifest.id != deployed.skill.id() {
            return Err(format!("its manifest now names {}", manifest.id));
        }
        if !deployed.is_trusted(&self.trust) {
            return Err("its signer is no longer trusted".to_owned());
        }
        if !named.source.is_same_package(&deployed.origin.source) {
            return Err(format!(
                "its manifest now names the package {}",
                named.source
            ));
        }
        if is_gone(&named.source) {
            return Err(format!("its package {} is gone", named.source));
        }
        let found = Identity::new(deployed.skill.descriptor(), deployed.signer.as_ref());
        let content = &deployed.origin.package;
        let mismatches = identity::mismatches(&manifest.package, None, &found, content);
        match mismatches.first() {
            Some(mismatch) => Err(format!(
                "its manifest now names another package: {mismatch}"
            )),
            None => Ok(()),
        }
    }

    /// Deploys the running package under the grants and limits of a changed manifest.
    fn regrant(
        &self,
        named: &Named,
        deployed: &Deployed,
        origin: Origin,
        previous: &Entry,
    ) -> Result<Entry, String> {
        let grants = self.grants(&named.manifest.manifest)?;
        let descriptor = deployed.skill.descriptor();
        let mut report = named.report();
        report.descriptor = Some(descriptor.clone());
        report.signer.clone_from(&previous.report.signer);
        report.authorised.clone_from(&previous.report.authorised);
        report.requirements = requirements::check(&grants, &descriptor.requirements);
        if let Some(missing) = requirements::missing(&named.path, &report.requirements) {
            return Err(missing);
        }
        let regranted = deployed.regranted(grants, origin);
        let regranted = regranted.map_err(|error| error.to_string())?;
        let seen = named.seen.clone();
        Ok(Entry::running(report, Arc::new(regranted), seen))
    }
}

fn waiting(named: &Named) -> Interim {
    Interim {
        entry: Entry::waiting(named.report(), named.seen.clone()),
        load: true,
    }
}

fn stopped(named: &Named, deployed: &Deployed, reason: &str) -> Interim {
    tracing::info!(skill = %deployed.skill.id(), "stops: {reason}");
    waiting(named)
}

/// Returns the reason for a manifest whose files hang.
pub(crate) fn no_answer(what: &str, path: &Path) -> Unusable {
    Unusable::Broken(format!(
        "{what} {} did not respond within {} s; they are read again when they do",
        path.display(),
        TIMEOUT.as_secs()
    ))
}

//! A manifest, opened: everything that decides on a skill's calls.
//!
//! - `carve_out`: the protected places inside granted directories; `words`: the words of command lines and comments

use crate::capabilities::*;
use crate::capability::{Capability, Key};
use crate::explain::{Asked, ExplainError, Explained, Question};
use crate::manifest::Manifest;
use crate::open_error::OpenError;
use crate::protected::Protected;
use crate::requirement::RequirementVerdict;

mod carve_out;
#[cfg(test)]
mod requirement_tests;
#[cfg(test)]
mod tests;
mod words;

pub use carve_out::CarveOut;
pub use words::{interfaces, keys, questions};

macro_rules! define {
    (
        files { $files:ident: $raw_files:ident, $files_section:ident => $files_field:ident: $files_grants:ident }
        permissions { $($key:ident: $raw:ident, $section:ident => $field:ident: $grants:ident;)* }
        manifest { $($top:ident => $top_field:ident: $top_grants:ident;)* }
    ) => {
        /// What one deployed skill may do.
        #[derive(Clone, Debug, Default)]
        pub struct Grants {
            /// The instance id.
            pub skill: String,
            #[doc = concat!("`permissions.", stringify!($files), "`")]
            pub $files_field: $files_grants,
            $(
                #[doc = concat!("`permissions.", stringify!($key), "`")]
                pub $field: $grants,
            )*
            $(
                #[doc = concat!("`", stringify!($top), "`")]
                pub $top_field: $top_grants,
            )*
        }

        impl Grants {
            /// Opens the directories of `manifest` and compiles its patterns. No path is resolved from the process's
            /// root after this.
            ///
            /// # Errors
            /// [`OpenError`] when a granted directory, or a file that it names, cannot be opened.
            pub fn open(manifest: &Manifest) -> Result<Self, OpenError> {
                let permissions = &manifest.permissions;
                let files = $files_grants::open(&permissions.$files)?;
                Ok(Self {
                    skill: manifest.id.clone(),
                    $($field: $grants::open(&permissions.$key, &files)?,)*
                    $($top_field: $top_grants::open(&manifest.$top, &files)?,)*
                    $files_field: files,
                })
            }

            /// Returns the capabilities, in the order of the list.
            fn capabilities(&self) -> Vec<&dyn Capability> {
                vec![&self.$files_field, $(&self.$field,)* $(&self.$top_field,)*]
            }

            fn capabilities_mut(&mut self) -> Vec<&mut dyn Capability> {
                vec![
                    &mut self.$files_field,
                    $(&mut self.$field,)*
                    $(&mut self.$top_field,)*
                ]
            }
        }
    };
}

capabilities!(define);

impl Grants {
    /// Returns whether these grants can reach anything outside of the host: directly, by a command, by a model, or by
    /// another skill, which may have wider grants. When unsure, returns true.
    pub fn reaches_out(&self) -> bool {
        self.capabilities().iter().any(|one| one.reaches_out())
    }

    /// Closes `protected` to the skill in every capability, even where the manifest grants it.
    pub fn protect(&mut self, protected: &Protected) {
        for capability in self.capabilities_mut() {
            capability.protect(protected);
        }
    }

    /// Returns these grants narrowed for read-only calls: every directory is read-only. Operations that the manifest
    /// does not decide by path are decided by [`crate::Narrowing`].
    #[must_use]
    pub fn read_only(&self) -> Self {
        let mut grants = self.clone();
        for capability in grants.capabilities_mut() {
            capability.make_read_only();
        }
        grants
    }

    /// Returns warnings about this skill's connections for an operator who configures a proxy: HTTP goes through the
    /// proxy and is decided by name; everything else bypasses it.
    pub fn proxy_warnings(&self) -> Vec<String> {
        let capabilities = self.capabilities().into_iter();
        capabilities.flat_map(|one| one.proxy_warnings()).collect()
    }

    /// Checks one requirement of a package against these grants. An operator may grant more than required, but not
    /// less: an entry meets a requirement if it matches the required pattern as plain text.
    pub fn requirement(&self, kind: &str, what: &str, mode: Option<&str>) -> RequirementVerdict {
        let is_required = |key: &Key| key.name == kind && key.requirement.is_some();
        let capabilities = self.capabilities().into_iter();
        let mut owning = capabilities.filter(|one| one.about().keys.iter().any(is_required));
        match owning.next() {
            Some(capability) => capability.requirement(kind, what, mode),
            None => RequirementVerdict::unknown(kind),
        }
    }

    /// Answers an operator's question from the manifest alone, or returns what else decides.
    ///
    /// # Errors
    /// [`ExplainError`] with the denial, or for an invalid question.
    pub fn explain(&self, question: &Question, asked: &Asked) -> Result<Explained, ExplainError> {
        let is_own = |known: &Question| known.name == question.name;
        let capabilities = self.capabilities().into_iter();
        let mut owning = capabilities.filter(|one| one.about().questions.iter().any(is_own));
        match owning.next() {
            Some(capability) => capability.explain(question.name, asked),
            None => Err(ExplainError::unknown(question.name)),
        }
    }
}

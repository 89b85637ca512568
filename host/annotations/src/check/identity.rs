//! The skill's identity: the annotations of the file.

use luminarys_package::{Requirement, is_id};
use semver::Version;

use super::Found;
use crate::source::Below;
use crate::{Diagnostic, Language, syntax};

/// The parts known so far.
#[derive(Default)]
pub(super) struct Identity {
    seen: Vec<&'static str>,
    id: Option<String>,
    name: Option<String>,
    version: Option<Version>,
    description: String,
    sdk: Option<String>,
    requirements: Vec<Requirement>,
}

/// The complete identity.
pub(super) struct Known {
    pub id: String,
    pub name: String,
    pub version: Version,
    pub description: String,
    pub sdk: Option<String>,
    pub requirements: Vec<Requirement>,
}

const ONCE: [&str; 5] = ["id", "name", "version", "desc", "sdk"];

impl Identity {
    pub fn take(
        &mut self,
        found: &Found<'_>,
        language: Language,
        below: &Below,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if language == Language::Go && !matches!(below, Below::File) {
            let message = format!("@skill:{} is not directly above `package main`", found.word);
            let help = "older tools do not find it here; move the skill's annotations directly above the package clause, without a blank line";
            let range = found.range.clone();
            diagnostics.push(
                Diagnostic::warning(range, message)
                    .in_file(found.file)
                    .help(help),
            );
        }
        if let Some(word) = ONCE.into_iter().find(|word| *word == found.word) {
            if self.seen.contains(&word) {
                diagnostics.push(found.error(format!("@skill:{word} is repeated")));
                return;
            }
            self.seen.push(word);
        }
        if let Err(problem) = self.set(found) {
            diagnostics.push(problem);
        }
        if found.word == "sdk" && language != Language::AssemblyScript {
            let message = "@skill:sdk has no effect here: it is for AssemblyScript";
            diagnostics.push(Diagnostic::warning(found.range.clone(), message).in_file(found.file));
        }
    }

    fn set(&mut self, found: &Found<'_>) -> Result<(), Diagnostic> {
        let text = || syntax::text(found.rest).map_err(|error| found.part(&error));
        match found.word {
            "id" => {
                if !is_id(found.rest) {
                    let message = format!("{:?} is no skill id", found.rest);
                    let help = "an id is three or more segments of a-z, 0-9 and inner hyphens, separated by dots: ai.example.notes";
                    return Err(found.error(message).help(help));
                }
                self.id = Some(found.rest.to_owned());
            }
            "name" => self.name = Some(text()?),
            "version" => {
                let version = Version::parse(found.rest).ok();
                let version =
                    version.filter(|version| version.pre.is_empty() && version.build.is_empty());
                let message = || found.error(format!("{:?} is no version", found.rest));
                self.version = Some(
                    version.ok_or_else(|| message().help("a version is three numbers: 1.0.0"))?,
                );
            }
            "desc" => self.description = text()?,
            "sdk" => self.sdk = Some(text()?),
            _ => {
                let made = syntax::requirement(found.rest).map_err(|error| found.part(&error))?;
                if self.requirements.contains(&made) {
                    return Err(found.error("this requirement is repeated"));
                }
                self.requirements.push(made);
            }
        }
        Ok(())
    }

    /// Returns the identity, or `None` if something is missing; invalid parts have been reported already.
    pub fn finish(self, diagnostics: &mut Vec<Diagnostic>) -> Option<Known> {
        for (word, example) in [
            ("id", "@skill:id ai.example.notes"),
            ("name", "@skill:name \"Notes\""),
            ("version", "@skill:version 1.0.0"),
        ] {
            if !self.seen.contains(&word) {
                let message = format!("the skill has no @skill:{word}");
                let help = format!("add a line such as: {example}");
                diagnostics.push(Diagnostic::error(0..0, message).help(help));
            }
        }
        Some(Known {
            id: self.id?,
            name: self.name?,
            version: self.version?,
            description: self.description,
            sdk: self.sdk,
            requirements: self.requirements,
        })
    }
}

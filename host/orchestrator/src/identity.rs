//! The identity of packages, and which of them a manifest authorises.

use std::fmt;

use luminarys_grants::{PackageSection, UNSIGNED};
use luminarys_package::{Descriptor, PublicKey};
use semver::Version;
use serde::{Deserialize, Serialize};

/// The identity of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The skill id in its descriptor.
    pub id: String,
    /// The short name of the key that signed it, or `unsigned`.
    pub signer: String,
    /// The version in its descriptor.
    pub version: Version,
}

impl Identity {
    /// Returns the identity of a package whose signature has been verified.
    pub fn new(descriptor: &Descriptor, signer: Option<&PublicKey>) -> Self {
        Self {
            id: descriptor.id.clone(),
            signer: signer.map_or_else(|| UNSIGNED.to_owned(), PublicKey::id),
            version: descriptor.skill_version.clone(),
        }
    }

    /// Returns the line of a manifest that authorises this package and newer versions of it.
    pub fn manifest_line(&self) -> String {
        let Self {
            id,
            signer,
            version,
        } = self;
        format!("package: {{ id: {id}, signer: \"{signer}\", version: \">={version}\" }}")
    }

    /// Returns the line of a manifest that authorises only this package, whose file has the hash `content`.
    pub fn pinned_line(&self, content: &[u8; 32]) -> String {
        let line = self.manifest_line();
        let line = line.trim_end_matches([' ', '}']);
        format!("{line}, digest: \"{}\" }}", digest(content))
    }
}

/// Returns the digest of a file in the form of a manifest.
pub fn digest(content: &[u8; 32]) -> String {
    format!("sha256:{}", luminarys_text::hexadecimal(content))
}

/// The source of a required part of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorisedBy {
    /// The manifest's `package`.
    Manifest,
    /// The record of the package that was loaded last.
    Record,
    /// Nothing yet: the first package that is loaded is recorded.
    First,
}

/// A required part of an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authorised {
    /// `id`, `signer`, `version` or `digest`.
    pub part: &'static str,
    /// The required value: for `version` a version requirement. `None` accepts anything.
    pub value: Option<String>,
    /// Where it is stated.
    pub by: AuthorisedBy,
}

/// A part in which a package differs from the authorised one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    authorised: Authorised,
    found: String,
}

impl Mismatch {
    /// Whether the manifest states it, rather than a record.
    pub fn is_by_manifest(&self) -> bool {
        self.authorised.by == AuthorisedBy::Manifest
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authorised { part, value, by } = &self.authorised;
        let value = value.as_deref().unwrap_or_default();
        let source = match by {
            AuthorisedBy::Manifest => "the manifest says",
            AuthorisedBy::Record | AuthorisedBy::First => "recorded was",
        };
        write!(formatter, "{part} is {}, {source} {value}", self.found)
    }
}

/// Returns the packages that a manifest with this `section` authorises, after `recorded` was loaded last. A part that
/// the section states is decided by it alone, others by the record. A digest counts only if it is stated.
pub(crate) fn authorised(section: &PackageSection, recorded: Option<&Identity>) -> Vec<Authorised> {
    let part = |part, stated: Option<String>, recorded: Option<String>| {
        let (value, by) = match (stated, recorded) {
            (Some(stated), _) => (Some(stated), AuthorisedBy::Manifest),
            (None, Some(recorded)) => (Some(recorded), AuthorisedBy::Record),
            (None, None) => (None, AuthorisedBy::First),
        };
        Authorised { part, value, by }
    };
    let stated_version = section.version.as_ref().map(ToString::to_string);
    let mut parts = vec![
        part("id", section.id.clone(), recorded.map(|it| it.id.clone())),
        part(
            "signer",
            section.signer.clone(),
            recorded.map(|it| it.signer.clone()),
        ),
        part(
            "version",
            stated_version,
            recorded.map(|it| format!(">={}", it.version)),
        ),
    ];
    if section.digest.is_some() {
        parts.push(part("digest", section.digest.clone(), None));
    }
    parts
}

/// Returns the parts in which `found`, whose file has the hash `content`, differs from [`authorised`]. The recorded
/// version of another skill does not count.
pub(crate) fn mismatches(
    section: &PackageSection,
    recorded: Option<&Identity>,
    found: &Identity,
    content: &[u8; 32],
) -> Vec<Mismatch> {
    let is_version = match (&section.version, recorded) {
        (Some(requirement), _) => requirement.matches(&found.version),
        // Unlike a requirement, precedence treats a later pre-release as newer.
        (None, Some(recorded)) if recorded.id == found.id => {
            found.version.cmp_precedence(&recorded.version).is_ge()
        }
        _ => true,
    };
    let compared = authorised(section, recorded).into_iter().map(|authorised| {
        let found = match authorised.part {
            "id" => found.id.clone(),
            "signer" => found.signer.clone(),
            "version" => found.version.to_string(),
            _ => digest(content),
        };
        let is_authorised = match authorised.part {
            "version" => is_version,
            _ => authorised
                .value
                .as_ref()
                .is_none_or(|value| *value == found),
        };
        (!is_authorised).then_some(Mismatch { authorised, found })
    });
    compared.flatten().collect()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    fn identity(text: &str) -> Identity {
        let parts: Vec<&str> = text.split(' ').collect();
        Identity {
            id: parts[0].to_owned(),
            signer: parts[1].to_owned(),
            version: parts[2].parse().unwrap(),
        }
    }

    /// Formats `id signer version`, each `-` if it is not stated.
    fn section(text: &str) -> PackageSection {
        let parts = text
            .splitn(3, ' ')
            .map(|part| (part != "-").then_some(part));
        let parts: Vec<Option<&str>> = parts.collect();
        PackageSection {
            id: parts[0].map(str::to_owned),
            signer: parts[1].map(str::to_owned),
            version: parts[2].map(|text| text.parse().unwrap()),
            digest: None,
            rule: String::new(),
        }
    }

    #[test]
    fn the_manifest_decides_and_else_the_record() {
        let rows = [
            // Nothing known.
            ("- - -", "", "a k 1.0.0", ""),
            // Recorded.
            ("- - -", "a k 1.0.0", "a k 1.0.0", ""),
            ("- - -", "a k 1.0.0", "a k 1.0.1", ""),
            ("- - -", "a k 1.0.0", "a k 2.0.0-rc.1", ""),
            ("- - -", "a k 1.0.0+one", "a k 1.0.0+another", ""),
            ("- - -", "a k 1.0.0", "a k 1.0.0-rc.1", "version"),
            ("- - -", "a k 1.10.0", "a k 1.9.0", "version"),
            ("- - -", "a k 1.0.0", "a other 2.0.0", "signer"),
            ("- - -", "a k 1.0.0", "a unsigned 1.0.0", "signer"),
            ("- - -", "a k 1.0.0", "b k 0.1.0", "id"),
            ("- - -", "a k 1.0.0", "b other 0.1.0", "id signer"),
            ("- - -", "a k 1.0.0", "a other 0.1.0", "signer version"),
            // Stated, whatever is recorded.
            ("a k >=1.2", "", "a k 1.2.0", ""),
            ("a k >=1.2", "b other 9.0.0", "a k 1.2.0", ""),
            ("a k >=1.2", "a k 1.0.0", "a k 1.1.0", "version"),
            ("a k >=1.0", "a k 2.0.0", "a k 1.0.0", ""),
            ("a k >=1.0, <2", "a k 1.0.0", "a k 2.0.0", "version"),
            ("a k >=1.2", "a k 1.2.0", "b other 1.2.0", "id signer"),
            // In part.
            ("a - -", "", "b k 1.0.0", "id"),
            ("a - -", "a k 1.0.0", "a other 1.0.0", "signer"),
            ("b - -", "a k 2.0.0", "b k 1.0.0", ""),
            ("- other -", "a k 1.0.0", "a other 1.0.0", ""),
            ("- other -", "a k 1.0.0", "a other 0.9.0", "version"),
            ("- - >=0.9", "a k 1.0.0", "a k 0.9.0", ""),
            ("- unsigned -", "", "a unsigned 1.0.0", ""),
            ("- unsigned -", "", "a k 1.0.0", "signer"),
        ];
        each_row(rows, |(stated, recorded, found, expected)| {
            let recorded = (!recorded.is_empty()).then(|| identity(recorded));
            let found = identity(found);
            let wrong = mismatches(&section(stated), recorded.as_ref(), &found, &[0; 32]);
            let parts: Vec<&str> = wrong.iter().map(|one| one.authorised.part).collect();
            assert_eq!(
                parts.join(" "),
                expected,
                "{stated}; {recorded:?}; {found:?}"
            );
        });
    }

    #[test]
    fn the_line_offered_authorises_what_was_found() {
        let rows = [
            "ai.x.y 01234567890123456789 1.2.3",
            "ai.x.y 0123456789abcdef0123 1.2.3-rc.1",
            "ai.x.y unsigned 0.0.0",
            "ai.x.y 00000000000000000e10 1.0.0+build.5",
        ];
        each_row(rows, |text| {
            let found = identity(text);
            let text = format!("id: a\npath: b\n{}\n", found.manifest_line());
            let manifest = luminarys_grants::Manifest::parse("m.yaml", &text, &|_| None).unwrap();
            let section = &manifest.package;
            assert_eq!(mismatches(section, None, &found, &[0; 32]), [], "{text}");
            let other = identity("ai.x.z 11111111111111111111 0.0.0-a");
            let wrong = mismatches(section, None, &other, &[0; 32]);
            assert_eq!(wrong.len(), 3, "{text}");
            // With a digest, only one file of this identity.
            let text = format!("id: a\npath: b\n{}\n", found.pinned_line(&[10; 32]));
            let manifest = luminarys_grants::Manifest::parse("m.yaml", &text, &|_| None).unwrap();
            let section = &manifest.package;
            assert_eq!(mismatches(section, None, &found, &[10; 32]), [], "{text}");
            let wrong = mismatches(section, Some(&found), &found, &[11; 32]);
            let shown: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            let (ten, eleven) = (digest(&[10; 32]), digest(&[11; 32]));
            let expected = format!("digest is {eleven}, the manifest says {ten}");
            assert_eq!(shown, [expected], "{text}");
        });
    }
}

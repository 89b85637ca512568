//! The package that a manifest authorises.

use semver::VersionReq;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::yaml::YamlError;

/// The signer of a package that is not signed.
pub const UNSIGNED: &str = "unsigned";

/// Hexadecimal digits of a signer's short name.
const SIGNER_DIGITS: usize = 20;

/// The prefix of a digest.
const SHA256: &str = "sha256:";

/// Hexadecimal digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// The package that a manifest authorises. Absent keys are recorded when a package is first loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageSection {
    /// The skill id in the package's descriptor.
    pub id: Option<String>,
    /// The short name of the key that signs it, as `luminarys inspect` shows it, or [`UNSIGNED`].
    pub signer: Option<String>,
    /// The versions that are allowed.
    pub version: Option<VersionReq>,
    /// The digest of the package file: `sha256:` and its hash. Never recorded: without it, the file may change.
    pub digest: Option<String>,
    /// Its place: `FILE:LINE package`; empty if absent.
    pub rule: String,
}

/// The section as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPackage {
    id: Option<Spanned<String>>,
    signer: Option<Spanned<String>>,
    version: Option<Spanned<String>>,
    digest: Option<Spanned<String>>,
}

impl RawPackage {
    /// Validates the section of `file`.
    ///
    /// # Errors
    /// [`YamlError`] at an entry that no package can match.
    pub fn section(self, file: &str) -> Result<PackageSection, YamlError> {
        let Self {
            id,
            signer,
            version,
            digest,
        } = self;
        let failed = |entry: &Spanned<String>, message: String| {
            YamlError::new(file, entry.referenced.line(), message)
        };
        let entries = [&id, &signer, &version, &digest].into_iter().flatten();
        let first = entries.map(|entry| entry.referenced.line()).min();
        if let Some(id) = id.as_ref().filter(|id| id.value.is_empty()) {
            return Err(failed(id, "package.id is empty".to_owned()));
        }
        let is_hexadecimal = |text: &str, digits: usize| {
            text.len() == digits && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        };
        let is_signer = |text: &str| text == UNSIGNED || is_hexadecimal(text, SIGNER_DIGITS);
        let is_digest = |text: &str| {
            let hash = text.strip_prefix(SHA256);
            hash.is_some_and(|hash| is_hexadecimal(hash, DIGEST_DIGITS))
        };
        if let Some(digest) = digest.as_ref().filter(|it| !is_digest(&it.value)) {
            let message = format!(
                "package.digest: {:?} is not `{SHA256}` and {DIGEST_DIGITS} hexadecimal digits, as `sha256sum` prints them for \
                 the package",
                digest.value
            );
            return Err(failed(digest, message));
        }
        if let Some(signer) = signer.as_ref().filter(|it| !is_signer(&it.value)) {
            let message = format!(
                "package.signer: {:?} is neither `{UNSIGNED}` nor {SIGNER_DIGITS} hexadecimal digits, which `luminarys inspect` \
                 and `lmsk info` show",
                signer.value
            );
            return Err(failed(signer, message));
        }
        let version = version.map(|version| {
            let parsed = VersionReq::parse(&version.value);
            parsed.map_err(|error| {
                let message = format!(
                    "package.version: {:?} is not a version requirement, such as \">=1.2\": {error}",
                    version.value
                );
                failed(&version, message)
            })
        });
        Ok(PackageSection {
            id: id.map(|id| id.value),
            signer: signer.map(|signer| signer.value),
            version: version.transpose()?,
            digest: digest.map(|digest| digest.value),
            rule: first.map_or_else(String::new, |line| format!("{file}:{line} package")),
        })
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::super::Manifest;
    use super::*;

    fn read(lines: &str) -> Result<PackageSection, String> {
        let text = format!("id: a\npath: b\n{lines}");
        let manifest = Manifest::parse("m.yaml", &text, &|_| None);
        manifest
            .map(|manifest| manifest.package)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_package_may_be_named_partly_or_fully() {
        let signer = "0123456789abcdef0123";
        let whole =
            format!("package:\n  {{ id: ai.x.y, signer: {signer}, version: \">=1.2, <3\" }}\n");
        let section = read(&whole).unwrap();
        assert_eq!(section.id.as_deref(), Some("ai.x.y"));
        assert_eq!(section.signer.as_deref(), Some(signer));
        assert_eq!(section.rule, "m.yaml:4 package");
        // Only digits, and text that looks like a number.
        let digits = read("package: { signer: 01234567890123456789, version: 1.10 }\n").unwrap();
        assert_eq!(digits.signer.as_deref(), Some("01234567890123456789"));
        let requirement = digits.version.unwrap();
        let matches = |text: &str| requirement.matches(&text.parse().unwrap());
        assert!(matches("1.10.0") && matches("1.11.0") && !matches("1.9.0") && !matches("2.0.0"));
        let digest = format!("sha256:{}", "0a".repeat(32));
        let pinned = read(&format!("package: {{ digest: \"{digest}\" }}\n")).unwrap();
        assert_eq!((pinned.digest, pinned.id), (Some(digest), None));
        assert_eq!(read("").unwrap(), PackageSection::default());
        assert_eq!(read("package: {}\n").unwrap(), PackageSection::default());
        assert_eq!(
            read("package: { signer: unsigned }\n").unwrap().signer,
            Some(UNSIGNED.to_owned())
        );
    }

    #[test]
    fn values_that_no_package_can_match_are_errors() {
        let rows = [
            ("package: { id: '' }", "m.yaml:3: package.id"),
            ("package: { signer: me }", "m.yaml:3: package.signer"),
            (
                "package: { signer: 0123456789ABCDEF0123 }",
                "package.signer",
            ),
            ("package: { version: new }", "m.yaml:3: package.version"),
            (
                "package: { digest: 0123 }",
                "m.yaml:3: package.digest: \"0123\" is not `sha256:` and 64",
            ),
            ("package: { digest: 'sha256:0123' }", "package.digest"),
            ("package: { versoin: '1' }", "version"),
            ("package: ai.x.y", "m.yaml:3"),
        ];
        each_row(rows, |(lines, part)| {
            let error = read(lines).unwrap_err();
            assert!(error.contains(part), "{lines}: {error}");
        });
    }
}

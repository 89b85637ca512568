//! The key ring: public keys that the user trusts, one file each.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use luminarys_package::{PackageError, PublicKey, Trust};

use crate::files;

const MAX_NAME: usize = 64;

/// `~/.lmsk/trusted`
pub(crate) struct Ring(PathBuf);

/// A trusted key.
pub(crate) struct Trusted {
    pub name: String,
    pub key: PublicKey,
    pub path: PathBuf,
}

/// The outcome of trusting a key.
pub(crate) struct Added {
    pub name: String,
    /// It was in the ring before, under this name.
    pub was_there: bool,
}

impl Ring {
    /// Returns the user's key ring.
    pub fn own() -> anyhow::Result<Self> {
        Ok(Self(files::own_directory()?.join("trusted")))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns all keys by name.
    pub fn keys(&self) -> anyhow::Result<Vec<Trusted>> {
        let failed = || format!("reading the key ring {}", self.0.display());
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(failed),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry.with_context(failed)?.path();
            if path.extension() != Some(OsStr::new("pub")) {
                continue;
            }
            let text = files::read_key(&path)?;
            let key = PublicKey::from_text(&text).with_context(|| path.display().to_string())?;
            let name = path.file_stem().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            keys.push(Trusted { name, key, path });
        }
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(keys)
    }

    /// Trusts `key`. Fails if another key has the name.
    pub fn trust(&self, key: &PublicKey, name: &str) -> anyhow::Result<Added> {
        check_name(name)?;
        for known in self.keys()? {
            if known.key == *key {
                return Ok(Added {
                    name: known.name,
                    was_there: true,
                });
            }
            ensure!(
                known.name != name,
                "another key, {}, is trusted as {name:?}; choose another --name, or run `lmsk keys revoke {name}` first",
                known.key.id()
            );
        }
        files::private_directory(&self.0)?;
        let path = self.0.join(format!("{name}.pub"));
        files::write(&path, key.to_text().as_bytes())?;
        Ok(Added {
            name: name.to_owned(),
            was_there: false,
        })
    }

    /// Stops trusting the key with this name or id, and returns it.
    pub fn revoke(&self, which: &str) -> anyhow::Result<Vec<Trusted>> {
        let is_meant = |it: &Trusted| it.name == which || it.key.id() == which;
        let (meant, others): (Vec<_>, Vec<_>) = self.keys()?.into_iter().partition(is_meant);
        if meant.is_empty() {
            let names: Vec<String> = others.into_iter().map(|it| it.name).collect();
            let known = match names.is_empty() {
                true => "no key is trusted".to_owned(),
                false => format!("trusted are {}", names.join(", ")),
            };
            bail!("no key with the name or id {which:?} is trusted; {known}");
        }
        for key in &meant {
            let removed = fs::remove_file(&key.path);
            removed.with_context(|| format!("removing {}", key.path.display()))?;
        }
        Ok(meant)
    }
}

/// Returns the named keys, or else those of the ring.
pub(crate) fn trust(named: &[String]) -> anyhow::Result<Trust> {
    if !named.is_empty() {
        let keys = named.iter().map(|text| public_key(text));
        return keys.collect::<Result<_, _>>().map(Trust::Keys);
    }
    let ring = Ring::own()?;
    let keys: Vec<PublicKey> = ring.keys()?.into_iter().map(|it| it.key).collect();
    ensure!(
        !keys.is_empty(),
        "there is no --key and the key ring {} is empty; add a key with `lmsk keys trust FILE.pub`, your own is {}",
        ring.path().display(),
        files::default_key()?.with_extension("pub").display()
    );
    Ok(Trust::Keys(keys))
}

/// Reads a key from its text, or the file that holds it.
pub(crate) fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    if is_text(text) {
        return PublicKey::from_text(text).context("the key");
    }
    let content = files::read_key(Path::new(text))?;
    PublicKey::from_text(&content).with_context(|| text.to_owned())
}

/// Whether it is a key itself rather than the name of a file.
pub(crate) fn is_text(text: &str) -> bool {
    text.trim_start().starts_with("luminarys-")
}

/// Describes why a package is not trusted, with a hint.
pub(crate) fn problem(error: &PackageError) -> String {
    match error {
        PackageError::UntrustedKey(id) => {
            format!(
                "signed by key {id}, which is not trusted; to trust it: lmsk keys trust FILE.pub"
            )
        }
        PackageError::Unsigned => "not signed; sign it with `lmsk sign`".to_owned(),
        other => other.to_string(),
    }
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_good = !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(known);
    ensure!(
        is_good && !name.starts_with('.'),
        "a key cannot be called {name:?}; give it a --name of 1 to {MAX_NAME} of A-Z a-z 0-9 . _ -, no dot in front"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use luminarys_package::SecretKey;

    use luminarys_testing::each_row;

    use super::*;

    fn key() -> PublicKey {
        SecretKey::generate().unwrap().public()
    }

    #[test]
    fn keys_are_added_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Ring(dir.path().join("trusted"));
        assert!(ring.keys().unwrap().is_empty());
        let (team, other) = (key(), key());
        assert!(!ring.trust(&team, "team").unwrap().was_there);
        let again = ring.trust(&team, "again").unwrap();
        assert_eq!((again.name.as_str(), again.was_there), ("team", true));
        let error = ring.trust(&other, "team").err().unwrap().to_string();
        assert!(error.contains("--name"), "{error}");
        ring.trust(&other, "other").unwrap();
        let error = ring.revoke("nobody").err().unwrap().to_string();
        assert!(error.contains("other, team"), "{error}");
        assert_eq!(ring.revoke(&other.id()).unwrap()[0].name, "other");
        assert_eq!(ring.revoke("team").unwrap()[0].key, team);
        assert!(ring.keys().unwrap().is_empty());
    }

    #[test]
    fn names_cannot_leave_the_ring() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Ring(dir.path().to_owned());
        let rows = ["", ".x", "../x", "a/b", "a b", &"n".repeat(65)];
        each_row(rows, |name| {
            assert!(ring.trust(&key(), name).is_err(), "{name:?}");
        });
    }

    #[test]
    fn an_invalid_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("bad.pub"), "nonsense").unwrap();
        fs::write(dir.path().join("note.txt"), "nonsense").unwrap();
        let error = format!("{:#}", Ring(dir.path().to_owned()).keys().err().unwrap());
        assert!(error.contains("bad.pub"), "{error}");
    }
}

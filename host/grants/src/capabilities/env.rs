//! `env`: a skill's environment variables.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use luminarys_text::{Redactor, Registered};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Key, Place, Required, ValueKind};
use crate::denial::{Denial, quoted};
use crate::explain::{Asked, ExplainError, Explained, Question, Target};
use crate::open_error::OpenError;
use crate::requirement::RequirementVerdict;
use crate::section::{Import, Listed, Section};
use crate::yaml::{self, TextOr, Value, YamlError};

pub(crate) static ABOUT: About = About {
    interfaces: &[],
    keys: &[Key {
        name: "env",
        form: "TEXT",
        help: "a variable; $VARIABLE takes it from the host's environment, @FILE from a file",
        example: "VALUE",
        value: ValueKind::Variable,
        place: Place::listed(&["env"], None),
        shown: "env",
        requirement: Some(Required {
            form: "the name of a variable",
            example: "env API_KEY",
        }),
    }],
    questions: &[Question {
        name: "env",
        help: "Environment variables",
        target: Target::Needed("a variable's name"),
        flags: &[],
    }],
};

/// `env` as written.
pub(crate) type RawEnv = BTreeMap<String, Spanned<TextOr<Secret>>>;

/// A variable as written.
pub(crate) struct Variable {
    pub name: String,
    pub line: u64,
    value: Result<Value<Secret>, String>,
}

/// Returns the variables of `raw`, which was parsed from `source`.
pub(crate) fn variables(raw: RawEnv, source: &str) -> Vec<Variable> {
    let read = raw.into_iter().map(|(name, value)| Variable {
        name,
        line: value.referenced.line(),
        value: TextOr::read(value, source),
    });
    read.collect()
}

/// Returns whether a line at the left margin can set the variable: `env.NAME: …`.
pub(crate) fn has_line(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
}

/// Returns the line that adds a variable, with an ellipsis for its value.
fn line(name: &str) -> String {
    match has_line(name) {
        true => format!("env.{name}: \"…\""),
        false => format!("env: {{ {}: \"…\" }}", quoted(name)),
    }
}

/// The variables of a manifest, with their values.
#[derive(Clone, Debug, Default)]
pub struct EnvSection {
    values: BTreeMap<String, String>,
    secret_names: BTreeSet<String>,
    secret_files: BTreeSet<PathBuf>,
    /// Keeps the secret values out of logs and errors until dropped.
    _secrets: Registered,
    file: String,
}

impl EnvSection {
    /// Reads the variables of the manifest `file`. `environment` answers `${NAME}`; `on_secret` gets each file that
    /// `from_file` names, before it is read.
    ///
    /// # Errors
    /// [`YamlError`] at the first invalid one.
    pub(crate) fn read(
        file: &str,
        variables: Vec<Variable>,
        environment: &dyn Fn(&str) -> Option<String>,
        on_secret: &mut dyn FnMut(&Path),
    ) -> Result<Self, YamlError> {
        let mut read = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        for Variable { name, line, value } in variables {
            let failed =
                |message: String| YamlError::new(file, line, format!("env.{name}: {message}"));
            if name.is_empty() || name.contains(['=', '\0']) {
                let message = "no variable can have this name: it has a character at least, and neither = nor NUL";
                return Err(failed(message.to_owned()));
            }
            let value = match value.map_err(failed)? {
                Value::Text(value) => yaml::interpolate(&value, environment).map_err(failed)?,
                Value::Other(secret) => {
                    read.secret_names.insert(name.clone());
                    let path = secret.file(directory);
                    path.as_deref().map(&mut *on_secret);
                    read.secret_files.extend(path);
                    secret.read(directory, environment).map_err(failed)?
                }
            };
            read.values.insert(name, value);
        }
        let secrets = read.secret_names.iter();
        let secrets = secrets.filter_map(|name| read.values.get(name));
        read._secrets = Redactor::process().register(secrets);
        Ok(read)
    }

    /// Returns the section itself as its grants.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &Self, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(section.clone())
    }

    /// Returns the names of the variables whose values are secret: those read by `from_env` or `from_file`.
    pub fn secret_names(&self) -> &BTreeSet<String> {
        &self.secret_names
    }

    /// Returns the files that `from_file` names.
    pub fn secret_files(&self) -> &BTreeSet<PathBuf> {
        &self.secret_files
    }
}

impl Deref for EnvSection {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

impl<'a> IntoIterator for &'a EnvSection {
    type Item = (&'a String, &'a String);
    type IntoIter = std::collections::btree_map::Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

// Two manifests grant the same when the values are equal, even from different sources.
impl PartialEq for EnvSection {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Section for EnvSection {
    fn listed(&self) -> Vec<Listed> {
        // The value may be a secret.
        let names = self.values.keys();
        let listed = names.map(|name| Listed::new("env", name, format!("env.{name}")));
        listed.collect()
    }

    fn import(&self, _: &str) -> Option<Import> {
        None
    }
}

impl Capability for EnvSection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, name: &str, _: Option<&str>) -> RequirementVerdict {
        match self.contains_key(name) {
            true => RequirementVerdict::met(format!("env.{name} is set")),
            false => {
                RequirementVerdict::unmet(format!("the manifest's env has no {name}"), line(name))
            }
        }
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let name = asked.target();
        match self.contains_key(name) {
            true => Ok(Explained::By(format!("{} env.{name}", self.file))),
            false => Err(Denial::new("env", name, "env does not name it", line(name)).into()),
        }
    }

    fn reaches_out(&self) -> bool {
        false
    }
}

/// The source of a secret. Exactly one of the two is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    from_env: Option<String>,
    from_file: Option<PathBuf>,
}

/// The maximum length of a secret, in bytes.
const MAX_SECRET: u64 = 64 << 10;

impl Secret {
    /// Returns the file that holds the secret; a relative path is resolved in `directory`.
    fn file(&self, directory: &Path) -> Option<PathBuf> {
        self.from_file.as_ref().map(|file| directory.join(file))
    }

    /// Reads the value, without a line ending at the end of a file. A relative path is resolved in `directory`.
    fn read(
        &self,
        directory: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, String> {
        let is_blank = |file: &Path| file.to_str().is_some_and(|text| text.trim().is_empty());
        match (&self.from_env, &self.from_file) {
            (Some(name), None) if name.trim().is_empty() => {
                Err("`from_env` is empty; name the variable: { from_env: NAME }".to_owned())
            }
            (None, Some(file)) if is_blank(file) => {
                Err("`from_file` is empty; name the file: { from_file: PATH }".to_owned())
            }
            (Some(name), None) => {
                environment(name).ok_or_else(|| format!("the variable {name} is not set"))
            }
            (None, Some(file)) => {
                let path = directory.join(file);
                let failed = |error: std::io::Error| format!("{}: {error}", path.display());
                // Reads one byte above the limit, so that a longer file is detected.
                let text = luminarys_files::read_text(&path, MAX_SECRET + 1).map_err(failed)?;
                if text.len() as u64 > MAX_SECRET {
                    return Err(format!(
                        "{}: a secret has at most {MAX_SECRET} bytes",
                        path.display()
                    ));
                }
                let value = text.strip_suffix('\n').unwrap_or(&text);
                let value = value.strip_suffix('\r').unwrap_or(value);
                // The file may be in the middle of a write: programs truncate it first.
                if value.trim().is_empty() {
                    let path = path.display();
                    return Err(format!("{path} is empty; write the secret into it"));
                }
                Ok(value.to_owned())
            }
            _ => Err("a secret has either `from_env` or `from_file`".to_owned()),
        }
    }
}

//! Resolves `${NAME}`: from the process's environment, then `.env.local`, then `.env`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// In the order of reading: a later one overrides an earlier one.
const FILES: [&str; 2] = [".env", ".env.local"];

/// Variables for the configuration. Those of files are kept here and are not passed to the processes of skills.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    of_files: HashMap<String, String>,
}

impl Environment {
    /// Reads `.env` and `.env.local` in `directory`, if they exist.
    ///
    /// # Errors
    /// [`ConfigError::Environment`] for a file that cannot be read or is malformed.
    pub fn beside(directory: &Path) -> Result<Self, ConfigError> {
        let mut of_files = HashMap::new();
        for file in Self::files(directory) {
            let failed = |error: dotenvy::Error| ConfigError::Environment {
                file: file.display().to_string(),
                reason: reason(&error),
            };
            if !file.exists() {
                continue;
            }
            let opened = luminarys_files::open(&file);
            let opened = opened.map_err(|error| failed(dotenvy::Error::Io(error)))?;
            for entry in dotenvy::from_read_iter(opened) {
                let (name, value) = entry.map_err(failed)?;
                of_files.insert(name, value);
            }
        }
        Ok(Self { of_files })
    }

    /// Returns the files that are looked for in `directory`.
    pub fn files(directory: &Path) -> [PathBuf; 2] {
        FILES.map(|name| directory.join(name))
    }

    /// Returns the value of a variable.
    pub fn get(&self, name: &str) -> Option<String> {
        std::env::var(name)
            .ok()
            .or_else(|| self.of_files.get(name).cloned())
    }
}

impl From<Environment> for HashMap<String, String> {
    /// Reads the variables of a file.
    fn from(environment: Environment) -> Self {
        environment.of_files
    }
}

/// Describes an error without the line itself, which may hold a secret.
fn reason(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, at) => {
            format!("a line is not NAME=value (at its character {at})")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_overrides_local_overrides_shared() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write(
            ".env",
            "PATH=no\nLUM_TEST_A=shared\nLUM_TEST_B='b c' # note\n",
        );
        write(".env.local", "export LUM_TEST_A=local\n");
        let environment = Environment::beside(dir.path()).unwrap();
        assert_eq!(environment.get("PATH"), std::env::var("PATH").ok());
        assert_eq!(environment.get("LUM_TEST_A").as_deref(), Some("local"));
        assert_eq!(environment.get("LUM_TEST_B").as_deref(), Some("b c"));
        assert_eq!(environment.get("LUM_TEST_C"), None);
        assert!(
            std::env::var_os("LUM_TEST_B").is_none(),
            "it is not exported"
        );
    }

    #[test]
    fn a_malformed_file_is_named_and_its_content_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Environment::beside(dir.path()).is_ok());
        std::fs::write(dir.path().join(".env"), "A=1\nTOKEN hunter2\n").unwrap();
        let error = Environment::beside(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains(".env") && !error.contains("hunter2"),
            "{error}"
        );
    }
}

//! The grants of a new manifest: those of --grant, and those that the package requires.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use luminarys_package::Requirement;
use serde_json::{Map, Value, json};

use crate::config::nearest;

/// The keys of --grant.
const KEYS: [&str; 13] = [
    "fs",
    "http",
    "ws",
    "tcp",
    "shell",
    "shell.dir",
    "env.NAME",
    "invoke",
    "store",
    "events.emit",
    "events.subscribe",
    "llm",
    "file_transfer",
];

/// Grants, by the sections of a manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Granted {
    /// Lists of `permissions`, by section and key.
    lists: Vec<(&'static str, &'static str, Vec<String>)>,
    websocket: bool,
    llm: bool,
    can_invoke: Vec<String>,
    /// Variables: their text, or its source.
    pub env: Map<String, Value>,
}

impl Granted {
    /// Adds the grant of one --grant option.
    ///
    /// # Errors
    /// Fails for an unknown key, and names the known ones.
    pub fn add(&mut self, text: &str) -> anyhow::Result<()> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        if key == "llm" {
            ensure!(
                value.is_none(),
                "--grant llm takes no value: models are granted as a whole"
            );
            self.llm = true;
            return Ok(());
        }
        let is_variable = key
            .strip_prefix("env.")
            .is_some_and(|name| !name.is_empty());
        if !is_variable && !KEYS.contains(&key) {
            let hint = nearest(key, &KEYS);
            bail!(
                "--grant {key:?} is not known{hint} (known: {})",
                KEYS.join(", ")
            );
        }
        let value = value.filter(|value| is_variable || !value.trim().is_empty());
        let value = value.with_context(|| {
            format!(
                "--grant {key} needs a value: --grant {key}={}",
                example(key)
            )
        })?;
        match key {
            "fs" => self.list("fs", "dirs", path(value)?),
            "http" => self.list("http", "allowlist", value.to_owned()),
            "ws" => {
                self.websocket = true;
                self.list("http", "allowlist", value.to_owned());
            }
            "tcp" => self.list("tcp", "allowlist", value.to_owned()),
            "shell" => self.list("shell", "allowlist", value.to_owned()),
            "shell.dir" => self.list("shell", "allowed_dirs", path(value)?),
            "invoke" => self.can_invoke.push(value.to_owned()),
            "store" => self.list("store", "shared", value.to_owned()),
            "events.emit" => self.list("events", "emit", value.to_owned()),
            "events.subscribe" => self.list("events", "subscribe", value.to_owned()),
            "file_transfer" => self.list("file_transfer", "allowed_nodes", value.to_owned()),
            variable => {
                let name = variable.trim_start_matches("env.").to_owned();
                self.env.insert(name, variable_value(value)?);
            }
        }
        Ok(())
    }

    /// Adds what `requirement` asks for; returns `None` if it needs a value that was not given.
    ///
    /// # Errors
    /// Fails for a kind that this host does not offer.
    pub fn require(&mut self, requirement: &Requirement) -> anyhow::Result<Option<()>> {
        let Requirement {
            kind,
            pattern,
            mode,
        } = requirement;
        let pattern = pattern.clone();
        match kind.as_str() {
            "fs" => {
                let (path, is_writable) = match pattern.rsplit_once(':') {
                    Some((path, "rw")) => (path, true),
                    Some((path, "ro")) => (path, false),
                    _ => (pattern.as_str(), false),
                };
                let is_writable = is_writable || mode.as_deref() == Some("rw");
                let path = path.strip_suffix("/**").unwrap_or(path);
                let path = if path.is_empty() { "/" } else { path };
                let mode = if is_writable { "rw" } else { "ro" };
                self.list("fs", "dirs", format!("{path}:{mode}"));
            }
            "http" => self.list("http", "allowlist", pattern),
            "ws" => {
                self.websocket = true;
                self.list("http", "allowlist", pattern);
            }
            "tcp" => self.list("tcp", "allowlist", pattern),
            "shell" => self.list("shell", "allowlist", pattern),
            "invoke" => self.can_invoke.push(pattern),
            "llm" => self.llm = true,
            "file_transfer" => self.list("file_transfer", "allowed_nodes", pattern),
            "env" => return Ok(None),
            other => {
                bail!("the package requires {other} {pattern:?}, which this host does not offer")
            }
        }
        Ok(Some(()))
    }

    /// Whether anything is granted of these sections.
    pub fn has(&self, sections: &[&str]) -> bool {
        sections.iter().any(|section| match *section {
            "llm" => self.llm,
            "invoke" => !self.can_invoke.is_empty(),
            section => self.lists.iter().any(|(known, ..)| *known == section),
        })
    }

    /// Returns the file mode of a manifest with these grants: a value in it may be a secret.
    pub fn mode(&self) -> u32 {
        match self.env.values().any(Value::is_string) {
            true => 0o600,
            false => 0o644,
        }
    }

    /// Returns the sections of a new manifest.
    pub fn sections(&self) -> Map<String, Value> {
        let mut permissions: Map<String, Value> = Map::new();
        for (section, key, entries) in &self.lists {
            let known = permissions.entry(*section).or_insert_with(|| json!({}));
            if is_switched(section) {
                known["enabled"] = json!(true);
            }
            known[*key] = json!(entries);
        }
        if self.websocket {
            permissions["http"]["allow_websocket"] = json!(true);
        }
        if self.llm {
            permissions.insert("llm".to_owned(), json!({ "enabled": true }));
        }
        let mut sections = Map::new();
        for (key, value) in [("permissions", permissions), ("env", self.env.clone())] {
            if !value.is_empty() {
                sections.insert(key.to_owned(), Value::Object(value));
            }
        }
        if !self.can_invoke.is_empty() {
            let policy = json!({ "can_invoke": self.can_invoke });
            sections.insert("invoke_policy".to_owned(), policy);
        }
        sections
    }

    /// Returns the same without variables, as lines that can be appended to any manifest.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let sections = self.sections();
        for (name, section) in &sections {
            let Value::Object(parts) = section else {
                continue;
            };
            for (part, value) in parts.iter().filter(|_| name != "env") {
                lines.push(luminarys_edit::render_line(
                    &format!("{name}.{part}"),
                    value,
                ));
            }
        }
        lines
    }

    /// Returns the grants, one per line, as `luminarys inspect` prints them.
    pub fn shown(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for (section, key, entries) in &self.lists {
            let what = match *key {
                "allowlist" | "dirs" | "shared" | "allowed_nodes" => (*section).to_owned(),
                "allowed_dirs" => "shell, running in".to_owned(),
                key => format!("{section} {key}"),
            };
            for entry in entries {
                let entry = entry
                    .strip_suffix(":ro")
                    .map(|it| format!("{it} ro"))
                    .unwrap_or_else(|| {
                        entry
                            .strip_suffix(":rw")
                            .map_or(entry.clone(), |it| format!("{it} rw"))
                    });
                shown.push(format!("{what} {entry}"));
            }
        }
        shown.extend(self.websocket.then(|| "http: WebSockets too".to_owned()));
        shown.extend(self.llm.then(|| "llm".to_owned()));
        shown.extend(self.can_invoke.iter().map(|id| format!("invoke {id}")));
        // The value may be a secret.
        shown.extend(self.env.keys().map(|name| format!("env {name}")));
        shown
    }

    fn list(&mut self, section: &'static str, key: &'static str, entry: String) {
        let mut known = self.lists.iter_mut();
        match known.find(|(other, list, _)| (*other, *list) == (section, key)) {
            Some((.., entries)) if entries.contains(&entry) => {}
            Some((.., entries)) => entries.push(entry),
            None => self.lists.push((section, key, vec![entry])),
        }
    }
}

/// Whether a section has to be enabled.
fn is_switched(section: &str) -> bool {
    !["store", "events"].contains(&section)
}

/// Formats a value of `key` for people.
pub(super) fn example(key: &str) -> &'static str {
    match key {
        "fs" | "shell.dir" => "/home/me/project:rw",
        "http" => "'https://api.example.com/**'",
        "ws" => "'wss://stream.example.com/**'",
        "tcp" => "db.example.com:5432",
        "shell" => "'git **'",
        "invoke" => "ID",
        "store" => "NAMESPACE:rw",
        "events.emit" | "events.subscribe" => "TOPIC",
        "file_transfer" => "NODE",
        _ => "VALUE",
    }
}

/// Parses the source of a variable: `$NAME` in the host's environment, `@FILE`, or the text itself.
fn variable_value(value: &str) -> anyhow::Result<Value> {
    if let Some(file) = value.strip_prefix('@') {
        ensure!(
            !file.is_empty(),
            "--grant env: @ must be followed by the name of a file"
        );
        return Ok(json!({ "from_file": whole(file)? }));
    }
    let is_name = |name: &str| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !name.is_empty()
            && name.chars().all(is_known)
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    Ok(match value.strip_prefix('$').filter(|name| is_name(name)) {
        Some(name) => json!({ "from_env": name }),
        None => json!(value),
    })
}

/// Returns the absolute path with its mode.
fn path(text: &str) -> anyhow::Result<String> {
    let (path, mode) = match text.rsplit_once(':') {
        Some((path, mode @ ("ro" | "rw"))) => (path, mode),
        _ => (text, "ro"),
    };
    Ok(format!("{}:{mode}", whole(path)?))
}

/// Resolves a path relative to this directory, or to the home directory for `~`.
fn whole(text: &str) -> anyhow::Result<String> {
    let beneath_home = match text {
        "~" => Some(""),
        text => text.strip_prefix("~/"),
    };
    let path = match (beneath_home, std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    let mut path = std::path::absolute(&path).with_context(|| format!("{text:?} is not a path"))?;
    if path.components().any(|part| part == Component::ParentDir) {
        // Only the file system knows where `..` leads after a symbolic link.
        path =
            std::fs::canonicalize(&path).with_context(|| format!("{text:?} cannot be granted"))?;
    }
    let shown = path
        .to_str()
        .map(|path| Path::new(path).components().collect::<PathBuf>());
    let shown =
        shown.with_context(|| format!("{}: a path in a manifest is UTF-8", path.display()))?;
    Ok(shown.display().to_string())
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;

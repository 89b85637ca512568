//! The grants of a new manifest: those of --grant, and those that the package requires.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use luminarys_grants::{Access, Key, ValueKind, keys, parse_mode, split_mode};
use luminarys_package::Requirement;
use serde_json::{Map, Value, json};

use crate::config::nearest;

/// Grants, in the order they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Granted {
    /// Keys and their values; empty for one without a value.
    entries: Vec<(&'static Key, String)>,
    /// Variables: their text, or its source.
    pub env: Map<String, Value>,
}

impl Granted {
    /// Adds the grant of one --grant option.
    ///
    /// # Errors
    /// Fails for an unknown key, and names the known ones.
    pub fn add(&mut self, text: &str) -> anyhow::Result<()> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (text, None),
        };
        let (key, variable) = find(word)?;
        if key.value == ValueKind::Nothing {
            ensure!(
                value.is_none(),
                "--grant {word} takes no value: it is granted as a whole"
            );
            self.entry(key, String::new());
            return Ok(());
        }
        let value = value.filter(|value| variable.is_some() || !value.trim().is_empty());
        let value = value.with_context(|| {
            format!(
                "--grant {word} needs a value: --grant {word}={}",
                key.example
            )
        })?;
        match variable {
            Some(name) => drop(self.env.insert(name.to_owned(), variable_value(value)?)),
            None if key.value == ValueKind::Path => self.entry(key, path(value)?),
            None => self.entry(key, value.to_owned()),
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
        let mut known = keys();
        let key = known.find(|key| key.name == kind && key.requirement.is_some());
        let key = key.with_context(|| {
            format!("the package requires {kind} {pattern:?}, which this host does not offer")
        })?;
        let entry = match key.value {
            ValueKind::Variable => return Ok(None),
            ValueKind::Nothing => String::new(),
            ValueKind::Text => pattern.clone(),
            ValueKind::Path => {
                let (path, written) = split_mode(pattern);
                let writable = written == Some(Access::Write) || mode.as_deref() == Some("rw");
                let path = path.strip_suffix("/**").unwrap_or(path);
                let path = if path.is_empty() { "/" } else { path };
                format!("{path}:{}", Access::of(writable).mode())
            }
        };
        self.entry(key, entry);
        Ok(Some(()))
    }

    /// Whether anything is granted in the section of this key.
    pub fn has(&self, key: &str) -> bool {
        let place = keys().find(|known| known.name == key).map(|key| key.place);
        let mut entries = self.entries.iter();
        place.is_some_and(|place| entries.any(|(key, _)| key.place.section == place.section))
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
        let mut sections = json!({});
        for (key, entry) in &self.entries {
            let mut section = &mut sections;
            for step in key.place.section {
                if section[*step].is_null() {
                    section[*step] = json!({});
                }
                section = &mut section[*step];
            }
            for switch in key.place.switches {
                section[*switch] = json!(true);
            }
            if let Some(list) = key.place.list {
                match &mut section[list] {
                    Value::Array(entries) if entries.contains(&json!(entry)) => {}
                    Value::Array(entries) => entries.push(json!(entry)),
                    absent => *absent = json!([entry]),
                }
            }
        }
        if !self.env.is_empty() {
            sections["env"] = Value::Object(self.env.clone());
        }
        match sections {
            Value::Object(sections) => sections,
            _ => Map::new(),
        }
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
        let mut also: Vec<&str> = Vec::new();
        for (key, entry) in &self.entries {
            let (entry, mode) = split_mode(entry);
            let mode = mode.map_or(String::new(), |mode| format!(" {}", mode.mode()));
            let line = format!("{} {entry}{mode}", key.shown);
            let line = line.trim_end().to_owned();
            if !shown.contains(&line) {
                shown.push(line);
            }
            also.extend(key.place.also.filter(|it| !also.contains(it)));
        }
        shown.extend(also.into_iter().map(str::to_owned));
        // The value may be a secret.
        shown.extend(self.env.keys().map(|name| format!("env {name}")));
        shown
    }

    fn entry(&mut self, key: &'static Key, entry: String) {
        let mut known = self.entries.iter();
        if !known.any(|(other, value)| other.name == key.name && *value == entry) {
            self.entries.push((key, entry));
        }
    }
}

/// Returns the key that a word stands for, and the name of the variable where it names one.
fn find(word: &str) -> anyhow::Result<(&'static Key, Option<&str>)> {
    for key in keys() {
        if key.value != ValueKind::Variable && key.name == word {
            return Ok((key, None));
        }
        let rest = word.strip_prefix(key.name);
        let name = rest.and_then(|rest| rest.strip_prefix('.'));
        if let Some(name) = name.filter(|name| !name.is_empty())
            && key.value == ValueKind::Variable
        {
            return Ok((key, Some(name)));
        }
    }
    let known: Vec<String> = keys().map(Key::written).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = nearest(word, &known);
    bail!(
        "--grant {word:?} is not known{hint} (known: {})",
        known.join(", ")
    )
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
    let (path, mode) = parse_mode(text).context("--grant")?;
    let mode = mode.unwrap_or(Access::Read).mode();
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

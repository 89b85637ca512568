//! From what is written to what is meant.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use luminarys_grants::yaml::{self, YamlError};
use luminarys_grants::{AuthorityPlace, command};
use luminarys_mcp::{CERT_KEY, KEY_KEY};
use luminarys_orchestrator::{HostLimits, PackageRecords, Recording, Settings, user};

use super::environment::Environment;
use super::raw::{Raw, RawRuntime, Text};
use super::reader::Reader;
use super::{Config, ConfigError, audit, authority, http, log, network, paths, secrets, trust};

/// What the client of registries waits for one package at most.
const MAX_PULL_SECONDS: u64 = 900;

/// Reads `text`, the content of `file`.
///
/// # Errors
/// [`ConfigError::Yaml`] with file, line and column.
pub(super) fn read(
    file: Option<&Path>,
    text: &str,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    let name = file.map_or_else(
        || "the default configuration".to_owned(),
        |file| file.display().to_string(),
    );
    let raw: Raw = yaml::parse(&name, text)?;
    let reader = Reader {
        name: &name,
        base: file.and_then(Path::parent).unwrap_or(Path::new("")),
        environment,
    };
    let mut notes = Vec::new();
    let http = http::read(&reader, &raw.http, &mut notes)?;
    let log = log::read(&reader, &raw.log)?;
    let data_dir = reader.path("data_dir", raw.data_dir.as_ref())?;
    let (trust, keys) = trust::read(&reader, raw.trust.as_ref())?;
    let runtime = &raw.runtime;
    let mut settings = Settings {
        trust,
        plain_http_registries: network::plain_http(&reader, &raw.registry)?,
        cache_dir: reader
            .path("runtime.cache_dir", runtime.cache_dir.as_ref())?
            .or_else(user::cache_dir),
        cache_key: reader
            .path("runtime.cache_key", runtime.cache_key.as_ref())?
            .or_else(|| user::cache_key(data_dir.as_deref())),
        data_dir: data_dir.or_else(user::data_dir),
        memory_limit_mb: reader.whole(
            "runtime.memory_limit_mb",
            runtime.memory_limit_mb.as_ref(),
            1..=u64::MAX >> 20,
        )?,
        limits: limits(&reader, runtime)?,
        network: network::network(&reader, &raw.network)?,
        model: network::model(&reader, &raw.llm)?,
        environment: environment.clone().into(),
        config_dir: file.and_then(Path::parent).map(Path::to_owned),
        ..Settings::default()
    };
    let (key, text) = (
        "registry.pull_timeout_seconds",
        raw.registry.pull_timeout_seconds.as_ref(),
    );
    if let Some(seconds) = reader.whole(key, text, 1..=MAX_PULL_SECONDS)? {
        settings.pull_timeout = Duration::from_secs(seconds);
    }
    if let Some(wanted) = reader.switch("log.skill_log", raw.log.skill_log.as_ref())? {
        settings.skill_log = wanted;
    }
    if let Some(text) = &raw.mcp.tool_separator {
        settings.tool_separator = separator(&reader, text)?;
    }
    settings.package_records = records(file, settings.data_dir.as_deref());
    settings.audit = audit::options(&reader, &raw.audit, settings.data_dir.as_deref())?;
    settings.secrets = secrets::register(&http, &settings);
    settings.authority = authority::of_host();
    settings.authority.extend(authority::of_settings(&settings));
    settings
        .authority
        .extend(http.tls.iter().flat_map(authority::of_tls));
    for key in keys {
        settings.authority.extend(authority::of_key(&key));
    }
    skills(
        &reader,
        &raw.skills,
        file.is_some(),
        &mut settings,
        &mut notes,
    )?;
    Ok(Config {
        file: file.map(Path::to_owned),
        places: places(&reader, &raw),
        settings,
        http,
        log,
        notes,
    })
}

/// Where the keys stand whose values are tried later.
fn places(reader: &Reader<'_>, raw: &Raw) -> BTreeMap<&'static str, String> {
    let tls = raw.http.tls.as_ref();
    let (cert, key) = (tls.map(|tls| &tls.cert), tls.map(|tls| &tls.key));
    let written = [
        (CERT_KEY, cert.unwrap_or(&None)),
        (KEY_KEY, key.unwrap_or(&None)),
        ("http.addr", &raw.http.addr),
        ("http.max_connections", &raw.http.max_connections),
        ("data_dir", &raw.data_dir),
        ("audit.path", &raw.audit.path),
        ("runtime.cache_dir", &raw.runtime.cache_dir),
        ("runtime.cache_key", &raw.runtime.cache_key),
    ];
    let written = written.into_iter();
    written
        .filter_map(|(key, text)| Some((key, reader.place(text.as_ref()?.referenced))))
        .collect()
}

/// The manifests that the entries of `skills` name.
fn skills(
    reader: &Reader<'_>,
    entries: &[Text],
    is_file: bool,
    settings: &mut Settings,
    notes: &mut Vec<String>,
) -> Result<(), YamlError> {
    for entry in entries {
        let text = reader.fill(entry)?;
        if text.trim().is_empty() {
            let message = "skills: the name of a manifest is empty";
            return Err(reader.at(entry.referenced, message));
        }
        let found = paths::manifests(reader.base, &text)
            .map_err(|message| reader.at(entry.referenced, format!("skills: {message}")))?;
        if is_file && found.files.is_empty() {
            let note = reader.at(entry.referenced, format!("skills: no file matches {text}"));
            notes.push(note.to_string());
        }
        settings.manifests.extend(found.files);
        if let Some((directory, pattern)) = found.searched {
            settings.authority.push(AuthorityPlace::matching(
                &directory,
                pattern,
                "a manifest's name",
            ));
            settings.watch.push(directory);
        }
    }
    // A file that two patterns find is one skill.
    let mut seen = HashSet::new();
    settings
        .manifests
        .retain(|manifest| seen.insert(manifest.clone()));
    Ok(())
}

/// What all skills together may take, where it is not as the machine's memory says.
fn limits(reader: &Reader<'_>, raw: &RawRuntime) -> Result<HostLimits, YamlError> {
    let mut limits = HostLimits::default();
    for (key, text, limit) in [
        ("runtime.max_held_mb", &raw.max_held_mb, &mut limits.held),
        (
            "runtime.max_guest_memory_mb",
            &raw.max_guest_memory_mb,
            &mut limits.guest_memory,
        ),
    ] {
        if let Some(bytes) = reader.mebibytes(key, text.as_ref(), 1)? {
            *limit = bytes;
        }
    }
    Ok(limits)
}

/// Where packages are recorded that were loaded.
fn records(file: Option<&Path>, data_dir: Option<&Path>) -> Option<PackageRecords> {
    let mut words = vec!["luminarys".to_owned(), "check".to_owned()];
    if let Some(file) = file {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        words.extend(["--config".to_owned(), file.display().to_string()]);
    }
    words.push("--accept".to_owned());
    Some(PackageRecords {
        directory: std::path::absolute(user::package_records(data_dir)?).ok()?,
        recording: Recording::Loaded,
        accept_command: command::join(&words),
    })
}

fn separator(reader: &Reader<'_>, text: &Text) -> Result<String, YamlError> {
    let separator = reader.fill(text)?;
    let usable = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if separator.is_empty() || separator.len() > 8 || !separator.chars().all(usable) {
        return Err(reader.at(
            text.referenced,
            format!("mcp.tool_separator: {separator:?} must be 1 to 8 of A-Z a-z 0-9 _ - . /"),
        ));
    }
    Ok(separator)
}

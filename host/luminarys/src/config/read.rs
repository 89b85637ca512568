//! Interprets the whole configuration.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use luminarys_grants::yaml::{self, YamlError};
use luminarys_grants::{AuthorityPlace, command};
use luminarys_mcp::{CERT_KEY, KEY_KEY, ToolOptions};
use luminarys_orchestrator::{HostLimits, PackageRecords, Recording, Settings, user};

use super::environment::Environment;
use super::raw::{Raw, RawRuntime, Text};
use super::reader::Reader;
use super::{
    Config, ConfigError, audit, authority, cluster, http, log, network, paths, secrets, trust,
};

/// The maximum time for pulling one package.
const MAX_PULL_SECONDS: u64 = 900;

/// The range of `mcp.max_result_chars`.
const MIN_RESULT_CHARS: u64 = 1_000;
const MAX_RESULT_CHARS: u64 = 100_000_000;

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
    let network = network::network(&reader, &raw.network)?;
    let http = http::read(&reader, &raw.http, &network, &mut notes)?;
    let log = log::read(&reader, &raw.log)?;
    let cluster = cluster::read(&reader, raw.cluster.as_ref(), &mut notes)?;
    let mut tools = ToolOptions::default();
    let (key, text) = ("mcp.max_result_chars", raw.mcp.max_result_chars.as_ref());
    if let Some(chars) = reader.whole(key, text, MIN_RESULT_CHARS..=MAX_RESULT_CHARS)? {
        tools.max_result_chars = chars;
    }
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
        network,
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
    settings.package_records = records(file, settings.data_dir.as_deref());
    settings.audit = audit::options(&reader, &raw.audit, settings.data_dir.as_deref())?;
    settings.secrets = secrets::register(&http, cluster.as_ref(), &settings);
    settings.watch.extend(http.auth.files.iter().cloned());
    settings.authority = authority::of_host();
    settings
        .authority
        .extend(authority::of_tokens(&http.auth.files));
    settings.authority.extend(authority::of_settings(&settings));
    settings
        .authority
        .extend(http.tls.iter().flat_map(authority::of_tls));
    let keys_of_node = cluster.iter().flat_map(cluster::secret_files);
    settings
        .authority
        .extend(keys_of_node.map(authority::of_node));
    for key in keys {
        settings.authority.extend(authority::of_key(&key));
    }
    let searched = skills(
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
        tools,
        log,
        cluster,
        notes,
        searched,
    })
}

/// Returns the places of the keys whose values are checked later.
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
    let oauth = raw.http.auth.oauth.as_ref();
    let issuer = oauth.and_then(|oauth| oauth.value.issuer.as_ref());
    let issuer = issuer.map(|text| ("http.auth.oauth.issuer", text));
    let written = written.into_iter();
    let written = written.filter_map(|(key, text)| Some((key, text.as_ref()?)));
    let cluster = raw.cluster.as_ref();
    let cluster = cluster.map(|section| ("cluster", reader.place(section.referenced)));
    written
        .chain(issuer)
        .map(|(key, text)| (key, reader.place(text.referenced)))
        .chain(cluster)
        .collect()
}

/// Adds the manifests that the entries of `skills` name, and returns the patterns among them.
fn skills(
    reader: &Reader<'_>,
    entries: &[Text],
    is_file: bool,
    settings: &mut Settings,
    notes: &mut Vec<String>,
) -> Result<Vec<(PathBuf, String)>, YamlError> {
    let mut searched = Vec::new();
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
                pattern.clone(),
                "a manifest's name",
            ));
            settings.watch.push(directory.clone());
            searched.push((directory, pattern));
        }
    }
    // A file that two patterns match is one skill.
    let mut seen = HashSet::new();
    settings
        .manifests
        .retain(|manifest| seen.insert(manifest.clone()));
    Ok(searched)
}

/// Returns the limits of all skills together, by default derived from the machine's memory.
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

/// Returns where loaded packages are recorded.
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

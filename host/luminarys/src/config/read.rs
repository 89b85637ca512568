//! From what is written to what is meant.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use luminarys_grants::yaml::{self, YamlError};
use luminarys_grants::{AuthorityPlace, command};
use luminarys_orchestrator::{
    EndpointOptions, HostLimits, NetworkOptions, PackageRecords, ProxyUrl, Recording, Settings,
    user,
};
use luminarys_package::{PublicKey, Trust};
use serde_saphyr::Location;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use super::environment::Environment;
use super::interpolate::interpolate;
use super::raw::{Raw, RawLlm, RawNetwork, RawRuntime, RawTrust, Text};
use super::{Config, ConfigError, Log, audit, authority, http, paths, secrets};

/// What the client of registries waits for one package at most.
const MAX_PULL_SECONDS: u64 = 900;

/// The largest file of a key, in bytes.
const MAX_KEY: u64 = 64 << 10;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

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
    let http = http::read(&reader, &raw.http)?;
    let log = Log {
        level: reader.level(raw.log.level.as_ref())?,
        json: reader.is_json(raw.log.format.as_ref())?,
    };
    let data_dir = reader.path(raw.data_dir.as_ref())?;
    let mut settings = Settings {
        trust: match &raw.trust {
            Some(trust) => reader.trust(&trust.value, trust.referenced)?,
            None => Trust::Keys(Vec::new()),
        },
        plain_http_registries: reader.not_empty("registry.plain_http", &raw.registry.plain_http)?,
        cache_dir: reader
            .path(raw.runtime.cache_dir.as_ref())?
            .or_else(user::cache_dir),
        cache_key: reader
            .path(raw.runtime.cache_key.as_ref())?
            .or_else(|| user::cache_key(data_dir.as_deref())),
        data_dir: data_dir.or_else(user::data_dir),
        memory_limit_mb: reader.positive(
            "runtime.memory_limit_mb",
            raw.runtime.memory_limit_mb.as_ref(),
        )?,
        environment: environment.clone().into(),
        config_dir: file.and_then(Path::parent).map(Path::to_owned),
        ..Settings::default()
    };
    settings.limits = reader.limits(&raw.runtime)?;
    if let Some(limit) = reader.pull_timeout(raw.registry.pull_timeout_seconds.as_ref())? {
        settings.pull_timeout = limit;
    }
    if let Some(wanted) =
        reader.value("log.skill_log", "true or false", raw.log.skill_log.as_ref())?
    {
        settings.skill_log = wanted;
    }
    if let Some(text) = &raw.mcp.tool_separator {
        settings.tool_separator = reader.separator(text)?;
    }
    settings.package_records = reader.records(file, settings.data_dir.as_deref());
    settings.network = reader.network(&raw.network)?;
    settings.model = reader.model(&raw.llm)?;
    settings.audit = audit::options(&reader, &raw.audit, settings.data_dir.as_deref())?;
    settings.secrets = secrets::register(&http, &settings);
    settings.authority = authority::of_host();
    settings.authority.extend(authority::of_settings(&settings));
    for key in reader.key_files(raw.trust.as_ref().map(|trust| &trust.value))? {
        settings.authority.extend(authority::of_key(&key));
    }
    let mut notes = Vec::new();
    for entry in &raw.skills {
        let text = reader.fill(entry)?;
        let found = paths::manifests(reader.base, &text)
            .map_err(|message| reader.at(entry.referenced, format!("skills: {message}")))?;
        if file.is_some() && found.files.is_empty() {
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
    let mut seen = std::collections::HashSet::new();
    settings
        .manifests
        .retain(|manifest| seen.insert(manifest.clone()));
    Ok(Config {
        file: file.map(Path::to_owned),
        settings,
        http,
        log,
        notes,
    })
}

/// Understands values of one file.
pub(super) struct Reader<'a> {
    name: &'a str,
    base: &'a Path,
    environment: &'a Environment,
}

impl Reader<'_> {
    pub(super) fn at(&self, place: Location, message: impl Into<String>) -> YamlError {
        let (line, column) = (place.line(), place.column());
        let name = if line == 0 {
            self.name.to_owned()
        } else {
            format!("{}:{line}:{column}", self.name)
        };
        YamlError {
            place: name,
            message: message.into(),
        }
    }

    pub(super) fn fill(&self, text: &Text) -> Result<String, YamlError> {
        self.fill_at(&text.value, text.referenced)
    }

    fn fill_at(&self, text: &str, place: Location) -> Result<String, YamlError> {
        let get = |name: &str| self.environment.get(name);
        interpolate(text, &get).map_err(|message| self.at(place, message))
    }

    pub(super) fn text(&self, text: Option<&Text>) -> Result<Option<String>, YamlError> {
        text.map(|text| self.fill(text)).transpose()
    }

    /// A path, from the configuration's own directory.
    pub(super) fn path(&self, text: Option<&Text>) -> Result<Option<PathBuf>, YamlError> {
        Ok(self.text(text)?.map(|path| self.base.join(path)))
    }

    /// Texts of a list, none of which may be empty. They are not shown in errors: some are secrets.
    pub(super) fn not_empty(&self, key: &str, texts: &[Text]) -> Result<Vec<String>, YamlError> {
        let one = |(index, text): (usize, &Text)| match self.fill(text)? {
            value if value.trim().is_empty() => {
                Err(self.at(text.referenced, format!("{key}[{index}] is empty")))
            }
            value => Ok(value),
        };
        texts.iter().enumerate().map(one).collect()
    }

    pub(super) fn value<T: FromStr>(
        &self,
        key: &str,
        what: &str,
        text: Option<&Text>,
    ) -> Result<Option<T>, YamlError> {
        let Some(text) = text else { return Ok(None) };
        let value = self.fill(text)?;
        let parsed = value.parse().map(Some);
        parsed.map_err(|_| self.at(text.referenced, format!("{key}: {value:?} is not {what}")))
    }

    pub(super) fn positive<T: FromStr + Default + PartialEq + Display>(
        &self,
        key: &str,
        text: Option<&Text>,
    ) -> Result<Option<T>, YamlError> {
        let value: Option<T> = self.value(key, "a whole number", text)?;
        match (text, &value) {
            (Some(text), Some(value)) if *value == T::default() => {
                Err(self.at(text.referenced, format!("{key}: must be more than {value}")))
            }
            _ => Ok(value),
        }
    }

    /// What all skills together may take, where it is not as the machine's memory says.
    fn limits(&self, raw: &RawRuntime) -> Result<HostLimits, YamlError> {
        let mut limits = HostLimits::default();
        let bytes = |key, text: &Option<Text>, otherwise| {
            let mebibytes: Option<u64> = self.positive(key, text.as_ref())?;
            Ok(mebibytes.map_or(otherwise, |value| value.saturating_mul(1 << 20)))
        };
        limits.held = bytes("runtime.max_held_mb", &raw.max_held_mb, limits.held)?;
        limits.guest_memory = bytes(
            "runtime.max_guest_memory_mb",
            &raw.max_guest_memory_mb,
            limits.guest_memory,
        )?;
        Ok(limits)
    }

    fn pull_timeout(&self, text: Option<&Text>) -> Result<Option<Duration>, YamlError> {
        let key = "registry.pull_timeout_seconds";
        let seconds = self.positive(key, text)?;
        match (text, seconds) {
            (Some(text), Some(seconds)) if seconds > MAX_PULL_SECONDS => Err(self.at(
                text.referenced,
                format!("{key}: {seconds} is more than {MAX_PULL_SECONDS}"),
            )),
            _ => Ok(seconds.map(Duration::from_secs)),
        }
    }

    fn level(&self, text: Option<&Text>) -> Result<String, YamlError> {
        let Some(text) = text else {
            return Ok("info".to_owned());
        };
        let level = self.fill(text)?;
        // A single word that is no level would be taken for the name of a part of the program.
        let is_word = !level.contains(['=', ',', '[']);
        let good = if is_word {
            LevelFilter::from_str(&level).is_ok()
        } else {
            EnvFilter::builder().parse(&level).is_ok()
        };
        if good {
            return Ok(level);
        }
        let known = LEVELS.join(", ");
        let hint = nearest(&level, &LEVELS);
        Err(self.at(
            text.referenced,
            format!("log.level: {level:?} is not a level{hint} (known: {known}; or directives as in $RUST_LOG)"),
        ))
    }

    fn is_json(&self, text: Option<&Text>) -> Result<bool, YamlError> {
        let Some(text) = text else { return Ok(false) };
        match self.fill(text)?.as_str() {
            "text" => Ok(false),
            "json" => Ok(true),
            other => Err(self.at(
                text.referenced,
                format!("log.format: {other:?} is neither `text` nor `json`"),
            )),
        }
    }

    /// Where packages are recorded that were loaded.
    fn records(&self, file: Option<&Path>, data_dir: Option<&Path>) -> Option<PackageRecords> {
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

    fn network(&self, raw: &RawNetwork) -> Result<NetworkOptions, YamlError> {
        let mut options = NetworkOptions::default();
        for text in &raw.nameservers {
            let server = self.fill(text)?;
            let parsed = server.parse().or_else(|_| {
                let address = server.parse::<IpAddr>();
                address.map(|address| SocketAddr::new(address, 53))
            });
            let failed = |_| {
                let message = format!(
                    "network.nameservers: {server:?} is no address, such as 10.0.0.2 or 10.0.0.2:53"
                );
                self.at(text.referenced, message)
            };
            options.nameservers.push(parsed.map_err(failed)?);
        }
        if let Some(text) = &raw.proxy {
            let proxy = self.fill(text)?;
            let parsed = proxy.parse().ok();
            let known = |url: &ProxyUrl| matches!(url.scheme(), "http" | "https" | "socks5h");
            options.proxy = Some(parsed.filter(known).ok_or_else(|| {
                // Without the value, which may hold a password.
                let message = "network.proxy: this is no URL with http, https or socks5h, such as http://proxy:3128";
                self.at(text.referenced, message)
            })?);
        }
        Ok(options)
    }

    fn model(&self, raw: &RawLlm) -> Result<Option<EndpointOptions>, YamlError> {
        let (Some(url), Some(model)) = (&raw.url, &raw.model) else {
            let lonely = [&raw.url, &raw.model, &raw.api_key]
                .into_iter()
                .flatten()
                .next();
            return match lonely {
                None => Ok(None),
                Some(text) => {
                    let message = "llm: both `url` and `model` are needed".to_owned();
                    Err(self.at(text.referenced, message))
                }
            };
        };
        let address = self.fill(url)?;
        let parsed: Option<ProxyUrl> = address.parse().ok();
        let known = |url: &ProxyUrl| matches!(url.scheme(), "http" | "https");
        let parsed = parsed.filter(known).ok_or_else(|| {
            self.at(
                url.referenced,
                "llm.url: this is no URL with http or https, such as https://api.openai.com/v1",
            )
        })?;
        let key = raw.api_key.as_ref().map(|key| self.fill(key)).transpose()?;
        Ok(Some(EndpointOptions {
            url: parsed,
            model: self.fill(model)?,
            api_key: key.filter(|key| !key.is_empty()),
        }))
    }

    fn separator(&self, text: &Text) -> Result<String, YamlError> {
        let separator = self.fill(text)?;
        let usable = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        if separator.is_empty() || separator.len() > 8 || !separator.chars().all(usable) {
            return Err(self.at(
                text.referenced,
                format!("mcp.tool_separator: {separator:?} must be 1 to 8 of A-Z a-z 0-9 _ - . /"),
            ));
        }
        Ok(separator)
    }

    fn trust(&self, raw: &RawTrust, place: Location) -> Result<Trust, YamlError> {
        let keys = match raw {
            RawTrust::Word(word) => {
                let word = self.fill_at(word, place)?;
                if word == "any" {
                    return Ok(Trust::Any);
                }
                return Err(self.at(
                    place,
                    format!(
                        "trust: {word:?} is neither `any` nor a list of public keys, such as [team.pub]"
                    ),
                ));
            }
            RawTrust::Keys(keys) => keys,
        };
        let keys = keys.iter().map(|key| self.key(key));
        keys.collect::<Result<_, _>>().map(Trust::Keys)
    }

    /// The files among the trusted keys.
    fn key_files(&self, raw: Option<&RawTrust>) -> Result<Vec<PathBuf>, YamlError> {
        let Some(RawTrust::Keys(keys)) = raw else {
            return Ok(Vec::new());
        };
        let texts = keys.iter().map(|key| self.fill(key));
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let files = texts.iter().filter(|text| !is_key(text));
        Ok(files.map(|text| self.base.join(text)).collect())
    }

    /// A key, or a file that holds one.
    fn key(&self, key: &Text) -> Result<PublicKey, YamlError> {
        let text = self.fill(key)?;
        let failed = |message: String| self.at(key.referenced, format!("trust: {message}"));
        if is_key(&text) {
            return PublicKey::from_text(&text).map_err(|error| failed(error.to_string()));
        }
        let path = self.base.join(&text);
        let unreadable = |error: std::io::Error| {
            failed(format!(
                "the key file {} cannot be read: {error}",
                path.display()
            ))
        };
        let content = luminarys_files::read_text(&path, MAX_KEY).map_err(unreadable)?;
        let unusable = |error: luminarys_package::KeyError| format!("{}: {error}", path.display());
        PublicKey::from_text(&content).map_err(|error| failed(unusable(error)))
    }
}

/// Whether `text` is a key itself rather than the name of a file.
fn is_key(text: &str) -> bool {
    text.starts_with("luminarys-")
}

/// `; did you mean …?`, when there is something to mean.
pub(crate) fn nearest(word: &str, known: &[&str]) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let best = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best {
        Some(best) if likeness(best) > 0.7 => format!("; did you mean `{best}`?"),
        _ => String::new(),
    }
}

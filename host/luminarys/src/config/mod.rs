//! The configuration file.

mod interpolate;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use luminarys_grants::yaml::{self, YamlError};
use luminarys_orchestrator::Settings;
use luminarys_package::{PublicKey, Trust};
use serde::Deserialize;
use serde_saphyr::Spanned;

use interpolate::interpolate;

/// Everything the host is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where it was read from; none for the default.
    pub file: Option<PathBuf>,
    pub settings: Settings,
    pub http: Http,
    pub log: Log,
}

/// Serving over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub addr: String,
    pub tokens: Vec<String>,
    pub allowed_hosts: Vec<String>,
    pub allowed_origins: Vec<String>,
    pub max_request_bytes: usize,
}

/// What is logged.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub level: String,
    pub json: bool,
}

type Text = Spanned<String>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    http: RawHttp,
    mcp: RawMcp,
    skills: Vec<Text>,
    runtime: RawRuntime,
    log: RawLog,
    trust: Option<Spanned<RawTrust>>,
    data_dir: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHttp {
    addr: Option<Text>,
    auth: RawAuth,
    allowed_hosts: Vec<Text>,
    allowed_origins: Vec<Text>,
    max_request_bytes: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawAuth {
    tokens: Vec<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMcp {
    tool_separator: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRuntime {
    cache_dir: Option<Text>,
    memory_limit_mb: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    level: Option<Text>,
    format: Format,
    skill_log: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Text,
    Json,
}

/// `any`, or public keys. The place is remembered around it: inside, it would be lost.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawTrust {
    Word(String),
    Keys(Vec<String>),
}

impl Config {
    /// The file named, or the first of the usual ones, or the default.
    ///
    /// # Errors
    /// With file, line and column.
    pub fn find(named: Option<&Path>) -> anyhow::Result<Self> {
        let named = named
            .map(Path::to_owned)
            .or_else(|| std::env::var_os("LUMINARYS_CONFIG").map(PathBuf::from));
        if let Some(file) = named {
            return Self::read(&file);
        }
        let home = std::env::home_dir().map(|home| home.join(".config/luminarys/config.yaml"));
        let usual = [
            Some("luminarys.yaml".into()),
            Some("host.yaml".into()),
            home,
        ];
        match usual
            .into_iter()
            .flatten()
            .find(|file: &PathBuf| file.is_file())
        {
            Some(file) => Self::read(&file),
            None => Self::parse(None, "skills: ['skills/*.yaml']", &HashMap::new()),
        }
    }

    fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let mut extra = HashMap::new();
        // Of the two, .env.local wins; the real environment wins over both.
        for name in [".env", ".env.local"] {
            let path = file.with_file_name(name);
            if path.is_file() {
                let entries = dotenvy::from_path_iter(&path)
                    .with_context(|| format!("reading {}", path.display()))?;
                for entry in entries {
                    let (key, value) =
                        entry.with_context(|| format!("reading {}", path.display()))?;
                    extra.insert(key, value);
                }
            }
        }
        Self::parse(Some(file), &text, &extra)
    }

    fn parse(
        file: Option<&Path>,
        text: &str,
        extra: &HashMap<String, String>,
    ) -> anyhow::Result<Self> {
        let name = file.map_or_else(
            || "the default configuration".to_owned(),
            |file| file.display().to_string(),
        );
        let raw: Raw = yaml::parse(&name, text)?;
        let base = file
            .and_then(Path::parent)
            .unwrap_or(Path::new(""))
            .to_owned();
        let get = |key: &str| std::env::var(key).ok().or_else(|| extra.get(key).cloned());
        let fill = |text: &Text| {
            interpolate(&text.value, &get)
                .map_err(|message| YamlError::new(&name, text.referenced.line(), message))
        };
        let fill_all = |texts: &[Text]| texts.iter().map(fill).collect::<Result<Vec<String>, _>>();
        let path = |text: &Text| fill(text).map(|text| base.join(text));
        let mut settings = Settings {
            memory_limit_mb: raw.runtime.memory_limit_mb,
            skill_log: raw.log.skill_log,
            watch: file.map(Path::to_owned).into_iter().collect(),
            cache_dir: raw
                .runtime
                .cache_dir
                .as_ref()
                .map(path)
                .transpose()?
                .or_else(|| xdg("XDG_CACHE_HOME", ".cache")),
            data_dir: raw
                .data_dir
                .as_ref()
                .map(path)
                .transpose()?
                .or_else(|| xdg("XDG_DATA_HOME", ".local/share")),
            trust: trust(raw.trust.as_ref(), &base, &get, &name)?,
            ..Settings::default()
        };
        if let Some(separator) = &raw.mcp.tool_separator {
            settings.tool_separator = fill(separator)?;
        }
        for entry in &raw.skills {
            settings.manifests.extend(manifests(&base, &fill(entry)?)?);
        }
        Ok(Self {
            file: file.map(Path::to_owned),
            settings,
            http: Http {
                addr: raw
                    .http
                    .addr
                    .as_ref()
                    .map(fill)
                    .transpose()?
                    .unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
                tokens: fill_all(&raw.http.auth.tokens)?,
                allowed_hosts: fill_all(&raw.http.allowed_hosts)?,
                allowed_origins: fill_all(&raw.http.allowed_origins)?,
                max_request_bytes: raw.http.max_request_bytes.unwrap_or(16 << 20),
            },
            log: Log {
                level: raw
                    .log
                    .level
                    .as_ref()
                    .map(fill)
                    .transpose()?
                    .unwrap_or_else(|| "info".to_owned()),
                json: matches!(raw.log.format, Format::Json),
            },
        })
    }
}

fn trust(
    raw: Option<&Spanned<RawTrust>>,
    base: &Path,
    get: &dyn Fn(&str) -> Option<String>,
    name: &str,
) -> anyhow::Result<Trust> {
    let Some(raw) = raw else {
        return Ok(Trust::Keys(Vec::new()));
    };
    let failed =
        |message: String| YamlError::new(name, raw.referenced.line(), format!("trust: {message}"));
    let keys = match &raw.value {
        RawTrust::Word(word) if word == "any" => return Ok(Trust::Any),
        RawTrust::Word(word) => {
            return Err(failed(format!("{word:?} is neither `any` nor a list of keys")).into());
        }
        RawTrust::Keys(keys) => keys,
    };
    let mut trusted = Vec::new();
    for key in keys {
        let text = interpolate(key, get).map_err(failed)?;
        let content = if text.starts_with("luminarys-") {
            text
        } else {
            std::fs::read_to_string(base.join(&text))
                .map_err(|error| failed(format!("{text}: {error}")))?
        };
        trusted.push(PublicKey::from_text(&content).map_err(|error| failed(error.to_string()))?);
    }
    Ok(Trust::Keys(trusted))
}

/// The manifests that an entry of `skills` names: a path whose last part may have `*`.
fn manifests(base: &Path, entry: &str) -> anyhow::Result<Vec<PathBuf>> {
    let path = base.join(entry);
    if Path::new(entry)
        .parent()
        .is_some_and(|above| above.to_string_lossy().contains('*'))
    {
        bail!("skills: {entry}: only the last part of a path may have `*`");
    }
    let Some(pattern) = path
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|name| name.contains('*'))
    else {
        return Ok(vec![path]);
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    let pattern = luminarys_grants::pattern::Pattern::new(pattern)
        .with_context(|| format!("skills: {entry}"))?;
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| pattern.matches(name))
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    Ok(found)
}

fn xdg(variable: &str, beneath_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    Some(
        set.or_else(|| Some(std::env::home_dir()?.join(beneath_home)))?
            .join("luminarys"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        let extra = HashMap::from([("PORT".to_owned(), "9000".to_owned())]);
        Config::parse(Some(Path::new("/none/c.yaml")), text, &extra)
            .map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn values_are_interpolated_and_paths_are_relative_to_the_file() {
        let config = parse(
            "http: {addr: '127.0.0.1:${PORT}', auth: {tokens: ['${NONE:-t}']}}\nskills: [a.yaml]\n",
        )
        .unwrap();
        assert_eq!(config.http.addr, "127.0.0.1:9000");
        assert_eq!(config.http.tokens, ["t"]);
        assert_eq!(config.settings.manifests, [PathBuf::from("/none/a.yaml")]);
        assert_eq!(config.settings.trust, Trust::Keys(Vec::new()));
        assert_eq!(parse("trust: any").unwrap().settings.trust, Trust::Any);
    }

    #[test]
    fn errors_name_the_place() {
        for (text, parts) in [
            (
                "skils: []\n",
                &["/none/c.yaml:1:1", "did you mean `skills`"][..],
            ),
            (
                "http:\n  addr: '${NO_SUCH_VARIABLE:?set it}'\n",
                &["/none/c.yaml:2", "set it"],
            ),
            ("trust: all\n", &["/none/c.yaml:1", "any"]),
            ("trust: [none.pub]\n", &["/none/c.yaml:1", "none.pub"]),
            (
                "trust: ['luminarys-public-key-v1:x']\n",
                &["/none/c.yaml:1"],
            ),
            ("skills: ['*/a.yaml']\n", &["only the last part"]),
            ("http: [\n", &["/none/c.yaml"]),
        ] {
            let error = parse(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{text:?}: {error}");
            }
        }
    }
}

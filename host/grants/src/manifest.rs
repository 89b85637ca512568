//! The manifest: what an operator grants to one instance of a skill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;
use thiserror::Error;

use crate::pattern::Pattern;
use crate::yaml::{self, YamlError};

/// A manifest that cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Read {
        /// The manifest.
        file: String,
        /// The operating system's reason.
        reason: String,
    },
    /// What it says cannot be used.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// A parsed manifest. Nothing is opened yet: see [`crate::Grants::open`].
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The instance's name: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// The package, relative to the manifest's directory.
    pub path: String,
    /// For people.
    pub description: Option<String>,
    /// What the skill may use.
    pub permissions: Permissions,
    /// Which skills it may call, and which may call it.
    pub invoke_policy: InvokePolicy,
    /// How it appears to MCP clients.
    pub mcp: McpSection,
    /// What it sees as its environment.
    pub env: BTreeMap<String, String>,
    /// The names in `env` whose values are secret: those from elsewhere, by `from_env` or `from_file`.
    pub secret_env: BTreeSet<String>,
    /// How it is run.
    pub runtime: RuntimeSection,
    file: String,
}

/// The `permissions` section. A capability that is not named is closed.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// `permissions.fs`
    pub fs: FsSection,
    /// `permissions.http`
    pub http: HttpSection,
    /// `permissions.tcp`
    pub tcp: TcpSection,
    /// `permissions.shell`
    pub shell: ShellSection,
    /// `permissions.file_transfer`
    pub file_transfer: TransferSection,
    /// `permissions.events`
    pub events: EventsSection,
}

/// `permissions.fs`, with its entries taken apart.
#[derive(Clone, Debug, Default)]
pub struct FsSection {
    /// Whether any file may be used.
    pub enabled: bool,
    /// The granted directories.
    pub dirs: Vec<DirectoryEntry>,
}

/// One granted directory, as written.
#[derive(Clone, Debug)]
pub struct DirectoryEntry {
    /// Absolute; may hold wildcards. Without `/**` or a slash at its end.
    pub path: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// Where it stands.
    pub rule: String,
}

/// `permissions.http`
#[derive(Clone, Debug, Default)]
pub struct HttpSection {
    /// Whether any request may be made.
    pub enabled: bool,
    /// URL patterns; none means no URL.
    pub allowlist: Vec<Entry>,
    /// The largest response body kept, in bytes.
    pub max_response_bytes: Option<u64>,
    /// Whether WebSockets may be opened.
    pub allow_websocket: bool,
}

/// `permissions.tcp`
#[derive(Clone, Debug, Default)]
pub struct TcpSection {
    /// Whether any connection may be made.
    pub enabled: bool,
    /// `host:port` patterns; none means private addresses only.
    pub allowlist: Vec<Entry>,
}

/// `permissions.shell`
#[derive(Clone, Debug, Default)]
pub struct ShellSection {
    /// Whether any command may be run.
    pub enabled: bool,
    /// Command patterns; none means every command.
    pub allowlist: Vec<Entry>,
    /// Working directories; none means any.
    pub allowed_dirs: Vec<Entry>,
}

/// `permissions.file_transfer`
#[derive(Clone, Debug, Default)]
pub struct TransferSection {
    /// Whether files may be sent between nodes.
    pub enabled: bool,
    /// Node patterns.
    pub allowed_nodes: Vec<Entry>,
    /// Directories, as in `fs.dirs`.
    pub local_dirs: Vec<DirectoryEntry>,
}

/// `permissions.events`
#[derive(Clone, Debug, Default)]
pub struct EventsSection {
    /// Topics that may be emitted.
    pub emit: Vec<Entry>,
    /// Topics that may be listened to.
    pub subscribe: Vec<Entry>,
}

/// A pattern and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As written.
    pub pattern: String,
    /// `file:line key[index]`.
    pub rule: String,
}

/// `invoke_policy`: instance ids, or `*`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InvokePolicy {
    /// Skills that this one may call.
    pub can_invoke: Vec<String>,
    /// Skills that may call this one.
    pub can_be_invoked_by: Vec<String>,
}

/// How methods become tools.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// A tool a method.
    #[default]
    PerMethod,
    /// One tool with a `method` argument.
    PerSkill,
}

/// The `mcp` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct McpSection {
    /// How methods become tools.
    pub mapping: Mapping,
    /// Methods that are no tools.
    pub hidden_methods: Vec<String>,
    /// When not empty, the only methods that are.
    pub exposed_methods: Vec<String>,
}

/// When an instance is made anew.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// For each call.
    Call,
    /// For each client session.
    Session,
    /// Once; calls take turns.
    Skill,
}

/// The `runtime` section. What is absent has the host's default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeSection {
    /// When an instance is made anew.
    pub isolation: Option<Isolation>,
    /// Memory of one instance, in MiB.
    pub memory_limit_mb: Option<u64>,
    /// Wall clock of one call, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Computing time of one call, in milliseconds.
    pub cpu_timeout_ms: Option<u64>,
    /// Core instances in one instance.
    pub max_instances: Option<u32>,
    /// Tables in one instance.
    pub max_tables: Option<u32>,
    /// Elements of one table.
    pub max_table_elements: Option<u64>,
    /// Calls at once.
    pub max_concurrent_calls: Option<u32>,
    /// Bytes of one result.
    pub max_output_bytes: Option<u64>,
    /// Bytes the host holds for one call.
    pub max_host_bytes: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    id: Spanned<String>,
    path: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    permissions: RawPermissions,
    #[serde(default)]
    invoke_policy: InvokePolicy,
    #[serde(default)]
    mcp: McpSection,
    #[serde(default)]
    env: BTreeMap<String, Spanned<Scalar>>,
    #[serde(default)]
    runtime: RuntimeSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPermissions {
    fs: RawFs,
    http: RawHttp,
    tcp: RawTcp,
    shell: RawShell,
    file_transfer: RawTransfer,
    events: RawEvents,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFs {
    enabled: bool,
    dirs: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHttp {
    enabled: bool,
    allowlist: Vec<Spanned<String>>,
    max_response_bytes: Option<u64>,
    allow_websocket: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTcp {
    enabled: bool,
    allowlist: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawShell {
    enabled: bool,
    allowlist: Vec<Spanned<String>>,
    allowed_dirs: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTransfer {
    enabled: bool,
    allowed_nodes: Vec<Spanned<String>>,
    local_dirs: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawEvents {
    emit: Vec<Spanned<String>>,
    subscribe: Vec<Spanned<String>>,
}

/// An environment value: numbers and booleans become text; a secret says where it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Secret(Secret),
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

/// Where a secret is. Exactly one of the two is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    from_env: Option<String>,
    from_file: Option<PathBuf>,
}

/// The longest secret, in bytes.
const MAX_SECRET: u64 = 64 << 10;

impl Secret {
    /// Its value; a line end at the end of a file is none of it. `directory` is where a relative file is.
    fn read(
        &self,
        directory: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, String> {
        match (&self.from_env, &self.from_file) {
            (Some(name), None) => {
                environment(name).ok_or_else(|| format!("the variable {name} is not set"))
            }
            (None, Some(file)) => {
                use std::io::Read as _;
                let path = directory.join(file);
                let failed = |error: std::io::Error| format!("{}: {error}", path.display());
                let mut text = String::new();
                let opened = std::fs::File::open(&path).map_err(failed)?;
                opened
                    .take(MAX_SECRET)
                    .read_to_string(&mut text)
                    .map_err(failed)?;
                let value = text.strip_suffix('\n').unwrap_or(&text);
                Ok(value.strip_suffix('\r').unwrap_or(value).to_owned())
            }
            _ => Err("a secret has either `from_env` or `from_file`".to_owned()),
        }
    }
}

impl Manifest {
    /// Reads a manifest. `file` names it in errors; `environment` answers `${NAME}` in the values of `env`.
    ///
    /// # Errors
    /// [`ManifestError::Yaml`] with file, line and column.
    pub fn parse(
        file: &str,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ManifestError> {
        let raw: RawManifest = yaml::parse(file, text)?;
        let at = |line, message: String| YamlError::new(file, line, message);
        let id = raw.id.value;
        let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if id.is_empty() || id.len() > 64 || !id.chars().all(known) {
            let line = raw.id.referenced.line();
            return Err(at(
                line,
                format!("the id {id:?} must be 1 to 64 of A-Z a-z 0-9 . _ -"),
            )
            .into());
        }
        let mut env = BTreeMap::new();
        let mut secret_env = BTreeSet::new();
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        for (key, value) in raw.env {
            let line = value.referenced.line();
            let text = match value.value {
                Scalar::Secret(secret) => {
                    secret_env.insert(key.clone());
                    let failed = |message: String| at(line, format!("env.{key}: {message}"));
                    secret.read(directory, environment).map_err(failed)?
                }
                Scalar::Bool(value) => value.to_string(),
                Scalar::Integer(value) => value.to_string(),
                Scalar::Float(value) => value.to_string(),
                Scalar::Text(value) => {
                    fill(&value, environment).map_err(|message| at(line, message))?
                }
            };
            env.insert(key, text);
        }
        let permissions = raw.permissions;
        Ok(Self {
            id,
            path: raw.path,
            description: raw.description,
            permissions: Permissions {
                fs: FsSection {
                    enabled: permissions.fs.enabled,
                    dirs: directories(file, "permissions.fs.dirs", permissions.fs.dirs)?,
                },
                http: HttpSection {
                    enabled: permissions.http.enabled,
                    allowlist: entries(
                        file,
                        "permissions.http.allowlist",
                        permissions.http.allowlist,
                    )?,
                    max_response_bytes: permissions.http.max_response_bytes,
                    allow_websocket: permissions.http.allow_websocket,
                },
                tcp: TcpSection {
                    enabled: permissions.tcp.enabled,
                    allowlist: entries(
                        file,
                        "permissions.tcp.allowlist",
                        permissions.tcp.allowlist,
                    )?,
                },
                shell: ShellSection {
                    enabled: permissions.shell.enabled,
                    allowlist: entries(
                        file,
                        "permissions.shell.allowlist",
                        permissions.shell.allowlist,
                    )?,
                    allowed_dirs: entries(
                        file,
                        "permissions.shell.allowed_dirs",
                        permissions.shell.allowed_dirs,
                    )?,
                },
                events: EventsSection {
                    emit: entries(file, "permissions.events.emit", permissions.events.emit)?,
                    subscribe: entries(
                        file,
                        "permissions.events.subscribe",
                        permissions.events.subscribe,
                    )?,
                },
                file_transfer: TransferSection {
                    enabled: permissions.file_transfer.enabled,
                    allowed_nodes: entries(
                        file,
                        "permissions.file_transfer.allowed_nodes",
                        permissions.file_transfer.allowed_nodes,
                    )?,
                    local_dirs: directories(
                        file,
                        "permissions.file_transfer.local_dirs",
                        permissions.file_transfer.local_dirs,
                    )?,
                },
            },
            invoke_policy: raw.invoke_policy,
            mcp: raw.mcp,
            env,
            secret_env,
            runtime: raw.runtime,
            file: file.to_owned(),
        })
    }

    /// Reads the manifest at `path`; `environment` answers its `${NAME}`s.
    ///
    /// # Errors
    /// [`ManifestError`] when the file cannot be read or used.
    pub fn load(
        path: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ManifestError> {
        let file = path.display().to_string();
        let read = |error: std::io::Error| ManifestError::Read {
            file: file.clone(),
            reason: error.to_string(),
        };
        let text = std::fs::read_to_string(path).map_err(read)?;
        Self::parse(&file, &text, environment)
    }

    /// The file it was read from.
    pub fn file(&self) -> &str {
        &self.file
    }
}

/// Replaces `${NAME}`; a name that is not set is empty.
fn fill(value: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            return Err(format!("`${{` in {value:?} is not closed"));
        };
        let name = &rest[start + 2..start + length];
        out.push_str(&rest[..start]);
        out.push_str(&environment(name).unwrap_or_default());
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn entries(file: &str, key: &str, list: Vec<Spanned<String>>) -> Result<Vec<Entry>, YamlError> {
    let numbered = list.into_iter().enumerate();
    numbered
        .map(|(index, entry)| {
            let line = entry.referenced.line();
            Pattern::new(&entry.value)
                .map_err(|error| YamlError::new(file, line, format!("{key}[{index}]: {error}")))?;
            Ok(Entry {
                pattern: entry.value,
                rule: format!("{file}:{line} {key}[{index}]"),
            })
        })
        .collect()
}

fn directories(
    file: &str,
    key: &str,
    list: Vec<Spanned<String>>,
) -> Result<Vec<DirectoryEntry>, YamlError> {
    let numbered = list.into_iter().enumerate();
    numbered
        .map(|(index, entry)| {
            let line = entry.referenced.line();
            let failed =
                |message: String| YamlError::new(file, line, format!("{key}[{index}]: {message}"));
            let (path, writable) = split_mode(&entry.value);
            let usual = Path::new(path)
                .components()
                .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
            if !path.starts_with('/') || !usual {
                return Err(failed(format!(
                    "{path:?} must be an absolute path without `..`"
                )));
            }
            let path = path
                .strip_suffix("/**")
                .unwrap_or(path)
                .trim_end_matches('/');
            let path = if path.is_empty() { "/" } else { path };
            Pattern::path(path).map_err(|error| failed(error.to_string()))?;
            Ok(DirectoryEntry {
                path: path.to_owned(),
                writable,
                rule: format!("{file}:{line} {key}[{index}]"),
            })
        })
        .collect()
}

/// A path and whether `:rw` stands behind it; `:ro` is the default.
pub(crate) fn split_mode(text: &str) -> (&str, bool) {
    match text.rsplit_once(':') {
        Some((path, "rw")) => (path, true),
        Some((path, "ro")) => (path, false),
        _ => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        let environment = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
        Manifest::parse("m.yaml", text, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_manifest() {
        let manifest = parse(
            "id: files\npath: a.skill\ndescription: d\npermissions:\n  fs:\n    enabled: true\n    dirs: [\"/data/**:rw\", '/etc']\n\
             invoke_policy: {can_invoke: ['*']}\nmcp: {mapping: per_skill}\n\
             env: {A: '${HOME}/x', N: 5, B: true, U: '${NONE}'}\nruntime: {isolation: session, timeout_ms: 5}\n",
        )
        .unwrap();
        let dirs = &manifest.permissions.fs.dirs;
        assert_eq!((dirs[0].path.as_str(), dirs[0].writable), ("/data", true));
        assert_eq!((dirs[1].path.as_str(), dirs[1].writable), ("/etc", false));
        assert_eq!(dirs[0].rule, "m.yaml:7 permissions.fs.dirs[0]");
        let env: Vec<_> = manifest
            .env
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(env, ["A=/home/me/x", "B=true", "N=5", "U="]);
        assert_eq!(manifest.mcp.mapping, Mapping::PerSkill);
        assert_eq!(manifest.runtime.isolation, Some(Isolation::Session));
    }

    #[test]
    fn errors_name_the_place_and_the_way_out() {
        for (text, parts) in [
            (
                "id: a\npath: b\npermisions: {}\n",
                &[
                    "m.yaml:3:1",
                    "unknown key `permisions`",
                    "did you mean `permissions`",
                ][..],
            ),
            (
                "id: a\npath: b\npermissions:\n  fs:\n    enable: true\n",
                &["m.yaml:5:5", "did you mean `enabled`"],
            ),
            ("id: a\n", &["`path` is missing"]),
            ("", &["`id` is missing"]),
            ("id: a\nid: b\npath: c\n", &["m.yaml:2:1", "twice"]),
            ("id: 'a b'\npath: c\n", &["m.yaml:1", "the id"]),
            (
                "id: a\npath: c\npermissions: {fs: {dirs: [data]}}\n",
                &["m.yaml:3", "dirs[0]", "absolute"],
            ),
            (
                "id: a\npath: c\npermissions: {fs: {dirs: [/a/../b]}}\n",
                &["m.yaml:3", "`..`"],
            ),
            (
                "id: a\npath: c\npermissions: {http: {allowlist: ['{a']}}\n",
                &["allowlist[0]", "brace"],
            ),
            ("id: a\npath: c\npermissions: {fs: true}\n", &["m.yaml:3"]),
            ("id: a\npath: [\n", &["m.yaml"]),
            (
                "id: a\npath: c\nenv: {A: '${X'}\n",
                &["m.yaml:3", "not closed"],
            ),
            ("id: a\npath: c\nruntime: {timeout_ms: -1}\n", &["m.yaml:3"]),
        ] {
            let error = parse(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{text:?}: {error}");
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        // A walk over damaged versions of a good manifest.
        let good = "id: a\npath: b\npermissions:\n  fs: {enabled: true, dirs: ['/a/{b,c}/*:rw']}\nenv: {A: '${B}'}\n";
        for cut in 0..good.len() {
            let _ = parse(&good[..cut]);
            for wrong in ["\0", "{", "&a ", "*a ", "\t", "!!", "? "] {
                let _ = parse(&format!("{}{wrong}{}", &good[..cut], &good[cut..]));
            }
        }
    }
}

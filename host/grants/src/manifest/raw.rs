//! The manifest as it is written, and its way to the sections.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::package::RawPackage;
use super::sections::*;
use crate::addresses::AddressRule;
use crate::pattern::Pattern;
use crate::url_pattern::{self, UrlPattern};
use crate::yaml::{TextOr, YamlError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawManifest {
    pub id: Spanned<String>,
    pub path: String,
    #[serde(default)]
    pub package: RawPackage,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub permissions: RawPermissions,
    #[serde(default)]
    pub invoke_policy: InvokePolicy,
    #[serde(default)]
    pub mcp: McpSection,
    #[serde(default)]
    pub env: BTreeMap<String, Spanned<TextOr<Secret>>>,
    #[serde(default)]
    pub runtime: RuntimeSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPermissions {
    fs: RawFs,
    http: RawHttp,
    tcp: RawTcp,
    shell: RawShell,
    file_transfer: RawTransfer,
    events: RawEvents,
    store: RawStore,
    llm: LlmSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFs {
    enabled: bool,
    dirs: List,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHttp {
    enabled: bool,
    allowlist: List,
    max_response_bytes: Option<u64>,
    max_download_bytes: Option<u64>,
    allow_websocket: bool,
    addresses: List,
    ca_file: Option<Spanned<PathBuf>>,
    allow_insecure: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTcp {
    enabled: bool,
    allowlist: List,
    addresses: List,
    ca_file: Option<Spanned<PathBuf>>,
    allow_insecure: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawShell {
    enabled: bool,
    allowlist: List,
    allowed_dirs: List,
    network: bool,
    signal_others: bool,
    require_confinement: bool,
    max_cpu_seconds: u64,
    max_processes: u64,
    max_file_mb: u64,
    max_memory_mb: u64,
    max_timeout_seconds: u64,
    max_daemons: u64,
}

impl Default for RawShell {
    fn default() -> Self {
        let ShellSection {
            enabled,
            network,
            signal_others,
            require_confinement,
            limits,
            ..
        } = ShellSection::default();
        Self {
            enabled,
            allowlist: List::new(),
            allowed_dirs: List::new(),
            network,
            signal_others,
            require_confinement,
            max_cpu_seconds: limits.max_cpu_seconds,
            max_processes: limits.max_processes,
            max_file_mb: limits.max_file_mb,
            max_memory_mb: limits.max_memory_mb,
            max_timeout_seconds: limits.max_timeout_seconds,
            max_daemons: limits.max_daemons,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTransfer {
    enabled: bool,
    allowed_nodes: List,
    local_dirs: List,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawEvents {
    emit: List,
    subscribe: List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStore {
    shared: List,
    max_mb: u64,
}

impl Default for RawStore {
    fn default() -> Self {
        Self {
            shared: List::new(),
            max_mb: StoreSection::default().max_mb,
        }
    }
}

type List = Vec<Spanned<String>>;

/// Reads the lists of one file, so that errors and rules name their lines.
struct Reader<'a> {
    file: &'a str,
}

impl RawPermissions {
    /// The sections, every pattern looked at.
    ///
    /// # Errors
    /// [`YamlError`] at the first entry that cannot be used.
    pub fn sections(self, file: &str) -> Result<Permissions, YamlError> {
        let read = Reader { file };
        let Self {
            fs,
            http,
            tcp,
            shell,
            file_transfer,
            events,
            store,
            llm,
        } = self;
        Ok(Permissions {
            fs: FsSection {
                enabled: fs.enabled,
                dirs: read.directories("permissions.fs.dirs", fs.dirs)?,
            },
            http: HttpSection {
                enabled: http.enabled,
                allowlist: read.entries("permissions.http.allowlist", http.allowlist, |text| {
                    UrlPattern::new(text).map(drop)
                })?,
                max_response_bytes: http.max_response_bytes,
                max_download_bytes: http.max_download_bytes,
                allow_websocket: http.allow_websocket,
                network: read.network("http", http.addresses, http.ca_file, http.allow_insecure)?,
            },
            tcp: TcpSection {
                enabled: tcp.enabled,
                allowlist: read.entries("permissions.tcp.allowlist", tcp.allowlist, |text| {
                    let checked = url_pattern::ascii(text)
                        .and_then(|ascii| url_pattern::authority_pattern(&ascii));
                    checked.map(drop)
                })?,
                network: read.network("tcp", tcp.addresses, tcp.ca_file, tcp.allow_insecure)?,
            },
            shell: ShellSection {
                enabled: shell.enabled,
                allowlist: read.patterns("permissions.shell.allowlist", shell.allowlist)?,
                allowed_dirs: read
                    .working_directories("permissions.shell.allowed_dirs", shell.allowed_dirs)?,
                network: shell.network,
                signal_others: shell.signal_others,
                require_confinement: shell.require_confinement,
                limits: ShellLimits {
                    max_cpu_seconds: shell.max_cpu_seconds,
                    max_processes: shell.max_processes,
                    max_file_mb: shell.max_file_mb,
                    max_memory_mb: shell.max_memory_mb,
                    max_timeout_seconds: shell.max_timeout_seconds,
                    max_daemons: shell.max_daemons,
                },
            },
            events: EventsSection {
                emit: read.patterns("permissions.events.emit", events.emit)?,
                subscribe: read.patterns("permissions.events.subscribe", events.subscribe)?,
            },
            llm,
            store: StoreSection {
                shared: read.entries("permissions.store.shared", store.shared, |text| {
                    Pattern::new(split_mode(text).0).map(drop)
                })?,
                max_mb: store.max_mb,
            },
            file_transfer: TransferSection {
                enabled: file_transfer.enabled,
                allowed_nodes: read.patterns(
                    "permissions.file_transfer.allowed_nodes",
                    file_transfer.allowed_nodes,
                )?,
                local_dirs: read.directories(
                    "permissions.file_transfer.local_dirs",
                    file_transfer.local_dirs,
                )?,
            },
        })
    }
}

/// Where a secret is. Exactly one of the two is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    from_env: Option<String>,
    from_file: Option<PathBuf>,
}

/// The longest secret, in bytes.
const MAX_SECRET: u64 = 64 << 10;

impl Secret {
    /// The file that holds it; `directory` is where a relative one is.
    pub fn file(&self, directory: &Path) -> Option<PathBuf> {
        self.from_file.as_ref().map(|file| directory.join(file))
    }

    /// Its value; a line end at the end of a file is none of it. `directory` is where a relative file is.
    pub fn read(
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

impl Reader<'_> {
    fn patterns(&self, key: &str, list: List) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| Pattern::new(text).map(drop))
    }

    fn addresses(&self, key: &str, list: List) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| text.parse::<AddressRule>().map(drop))
    }

    fn network(
        &self,
        section: &str,
        addresses: List,
        ca_file: Option<Spanned<PathBuf>>,
        allow_insecure: bool,
    ) -> Result<NetworkSection, YamlError> {
        Ok(NetworkSection {
            addresses: self.addresses(&format!("permissions.{section}.addresses"), addresses)?,
            ca_file: self.file_name(&format!("permissions.{section}.ca_file"), ca_file),
            allow_insecure,
        })
    }

    fn file_name(&self, key: &str, file: Option<Spanned<PathBuf>>) -> Option<(PathBuf, String)> {
        let file = file?;
        let rule = format!("{}:{} {key}", self.file, file.referenced.line());
        let directory = Path::new(self.file).parent().unwrap_or(Path::new(""));
        Some((directory.join(file.value), rule))
    }

    fn entries<E: std::fmt::Display>(
        &self,
        key: &str,
        list: List,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Result<Vec<Entry>, YamlError> {
        let numbered = list.into_iter().enumerate();
        let read = numbered.map(|(index, entry)| {
            let line = entry.referenced.line();
            check(&entry.value).map_err(|error| {
                YamlError::new(self.file, line, format!("{key}[{index}]: {error}"))
            })?;
            Ok(Entry {
                pattern: entry.value,
                rule: format!("{}:{line} {key}[{index}]", self.file),
            })
        });
        read.collect()
    }

    fn directories(&self, key: &str, list: List) -> Result<Vec<DirectoryEntry>, YamlError> {
        let read = self.working_directories(key, list)?;
        Ok(read.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Directories, and whether each has its mode written behind it.
    fn working_directories(
        &self,
        key: &str,
        list: List,
    ) -> Result<Vec<(DirectoryEntry, bool)>, YamlError> {
        let entries = self.entries(key, list, |text| directory(text).map(drop))?;
        let taken_apart = entries.into_iter().filter_map(|entry| {
            let (path, writable) = directory(&entry.pattern).ok()?;
            let read = DirectoryEntry {
                path: path.to_owned(),
                writable,
                rule: entry.rule,
            };
            Some((read, has_mode(&entry.pattern)))
        });
        Ok(taken_apart.collect())
    }
}

/// Whether a mode stands behind a path.
fn has_mode(text: &str) -> bool {
    text.ends_with(":ro") || text.ends_with(":rw")
}

/// A granted directory without what only says "and all beneath it", and whether it may be changed.
fn directory(text: &str) -> Result<(&str, bool), String> {
    let (path, writable) = split_mode(text);
    let usual = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !path.starts_with('/') || !usual {
        return Err(format!("{path:?} must be an absolute path without `..`"));
    }
    let path = path
        .strip_suffix("/**")
        .unwrap_or(path)
        .trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    Pattern::path(path).map_err(|error| error.to_string())?;
    Ok((path, writable))
}

/// A path and whether `:rw` stands behind it; `:ro` is the default.
pub(crate) fn split_mode(text: &str) -> (&str, bool) {
    match text.rsplit_once(':') {
        Some((path, "rw")) => (path, true),
        Some((path, "ro")) => (path, false),
        _ => (text, false),
    }
}

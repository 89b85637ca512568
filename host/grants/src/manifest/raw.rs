//! The manifest as it is written, and its way to the sections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::names;
use super::package::RawPackage;
use super::reader::{List, Reader, split_mode};
use super::schedule::RawSchedule;
use super::sections::*;
use crate::kind::Kind;
use crate::network;
use crate::url_pattern::UrlPattern;
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
    pub invoke_policy: RawInvokePolicy,
    #[serde(default)]
    pub mcp: RawMcp,
    #[serde(default)]
    pub env: BTreeMap<String, Spanned<TextOr<Secret>>>,
    #[serde(default)]
    pub runtime: RuntimeSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPermissions {
    pub fs: RawFs,
    pub http: RawHttp,
    pub tcp: RawTcp,
    pub shell: RawShell,
    pub file_transfer: RawTransfer,
    pub events: RawEvents,
    pub store: RawStore,
    pub llm: LlmSection,
    pub schedule: RawSchedule,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFs {
    pub enabled: bool,
    pub dirs: List,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawHttp {
    pub enabled: bool,
    pub allowlist: List,
    pub max_response_bytes: Option<u64>,
    pub max_download_bytes: Option<u64>,
    pub allow_websocket: bool,
    pub addresses: List,
    pub ca_file: Option<Spanned<PathBuf>>,
    pub allow_insecure: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTcp {
    pub enabled: bool,
    pub allowlist: List,
    pub addresses: List,
    pub ca_file: Option<Spanned<PathBuf>>,
    pub allow_insecure: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawShell {
    pub enabled: bool,
    pub allowlist: List,
    pub allowed_dirs: List,
    pub network: bool,
    pub signal_others: bool,
    pub require_confinement: bool,
    pub max_cpu_seconds: u64,
    pub max_processes: u64,
    pub max_file_mb: u64,
    pub max_memory_mb: u64,
    pub max_timeout_seconds: u64,
    pub max_daemons: u64,
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
pub(super) struct RawTransfer {
    pub enabled: bool,
    pub allowed_nodes: List,
    pub local_dirs: List,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEvents {
    pub emit: List,
    pub subscribe: List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawStore {
    pub shared: List,
    pub max_mb: u64,
}

impl Default for RawStore {
    fn default() -> Self {
        Self {
            shared: List::new(),
            max_mb: StoreSection::default().max_mb,
        }
    }
}

impl RawPermissions {
    /// The sections, every pattern looked at.
    ///
    /// # Errors
    /// [`YamlError`] at the first entry that cannot be used.
    pub fn sections(self, file: &str) -> Result<Permissions, YamlError> {
        let read = Reader::new(file);
        let Self {
            fs,
            http,
            tcp,
            shell,
            file_transfer,
            events,
            store,
            llm,
            schedule,
        } = self;
        Ok(Permissions {
            fs: FsSection {
                enabled: fs.enabled,
                dirs: read.directories("permissions.fs.dirs", fs.dirs)?,
            },
            http: HttpSection {
                enabled: http.enabled,
                allowlist: read.entries("permissions.http.allowlist", http.allowlist, |text| {
                    UrlPattern::matching(text).map(drop)
                })?,
                max_response_bytes: http.max_response_bytes,
                max_download_bytes: http.max_download_bytes,
                allow_websocket: http.allow_websocket,
                network: read.network("http", http.addresses, http.ca_file, http.allow_insecure)?,
            },
            tcp: TcpSection {
                enabled: tcp.enabled,
                allowlist: read.entries("permissions.tcp.allowlist", tcp.allowlist, |text| {
                    network::matching_endpoint(text).map(drop)
                })?,
                network: read.network("tcp", tcp.addresses, tcp.ca_file, tcp.allow_insecure)?,
            },
            shell: ShellSection {
                enabled: shell.enabled,
                allowlist: read.commands("permissions.shell.allowlist", shell.allowlist)?,
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
                emit: read.patterns(Kind::Topic, "permissions.events.emit", events.emit)?,
                subscribe: read.patterns(
                    Kind::Topic,
                    "permissions.events.subscribe",
                    events.subscribe,
                )?,
            },
            llm,
            schedule: schedule.section(file)?,
            store: StoreSection {
                shared: read.entries("permissions.store.shared", store.shared, |text| {
                    Kind::Namespace.pattern(split_mode(text).0).map(drop)
                })?,
                max_mb: store.max_mb,
            },
            file_transfer: TransferSection {
                enabled: file_transfer.enabled,
                allowed_nodes: read.patterns(
                    Kind::Node,
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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawInvokePolicy {
    imports: BTreeMap<String, Spanned<String>>,
    pub can_invoke: List,
    pub can_be_invoked_by: List,
}

impl RawInvokePolicy {
    /// The section, every id looked at.
    ///
    /// # Errors
    /// [`YamlError`] at the first that no skill can have.
    pub fn section(self, file: &str) -> Result<InvokePolicy, YamlError> {
        let read = Reader::new(file);
        let imports = self.imports.into_iter().map(|(interface, id)| {
            let key = format!("invoke_policy.imports.{interface}");
            Ok((interface, read.name(&key, id, names::check_id)?))
        });
        Ok(InvokePolicy {
            imports: imports.collect::<Result<_, YamlError>>()?,
            can_invoke: read.names(
                "invoke_policy.can_invoke",
                self.can_invoke,
                names::check_id_or_all,
            )?,
            can_be_invoked_by: read.names(
                "invoke_policy.can_be_invoked_by",
                self.can_be_invoked_by,
                names::check_id_or_all,
            )?,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMcp {
    name: Option<Spanned<String>>,
    mapping: Mapping,
    hidden_methods: List,
    exposed_methods: List,
}

impl RawMcp {
    /// The section, every method's name looked at.
    ///
    /// # Errors
    /// [`YamlError`] at the first that no method can have.
    pub fn section(self, file: &str) -> Result<McpSection, YamlError> {
        let read = Reader::new(file);
        if let Some(name) = &self.name {
            let at = |message| YamlError::new(file, name.referenced.line(), message);
            names::check_prefix(&name.value).map_err(at)?;
        }
        Ok(McpSection {
            name: self.name.map(|name| name.value),
            mapping: self.mapping,
            hidden_methods: read.names(
                "mcp.hidden_methods",
                self.hidden_methods,
                names::check_method,
            )?,
            exposed_methods: read.names(
                "mcp.exposed_methods",
                self.exposed_methods,
                names::check_method,
            )?,
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
                // One byte more than is taken, to refuse what is longer.
                let text = luminarys_files::read_text(&path, MAX_SECRET + 1).map_err(failed)?;
                if text.len() as u64 > MAX_SECRET {
                    return Err(format!(
                        "{}: a secret has at most {MAX_SECRET} bytes",
                        path.display()
                    ));
                }
                let value = text.strip_suffix('\n').unwrap_or(&text);
                let value = value.strip_suffix('\r').unwrap_or(value);
                // Perhaps it is being written: programs empty a file first.
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

//! Finds problems of a configuration that would keep a host from starting, without starting it: for `serve`, which
//! rejects it, and for `check`.

use luminarys_cluster::{Connection, check_credentials, check_permitted, durability};
use luminarys_mcp::{CERT_KEY, Gate, ServerOptions, raise_descriptor_limit};
use luminarys_orchestrator::{SkillReport, Tool};
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use super::exchanged;
use crate::config::{Config, secret_files};
use crate::listen::Listen;

/// A problem of the configuration.
#[derive(Debug)]
pub(super) struct Problem {
    /// Its place, what is wrong, and how to fix it.
    pub text: String,
    /// Whether the host cannot start with it.
    pub fatal: bool,
}

/// Returns how HTTP is served with this configuration.
pub(super) fn server_options(config: &Config) -> ServerOptions {
    let http = &config.http;
    ServerOptions {
        tools: config.tools.clone(),
        auth: http.auth.options.clone(),
        allowed_hosts: http.allowed_hosts.clone(),
        allowed_origins: http.allowed_origins.clone(),
        max_request_bytes: http.max_request_bytes,
        tls: http.tls.clone(),
        limits: http.limits.clone(),
    }
}

/// Tries everything that serving HTTP needs.
pub(super) async fn problems(config: &Config) -> Vec<Problem> {
    let mut found = of_places(config);
    found.extend(of_http(config, &config.http.addr).await);
    found.extend(of_keys(config).await);
    found.extend(of_tls(config));
    found.extend(open_keys(config));
    found.extend(missing_directories(config));
    match of_credentials(config) {
        Some(problem) => found.push(problem),
        None => found.extend(of_cluster(config).await),
    }
    raise_descriptor_limit();
    let standard = luminarys_mcp::Limits::default().max_connections;
    // Only a value that is configured can be wrong.
    if config.http.limits.max_connections != standard
        && let Some(fewer) = config.http.limits.fewer_connections()
    {
        found.push(Problem {
            text: placed(config, "http.max_connections", &fewer.to_string()),
            fatal: false,
        });
    }
    found
}

/// Returns the patterns of clients' `tools` that match no existing tool.
pub(super) fn idle_patterns(config: &Config, tools: &[Tool]) -> Vec<String> {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let rules = config.http.auth.options.rules();
    let idle = rules.flat_map(|rule| {
        let patterns = rule.tools.idle(&names).into_iter();
        patterns.map(|pattern| {
            format!(
                "http.auth: `tools` of the client {} has {pattern:?}, which matches no existing tool",
                rule.name
            )
        })
    });
    idle.collect()
}

/// Returns the skills that keep an instance for each session although clients without a session cannot be told apart.
pub(super) fn lost_sessions(config: &Config, skills: &[SkillReport]) -> Vec<String> {
    if !config.http.auth.options.is_empty() {
        return Vec::new();
    }
    let keeping = skills.iter().filter(|skill| skill.keeps_sessions);
    let lost = keeping.map(|skill| {
        format!(
            "{}: runtime.isolation is session, and clients of protocol 2026-07-28 have no sessions: over HTTP each of their \
             calls has a fresh instance, unless http.auth tells them apart",
            skill.id
        )
    });
    lost.collect()
}

/// Tries the files and directories, and the settings of logging.
pub(super) fn of_places(config: &Config) -> Vec<Problem> {
    let found = config.settings.place_problems().into_iter();
    let found = found.map(|problem| Problem {
        text: placed(config, problem.key, &problem.to_string()),
        fatal: problem.fatal,
    });
    let ignored = crate::logging::ignored();
    let ignored = ignored.map(|text| Problem { text, fatal: false });
    found.chain(ignored).collect()
}

/// Tries the address to listen on. It may be in use.
async fn of_http(config: &Config, listen: &Listen) -> Option<Problem> {
    let (key, options) = ("http.addr", server_options(config));
    let text = match listen.probe().await {
        Err(error) => format!("{key}: cannot listen on {listen}: {error}; choose another address"),
        Ok(address) => format!("{key}: {}", options.check(address).err()?),
    };
    Some(Problem {
        text: placed(config, key, &text),
        fatal: true,
    })
}

/// Tries to fetch the keys of the authorization server. If that fails, the host starts, but refuses its tokens.
async fn of_keys(config: &Config) -> Option<Problem> {
    let (text, fatal) = match Gate::new(&config.http.auth.options) {
        Ok(gate) => {
            // Its log message is reported here, with its place.
            let prepared = gate.prepare().with_subscriber(NoSubscriber::default());
            (prepared.await.err()?.to_string(), false)
        }
        Err(error) => (error.to_string(), true),
    };
    let text = placed(config, "http.auth.oauth.issuer", &text);
    Some(Problem { text, fatal })
}

/// Reads the credentials of this node.
pub(super) fn of_credentials(config: &Config) -> Option<Problem> {
    let error = check_credentials(config.cluster.as_ref()?).err()?;
    Some(Problem {
        text: placed(config, "cluster", &format!("cluster.nats: {error}")),
        fatal: true,
    })
}

/// Returns the files with this node's keys that others on this machine can read.
#[cfg(unix)]
pub(super) fn open_keys(config: &Config) -> Vec<Problem> {
    use std::os::unix::fs::PermissionsExt as _;
    let files = config.cluster.iter().flat_map(secret_files);
    let open = files.filter_map(|file| {
        let mode = std::fs::metadata(&file).ok()?.permissions().mode() & 0o777;
        let file = file.display();
        let text = format!(
            "cluster.nats: {file} can be read by others on this machine (mode {mode:o}); `chmod 600 {file}` closes it"
        );
        let text = placed(config, "cluster", &text);
        (mode & 0o077 != 0).then_some(Problem { text, fatal: false })
    });
    open.collect()
}

#[cfg(not(unix))]
pub(super) fn open_keys(_: &Config) -> Vec<Problem> {
    Vec::new()
}

/// Returns the directories for files between nodes that are not there.
fn missing_directories(config: &Config) -> Vec<Problem> {
    let missing = config.cluster.iter().flat_map(exchanged::missing);
    let problem = |text: String| Problem {
        text: placed(config, "cluster", &text),
        fatal: false,
    };
    missing.map(problem).collect()
}

/// Connects to NATS as this node, without joining its cluster. Returns what it says of durability, or why it cannot be asked; the
/// host starts all the same.
pub(super) async fn of_cluster(config: &Config) -> Option<Problem> {
    let settings = config.cluster.as_ref()?;
    let asked = async {
        let connection = Connection::open(settings).await?;
        check_permitted(&connection).await?;
        anyhow::Ok((durability(&connection).await?, connection))
    };
    let text = match asked.await {
        Ok((durability, _)) => format!(
            "cluster {}: node {}, NATS server {}; {durability}",
            settings.cluster, settings.node, durability.server
        ),
        Err(error) => format!(
            "cluster.nats: {error}; until it can be reached, only the skills of this host are served"
        ),
    };
    let text = placed(config, "cluster", &text);
    Some(Problem { text, fatal: false })
}

/// Tries the certificate and its key.
pub(super) fn of_tls(config: &Config) -> Option<Problem> {
    match config.http.tls.as_ref()?.check() {
        Ok(soon) => Some(Problem {
            text: placed(config, CERT_KEY, &soon?),
            fatal: false,
        }),
        Err(error) => Some(Problem {
            text: placed(config, error.key(), &error.to_string()),
            fatal: true,
        }),
    }
}

/// Returns `text` after the place of `key` in the configuration.
fn placed(config: &Config, key: &str, text: &str) -> String {
    match config.places.get(key) {
        Some(place) => format!("{place}: {text}"),
        None => text.to_owned(),
    }
}

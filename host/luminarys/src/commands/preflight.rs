//! What a host with a configuration would stumble over when it starts, found out without starting it: for `serve`, which
//! refuses it, and for `check`.

use luminarys_mcp::{CERT_KEY, ServerOptions, raise_descriptor_limit};

use crate::config::{Config, Http};
use crate::listen::Listen;

/// Something of the configuration that cannot be used as it is.
#[derive(Debug)]
pub(super) struct Problem {
    /// Where it stands, what is wrong, and what to write.
    pub text: String,
    /// Whether the host does not start with it.
    pub fatal: bool,
}

/// How HTTP is served with this configuration.
pub(super) fn server_options(http: &Http) -> ServerOptions {
    ServerOptions {
        tokens: http.tokens.clone(),
        allowed_hosts: http.allowed_hosts.clone(),
        allowed_origins: http.allowed_origins.clone(),
        max_request_bytes: http.max_request_bytes,
        tls: http.tls.clone(),
        limits: http.limits.clone(),
    }
}

/// Tries all that is tried when HTTP is served.
pub(super) async fn problems(config: &Config) -> Vec<Problem> {
    let mut found = of_places(config);
    found.extend(of_http(config, &config.http.addr).await);
    found.extend(of_tls(config));
    raise_descriptor_limit();
    let standard = luminarys_mcp::Limits::default().max_connections;
    // Only what somebody wrote can be other than was meant.
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

/// Tries the files and directories, and what is said of logging.
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

/// Tries the address that is listened on. That it is in use now is no problem.
async fn of_http(config: &Config, listen: &Listen) -> Option<Problem> {
    let (key, options) = ("http.addr", server_options(&config.http));
    let text = match listen.probe().await {
        Err(error) => format!("{key}: cannot listen on {listen}: {error}; choose another address"),
        Ok(address) => format!("{key}: {}", options.check(address).err()?),
    };
    Some(Problem {
        text: placed(config, key, &text),
        fatal: true,
    })
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

/// `text` behind the place where `key` stands in the configuration.
fn placed(config: &Config, key: &str, text: &str) -> String {
    match config.places.get(key) {
        Some(place) => format!("{place}: {text}"),
        None => text.to_owned(),
    }
}

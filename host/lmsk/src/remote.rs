//! The shared part of `publish` and `pull`: the registry's client and its runtime.

use anyhow::Context as _;
use luminarys_registry::{Client, Credentials, Options, PlainHttp, Reference, RegistryError};
use zeroize::Zeroizing;

use crate::cli::Access;

const PASSWORD: &str = "LMSK_PASSWORD";

/// Creates the client for the options of the command line.
pub(crate) fn client(access: &Access) -> anyhow::Result<Client> {
    let plain_http = match (access.plain_http, access.insecure) {
        (false, _) => PlainHttp::Never,
        (true, false) => PlainHttp::Loopback,
        (true, true) => PlainHttp::Everywhere,
    };
    let credentials = match &access.username {
        Some(user) => {
            let password = std::env::var(PASSWORD).map(Zeroizing::new);
            let password = password.with_context(|| {
                format!("--username {user}: set the password in the variable {PASSWORD}")
            })?;
            Some(Credentials::new(user.clone(), password.to_string()))
        }
        None => None,
    };
    let proxy = access.proxy.as_deref().filter(|text| !text.is_empty());
    let proxy = proxy.map(|text| text.parse().context("the proxy is not a URL"));
    let options = Options {
        plain_http,
        proxy: proxy.transpose()?,
    };
    Ok(Client::new(options, credentials))
}

/// Runs `work` to its end.
pub(crate) fn wait<T>(
    access: &Access,
    reference: &Reference,
    work: impl Future<Output = Result<T, RegistryError>>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the network's runtime")?;
    let result = runtime.block_on(work);
    // Does not wait for a DNS look-up that hangs.
    runtime.shutdown_background();
    result.map_err(|error| match &error {
        RegistryError::NotLoopback { .. } => anyhow::Error::new(error)
            .context("--plain-http is for registries on this machine; --insecure allows any"),
        RegistryError::Connection { .. } if !access.plain_http => {
            let registry = reference.registry();
            let local = registry.starts_with("127.") || registry.starts_with("localhost");
            let hint = "; a registry without TLS on this machine needs --plain-http";
            anyhow::anyhow!("{error}{}", if local { hint } else { "" })
        }
        _ => error.into(),
    })
}

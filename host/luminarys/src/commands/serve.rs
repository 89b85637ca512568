//! `luminarys serve`

use anyhow::Context as _;
use luminarys_mcp::ServerOptions;
use tokio_util::sync::CancellationToken;

use crate::cli::Serve;
use crate::config::Config;
use crate::exit;

pub(crate) async fn run(config: Config, arguments: Serve) -> anyhow::Result<u8> {
    let orchestrator = super::load(config.settings.clone()).await?;
    let file = config.file.clone();
    let _watching = orchestrator
        .watch(move || match Config::find(file.as_deref()) {
            Ok(config) => Some(config.settings),
            Err(error) => {
                tracing::error!(
                    "the configuration is not usable now, so the one before stays: {error:#}"
                );
                None
            }
        })
        .inspect_err(|error| tracing::warn!("{error}"))
        .ok();
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    let options = ServerOptions {
        tokens: config.http.tokens,
        allowed_hosts: config.http.allowed_hosts,
        allowed_origins: config.http.allowed_origins,
        max_request_bytes: config.http.max_request_bytes,
    };
    if arguments.stdio {
        luminarys_mcp::serve_stdio(orchestrator, shutdown).await?;
        return Ok(exit::OK);
    }
    let address = arguments.addr.unwrap_or(config.http.addr);
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .with_context(|| format!("listening on {address}; another address: --addr or http.addr"))?;
    let address = listener.local_addr()?;
    eprintln!(
        "luminarys: {} tools at http://{address}/mcp",
        orchestrator.tools().len()
    );
    if config.settings.manifests.is_empty() {
        eprintln!(
            "luminarys: no skill is configured; name manifests under `skills` in luminarys.yaml"
        );
    }
    luminarys_mcp::serve_http(orchestrator, options, listener, shutdown).await?;
    Ok(exit::OK)
}

async fn stop_on_signal(shutdown: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            shutdown.cancel();
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        shutdown.cancel();
    }
}

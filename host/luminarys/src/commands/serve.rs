//! `luminarys serve`

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use luminarys_mcp::MessageLimits;
use luminarys_orchestrator::{AuditOptions, Orchestrator, Settings};
use luminarys_package::Trust;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::preflight;
use crate::cli::Serve;
use crate::config::{Config, Http, Log};
use crate::listen::Listen;
use crate::{exit, output};

/// How long a start waits for registries: clients that ask for the tools at once then miss what comes later.
const START_PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(config: Config, arguments: Serve) -> anyhow::Result<u8> {
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    luminarys_mcp::raise_descriptor_limit();
    // Before the skills are loaded: what cannot be used is told at once.
    for problem in preflight::of_places(&config) {
        match problem.fatal {
            true => bail!(problem.text),
            false => tracing::warn!("{}", problem.text),
        }
    }
    let options = preflight::server_options(&config.http);
    let listener = match &arguments {
        Serve { stdio: true, .. } => None,
        Serve { addr, .. } => {
            let listener = listen(addr.as_ref().unwrap_or(&config.http.addr)).await?;
            options.check(listener.local_addr()?)?;
            Some(listener)
        }
    };
    let settings = Settings {
        start_patience: Some(START_PATIENCE),
        ..config.settings.clone()
    };
    let orchestrator = super::load(settings).await?;
    let _watching = orchestrator
        .watch(reread(
            config.file.clone(),
            config.http.clone(),
            config.log.clone(),
            config.settings.audit.clone(),
        ))
        .inspect_err(|error| tracing::warn!("{error}; restart after changes"))
        .ok();
    orchestrator.run_schedules();
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    let Some(listener) = listener else {
        let limits = MessageLimits {
            max_bytes: config.http.max_request_bytes,
            max_memory: config.http.limits.client_bytes(),
        };
        luminarys_mcp::serve_stdio(orchestrator, limits, shutdown).await?;
        return Ok(exit::OK);
    };
    introduce(
        &listener,
        config.file.is_some(),
        &config.settings,
        &orchestrator,
        !options.tokens.is_empty(),
    )?;
    luminarys_mcp::serve_http(orchestrator, options, listener, shutdown).await?;
    Ok(exit::OK)
}

async fn listen(address: &Listen) -> anyhow::Result<TcpListener> {
    address.bind().await.with_context(|| {
        format!("cannot listen on {address}; choose another with --addr or http.addr")
    })
}

/// Tells a person where to connect, and what to do when there is nothing to serve.
fn introduce(
    listener: &TcpListener,
    configured: bool,
    settings: &Settings,
    orchestrator: &Orchestrator,
    needs_token: bool,
) -> anyhow::Result<()> {
    if !configured {
        output::tell("no configuration found; serving the manifests ./skills/*.yaml");
    }
    let address = listener.local_addr()?;
    let tools = orchestrator.tools().len();
    let token = if needs_token {
        ", with a bearer token of http.auth.tokens"
    } else {
        ""
    };
    output::tell(format_args!(
        "{tools} tools for MCP clients at http://{address}/mcp{token}"
    ));
    if settings.manifests.is_empty() {
        let first = match configured {
            true => "",
            false => "`luminarys init` makes a configuration, ",
        };
        output::tell(format_args!(
            "no skill is configured; {first}`luminarys add FILE` adds a package, which is then loaded without a restart"
        ));
    } else if settings.trust == Trust::Keys(Vec::new()) {
        output::tell(
            "no key is trusted, so every package is refused; `luminarys add` asks about each signer, or name their public keys \
             in luminarys.yaml, such as `trust: [team.pub]`",
        );
    }
    Ok(())
}

/// The settings of the changed configuration; none, and a message, when it cannot be used.
fn reread(
    file: Option<PathBuf>,
    http: Http,
    log: Log,
    audit: Option<AuditOptions>,
) -> impl Fn() -> Option<Settings> + Send + Sync + 'static {
    move || match Config::find(file.as_deref()) {
        Ok(config) => {
            for note in &config.notes {
                tracing::warn!("{note}");
            }
            if config.http != http || config.log != log || config.settings.audit != audit {
                tracing::warn!(
                    "`http`, `log` or `audit` has changed: that waits for the next start"
                );
            }
            Some(config.settings)
        }
        Err(error) => {
            tracing::error!("the changed configuration is not used, the one before stays: {error}");
            None
        }
    }
}

/// The first signal ends the serving gently, the second at once.
async fn stop_on_signal(shutdown: CancellationToken) {
    #[cfg(unix)]
    let mut terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::warn!("SIGTERM will end the host at once: {error}");
                return;
            }
        }
    };
    for is_second in [false, true] {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        if is_second {
            std::process::exit(exit::SKILL.into());
        }
        tracing::info!("stopping: calls that run may finish; a second signal ends them");
        shutdown.cancel();
    }
}

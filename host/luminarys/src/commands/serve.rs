//! `luminarys serve`

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use luminarys_cluster::ClusterSettings;
use luminarys_mcp::{Gate, MessageLimits};
use luminarys_nodes::{Kept, Nodes};
use luminarys_orchestrator::{AuditOptions, Orchestrator, Settings};
use luminarys_package::Trust;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::loading::told;
use super::{kept, preflight};
use crate::cli::Serve;
use crate::config::{Config, Http, Log};
use crate::listen::Listen;
use crate::{exit, output};

/// How long a start waits for registries: clients that list the tools at once may miss those that arrive later.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the message with the address waits for packages that compile quickly. Clients are served meanwhile.
const COMPILE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long results may take to reach other nodes once the calls have ended.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn run(config: Config, arguments: Serve) -> anyhow::Result<u8> {
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    luminarys_mcp::raise_descriptor_limit();
    // Before the skills are loaded, so that problems are reported at once.
    for problem in preflight::of_places(&config)
        .into_iter()
        .chain(preflight::of_credentials(&config))
    {
        match problem.fatal {
            true => bail!(problem.text),
            false => tracing::warn!("{}", problem.text),
        }
    }
    let options = preflight::server_options(&config);
    let listener = match &arguments {
        Serve { stdio: true, .. } => None,
        Serve { addr, .. } => {
            if let Some(problem) = preflight::of_tls(&config).filter(|it| it.fatal) {
                bail!(problem.text);
            }
            let listener = listen(addr.as_ref().unwrap_or(&config.http.addr)).await?;
            options.check(listener.local_addr()?)?;
            Some(listener)
        }
    };
    let kept = kept::of_node(&config)?;
    let settings = Settings {
        start_timeout: Some(START_TIMEOUT),
        clustered: kept.as_ref().map(Kept::clustered).unwrap_or_default(),
        ..config.settings.clone()
    };
    let gate = Gate::new(&options.auth)?;
    let orchestrator = Orchestrator::launch(settings, |step| {
        if let Some(text) = told(step) {
            output::tell(text);
        }
    })
    .await?;
    let _watching = orchestrator
        .watch(reread(
            config.file.clone(),
            config.http.clone(),
            (config.log.clone(), config.notes.clone()),
            (config.settings.audit.clone(), config.cluster.clone()),
            gate.clone(),
        ))
        .inspect_err(|error| tracing::warn!("{error}; restart after changes"))
        .ok();
    let listed = orchestrator.clone();
    tokio::spawn(async move {
        // Until then the owners of schedules are not known.
        listed.listed().await;
        listed.run_schedules();
    });
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    let cluster = config.cluster.clone().zip(kept);
    let nodes = cluster
        .map(|(settings, kept)| Arc::new(Nodes::start(settings, kept, orchestrator.clone())));
    if let Some(nodes) = nodes.clone() {
        let shutdown = shutdown.clone();
        // Before running calls end, so that other nodes send no more.
        tokio::spawn(async move {
            shutdown.cancelled().await;
            nodes.withdraw();
        });
    }
    let Some(listener) = listener else {
        let limits = MessageLimits {
            max_bytes: config.http.max_request_bytes,
            max_memory: config.http.limits.client_bytes(),
        };
        luminarys_mcp::serve_stdio(orchestrator, config.tools, limits, shutdown).await?;
        if let Some(nodes) = nodes {
            nodes.leave().await;
            nodes.settle(SETTLE_TIMEOUT).await;
        }
        return Ok(exit::OK);
    };
    let (scheme, address) = (config.http.scheme(), listener.local_addr()?);
    let token = match options.auth.is_empty() {
        true => "",
        false => ", with a bearer token of http.auth",
    };
    let introduction = introduce(
        format!("{scheme}://{address}/mcp{token}"),
        config.file.is_some(),
        config.settings.clone(),
        orchestrator.clone(),
    );
    let told = orchestrator.clone();
    // Clients are served meanwhile.
    let introducing = AbortOnDropHandle::new(tokio::spawn(async move {
        introduction.await;
        for note in preflight::idle_patterns(&config, &told.tools()) {
            tracing::warn!("{note}");
        }
    }));
    luminarys_mcp::serve_http(orchestrator, options, gate, listener, shutdown).await?;
    drop(introducing);
    if let Some(nodes) = nodes {
        nodes.leave().await;
        nodes.settle(SETTLE_TIMEOUT).await;
    }
    Ok(exit::OK)
}

async fn listen(address: &Listen) -> anyhow::Result<TcpListener> {
    address.bind().await.with_context(|| {
        format!("cannot listen on {address}; choose another with --addr or http.addr")
    })
}

/// Prints the address once the tools are known, and what to do if there is nothing to serve.
async fn introduce(url: String, configured: bool, settings: Settings, orchestrator: Orchestrator) {
    if !configured {
        output::tell("no configuration found; serving the manifests ./skills/*.yaml");
    }
    orchestrator.listed().await;
    let compiled = tokio::time::timeout(COMPILE_TIMEOUT, orchestrator.loaded()).await;
    let tools = orchestrator.tools().len();
    output::tell(format_args!("{tools} tools for MCP clients at {url}"));
    if compiled.is_err() {
        output::tell(format_args!(
            "{} skills are still being loaded; their calls wait",
            orchestrator.unready()
        ));
    }
    if settings.manifests.is_empty() {
        let first = match configured {
            true => "",
            false => "`luminarys init` makes a configuration, ",
        };
        output::tell(format_args!(
            "no skill is configured; {first}`luminarys add FILE` adds a package, which is loaded without a restart"
        ));
    } else if settings.trust == Trust::Keys(Vec::new()) {
        output::tell(
            "no key is trusted, so every package is refused; `luminarys add` asks about each signer, or name their \
                 public keys in luminarys.yaml, such as `trust: [team.pub]`",
        );
    }
}

/// Returns the settings of the changed configuration, or logs why it cannot be used. Changes of clients apply at once.
fn reread(
    file: Option<PathBuf>,
    http: Http,
    (log, notes): (Log, Vec<String>),
    (audit, cluster): (Option<AuditOptions>, Option<ClusterSettings>),
    gate: Gate,
) -> impl Fn() -> Option<Settings> + Send + Sync + 'static {
    let auth = Mutex::new(http.auth.options.clone());
    let told = Mutex::new(notes);
    move || match Config::find(file.as_deref()) {
        Ok(config) => {
            // A log in the directory of the configuration changes that directory: a line each time would never end.
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if *told != config.notes {
                for note in &config.notes {
                    tracing::warn!("{note}");
                }
                told.clone_from(&config.notes);
            }
            let mut auth = auth.lock().unwrap_or_else(PoisonError::into_inner);
            if *auth != config.http.auth.options {
                match gate.replace(&config.http.auth.options) {
                    Ok(change) if change.is_closed => tracing::error!("{change}"),
                    Ok(change) => tracing::info!("{change}"),
                    Err(error) => {
                        tracing::error!("the clients of `http.auth` are unchanged: {error}");
                        return Some(config.settings);
                    }
                }
                auth.clone_from(&config.http.auth.options);
            }
            if http.differs_beyond_auth(&config.http)
                || config.log != log
                || config.settings.audit != audit
                || config.cluster != cluster
            {
                tracing::warn!(
                    "`http` (except `auth`), `log`, `audit` or `cluster` has changed: the change takes effect at the next start"
                );
            }
            Some(config.settings)
        }
        Err(error) => {
            tracing::error!(
                "the changed configuration is invalid, the previous one stays in use: {error}"
            );
            None
        }
    }
}

/// The first signal ends serving gracefully, the second at once.
fn stop_on_signal(shutdown: CancellationToken) -> impl Future<Output = ()> + Send {
    // Before the message that a signal ends the host is printed.
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt()).and_then(|it| Ok((it, signal(SignalKind::terminate())?)))
    };
    async move {
        #[cfg(unix)]
        let (mut interrupt, mut terminate) = match signals {
            Ok(signals) => signals,
            Err(error) => {
                tracing::warn!("signals will end the host at once: {error}");
                return;
            }
        };
        for is_second in [false, true] {
            #[cfg(unix)]
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            #[cfg(not(unix))]
            let _ = tokio::signal::ctrl_c().await;
            if is_second {
                std::process::exit(exit::SKILL.into());
            }
            tracing::info!("stopping: running calls may finish; a second signal ends them");
            shutdown.cancel();
        }
    }
}

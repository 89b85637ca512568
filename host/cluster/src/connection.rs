//! The connection of this node to NATS.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event};
use luminarys_text::visible;
use tokio::sync::watch;

use crate::credentials::{read_credentials, read_seed};
use crate::error::{ConnectError, LEAST_MAX_PAYLOAD, OLDEST_SERVER};
use crate::names::NodeName;
use crate::settings::{ClusterSettings, Credentials, shown};
use crate::subjects::Subjects;

/// How often the server is asked whether it is still there. After three questions without an answer the connection is lost.
const PING: Duration = Duration::from_secs(1);
/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest pause between two attempts to connect again.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How many received messages may wait for the task that distributes them. More are dropped, which ends their links.
const WAITING_MESSAGES: usize = 1 << 13;
/// How many messages may wait to be written: each link waits while there are more.
const WAITING_WRITES: usize = 1 << 9;

/// How long a server that has been gone for long is waited for: it is tried again within [`LONGEST_PAUSE`].
const GRACE: Duration = Duration::from_millis(1_500);

/// Returns how long to wait for the servers: `usual`, and less once they have been gone for as long, so that not every call waits
/// for them again.
pub(crate) fn patience(lost_for: Option<Duration>, usual: Duration) -> Duration {
    match lost_for {
        Some(lost) if lost >= usual => GRACE.min(usual),
        _ => usual,
    }
}

/// Reads the credentials of a node, without connecting. Blocks briefly.
///
/// # Errors
/// [`ConnectError::Credentials`] or [`ConnectError::Malformed`].
pub fn check_credentials(settings: &ClusterSettings) -> Result<(), ConnectError> {
    options(settings).map(drop)
}

/// A connection to NATS, which is made again whenever it breaks. Cheap to clone.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    node: NodeName,
    subjects: Arc<Subjects>,
    replicas: usize,
    breaks: watch::Receiver<u64>,
    /// When the connection was lost, while there is none.
    lost: Arc<Mutex<Option<Instant>>>,
}

impl Connection {
    /// Connects this node. Blocks briefly while it reads the credentials.
    ///
    /// # Errors
    /// [`ConnectError`]: credentials cannot be read, no server can be reached or none accepts this node, or the server is too
    /// old.
    pub async fn open(settings: &ClusterSettings) -> Result<Self, ConnectError> {
        let subjects = Subjects::new(settings.cluster.clone());
        let (broken, breaks) = watch::channel(0);
        let lost: Arc<Mutex<Option<Instant>>> = Arc::default();
        let noted = lost.clone();
        let options = options(settings)?
            .name(format!("luminarys {}", settings.node))
            .custom_inbox_prefix(subjects.inbox(&settings.node))
            .ping_interval(PING)
            .connection_timeout(CONNECT)
            .subscription_capacity(WAITING_MESSAGES)
            .client_capacity(WAITING_WRITES)
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
                LONGEST_PAUSE.min(Duration::from_millis(50).saturating_mul(attempt))
            })
            .event_callback(move |event| {
                told(&event, &broken, is_lost(&noted));
                note_loss(&event, &noted);
                std::future::ready(())
            });
        let client = options
            .connect(settings.urls.clone())
            .await
            .map_err(|source| {
                let urls: Vec<String> = settings.urls.iter().map(|url| shown(url)).collect();
                let urls = urls.join(", ");
                ConnectError::Connect { urls, source }
            })?;
        check_server(&client)?;
        Ok(Self {
            client,
            node: settings.node.clone(),
            subjects: Arc::new(subjects),
            replicas: settings.replicas,
            breaks,
            lost,
        })
    }

    /// Returns the client of NATS.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the name of this node.
    pub fn node(&self) -> &NodeName {
        &self.node
    }

    /// Returns the subjects of the cluster.
    pub fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// Returns how many servers are to keep each stream that this node makes.
    pub fn replicas(&self) -> usize {
        self.replicas
    }

    /// Waits until everything is sent.
    pub async fn flush(&self) {
        if let Err(error) = self.client.flush().await {
            tracing::debug!(%error, "not everything was sent to NATS");
        }
    }

    /// Returns whether the server can be reached at the moment.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Returns how long there has been no connection; none while there is one.
    pub fn lost_for(&self) -> Option<Duration> {
        if self.is_connected() {
            return None;
        }
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        Some(lost.map_or(Duration::ZERO, |lost| lost.elapsed()))
    }

    /// Returns how often the connection has been lost, as a value to wait for changes of.
    pub fn breaks(&self) -> watch::Receiver<u64> {
        self.breaks.clone()
    }
}

/// Takes note of when the connection was lost.
fn note_loss(event: &Event, lost: &Mutex<Option<Instant>>) {
    let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        Event::Disconnected | Event::Closed => drop(lost.get_or_insert_with(Instant::now)),
        Event::Connected => *lost = None,
        _ => {}
    }
}

fn is_lost(lost: &Mutex<Option<Instant>>) -> bool {
    lost.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .is_some()
}

/// Takes note of an event of the connection, which was lost before or not.
fn told(event: &Event, broken: &watch::Sender<u64>, was_lost: bool) {
    match event {
        Event::Disconnected => {
            tracing::warn!("the connection to NATS is lost; connecting again");
            broken.send_modify(|breaks| *breaks += 1);
        }
        Event::Closed => broken.send_modify(|breaks| *breaks += 1),
        Event::Connected => tracing::info!("connected to NATS"),
        Event::SlowConsumer(_) => {
            tracing::warn!("messages of NATS are dropped: this node does not keep up");
        }
        Event::ServerError(error) => {
            tracing::warn!(
                %error,
                "the NATS server refuses something; its permissions for this node must be those that `luminarys cluster permissions` prints"
            );
        }
        // Each try to connect again ends with one.
        Event::ClientError(error) if was_lost => {
            tracing::debug!(%error, "the connection to NATS cannot be made");
        }
        Event::ClientError(error) => {
            tracing::warn!(%error, "the connection to NATS has a problem");
        }
        Event::LameDuckMode => tracing::info!("the NATS server is about to stop"),
        Event::Draining => {}
    }
}

fn options(settings: &ClusterSettings) -> Result<ConnectOptions, ConnectError> {
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |source: io::Error| ConnectError::Credentials { path, source }
    };
    let malformed = |path: &Path, expected| ConnectError::Malformed {
        path: path.display().to_string(),
        expected,
    };
    let mut options = ConnectOptions::new();
    options = match &settings.credentials {
        Credentials::Nothing | Credentials::Certificate => options,
        Credentials::NkeyFile(path) => {
            let seed = read_seed(path).map_err(unreadable(path))?;
            let expected = "the seed of a user's NKey, which begins with SU";
            options.nkey(seed.ok_or_else(|| malformed(path, expected))?)
        }
        Credentials::File(path) => {
            let text = read_credentials(path).map_err(unreadable(path))?;
            let expected = "a user's JWT and seed, as nsc writes them";
            options
                .credentials(&text)
                .map_err(|_| malformed(path, expected))?
        }
    };
    let Some(tls) = &settings.tls else {
        return Ok(options);
    };
    options = options.require_tls(true);
    if tls.first {
        options = options.tls_first();
    }
    if let Some(ca) = &tls.ca {
        options = options.add_root_certificates(ca.clone());
    }
    if let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

fn check_server(client: &Client) -> Result<(), ConnectError> {
    let info = client.server_info();
    let url = format!("{}:{}", info.host, info.port);
    let (major, minor, patch) = OLDEST_SERVER;
    if !client.is_server_compatible(major, minor, patch) {
        let version = visible(&info.version).into_owned();
        return Err(ConnectError::TooOld { url, version });
    }
    if !info.headers {
        return Err(ConnectError::NoHeaders(url));
    }
    if info.max_payload < LEAST_MAX_PAYLOAD {
        return Err(ConnectError::SmallMessages {
            url,
            most: info.max_payload,
            least: LEAST_MAX_PAYLOAD,
        });
    }
    Ok(())
}

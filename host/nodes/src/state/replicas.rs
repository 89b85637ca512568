//! This node's copies of the namespaces that the cluster keeps.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use luminarys_cluster::{ClusterName, Log, Replica};
use luminarys_store::StoreDatabase;

/// How many copies are held open at most.
const MOST: usize = 4_096;
/// How long a copy that nobody uses is held open.
const IDLE: Duration = Duration::from_secs(60);

/// Opens the log of a namespace.
type Logs = Box<dyn Fn(&str) -> Arc<dyn Log> + Send + Sync>;

/// This node's copies of namespaces, each opened when it is first used. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Replicas(Arc<Inner>);

struct Inner {
    cluster: ClusterName,
    /// A file of its own: it is used all the time, and redb locks it.
    database: StoreDatabase,
    /// Set once the node has reached the cluster.
    logs: OnceLock<Logs>,
    open: Mutex<HashMap<String, Open>>,
}

struct Open {
    replica: Arc<Replica>,
    used: Instant,
}

impl Replicas {
    /// Keeps copies in `data_dir/cluster/store.redb`, or else in memory. None can be used before [`Replicas::connect`].
    ///
    /// # Errors
    /// The operating system's, when the directory cannot be made.
    pub fn new(cluster: ClusterName, data_dir: Option<&Path>) -> io::Result<Self> {
        let directory = data_dir.map(|data_dir| data_dir.join("cluster"));
        if let Some(directory) = &directory {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(directory)?;
        }
        Ok(Self(Arc::new(Inner {
            cluster,
            database: StoreDatabase::new(directory.as_deref()),
            logs: OnceLock::new(),
            open: Mutex::default(),
        })))
    }

    /// Takes note that the node has reached the cluster; later calls are ignored.
    pub fn connect(&self, logs: impl Fn(&str) -> Arc<dyn Log> + Send + Sync + 'static) {
        let _ = self.0.logs.set(Box::new(logs));
    }

    /// Returns the name of the cluster.
    pub fn cluster(&self) -> &ClusterName {
        &self.0.cluster
    }

    /// Returns the copy of a namespace.
    ///
    /// # Errors
    /// Why there is none.
    pub fn get(&self, namespace: &str) -> Result<Arc<Replica>, String> {
        let cluster = &self.0.cluster;
        let logs = self.0.logs.get().ok_or_else(|| {
            format!("this node has not reached the cluster {cluster} yet; its log says why")
        })?;
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(found) = open.get_mut(namespace) {
            found.used = now;
            return Ok(found.replica.clone());
        }
        if open.len() >= MOST {
            open.retain(|_, it| {
                Arc::strong_count(&it.replica) > 1 || now.duration_since(it.used) < IDLE
            });
        }
        if open.len() >= MOST {
            return Err(format!(
                "this node uses {MOST} shared namespaces already; try again in a minute, or use fewer"
            ));
        }
        // Two clusters have different logs of one name.
        let copy = format!("{cluster}/{namespace}");
        let replica = Replica::new(self.0.database.clone(), &copy, logs(namespace));
        let replica = Arc::new(replica);
        let opened = Open {
            replica: replica.clone(),
            used: now,
        };
        open.insert(namespace.to_owned(), opened);
        Ok(replica)
    }
}

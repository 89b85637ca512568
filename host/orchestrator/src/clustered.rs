//! What the nodes of a cluster keep together, in place of what one host keeps for itself.

use std::fmt;
use std::sync::Arc;

use luminarys_runtime::SharedStoreSlot;

use crate::router::EventRouter;
use crate::scheduled::ScheduleStore;

/// What the nodes of a cluster keep together. By default nothing: the host keeps it for itself.
#[derive(Clone, Default)]
pub struct Clustered {
    /// The namespaces that skills share.
    pub shared_store: SharedStoreSlot,
    /// The scheduled calls, in place of those in the data directory.
    pub schedules: Option<Arc<dyn ScheduleStore>>,
    /// Which node delivers events to each skill.
    pub router: Option<Arc<dyn EventRouter>>,
}

impl fmt::Debug for Clustered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clustered")
    }
}

//! Changes of the tools that a client sees.

use std::sync::Arc;

use luminarys_orchestrator::Orchestrator;
use tokio::sync::watch;

use crate::auth::{Gate, Table};

/// Watches for changes of the tools that a client sees. A clone has seen the same changes.
#[derive(Clone)]
pub(crate) struct ToolChanges {
    tools: watch::Receiver<u64>,
    clients: Option<watch::Receiver<Arc<Table>>>,
}

impl ToolChanges {
    /// Starts watching.
    pub fn new(orchestrator: &Orchestrator, gate: Option<&Gate>) -> Self {
        let mut tools = orchestrator.tools_changed();
        tools.mark_unchanged();
        let clients = gate.map(Gate::changes);
        Self { tools, clients }
    }

    /// Waits until the tools may have changed; returns false when they can no longer change.
    pub async fn changed(&mut self) -> bool {
        let Some(clients) = &mut self.clients else {
            return self.tools.changed().await.is_ok();
        };
        tokio::select! {
            changed = self.tools.changed() => changed.is_ok(),
            changed = clients.changed() => changed.is_ok(),
        }
    }
}

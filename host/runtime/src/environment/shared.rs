//! The state that all stores of one skill share, independent of capabilities.

use std::sync::Arc;

use luminarys_accounts::SkillAccounts;
use luminarys_blocking::Lane;
use luminarys_filesystem::Views;
use luminarys_grants::Grants;
use luminarys_network::Network;
use luminarys_network::hosted::Hosted;

use crate::AuditLog;
use crate::capabilities::log_rate::LogRate;
use crate::cluster::ClusterSlot;
use crate::limits::Limits;
use crate::peers::PeersSlot;
use crate::spares::Spares;
use crate::turns::Board;

/// One skill: its identity, grants, limits and accounts.
pub(crate) struct SkillShared {
    /// The instance id.
    pub id: String,
    pub grants: Arc<Grants>,
    pub limits: Limits,
    pub lane: Lane,
    /// The accounts of the host's memory for it, and of its instances' memory.
    pub accounts: SkillAccounts,
    /// The board on which calls of all skills wait for their turn.
    pub board: Board,
    /// The files in its granted directories.
    pub filesystem: Views,
    /// Connections to its granted addresses.
    pub network: Network,
    /// Connections that the host reads for it.
    pub hosted: Hosted,
    /// Whether its messages and output are logged.
    pub log: bool,
    pub log_rate: LogRate,
    pub peers: PeersSlot,
    pub cluster: ClusterSlot,
    /// The prepared instances of all skills.
    pub spares: Arc<Spares>,
    pub audit: AuditLog,
}

impl SkillShared {
    /// Returns whether a line of the skill may be logged.
    pub fn admits_line(&self) -> bool {
        self.log && self.log_rate.admit_line(&self.id)
    }
}

//! What all stores of one skill share, whatever capabilities they use.

use std::sync::Arc;

use luminarys_accounts::SkillAccounts;
use luminarys_blocking::Lane;
use luminarys_filesystem::Views;
use luminarys_grants::Grants;
use luminarys_network::Network;
use luminarys_network::hosted::Hosted;

use crate::AuditLog;
use crate::capabilities::log_rate::LogRate;
use crate::limits::Limits;
use crate::peers::PeersSlot;
use crate::turns::Board;

/// One skill: who it is, what it may do, and what the host keeps account of.
pub(crate) struct SkillShared {
    /// The instance id.
    pub id: String,
    pub grants: Arc<Grants>,
    pub limits: Limits,
    pub lane: Lane,
    /// What the host holds for it, and the memory of its instances.
    pub accounts: SkillAccounts,
    /// Where calls of all skills wait for their turn.
    pub board: Board,
    /// The directories of its manifest.
    pub filesystem: Views,
    /// Connections to the addresses of its manifest.
    pub network: Network,
    /// Connections that the host reads for it.
    pub hosted: Hosted,
    /// Whether its messages and output are logged.
    pub log: bool,
    pub log_rate: LogRate,
    pub peers: PeersSlot,
    pub audit: AuditLog,
}

impl SkillShared {
    /// Returns whether a line of the skill's is logged.
    pub fn admits_line(&self) -> bool {
        self.log && self.log_rate.admit_line(&self.id)
    }
}

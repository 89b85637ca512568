//! What tests share: grants, accounts and an audit log without a manifest's file.

use luminarys_accounts::{Accounts, HostLimits, SkillAccounts};
use luminarys_audit::{AuditLog, CallAudit, Verdict};
use luminarys_grants::{Grants, Manifest};

use crate::network::{Network, NetworkOptions};

/// One skill's side of the network.
pub(crate) struct Skill {
    pub network: Network,
    pub grants: Grants,
    pub audit: CallAudit,
    pub accounts: SkillAccounts,
}

impl Skill {
    /// A skill with the section `permissions` of a manifest, for which the host holds at most `held` bytes.
    pub fn new(permissions: &str, held: u64) -> Self {
        let text = format!("id: s\npath: s.skill\npermissions:\n  {permissions}\n");
        let manifest = Manifest::parse("s.yaml", &text, &|_| None).unwrap();
        let limits = HostLimits {
            held,
            guest_memory: 0,
            descriptors: 1000,
        };
        Self {
            network: Network::new(NetworkOptions::default()).unwrap().of_skill(),
            grants: Grants::open(&manifest).unwrap(),
            audit: CallAudit {
                log: AuditLog::default(),
                skill: "s".to_owned(),
                method: "m".to_owned(),
                client: None,
                session: String::new(),
                request: "1".into(),
                trace: "1".into(),
                caller: String::new(),
                parent: None,
            },
            accounts: Accounts::new(limits).skill("s", held, None),
        }
    }

    /// Returns how often `capability` was allowed.
    pub fn allowed(&self, capability: &str) -> u64 {
        let counts = self.audit.log.counts().into_iter();
        let counts = counts.filter(|(_, counted, verdict, _)| {
            counted == capability && *verdict == Verdict::Allowed
        });
        counts.map(|(_, _, _, count)| count).sum()
    }
}

/// Runs `work` on one thread.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

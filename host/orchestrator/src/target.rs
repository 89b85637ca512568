//! A skill that may be called, and where it runs.

use std::sync::Arc;

use luminarys_grants::{InvokeGrants, McpSection};
use luminarys_runtime::Method;

use crate::deployed::Deployed;
use crate::remote::RemoteSkill;

/// A skill that may be called, where it runs.
#[derive(Clone)]
pub(crate) enum Target {
    /// On this node.
    Here(Arc<Deployed>),
    /// On other nodes, and not on this one.
    Elsewhere(Arc<RemoteSkill>),
}

impl Target {
    /// Returns a method.
    pub fn method(&self, name: &str) -> Option<&Method> {
        match self {
            Self::Here(deployed) => deployed.method(name),
            Self::Elsewhere(remote) => remote.method(name),
        }
    }

    /// Returns who may call it, as far as this node knows.
    pub fn invoke_grants(&self) -> &InvokeGrants {
        match self {
            Self::Here(deployed) => deployed.invoke_grants(),
            Self::Elsewhere(remote) => &remote.invoke,
        }
    }

    /// Returns how its methods become tools.
    pub fn section(&self) -> &McpSection {
        match self {
            Self::Here(deployed) => &deployed.section,
            Self::Elsewhere(remote) => &remote.section,
        }
    }
}

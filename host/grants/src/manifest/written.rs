//! The manifest as written.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::mcp::RawMcp;
use super::package::RawPackage;
use super::runtime::RuntimeSection;
use crate::capabilities::{RawEnv, RawInvokePolicy, RawPermissions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawManifest {
    pub id: Spanned<String>,
    pub path: String,
    #[serde(default)]
    pub package: RawPackage,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub permissions: RawPermissions,
    #[serde(default)]
    pub invoke_policy: RawInvokePolicy,
    #[serde(default)]
    pub mcp: RawMcp,
    #[serde(default)]
    pub env: RawEnv,
    #[serde(default)]
    pub runtime: RuntimeSection,
}

//! `mcp`: how a skill appears to MCP clients.

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::names;
use crate::section::{List, Reader};
use crate::yaml::YamlError;

/// How methods become tools.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// One tool per method.
    #[default]
    PerMethod,
    /// One tool with a `method` argument.
    PerSkill,
    /// No tools: only other skills call it.
    None,
}

/// The `mcp` section.
#[derive(Clone, Debug, Default)]
pub struct McpSection {
    /// The prefix of tool names, instead of the id; empty for no prefix.
    pub name: Option<String>,
    /// How methods become tools.
    pub mapping: Mapping,
    /// Methods that do not become tools.
    pub hidden_methods: Vec<String>,
    /// If not empty, the only methods that become tools.
    pub exposed_methods: Vec<String>,
}

/// The section as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMcp {
    name: Option<Spanned<String>>,
    mapping: Mapping,
    hidden_methods: List,
    exposed_methods: List,
}

impl RawMcp {
    /// Validates the section, including every method name.
    ///
    /// # Errors
    /// [`YamlError`] at the first invalid method name.
    pub fn section(self, file: &str) -> Result<McpSection, YamlError> {
        let read = Reader::new(file);
        if let Some(name) = &self.name {
            let at = |message| YamlError::new(file, name.referenced.line(), message);
            names::check_prefix(&name.value).map_err(at)?;
        }
        Ok(McpSection {
            name: self.name.map(|name| name.value),
            mapping: self.mapping,
            hidden_methods: read.names(
                "mcp.hidden_methods",
                self.hidden_methods,
                names::check_method,
            )?,
            exposed_methods: read.names(
                "mcp.exposed_methods",
                self.exposed_methods,
                names::check_method,
            )?,
        })
    }
}

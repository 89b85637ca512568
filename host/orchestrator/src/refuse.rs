//! Refuses calls by the rules for clients, before a skill's own policy is checked.

use luminarys_grants::Denial;
use luminarys_runtime::CallContext;

use crate::Orchestrator;

/// The capability in metrics and in the audit log.
const TOOLS: &str = "tools";

impl Orchestrator {
    /// Records that the rule of client `rule` does not allow `call` to use a tool: in the audit log, the metrics and
    /// the log. An unknown tool is not recorded.
    pub fn refuse_tool(&self, tool: &str, call: &CallContext, rule: &str) {
        let registry = self.registry();
        let Some(found) = registry.tool(tool) else {
            return;
        };
        let skill = found.skill.as_str();
        let method = found.method.as_deref().unwrap_or_default();
        let reason = "the client's `tools` do not include it";
        let line = format!(
            "none in a manifest: {tool} is to be in `tools` of the client {rule} in http.auth"
        );
        let denial = Denial::new(TOOLS, tool, reason, line);
        self.0.metrics.denial(skill, TOOLS);
        let audit = call.audit(&self.0.metrics.audit, skill, method);
        let is_first = audit.denied(&denial);
        if is_first && self.admits_line(skill) {
            let client = call.client_name();
            tracing::info!(skill, method, client, "call refused: {denial}");
        }
    }
}

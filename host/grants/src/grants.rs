//! A manifest, opened: everything that decides over a skill's calls.

use std::collections::{BTreeMap, BTreeSet};

use luminarys_text::Registered;

use crate::events::EventGrants;
use crate::filesystem::{FilesystemGrants, OpenError};
use crate::invoke::InvokeGrants;
use crate::llm::LlmGrants;
use crate::manifest::Manifest;
use crate::network::{HttpGrants, TcpGrants};
use crate::protected::Protected;
use crate::schedule::ScheduleGrants;
use crate::shell::ShellGrants;
use crate::store::StoreGrants;

/// What one deployed skill may do.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// The instance id.
    pub skill: String,
    /// Files.
    pub filesystem: FilesystemGrants,
    /// HTTP and WebSocket.
    pub http: HttpGrants,
    /// TCP.
    pub tcp: TcpGrants,
    /// Commands.
    pub shell: ShellGrants,
    /// Calls to and from other skills.
    pub invoke: InvokeGrants,
    /// Events.
    pub events: EventGrants,
    /// Language models.
    pub llm: LlmGrants,
    /// Calls of its own methods that wait.
    pub schedule: ScheduleGrants,
    /// Kept keys and values.
    pub store: StoreGrants,
    /// Whether files may be sent between nodes.
    pub file_transfer: bool,
    /// The environment the skill sees.
    pub env: BTreeMap<String, String>,
    /// The names in it whose values nobody may read in logs.
    pub secret_env: BTreeSet<String>,
    /// Keeps those values out of logs and errors.
    pub secrets: Registered,
}

impl Grants {
    /// Opens the directories of `manifest` and compiles its patterns. Nothing is looked up by path after this.
    ///
    /// # Errors
    /// [`OpenError`] when a granted directory cannot be opened.
    pub fn open(manifest: &Manifest) -> Result<Self, OpenError> {
        let permissions = &manifest.permissions;
        let filesystem = FilesystemGrants::open(manifest)?;
        Ok(Self {
            skill: manifest.id.clone(),
            http: HttpGrants::open(&permissions.http)?,
            tcp: TcpGrants::open(&permissions.tcp)?,
            shell: ShellGrants::open(&permissions.shell, &filesystem)?,
            filesystem,
            invoke: InvokeGrants::new(&manifest.invoke_policy),
            events: EventGrants::new(&permissions.events),
            llm: LlmGrants(permissions.llm.clone()),
            schedule: ScheduleGrants(permissions.schedule.clone()),
            store: StoreGrants::new(&permissions.store),
            file_transfer: permissions.file_transfer.enabled,
            env: manifest.env.clone(),
            secret_env: manifest.secret_env.clone(),
            secrets: manifest.secrets.clone(),
        })
    }

    /// Whether something outside of the host can be reached with these grants: directly, by a command, by a model, or by
    /// another skill, which may be granted more. What is not known for sure is taken to be reached.
    pub fn reaches_out(&self) -> bool {
        self.http.enabled
            || self.tcp.enabled
            || self.shell.enabled
            || self.llm.0.enabled
            || self.file_transfer
            || self.invoke.may_invoke_any()
            || self.events.may_emit_any()
    }

    /// Closes `protected` to the skill on every road, whatever the manifest says.
    pub fn protect(&mut self, protected: &Protected) {
        self.filesystem.protect(protected);
        self.shell.directories.protect(protected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_out() {
        for (text, expected) in [
            ("", false),
            ("permissions: {fs: {enabled: true, dirs: ['/:rw']}}", false),
            ("permissions: {store: {shared: ['a:rw']}}", false),
            ("permissions: {events: {subscribe: [a]}}", false),
            ("invoke_policy: {can_be_invoked_by: ['*']}", false),
            ("permissions: {events: {emit: [a]}}", true),
            (
                "permissions: {http: {enabled: true, allowlist: ['https://a/**']}}",
                true,
            ),
            ("permissions: {tcp: {enabled: true}}", true),
            (
                "permissions: {shell: {enabled: true, allowlist: [ls], network: false}}",
                true,
            ),
            ("permissions: {llm: {enabled: true}}", true),
            ("invoke_policy: {can_invoke: [a]}", true),
        ] {
            let text = format!("id: a\npath: b\n{text}\n");
            let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
            let grants = Grants::open(&manifest).unwrap();
            assert_eq!(grants.reaches_out(), expected, "{text}");
        }
    }
}

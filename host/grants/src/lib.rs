//! What a skill may do: the manifest, its patterns, and the decision for every capability. Decisions are pure; the only
//! input and output is opening the granted directories, once.
//!
//! - `manifest`: the YAML an operator writes; `yaml`: text as written, errors with a place and a key
//! - `pattern`: globs; `denial`: a refusal and the line that would lift it
//! - `grants`: the manifest, opened; `filesystem`, `network`, `shell`, `invoke`, `events`, `schedule`: a section each
//! - `narrowing`: what a call may not do because of what its method declares
//! - `path_set`: what `filesystem` decides by; `url_pattern`, `addresses`: what `network` does; `unresolved`: what it does where
//!   a proxy looks names up
//! - `protected`: what is closed to every skill, because it gives authority
//! - `kind`: what each kind of text looks like, so that patterns that match nothing are found; `automaton`: sets of texts
//! - `requirement`: what a package needs against what is granted

mod addresses;
mod automaton;
pub mod command;
mod denial;
mod events;
mod filesystem;
mod grants;
mod invoke;
mod kind;
mod llm;
mod manifest;
mod narrowing;
mod network;
mod path_set;
pub mod pattern;
mod protected;
mod requirement;
mod schedule;
mod shell;
mod store;
mod unresolved;
mod url_pattern;
pub mod yaml;

pub use addresses::{AddressClass, AddressRule, classify};
pub use denial::Denial;
pub use events::EventGrants;
pub use filesystem::{Access, DirectoryGrant, FilesystemGrants, OpenError};
pub use grants::Grants;
pub use invoke::InvokeGrants;
pub use llm::LlmGrants;
pub use manifest::{
    DirectoryEntry, Entry, EventsSection, FsSection, HttpSection, InvokePolicy, Isolation,
    LlmSection, Manifest, ManifestError, Mapping, McpSection, NetworkSection, PackageSection,
    Permissions, RuntimeSection, ScheduleSection, ShellLimits, ShellSection, StoreSection,
    TcpSection, TransferSection, UNSIGNED,
};
pub use narrowing::{Effect, Narrowing};
pub use network::{HttpGrants, NameGrant, NetworkGrants, TcpGrants};
pub use protected::{AuthorityPlace, CarveOut, FileId, Places, Protected, Protection, Rule};
pub use requirement::RequirementVerdict;
pub use schedule::ScheduleGrants;
pub use shell::ShellGrants;
pub use store::StoreGrants;
pub use url_pattern::UrlPattern;

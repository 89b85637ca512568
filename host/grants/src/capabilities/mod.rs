//! The capabilities, one file or folder each: its section of the manifest, its decisions, what satisfies a requirement,
//! the operator's questions, and its command-line words.
//!
//! - `network`: what `http` and `tcp` share
//! - `permissions`: the section `permissions`, which most of them have a key in
//!
//! The list below is the only place that names every capability. `grants` and `permissions` generate their fields from
//! it; the rest of the host uses those.

/// The list. Passes `$define` one line per capability: the manifest's key, the section as written and as read, and the
/// field of [`crate::Grants`] with its type.
macro_rules! capabilities {
    ($define:ident) => {
        $define! {
            // Opened first: other capabilities may work in its directories.
            files { fs: RawFs, FsSection => filesystem: FilesystemGrants }
            // The other keys of `permissions`.
            permissions {
                http: RawHttp, HttpSection => http: HttpGrants;
                tcp: RawTcp, TcpSection => tcp: TcpGrants;
                shell: RawShell, ShellSection => shell: ShellGrants;
                file_transfer: RawTransfer, TransferSection => file_transfer: TransferGrants;
                events: RawEvents, EventsSection => events: EventGrants;
                store: RawStore, StoreSection => store: StoreGrants;
                llm: LlmSection, LlmSection => llm: LlmGrants;
                schedule: RawSchedule, ScheduleSection => schedule: ScheduleGrants;
            }
            // Keys of the manifest itself.
            manifest {
                env => env: EnvSection;
                invoke_policy => invoke: InvokeGrants;
            }
        }
    };
}

mod env;
mod events;
mod file_transfer;
mod filesystem;
mod http;
mod llm;
mod network;
mod permissions;
mod schedule;
mod shell;
mod skills;
mod store;
mod tcp;

pub(crate) use capabilities;
pub use env::EnvSection;
pub(crate) use env::{RawEnv, Variable, has_line, variables};
pub(crate) use events::RawEvents;
pub use events::{EventGrants, EventsSection};
pub(crate) use file_transfer::RawTransfer;
pub use file_transfer::{NodeTransferError, TransferGrants, TransferSection};
pub(crate) use filesystem::RawFs;
pub use filesystem::{DirectoryGrant, FilesystemGrants, FsSection};
pub(crate) use http::RawHttp;
pub use http::{HttpGrants, HttpSection};
pub use llm::{LlmGrants, LlmSection};
pub use network::{NameGrant, NetworkGrants, NetworkSection};
pub use permissions::Permissions;
pub(crate) use permissions::RawPermissions;
pub(crate) use schedule::RawSchedule;
pub use schedule::{ScheduleGrants, ScheduleSection};
pub(crate) use shell::RawShell;
pub use shell::{ShellGrants, ShellLimits, ShellSection};
pub(crate) use skills::RawInvokePolicy;
pub use skills::{InvokeGrants, InvokeLimits, InvokePolicy};
pub(crate) use store::RawStore;
pub use store::{StoreGrants, StoreSection};
pub(crate) use tcp::RawTcp;
pub use tcp::{TcpGrants, TcpSection};

#[cfg(test)]
pub(crate) use events::TOPIC;
#[cfg(test)]
pub(crate) use filesystem::tests::grants as unopened;
#[cfg(test)]
pub(crate) use shell::{COMMAND, matching_command};

//! WASI 0.2 and 0.3 under the same manifest: files go through the `filesystem` capability, the environment is the
//! manifest's `env`, output goes to the log, HTTP and sockets pass the checks of `permissions.http` and
//! `permissions.tcp`.

mod clock;
mod connections;
mod context;
mod descriptors;
mod effects;
mod files;
mod http;
mod lookup;
mod output;
mod sockets;
mod state;

pub(crate) use connections::count_connections;
pub(crate) use files::guard_files;
pub(crate) use lookup::guard_lookups;
pub(crate) use state::Wasi;

//! `archive`: packs and unpacks directory trees with `luminarys-archive`.
//!
//! - `state`: the capability; `host`: the functions; `resources`: the guest's resources; `setters`: setters of options

mod host;
mod resources;
mod setters;
mod state;

pub use resources::ArchiveOptions;
pub(crate) use state::ArchiveCapability;

//! `archive`: trees into one file and back, by `luminarys-archive`.
//!
//! - `state`: the capability; `host`: the way to the guest; `resources`: what a guest holds, `setters`: of options

mod host;
mod resources;
mod setters;
mod state;

pub use resources::ArchiveOptions;
pub(crate) use state::ArchiveCapability;

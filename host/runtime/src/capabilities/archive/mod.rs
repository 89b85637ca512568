//! `archive`: trees into one file and back, by `luminarys-archive`; `host` is the way to the guest.

mod host;
mod state;

pub(crate) use state::ArchiveCapability;

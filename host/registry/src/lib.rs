//! Skills in OCI registries: a package is published and pulled as a WebAssembly OCI artifact, as the CNCF TAG Runtime lays
//! it out: a config of type `application/vnd.wasm.config.v0+json` and one layer of type `application/wasm`, the package.
//!
//! Nothing a registry answers is believed. Every read has a bound, everything is verified against its digest, and whoever pulls
//! checks the package's signature as that of a file.
//!
//! - `reference`: `oci://host/repository:tag@sha256:…`; `digest`: what it pins
//! - `client`: publishing and pulling; `artifact`: the manifest and config in between; `cache`: what was pulled, on disk
//! - `session`: requests to one registry and who they are from; `credentials`: Docker's configuration
//! - `transport`: HTTP with bounds; `address`: where requests may go

mod address;
mod artifact;
mod cache;
mod client;
mod credentials;
mod digest;
mod error;
mod reference;
mod session;
mod transport;

pub use cache::Cache;
pub use client::{Client, Published, Pulled};
pub use credentials::Credentials;
pub use digest::Digest;
pub use error::RegistryError;
pub use reference::{Reference, ReferenceError, SCHEME};
pub use transport::{Options, PlainHttp};

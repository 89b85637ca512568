//! Skills in OCI registries: a package is published and pulled as a WebAssembly OCI artifact, as specified by the CNCF
//! TAG Runtime: a config of type `application/vnd.wasm.config.v0+json` and one layer of type `application/wasm`, the
//! package.
//!
//! Responses of a registry are not trusted. Every read is bounded, everything is verified against its digest, and the
//! caller verifies the package's signature as for a file.
//!
//! - `reference`: `oci://host/repository:tag@sha256:…`; `digest`: SHA-256 digests
//! - `client`: publishes and pulls; `artifact`: the manifest and config; `cache`: pulled files on disk
//! - `session`: authenticated requests to one registry; `credentials`: Docker's configuration
//! - `transport`: HTTP with limits; `address`: allowed redirects

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

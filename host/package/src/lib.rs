//! The `.skill` file: a WebAssembly component with two custom sections of ours.
//!
//! - `luminarys:descriptor`, JSON: what the skill is ([`Descriptor`]); put in by [`embed`]
//! - `luminarys:signature`, the last section: a statement over every byte before it, and its Ed25519 signature;
//!   put in by [`sign`]
//!
//! [`Package::read`] takes a file apart without running any of it; [`Package::verify`] decides whether to trust it.
//!
//! # Keys as text
//! One line, `luminarys-secret-key-v1:` or `luminarys-public-key-v1:` and 32 bytes in base64, then optionally a blank
//! and a comment. Lines that begin with `#` are passed over.

mod descriptor;
mod error;
mod keys;
mod package;
mod sections;
mod signature;

pub use descriptor::{Abi, Descriptor, Method, Parameter, Requirement, Visibility};
pub use error::{KeyError, PackageError};
pub use keys::{PublicKey, SecretKey, Trust};
pub use package::{MAX_PACKAGE_BYTES, Package, Verified, embed};
pub use signature::{Signature, sign};

//! The `.skill` file: a WebAssembly component with two custom sections of ours.
//!
//! - `luminarys:descriptor`, JSON: what the skill is ([`Descriptor`]); put in by [`embed`]
//! - `luminarys:signature`, the file's last bytes; put in by [`sign`]
//!
//! [`Package::read`] takes a file apart without running any of it; [`Package::verify`] decides whether to trust it.
//! Any component tool can read a `.skill`; whatever such a tool rewrites is no longer what was signed.
//!
//! # The signature section
//! | bytes | what |
//! |---|---|
//! | 1 | the section's format: 1 |
//! | 32 | the signer's Ed25519 public key |
//! | 64 | the Ed25519 signature, over the domain text and then the statement's bytes as they stand |
//! | the rest | the statement, JSON in UTF-8 |
//!
//! The domain text is `luminarys skill package signature v1` and a zero byte; it keeps a signature made here from
//! meaning anything elsewhere. The statement is an object of exactly these members:
//!
//! | member | what |
//! |---|---|
//! | `format` | the statement's format: 1 |
//! | `hash` | `sha-256` |
//! | `content` | that hash, in lower-case hexadecimal, of every byte before the signature section: the 8-byte header too, so that a component cannot be relabelled as a core module |
//! | `id`, `version`, `requirements` | as in the descriptor, and equal to it |
//!
//! The section's own header (its id, lengths and name) is not under the signature, so it must be written in the one
//! shortest way: no byte of a signed file can change and leave it valid.
//!
//! # Keys as text
//! One line, then a line end:
//!
//! ```text
//! luminarys-secret-key-v1:<32 bytes, the Ed25519 seed, in base64>
//! luminarys-public-key-v1:<32 bytes, the Ed25519 public key, in base64>
//! ```
//!
//! After a blank, the rest of the line is a comment. Empty lines and lines that begin with `#` are passed over; a
//! second key is an error. A key's [`PublicKey::id`] is for people to compare; trust is in the whole key.

mod descriptor;
mod error;
mod hints;
mod keys;
mod package;
mod sections;
mod sign;
mod signature;
mod validate;

pub use descriptor::{Abi, Descriptor, Method, Parameter, Requirement, Visibility};
pub use error::{KeyError, PackageError};
pub use hints::{Effects, Hint, check_hints, title_of};
pub use keys::{PublicKey, SecretKey, Trust};
pub use package::{Package, Verified, embed, imports};
pub use sections::MAX_PACKAGE_BYTES;
pub use sign::sign;
pub use signature::Signature;
pub use validate::{is_id, is_name};

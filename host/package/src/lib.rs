//! The `.skill` file: a WebAssembly component with two custom sections.
//!
//! - `luminarys:descriptor`: the [`Descriptor`] in JSON; added by [`embed`]
//! - `luminarys:signature`: the file's last bytes; added by [`sign`]
//!
//! [`Package::read`] parses a file without running any of it; [`Package::verify`] decides whether it is trusted.
//! Any component tool can read a `.skill`; a file that such a tool rewrites is no longer validly signed.
//!
//! # The signature section
//! | bytes | what |
//! |---|---|
//! | 1 | the section's format: 1 |
//! | 32 | the signer's Ed25519 public key |
//! | 64 | the Ed25519 signature over the domain text followed by the statement's bytes |
//! | the rest | the statement, JSON in UTF-8 |
//!
//! The domain text is `luminarys skill package signature v1` and a zero byte; it keeps a signature from being
//! valid in another context. The statement is an object with exactly these members:
//!
//! | member | what |
//! |---|---|
//! | `format` | the statement's format: 1 |
//! | `hash` | `sha-256` |
//! | `content` | that hash, in lower-case hexadecimal, of every byte before the signature section: the 8-byte header
//! too, so that a component cannot be relabelled as a core module | | `id`, `version`, `requirements` | as in the
//! descriptor, and equal to it |
//!
//! The section's own header (its id, lengths and name) is not signed, so it must have its
//! shortest encoding: changing any byte of a signed file makes it invalid.
//!
//! # Keys as text
//! One line, then a line end:
//!
//! ```text
//! luminarys-secret-key-v1:<32 bytes, the Ed25519 seed, in base64>
//! luminarys-public-key-v1:<32 bytes, the Ed25519 public key, in base64>
//! ```
//!
//! After a space, the rest of the line is a comment. Empty lines and lines that begin with `#` are skipped; a
//! second key is an error. A key's [`PublicKey::id`] is for people to compare; trust uses the whole key.

mod descriptor;
mod error;
mod hints;
mod keys;
mod package;
mod sections;
mod sign;
mod signature;
mod validate;

pub use descriptor::{Abi, Descriptor, Method, PREPARED, Parameter, Requirement, Visibility};
pub use error::{KeyError, PackageError};
pub use hints::{Effects, Hint, check_hints, title_of};
pub use keys::{PublicKey, SecretKey, Trust};
pub use package::{Package, Verified, embed, imports};
pub use sections::MAX_PACKAGE_BYTES;
pub use sign::sign;
pub use signature::Signature;
pub use validate::{is_id, is_name};

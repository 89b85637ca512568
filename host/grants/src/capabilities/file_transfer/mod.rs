//! `permissions.file_transfer`: with which nodes files may be exchanged, and which files of this one. The configuration of a
//! node decides by the same rules.
//!
//! - `section`: the section of the manifest; `grants`: the decisions
//! - `node`: the same of the host's configuration
//! - `capability`: its command-line words, a package's requirements, and the operator's questions

mod capability;
mod grants;
mod node;
mod section;

pub use grants::TransferGrants;
pub use node::NodeTransferError;
pub(crate) use section::RawTransfer;
pub use section::TransferSection;

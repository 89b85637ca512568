//! Files and directories that are open through WASI.

use std::collections::HashMap;
use std::sync::Arc;

use luminarys_accounts::Charge;

/// The real paths of open descriptors, by resource number.
#[derive(Default)]
pub(super) struct Descriptors(pub HashMap<u32, Known>);

/// An open file or directory.
pub(super) struct Known {
    pub path: Arc<str>,
    /// Its charge while it is open.
    pub _held: Charge,
}

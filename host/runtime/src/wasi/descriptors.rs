//! What is open through WASI.

use std::collections::HashMap;
use std::sync::Arc;

use luminarys_accounts::Charge;

/// The true paths of what is open, by the numbers of the resources.
#[derive(Default)]
pub(super) struct Descriptors(pub HashMap<u32, Known>);

/// An open file or directory.
pub(super) struct Known {
    pub path: Arc<str>,
    /// What it is charged with while it is open.
    pub _held: Charge,
}

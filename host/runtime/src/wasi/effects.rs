//! What WASI does to what is open already, for calls that are narrowed.

use luminarys_grants::Effect;

use crate::environment::CapabilityEffect;

/// Writing to an open file.
pub(super) const CHANGE_FILES: CapabilityEffect = ("filesystem", Effect::Change);
/// Looking a name up, connecting, and using a connection: what a protocol makes of it is not known.
pub(super) const USE_SOCKETS: CapabilityEffect = ("tcp", Effect::Both);

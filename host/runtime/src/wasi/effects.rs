//! Effects of WASI functions on open resources, for narrowed calls.

use luminarys_grants::Effect;

use crate::environment::CapabilityEffect;

/// Writing to an open file.
pub(super) const CHANGE_FILES: CapabilityEffect = ("filesystem", Effect::Change);
/// Resolving a name, connecting, and using a connection, whose protocol's effect is unknown.
pub(super) const USE_SOCKETS: CapabilityEffect = ("tcp", Effect::Both);

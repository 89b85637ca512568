//! Implements `types`, which has no functions.

use super::TypesCapability;
use crate::bindings::luminarys::skill::types;
use crate::environment::View;

impl types::Host for View<'_, TypesCapability> {}

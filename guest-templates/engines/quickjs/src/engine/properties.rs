//! Properties that are defined, not assigned: no setter of a program sees them.

use rquickjs::object::Property;
use rquickjs::{IntoJs, Object, Result};

/// Defines a global as built-in ones are: it may be replaced, and is not listed.
pub(super) fn define<'js, V: IntoJs<'js>>(
    object: &Object<'js>,
    name: &str,
    value: V,
) -> Result<()> {
    object.prop(name, Property::from(value).writable().configurable())
}

/// A property as an object literal makes it, whatever setters a program gave to prototypes.
pub(super) fn enumerable<T>(value: T) -> Property<T> {
    Property::from(value).writable().enumerable().configurable()
}

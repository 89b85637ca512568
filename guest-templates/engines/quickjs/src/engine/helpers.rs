//! Functions of the glue that Rust calls, and values of programs that Rust keeps.

use rquickjs::function::IntoArgs;
use rquickjs::{Function, Object, Persistent, Result, Value};

/// Values of the engine's language that outlive a call of Rust code.
pub(super) type Kept<T> = Persistent<T>;

/// Functions of the glue that Rust calls; programs never see them.
pub(super) struct Helpers<'js>(Object<'js>);

impl<'js> Helpers<'js> {
    pub fn new(object: Object<'js>) -> Self {
        Self(object)
    }

    pub fn call<A: IntoArgs<'js>>(&self, name: &str, arguments: A) -> Result<Value<'js>> {
        self.0.get::<_, Function>(name)?.call(arguments)
    }
}

//! Options in the table of an instance.

use luminarys_accounts::Holder;
use wasmtime::component::Resource;

use super::Environment;
use super::holding::exceeded;
use crate::bindings::luminarys::skill::types::Error;
use crate::options::{OptionValue, Options};

impl Environment {
    /// Makes options of which nothing is set.
    ///
    /// # Errors
    /// When the instance has as many resources as it may, which ends the call.
    pub(crate) fn new_options<T: Send + 'static>(
        &mut self,
        value: T,
    ) -> wasmtime::Result<Resource<Options<T>>> {
        let charge = self.shared.accounts.held.open(Holder::Resources);
        Ok(self.table.push(Options::new(value, charge))?)
    }

    /// Sets one of them.
    pub(crate) fn set_option<T: Send + 'static, V: OptionValue>(
        &mut self,
        options: &Resource<Options<T>>,
        setter: &'static str,
        value: V,
        set: impl FnOnce(&mut T, V),
    ) {
        // A guest passes no other resources than it has.
        if let Ok(options) = self.table.get_mut(options) {
            options.set(setter, value, set);
        }
    }

    /// Returns what is set; the defaults where the guest passes no options.
    ///
    /// # Errors
    /// `limit-exceeded` when an option could not be held.
    pub(crate) fn options<T: Clone + Send + 'static>(
        &self,
        given: Option<Resource<Options<T>>>,
        defaults: T,
    ) -> Result<T, Error> {
        let Some(given) = given else {
            return Ok(defaults);
        };
        let found = self.table.get(&given);
        let found = found.map_err(|error| Error::Closed(error.to_string()))?;
        found.value().cloned().map_err(exceeded)
    }

    /// Drops options.
    ///
    /// # Errors
    /// When the guest has no such options, which ends the call.
    pub(crate) fn drop_options<T: Send + 'static>(
        &mut self,
        options: Resource<Options<T>>,
    ) -> wasmtime::Result<()> {
        drop(self.table.delete(options)?);
        Ok(())
    }
}

/// Implements the `Host` of options: how they begin, and for each setter the type it takes and where that goes.
macro_rules! options {
    ($host:path, $capability:ty, $value:ty {
        $($setter:ident: $type:ty => |$options:ident, $given:ident| $set:expr;)*
    }) => {
        impl $host for $crate::environment::View<'_, $capability> {
            async fn new(
                &mut self,
            ) -> wasmtime::Result<wasmtime::component::Resource<$crate::options::Options<$value>>> {
                self.environment.new_options(<$value>::default())
            }

            $(async fn $setter(
                &mut self,
                options: wasmtime::component::Resource<$crate::options::Options<$value>>,
                given: $type,
            ) {
                self.environment.set_option(&options, stringify!($setter), given, |$options, $given| $set);
            })*

            async fn drop(
                &mut self,
                options: wasmtime::component::Resource<$crate::options::Options<$value>>,
            ) -> wasmtime::Result<()> {
                self.environment.drop_options(options)
            }
        }
    };
}

pub(crate) use options;

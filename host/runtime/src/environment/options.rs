//! Options as resources of an instance.

use luminarys_accounts::Holder;
use wasmtime::component::Resource;

use super::Environment;
use super::holding::exceeded;
use crate::bindings::luminarys::skill::types::Error;
use crate::options::{OptionValue, Options};

impl Environment {
    /// Creates options with nothing set.
    ///
    /// # Errors
    /// An error, which ends the call, when the instance has too many resources.
    pub(crate) fn new_options<T: Send + 'static>(
        &mut self,
        value: T,
    ) -> wasmtime::Result<Resource<Options<T>>> {
        let charge = self.shared.accounts.held.open(Holder::Resources);
        Ok(self.table.push(Options::new(value, charge))?)
    }

    /// Sets an option.
    pub(crate) fn set_option<T: Send + 'static, V: OptionValue>(
        &mut self,
        options: &Resource<Options<T>>,
        setter: &'static str,
        value: V,
        set: impl FnOnce(&mut T, V),
    ) {
        // A guest can pass only resources that it holds.
        if let Ok(options) = self.table.get_mut(options) {
            options.set(setter, value, set);
        }
    }

    /// Returns the options, or the defaults if the guest passes none.
    ///
    /// # Errors
    /// `limit-exceeded` when an account had no room for an option.
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
    /// An error, which ends the call, when the guest holds no such options.
    pub(crate) fn drop_options<T: Send + 'static>(
        &mut self,
        options: Resource<Options<T>>,
    ) -> wasmtime::Result<()> {
        drop(self.table.delete(options)?);
        Ok(())
    }
}

/// Implements the `Host` of options from their initial value, and each setter's type and assignment.
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

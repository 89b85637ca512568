//! Options that a guest makes for a function and passes to it any number of times.

use std::collections::BTreeMap;

use luminarys_accounts::{Charge, Exhausted, Holder};
use wasmtime::component::Resource;

use super::Environment;
use super::holding::exceeded;
use crate::bindings::luminarys::skill::types::Error;

/// What a guest has set, and what the host is holding for it.
pub struct Options<T> {
    value: T,
    /// Bytes of each option, by the setter that set it last.
    sizes: BTreeMap<&'static str, u64>,
    charge: Charge,
    /// Why an option could not be held: a setter cannot say so, the function that takes the options does.
    exhausted: Option<Exhausted>,
}

/// A value of an option: what it takes beside its place, in bytes.
pub(crate) trait OptionValue {
    /// Returns the bytes.
    fn held(&self) -> usize {
        0
    }
}

/// What one text or header of a list takes beside its bytes.
const ITEM: usize = 64;

impl OptionValue for bool {}
impl OptionValue for u32 {}
impl OptionValue for u64 {}
impl OptionValue for f32 {}

impl OptionValue for String {
    fn held(&self) -> usize {
        self.len()
    }
}

impl OptionValue for Vec<u8> {
    fn held(&self) -> usize {
        self.len()
    }
}

impl OptionValue for Vec<String> {
    fn held(&self) -> usize {
        self.iter().map(|text| ITEM + text.len()).sum()
    }
}

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
        Ok(self.table.push(Options {
            value,
            sizes: BTreeMap::new(),
            charge,
            exhausted: None,
        })?)
    }

    /// Sets what `setter` sets, in place of what it set before.
    pub(crate) fn set_option<T: Send + 'static, V: OptionValue>(
        &mut self,
        options: &Resource<Options<T>>,
        setter: &'static str,
        value: V,
        set: impl FnOnce(&mut T, V),
    ) {
        // A guest passes no other resources than it has.
        let Ok(options) = self.table.get_mut(options) else {
            return;
        };
        options.sizes.insert(setter, value.held() as u64);
        match options.charge.resize(options.sizes.values().sum()) {
            Ok(()) => set(&mut options.value, value),
            Err(exhausted) => options.exhausted = Some(exhausted),
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
        match &found.exhausted {
            Some(exhausted) => Err(exceeded(exhausted.clone())),
            None => Ok(found.value.clone()),
        }
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
            ) -> wasmtime::Result<wasmtime::component::Resource<$crate::environment::Options<$value>>> {
                self.environment.new_options(<$value>::default())
            }

            $(async fn $setter(
                &mut self,
                options: wasmtime::component::Resource<$crate::environment::Options<$value>>,
                given: $type,
            ) {
                self.environment.set_option(&options, stringify!($setter), given, |$options, $given| $set);
            })*

            async fn drop(
                &mut self,
                options: wasmtime::component::Resource<$crate::environment::Options<$value>>,
            ) -> wasmtime::Result<()> {
                self.environment.drop_options(options)
            }
        }
    };
}

pub(crate) use options;

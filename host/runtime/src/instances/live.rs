//! An instance, with the functions that it exports.

use wasmtime::component::{ComponentExportIndex, Func, Instance, TypedFunc};
use wasmtime::{AsContextMut as _, Store};

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value};
use crate::store::SkillStore;

/// An instance and its store.
pub(crate) struct Live {
    pub store: Store<SkillStore>,
    pub(super) instance: Instance,
    /// Exports already looked up, in the order of the skill's methods.
    pub(super) functions: Vec<Option<Func>>,
    /// The typed function of a dynamic skill.
    pub(super) invoke: Option<Invoke>,
}

/// `dynamic.invoke`
pub(crate) type Invoke = TypedFunc<(String, Vec<Argument>), (Result<Value, String>,)>;

impl Live {
    /// Returns whether an earlier call without narrowing may have left a stream of WASI 0.3 open that the host copies
    /// elsewhere.
    pub(super) fn feeds(&mut self) -> bool {
        if !self.store.data().environment.feeds {
            return false;
        }
        let mut store = self.store.as_context_mut();
        let handles = store.concurrent_resource_table();
        let open = handles.is_some_and(|table| table.iter_mut().next().is_some());
        self.store.data_mut().environment.feeds = open;
        open
    }

    /// Returns whether it has neither files nor connections: only memory.
    pub(super) fn holds_nothing(&self) -> bool {
        let data = self.store.data();
        let environment = &data.environment;
        data.wasi.open_descriptors() == 0
            && environment.held.is_empty()
            && environment.streaming.is_empty()
    }

    /// Returns the function of a dynamic skill, exported at `index`.
    pub fn invoke(&mut self, index: &ComponentExportIndex) -> wasmtime::Result<Invoke> {
        if let Some(invoke) = self.invoke {
            return Ok(invoke);
        }
        let invoke = self.function(0, index)?.typed(&self.store)?;
        self.invoke = Some(invoke);
        Ok(invoke)
    }

    /// Returns the function exported at `index`, cached under `slot`.
    pub fn function(
        &mut self,
        slot: usize,
        index: &ComponentExportIndex,
    ) -> wasmtime::Result<Func> {
        if let Some(Some(function)) = self.functions.get(slot) {
            return Ok(*function);
        }
        let function = self.instance.get_func(&mut self.store, index);
        let function =
            function.ok_or_else(|| wasmtime::Error::msg("the export is not a function"))?;
        if self.functions.len() <= slot {
            self.functions.resize(slot + 1, None);
        }
        self.functions[slot] = Some(function);
        Ok(function)
    }
}

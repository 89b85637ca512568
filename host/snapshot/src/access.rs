//! Reads the memories and globals of an instance through the functions that instrumentation has added.

use wasmtime::Store;
use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime_wizer::ComponentInstanceState;

use crate::SnapshotError;
use crate::sandbox::Sandbox;

pub(crate) struct Access<'a> {
    store: &'a mut Store<Sandbox>,
    instance: Instance,
    /// The first failure: the trait's functions cannot fail.
    failure: Option<wasmtime::Error>,
}

impl<'a> Access<'a> {
    pub fn new(store: &'a mut Store<Sandbox>, instance: Instance) -> Self {
        Self {
            store,
            instance,
            failure: None,
        }
    }

    /// Returns the first failure.
    ///
    /// # Errors
    /// [`SnapshotError::Unsupported`]
    pub fn ended(self) -> Result<(), SnapshotError> {
        let failed = |error: wasmtime::Error| {
            SnapshotError::Unsupported(format!("its state cannot be read: {error:#}"))
        };
        self.failure.map_or(Ok(()), |error| Err(failed(error)))
    }

    async fn call<R: Lift + Send + Sync + 'static>(
        &mut self,
        instance: &str,
        function: &str,
    ) -> wasmtime::Result<R> {
        let missing = || wasmtime::Error::msg(format!("{instance}#{function} is missing"));
        let (_, parent) = self
            .instance
            .get_export(&mut *self.store, None, instance)
            .ok_or_else(missing)?;
        let (_, index) = self
            .instance
            .get_export(&mut *self.store, Some(&parent), function)
            .ok_or_else(missing)?;
        let function = self
            .instance
            .get_typed_func::<(), (R,)>(&mut *self.store, index)?;
        let (value,) = function.call_async(&mut *self.store, ()).await?;
        Ok(value)
    }

    async fn number<R: Lift + Send + Sync + Default + 'static>(
        &mut self,
        instance: &str,
        function: &str,
    ) -> R {
        let read = self.call(instance, function).await;
        read.unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            R::default()
        })
    }
}

impl ComponentInstanceState for Access<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.call::<WasmList<u8>>(instance, func).await {
            Ok(list) => contents(list.as_le_slice(&*self.store)),
            Err(error) => {
                self.failure.get_or_insert(error);
                contents(&[]);
            }
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.number(instance, func).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.number(instance, func).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.number::<f32>(instance, func).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.number::<f64>(instance, func).await.to_bits()
    }
}

//! Calls of a skill's methods: with JSON or component values, charged while the host holds them.

use luminarys_accounts::{Charge, Exhausted, Holder};
use luminarys_text::json;
use serde_json::Value;
use wasmtime::component::{ComponentExportIndex, Val};

use super::Skill;
use super::target::Target;
use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as GuestValue};
use crate::instances::Ran;
use crate::peers::Values;
use crate::values::{self, Compact, DynamicValue, Signature, values_memory};
use crate::{CallContext, CallError, Outcome};

impl Skill {
    /// Calls `method` with a JSON object of arguments (null for none). Dropping the future cancels the call and drops
    /// its instance.
    ///
    /// # Errors
    /// [`CallError`]; arguments are checked before anything runs.
    pub async fn call(
        &self,
        method: &str,
        arguments: Value,
        context: CallContext,
    ) -> Result<Outcome, CallError> {
        let code = &self.inner.code;
        let mut methods = code.methods.iter();
        let position = methods.position(|known| known.name == method);
        let position = position.ok_or_else(|| CallError::UnknownMethod(method.to_owned()))?;
        // Charged twice: as JSON, and as the values built from it.
        let _held = self.charge(Holder::Arguments, 2 * json::memory(&arguments))?;
        match &code.targets[position] {
            Target::Typed { signature, .. } => {
                let index = self.ready(position)?;
                self.call_typed(position, index, signature, arguments, context)
                    .await
            }
            Target::Dynamic => {
                let index = self.ready(position)?;
                self.call_dynamic(position, index, arguments, context).await
            }
            Target::None => Err(CallError::Unavailable {
                method: method.to_owned(),
                reason: code.methods[position]
                    .unavailable
                    .clone()
                    .unwrap_or_default(),
            }),
        }
    }

    /// Calls `method` with the text of a JSON object of arguments; parsing is charged to the skill's account.
    ///
    /// # Errors
    /// [`CallError`] when the call has no result.
    pub async fn call_text(
        &self,
        method: &str,
        arguments: &str,
        context: CallContext,
    ) -> Result<Outcome, CallError> {
        let _parsing = self.charge(Holder::Arguments, json::weigh(arguments.as_bytes()))?;
        let arguments = serde_json::from_str(arguments).map_err(|error| {
            CallError::InvalidArguments(format!("the arguments are not JSON: {error}"))
        })?;
        self.call(method, arguments, context).await
    }

    /// Returns the export of the method at `position` in the compiled code, and links the code if necessary.
    fn ready(&self, position: usize) -> Result<&ComponentExportIndex, CallError> {
        let code = &self.inner.code;
        let failed = |reason: &str| CallError::Host(format!("{}: {reason}", self.id()));
        let compiled = code.compiled();
        let compiled = compiled.ok_or_else(|| failed("its code is not compiled"))?;
        let link = || code.link(&self.inner.runtime.compiler);
        let linked = self.inner.instances.link(compiled.prepare.as_ref(), link);
        linked.map_err(|error| failed(&format!("{error:#}")))?;
        let index = compiled.exports.get(position).and_then(Option::as_ref);
        index.ok_or_else(|| failed("its code lacks an export that its outline has"))
    }

    async fn call_typed(
        &self,
        position: usize,
        index: &ComponentExportIndex,
        signature: &Signature,
        arguments: Value,
        context: CallContext,
    ) -> Result<Outcome, CallError> {
        let limits = &self.inner.shared.limits;
        let compact = signature.compact_bytes();
        let parameters = match compact {
            Some(_) => signature.compact_arguments(&arguments, limits.max_host_bytes),
            None => signature.arguments(&arguments, limits.max_host_bytes),
        };
        let parameters =
            parameters.map_err(|error| CallError::InvalidArguments(error.to_string()))?;
        drop(arguments);
        let count = signature.result_count();
        let mut ran = match compact {
            Some(compact) => {
                self.run_compact(position, index, compact, parameters, context)
                    .await?
            }
            None => {
                self.run_typed(position, index, &parameters, count, context)
                    .await?
            }
        };
        match signature.outcome(std::mem::take(&mut ran.value)) {
            Ok(value) => self.outcome(value, ran.text),
            Err(error) => Err(CallError::of_skill(&error.message, ran.denial.take())),
        }
    }

    /// Runs a typed export with values that fit its parameters.
    async fn run_typed(
        &self,
        position: usize,
        index: &ComponentExportIndex,
        parameters: &[Val],
        results: usize,
        context: CallContext,
    ) -> Result<Ran<Values>, CallError> {
        let method = &self.inner.methods[position];
        let ran = self.inner.instances.run(method, context, async |live| {
            let function = live.function(position, index)?;
            let mut values = vec![Val::Bool(false); results];
            function
                .call_async(&mut live.store, parameters, &mut values)
                .await?;
            Ok(values)
        });
        let ran = ran.await?;
        self.check_size(values::outcome_size(&ran.value))?;
        Ok(ran)
    }

    /// Runs a typed export through `Compact`, with bytes as base64.
    async fn run_compact(
        &self,
        position: usize,
        index: &ComponentExportIndex,
        compact: Compact,
        parameters: Values,
        context: CallContext,
    ) -> Result<Ran<Values>, CallError> {
        let method = &self.inner.methods[position];
        let ran = self.inner.instances.run(method, context, async |live| {
            let function = live.function(position, index)?;
            compact.call(&function, &mut live.store, parameters).await
        });
        let ran = ran.await?;
        let size = values::outcome_size(&ran.value.values);
        self.check_size(size.saturating_sub(ran.value.overhead))?;
        Ok(Ran {
            value: ran.value.values,
            text: ran.text,
            denial: ran.denial,
        })
    }

    async fn call_dynamic(
        &self,
        position: usize,
        index: &ComponentExportIndex,
        arguments: Value,
        context: CallContext,
    ) -> Result<Outcome, CallError> {
        let described = &self.inner.code.descriptor.methods[position];
        let given = values::dynamic_arguments(&described.params, &arguments)
            .map_err(|error| CallError::InvalidArguments(error.to_string()))?;
        drop(arguments);
        let given: Vec<Argument> = given
            .into_iter()
            .map(|(name, value)| Argument {
                name,
                value: to_guest(value),
            })
            .collect();
        let ran = self
            .inner
            .instances
            .run(&self.inner.methods[position], context, async |live| {
                let invoke = live.invoke(index)?;
                let named = (described.name.clone(), given);
                let (result,) = invoke.call_async(&mut live.store, named).await?;
                Ok(result)
            })
            .await?;
        match ran.value {
            Ok(value) => {
                let value = from_guest(value);
                self.check_size(value.size())?;
                let parsed = match &value {
                    DynamicValue::Json(text) => json::weigh(text.as_bytes()),
                    other => other.size(),
                };
                let _parsing = self.charge(Holder::Results, parsed)?;
                self.outcome(values::dynamic_result(value), ran.text)
            }
            Err(message) => Err(CallError::of_skill(&message, ran.denial)),
        }
    }

    /// Calls a function of an exported interface with component values. Dropping the future cancels the call.
    ///
    /// # Errors
    /// [`CallError`] when the call has no result.
    pub async fn call_values(
        &self,
        interface: &str,
        function: &str,
        parameters: Values,
        context: CallContext,
    ) -> Result<Values, CallError> {
        let unknown = || CallError::UnknownMethod(format!("{interface}#{function}"));
        let (position, ty) = self.exported(interface, function).ok_or_else(unknown)?;
        let index = self.ready(position)?;
        let count = ty.results().len();
        let _held = self.charge(Holder::Arguments, values_memory(&parameters))?;
        let ran = self
            .run_typed(position, index, &parameters, count, context)
            .await?;
        Ok(ran.value)
    }

    /// Returns a call's result, charged to the skill while it is held.
    fn outcome(&self, value: Value, text: String) -> Result<Outcome, CallError> {
        let size = json::memory(&value) + text.len() as u64;
        Ok(Outcome {
            held: self.charge(Holder::Results, size)?,
            value,
            text_for_model: (!text.is_empty()).then_some(text),
        })
    }

    /// Charges `bytes` that are held for the skill, until the charge is dropped.
    ///
    /// # Errors
    /// [`Exhausted`] when an account has no room.
    pub fn hold(&self, holder: Holder, bytes: u64) -> Result<Charge, Exhausted> {
        self.inner.shared.accounts.held.charge(holder, bytes)
    }

    fn charge(&self, holder: Holder, bytes: u64) -> Result<Charge, CallError> {
        Ok(self.hold(holder, bytes)?)
    }

    fn check_size(&self, size: u64) -> Result<(), CallError> {
        let limit = self.inner.shared.limits.max_output_bytes;
        if size > limit {
            let detail = format!("{limit} bytes allowed, a result of {size}");
            return Err(CallError::Limit {
                limit: "max_output_bytes",
                detail,
            });
        }
        Ok(())
    }
}

fn to_guest(value: DynamicValue) -> GuestValue {
    match value {
        DynamicValue::Null => GuestValue::Null,
        DynamicValue::Boolean(value) => GuestValue::Boolean(value),
        DynamicValue::Integer(value) => GuestValue::Integer(value),
        DynamicValue::Float(value) => GuestValue::Float(value),
        DynamicValue::Text(value) => GuestValue::Text(value),
        DynamicValue::Bytes(value) => GuestValue::Bytes(value),
        DynamicValue::Json(value) => GuestValue::Json(value),
    }
}

fn from_guest(value: GuestValue) -> DynamicValue {
    match value {
        GuestValue::Null => DynamicValue::Null,
        GuestValue::Boolean(value) => DynamicValue::Boolean(value),
        GuestValue::Integer(value) => DynamicValue::Integer(value),
        GuestValue::Float(value) => DynamicValue::Float(value),
        GuestValue::Text(value) => DynamicValue::Text(value),
        GuestValue::Bytes(value) => DynamicValue::Bytes(value),
        GuestValue::Json(value) => DynamicValue::Json(value),
    }
}

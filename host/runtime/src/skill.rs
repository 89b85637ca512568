//! From package to callable methods.

use std::sync::Arc;

use luminarys_grants::Grants;
use luminarys_package::{Abi, Descriptor, Package, Visibility};
use serde_json::Value;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Val};

use crate::audit::Secrets;
use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Value as GuestValue};
use crate::blocking::Lane;
use crate::capabilities::filesystem::Filesystem;
use crate::capabilities::hosted::Hosted;
use crate::capabilities::http::{HttpClient, Jar};
use crate::capabilities::llm::Budget;
use crate::capabilities::shell::{self, Daemons, Scratch};
use crate::engine::Inner;
use crate::imports::{self, Imported, Values};
use crate::instances::{Instances, Ran};
use crate::store::SkillShared;
use crate::values::{self, Compact, DynamicValue, Signature};
use crate::{CallContext, CallError, Limits, LoadError, Outcome};

/// The interface that dynamic skills export.
const DYNAMIC: &str = "luminarys:skill/dynamic@1.0.0";

/// One method of a skill.
#[derive(Clone, Debug)]
pub struct Method {
    /// snake_case name.
    pub name: String,
    /// For people and models.
    pub description: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// JSON Schema (2020-12) of the arguments, an object.
    pub input_schema: Value,
    /// JSON Schema of the result; none when the method returns nothing or its type is not known.
    pub output_schema: Option<Value>,
    /// Why it cannot be called, when it cannot.
    pub unavailable: Option<String>,
}

/// How a method is reached.
enum Target {
    Typed {
        index: ComponentExportIndex,
        signature: Signature,
        /// `interface#function`, or the function's name.
        export: String,
        ty: ComponentFunc,
    },
    Dynamic {
        index: ComponentExportIndex,
    },
    None,
}

struct Loaded {
    methods: Vec<Method>,
    targets: Vec<Target>,
    descriptor: Descriptor,
    warnings: Vec<String>,
    shared: Arc<SkillShared>,
    instances: Instances,
    imported: Vec<Imported>,
    /// Shared with other skills of the same package.
    _component: Arc<Component>,
}

/// A deployed skill. Cheap to clone.
#[derive(Clone)]
pub struct Skill {
    inner: Arc<Loaded>,
}

impl Skill {
    pub(crate) fn load(
        runtime: &Inner,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        let descriptor = package.descriptor.clone();
        let skill = || descriptor.id.clone();
        let component = runtime
            .cache
            .component(&runtime.engine, package.bytes(), &package.content_hash())
            .map_err(|error| LoadError::Invalid {
                skill: skill(),
                reason: format!("{error:#}"),
            })?;
        let imported = imports::foreign(&component, &runtime.engine);
        let imported = imported.map_err(|reason| LoadError::Import {
            skill: skill(),
            reason,
        })?;
        let linked = if imported.is_empty() {
            runtime.linker.instantiate_pre(&component)
        } else {
            imports::link(&runtime.linker, &imported)
                .and_then(|linker| linker.instantiate_pre(&component))
        };
        let pre = linked.map_err(|error| LoadError::Import {
            skill: skill(),
            reason: format!("{error:#}"),
        })?;
        let mut warnings = shell::warnings(&grants)?;
        warnings.extend(runtime.network.warning(&grants));
        let missing = grants.filesystem.entries().iter();
        warnings.extend(missing.filter(|entry| entry.is_missing).map(|entry| {
            format!(
                "{}: there is no {}; the entry is for a file of that name, which may be made",
                entry.rule, entry.pattern
            )
        }));
        let mut methods = Vec::new();
        let mut targets = Vec::new();
        for described in &descriptor.methods {
            let (method, target) = match descriptor.abi {
                Abi::Typed => typed(&component, &descriptor, described)?,
                Abi::Dynamic => dynamic(&component, &descriptor, described)?,
            };
            if let Some(reason) = &method.unavailable {
                warnings.push(format!("method {} is unavailable: {reason}", method.name));
            }
            methods.push(method);
            targets.push(target);
        }
        let engine = &runtime.engine;
        let secrets = grants.env.iter();
        let secrets = secrets.filter(|(name, _)| grants.secret_env.contains(*name));
        let secrets = Secrets::new(secrets.map(|(_, value)| value.clone()));
        let network = runtime.network.of_skill();
        let shared = Arc::new(SkillShared {
            id: id.to_owned(),
            filesystem: Filesystem::new(grants.clone(), limits.max_output_bytes),
            http: HttpClient::new(network.clone(), grants.clone()),
            jar: Arc::new(Jar::new(id, runtime.state.clone())),
            hosted: Hosted::default(),
            daemons: Daemons::default(),
            store: runtime.store.clone(),
            model: runtime.model.clone(),
            llm_budget: Budget::new(id, runtime.state.clone()),
            scratch: Scratch::new(runtime.data_dir.as_deref(), id),
            network,
            lane: Lane::of_skill(limits.max_blocking),
            grants,
            limits,
            state: runtime.state.clone(),
            log: runtime.skill_log,
            log_rate: Default::default(),
            peers: runtime.peers.clone(),
            audit: runtime.audit.clone(),
            secrets,
        });
        let instances = Instances::new(engine, pre, shared.clone());
        Ok(Self {
            inner: Arc::new(Loaded {
                methods,
                targets,
                descriptor,
                warnings,
                shared,
                instances,
                imported,
                _component: component,
            }),
        })
    }

    /// The methods, in the descriptor's order.
    pub fn methods(&self) -> &[Method] {
        &self.inner.methods
    }

    /// Calls `method` with a JSON object of arguments (null is none). Dropping the future gives the call up and
    /// its instance with it.
    ///
    /// # Errors
    /// [`CallError`]; arguments are checked before anything runs.
    pub async fn call(
        &self,
        method: &str,
        arguments: Value,
        context: CallContext,
    ) -> Result<Outcome, CallError> {
        let position = self
            .inner
            .methods
            .iter()
            .position(|known| known.name == method);
        let position = position.ok_or_else(|| CallError::UnknownMethod(method.to_owned()))?;
        match &self.inner.targets[position] {
            Target::Typed {
                index, signature, ..
            } => {
                self.call_typed(position, index, signature, arguments, context)
                    .await
            }
            Target::Dynamic { index } => {
                self.call_dynamic(position, index, arguments, context).await
            }
            Target::None => Err(CallError::Unavailable {
                method: method.to_owned(),
                reason: self.inner.methods[position]
                    .unavailable
                    .clone()
                    .unwrap_or_default(),
            }),
        }
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
            Ok(value) => Ok(outcome(value, ran.text)),
            Err(error) => Err(CallError::Skill {
                message: self.inner.shared.secrets.redact(&error.message),
                denial: ran.denial.take(),
            }),
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
        let name = &self.inner.methods[position].name;
        let ran = self.inner.instances.run(name, context, async |live| {
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

    /// The same, with bytes as base64.
    async fn run_compact(
        &self,
        position: usize,
        index: &ComponentExportIndex,
        compact: Compact,
        parameters: Values,
        context: CallContext,
    ) -> Result<Ran<Values>, CallError> {
        let name = &self.inner.methods[position].name;
        let ran = self.inner.instances.run(name, context, async |live| {
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
        let described = &self.inner.descriptor.methods[position];
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
            .run(&described.name, context, async |live| {
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
                Ok(outcome(values::dynamic_result(value), ran.text))
            }
            Err(message) => Err(CallError::Skill {
                message: self.inner.shared.secrets.redact(&message),
                denial: ran.denial,
            }),
        }
    }

    /// The interfaces of other skills that it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.inner.imported.iter().map(|one| one.interface.as_str())
    }

    /// Whether it exports anything of `interface`.
    pub fn exports(&self, interface: &str) -> bool {
        let mut exports = self.inner.targets.iter();
        exports.any(|target| match target {
            Target::Typed { export, .. } => {
                let parts = export.split_once('#');
                parts.is_some_and(|(of, _)| of == interface)
            }
            _ => false,
        })
    }

    /// The method that a function of an exported interface is.
    pub fn method_of(&self, interface: &str, function: &str) -> Option<&str> {
        self.exported(interface, function)
            .map(|(position, ..)| self.inner.methods[position].name.as_str())
    }

    fn exported(
        &self,
        interface: &str,
        function: &str,
    ) -> Option<(usize, &ComponentExportIndex, &ComponentFunc)> {
        let wanted = Some((interface, function));
        let mut targets = self.inner.targets.iter().enumerate();
        targets.find_map(|(position, target)| match target {
            Target::Typed {
                export, index, ty, ..
            } if export.split_once('#') == wanted => Some((position, index, ty)),
            _ => None,
        })
    }

    /// Whether `provider` exports all that this skill imports of `interface`, with the same types.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self, interface: &str, provider: &Self) -> Result<(), String> {
        let mut imported = self.inner.imported.iter();
        let imported = imported.find(|one| one.interface == interface);
        for (function, ty) in imported.iter().flat_map(|one| &one.functions) {
            let id = provider.id();
            let Some((_, _, theirs)) = provider.exported(interface, function) else {
                return Err(format!(
                    "{id} has no function {function} that values can go through"
                ));
            };
            if !imports::same(ty, theirs) {
                return Err(format!(
                    "{function} has other types in {id}; build both against the same WIT"
                ));
            }
        }
        Ok(())
    }

    /// Calls a function of an exported interface with values of its own types. Dropping the future gives the call up.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn call_values(
        &self,
        interface: &str,
        function: &str,
        parameters: Values,
        context: CallContext,
    ) -> Result<Values, CallError> {
        let unknown = || CallError::UnknownMethod(format!("{interface}#{function}"));
        let (position, index, ty) = self.exported(interface, function).ok_or_else(unknown)?;
        let count = ty.results().len();
        let ran = self
            .run_typed(position, index, &parameters, count, context)
            .await?;
        Ok(ran.value)
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

    /// The package's descriptor.
    pub fn descriptor(&self) -> &Descriptor {
        &self.inner.descriptor
    }

    /// The instance id.
    pub fn id(&self) -> &str {
        &self.inner.shared.id
    }

    /// The grants this skill runs with.
    pub fn grants(&self) -> &Arc<Grants> {
        &self.inner.shared.grants
    }

    /// The limits it runs under.
    pub fn limits(&self) -> &Limits {
        &self.inner.shared.limits
    }

    /// What its commands are confined with, for the operator. None when it may run none.
    pub fn confinement(&self) -> Option<String> {
        shell::confinement(&self.inner.shared.grants.shell)
    }

    /// Notes for the operator, such as methods that cannot be called.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }
}

fn outcome(value: Value, text: String) -> Outcome {
    Outcome {
        value,
        text_for_model: (!text.is_empty()).then_some(text),
    }
}

fn typed(
    component: &Component,
    descriptor: &Descriptor,
    described: &luminarys_package::Method,
) -> Result<(Method, Target), LoadError> {
    let export = described
        .export
        .clone()
        .unwrap_or_else(|| described.name.replace('_', "-"));
    let missing = || LoadError::MissingExport {
        skill: descriptor.id.clone(),
        method: described.name.clone(),
        export: export.clone(),
    };
    let found = match export.split_once('#') {
        Some((interface, function)) => {
            let (_, interface) = component.get_export(None, interface).ok_or_else(missing)?;
            component.get_export(Some(&interface), function)
        }
        None => component.get_export(None, &export),
    };
    let Some((ComponentItem::ComponentFunc(ty), index)) = found else {
        return Err(missing());
    };
    let mut method = Method {
        name: described.name.clone(),
        description: described.description.clone(),
        visibility: described.visibility,
        input_schema: serde_json::json!({ "type": "object" }),
        output_schema: None,
        unavailable: None,
    };
    match Signature::new(&ty).map(|signature| signature.restricted(&described.params)) {
        Ok(signature) => {
            method.input_schema = signature.input_schema(&described.params);
            method.output_schema = signature.output_schema();
            let target = Target::Typed {
                index,
                signature,
                export,
                ty,
            };
            Ok((method, target))
        }
        Err(reason) => {
            method.unavailable = Some(reason.to_string());
            Ok((method, Target::None))
        }
    }
}

fn dynamic(
    component: &Component,
    descriptor: &Descriptor,
    described: &luminarys_package::Method,
) -> Result<(Method, Target), LoadError> {
    let found = component
        .get_export_index(None, DYNAMIC)
        .and_then(|interface| component.get_export_index(Some(&interface), "invoke"));
    let index = found.ok_or_else(|| LoadError::MissingExport {
        skill: descriptor.id.clone(),
        method: described.name.clone(),
        export: format!("{DYNAMIC}#invoke"),
    })?;
    let method = Method {
        name: described.name.clone(),
        description: described.description.clone(),
        visibility: described.visibility,
        input_schema: values::dynamic_schema(&described.params),
        output_schema: None,
        unavailable: None,
    };
    Ok((method, Target::Dynamic { index }))
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

//! The export that implements a method: its own, or the single one of a dynamic skill. Its types are known from the
//! outline.

use luminarys_grants::Narrowing;
use luminarys_package::{Descriptor, PREPARED};
use serde_json::Value;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use crate::LoadError;
use crate::method::Method;
use crate::values::{self, Signature};

/// The interface that dynamic skills export.
const DYNAMIC: &str = "luminarys:skill/dynamic@1.0.0";

/// The export that implements a method.
pub(crate) enum Target {
    Typed {
        signature: Signature,
        /// `interface#function`, or the function's name.
        export: String,
        ty: ComponentFunc,
    },
    Dynamic,
    None,
}

impl Target {
    /// Returns the index of the export in `component`.
    pub fn index(&self, component: &Component) -> Option<ComponentExportIndex> {
        match self {
            Self::Typed { export, .. } => found(component, export).map(|(_, index)| index),
            Self::Dynamic => invoke(component),
            Self::None => None,
        }
    }
}

/// Finds an export of `component`, by `interface#function` or by the function's name.
fn found(component: &Component, export: &str) -> Option<(ComponentItem, ComponentExportIndex)> {
    match export.split_once('#') {
        Some((interface, function)) => {
            let (_, interface) = component.get_export(None, interface)?;
            component.get_export(Some(&interface), function)
        }
        None => component.get_export(None, export),
    }
}

/// Finds the function through which all methods of a dynamic skill are called.
fn invoke(component: &Component) -> Option<ComponentExportIndex> {
    let interface = component.get_export_index(None, DYNAMIC)?;
    component.get_export_index(Some(&interface), "invoke")
}

/// Finds the function that prepares an instance.
pub(super) fn prepare(component: &Component) -> Option<ComponentExportIndex> {
    found(component, &prepare_export()).map(|(_, index)| index)
}

fn prepare_export() -> String {
    format!("{PREPARED}#prepare")
}

/// Fails if `component` exports something else as the function that prepares an instance.
///
/// # Errors
/// The reason.
pub(super) fn check_prepare(component: &Component) -> Result<(), String> {
    let fits = match found(component, &prepare_export()) {
        Some((ComponentItem::ComponentFunc(ty), _)) => {
            ty.params().len() == 0 && ty.results().len() == 0 && !ty.async_()
        }
        Some(_) => false,
        None => component.get_export_index(None, PREPARED).is_none(),
    };
    match fits {
        true => Ok(()),
        false => Err(format!("{PREPARED} must export `prepare: func()`")),
    }
}

/// Returns the narrowing of grants for calls of the method.
fn narrowing(described: &luminarys_package::Method) -> Narrowing {
    let effects = described.effects();
    Narrowing {
        read_only: effects.read_only,
        closed_world: !effects.open_world,
    }
}

/// Builds the method that a typed skill exports as `described`.
pub(super) fn typed(
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
    let Some((ComponentItem::ComponentFunc(ty), _)) = found(component, &export) else {
        return Err(missing());
    };
    let mut method = Method {
        name: described.name.clone(),
        description: described.description.clone(),
        title: described.shown_title(),
        visibility: described.visibility,
        effects: described.effects(),
        narrowing: narrowing(described),
        input_schema: values::dynamic_schema(&[]),
        forms: Vec::new(),
        output_schema: None,
        unavailable: None,
        unfit: None,
    };
    match Signature::new(&ty).map(|signature| signature.restricted(&described.params)) {
        Ok(signature) => {
            method.input_schema = signature.input_schema(&described.params);
            method.forms = signature.forms();
            method.unfit = unfit(&method.input_schema);
            method.output_schema = signature.output_schema();
            let target = Target::Typed {
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

/// Builds the method of a dynamic skill.
pub(super) fn dynamic(
    component: &Component,
    descriptor: &Descriptor,
    described: &luminarys_package::Method,
) -> Result<(Method, Target), LoadError> {
    invoke(component).ok_or_else(|| LoadError::MissingExport {
        skill: descriptor.id.clone(),
        method: described.name.clone(),
        export: format!("{DYNAMIC}#invoke"),
    })?;
    let input_schema = values::dynamic_schema(&described.params);
    let method = Method {
        name: described.name.clone(),
        description: described.description.clone(),
        title: described.shown_title(),
        visibility: described.visibility,
        effects: described.effects(),
        narrowing: narrowing(described),
        forms: values::dynamic_forms(&described.params),
        unfit: unfit(&input_schema),
        input_schema,
        output_schema: None,
        unavailable: None,
    };
    Ok((method, Target::Dynamic))
}

/// Returns the reason that some clients reject a method with this schema, if any.
fn unfit(schema: &Value) -> Option<String> {
    let found = luminarys_schemas::check(schema);
    found.first().map(ToString::to_string)
}

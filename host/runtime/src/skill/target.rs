//! How a method is reached: by an export of its own, or by the one of a dynamic skill.

use luminarys_grants::Narrowing;
use luminarys_package::Descriptor;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use super::Method;
use crate::LoadError;
use crate::values::{self, Signature};

/// The interface that dynamic skills export.
const DYNAMIC: &str = "luminarys:skill/dynamic@1.0.0";

/// How a method is reached.
pub(super) enum Target {
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

/// How far the grants are narrowed for calls of the method.
fn narrowing(described: &luminarys_package::Method) -> Narrowing {
    let effects = described.effects();
    Narrowing {
        read_only: effects.read_only,
        closed_world: !effects.open_world,
    }
}

/// The method that a typed skill exports as `described`.
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
        title: described.shown_title(),
        visibility: described.visibility,
        effects: described.effects(),
        narrowing: narrowing(described),
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

/// The method of a dynamic skill.
pub(super) fn dynamic(
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
        title: described.shown_title(),
        visibility: described.visibility,
        effects: described.effects(),
        narrowing: narrowing(described),
        input_schema: values::dynamic_schema(&described.params),
        output_schema: None,
        unavailable: None,
    };
    Ok((method, Target::Dynamic { index }))
}

//! Interfaces of other skills that a component imports: linked to calls of the providing skill, with values passed
//! unchanged.

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, StoreContextMut};

use crate::store::SkillStore;

/// An interface and its functions.
pub(crate) struct Imported {
    pub interface: String,
    pub functions: Vec<(String, ComponentFunc)>,
}

/// Returns the imports of `component` that are neither the host's nor WASI's.
///
/// # Errors
/// A message for an interface with resources: only values pass between skills.
pub(crate) fn foreign(component: &Component, engine: &Engine) -> Result<Vec<Imported>, String> {
    let mut found = Vec::new();
    for (name, item) in component.component_type().imports(engine) {
        if name.starts_with("wasi:") || name.starts_with("luminarys:skill/") {
            continue;
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            continue;
        };
        let mut functions = Vec::new();
        for (function, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(ty) => functions.push((function.to_owned(), ty)),
                ComponentItem::Type(_) => {}
                _ => {
                    return Err(format!(
                        "{name} has the resource {function}; only values go from skill to skill"
                    ));
                }
            }
        }
        found.push(Imported {
            interface: name.to_owned(),
            functions,
        });
    }
    Ok(found)
}

/// Returns the host's linker with `imported` added.
///
/// # Errors
/// wasmtime's, for a name that is already defined.
pub(crate) fn link(
    linker: &Linker<SkillStore>,
    imported: &[Imported],
) -> wasmtime::Result<Linker<SkillStore>> {
    let mut linker = linker.clone();
    for one in imported {
        let mut instance = linker.instance(&one.interface)?;
        for (function, _) in &one.functions {
            let target = (one.interface.clone(), function.clone());
            instance.func_new_async(
                function,
                move |mut store: StoreContextMut<'_, SkillStore>, _, values, results| {
                    let (interface, function) = target.clone();
                    Box::new(async move {
                        let data = store.data_mut();
                        let found = data
                            .environment
                            .call_import(&interface, &function, values.to_vec())
                            .await;
                        let found = found.map_err(wasmtime::Error::msg)?;
                        if found.len() != results.len() {
                            return Err(wasmtime::Error::msg("another number of results"));
                        }
                        for (result, value) in results.iter_mut().zip(found) {
                            *result = value;
                        }
                        Ok(())
                    })
                },
            )?;
        }
    }
    Ok(linker)
}

/// Returns whether two functions have the same type.
pub(crate) fn same(ours: &ComponentFunc, theirs: &ComponentFunc) -> bool {
    ours.async_() == theirs.async_()
        && ours.params().eq(theirs.params())
        && ours.results().eq(theirs.results())
}

//! The imports beside WASI 0.2: whoever calls one ends `initialize`.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType, Val};
use wasmtime::{Result, bail};

use crate::sandbox::Sandbox;

/// The packages of WASI 0.2 that the linker has.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// The function by which a skill ends itself, with a text.
const ABORT: &str = "abort";

struct Nothing;

/// Defines all imports of `component` except those of WASI 0.2.
///
/// # Errors
/// Fails for an import that is neither an interface nor a function.
pub(crate) fn define(linker: &mut Linker<Sandbox>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    for (name, item) in component.component_type().imports(&engine) {
        if is_wasi_2(name) {
            continue;
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            one(&mut linker.root(), name, name.to_owned(), &item.ty)?;
            continue;
        };
        let mut defined = linker.instance(name)?;
        for (function, item) in instance.exports(&engine) {
            one(
                &mut defined,
                function,
                format!("{name}#{function}"),
                &item.ty,
            )?;
        }
    }
    Ok(())
}

fn is_wasi_2(name: &str) -> bool {
    let parts = name
        .strip_prefix("wasi:")
        .and_then(|rest| rest.split_once('/'));
    parts.is_some_and(|(package, rest)| WASI.contains(&package) && rest.contains("@0.2."))
}

fn one(
    instance: &mut LinkerInstance<'_, Sandbox>,
    name: &str,
    shown: String,
    item: &ComponentItem,
) -> Result<()> {
    match item {
        ComponentItem::ComponentFunc(ty) if ty.async_() => {
            instance.func_new_concurrent(name, move |accessor, _, _, _| {
                let shown = shown.clone();
                accessor.with(|mut access| access.get().called = Some(shown));
                Box::pin(async { bail!("an import was called") })
            })
        }
        ComponentItem::ComponentFunc(_) if name == ABORT => {
            instance.func_new(name, |_, _, parameters, _| match parameters {
                [Val::String(reason)] => bail!("{reason}"),
                _ => bail!("it gave up"),
            })
        }
        ComponentItem::ComponentFunc(_) => instance.func_new(name, move |mut store, _, _, _| {
            store.data_mut().called = Some(shown.clone());
            bail!("an import was called")
        }),
        ComponentItem::Resource(_) => {
            instance.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn only_what_the_linker_has_is_left_to_it() {
        let rows = [
            ("wasi:cli/stdout@0.2.12", true),
            ("wasi:io/streams@0.2.0", true),
            ("wasi:cli/stdout@0.3.0", false),
            ("wasi:http/types@0.2.12", false),
            ("luminarys:skill/context@1.0.0", false),
            ("cli/stdout@0.2.0", false),
            ("wasi:cli", false),
        ];
        each_row(rows, |(name, expected)| {
            assert_eq!(is_wasi_2(name), expected, "{name}");
        });
    }
}

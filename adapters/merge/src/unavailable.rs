//! Imports without effect: they return the error `unavailable` if they can, else an empty value.

use wasmtime::component::Linker;
use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Component, LinkerInstance, ResourceType, Val};
use wasmtime::{Error, Result, bail};

/// The error of capabilities while a skill is described.
const REASON: &str = "the skill is being packaged; no capability can be used";

struct Nothing;

/// Defines all imports of `component` except those of WASI.
///
/// # Errors
/// Fails for an import that is not an interface.
pub(crate) fn define<T: 'static>(linker: &mut Linker<T>, component: &Component) -> Result<()> {
    let engine = linker.engine().clone();
    for (name, item) in component.component_type().imports(&engine) {
        if name.starts_with("wasi:") {
            continue;
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            bail!("it imports {name}, which is not an interface");
        };
        let mut defined = linker.instance(name)?;
        for (name, item) in instance.exports(&engine) {
            one(&mut defined, name, &item.ty)?;
        }
    }
    Ok(())
}

fn one<T: 'static>(
    instance: &mut LinkerInstance<'_, T>,
    name: &str,
    item: &ComponentItem,
) -> Result<()> {
    match item {
        // `context.abort`: the skill gives a reason.
        ComponentItem::ComponentFunc(_) if name == "abort" => {
            instance.func_new(name, |_, _, parameters, _| match parameters {
                [Val::String(reason)] => Err(Error::msg(reason.clone())),
                _ => bail!("it gave up"),
            })
        }
        ComponentItem::ComponentFunc(_) => instance.func_new(name, |_, ty, _, results| {
            for (ty, result) in ty.results().zip(results) {
                *result = nothing(&ty)?;
            }
            Ok(())
        }),
        ComponentItem::Resource(_) => {
            instance.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}

/// Returns the error if the type has one, else the empty value of the type.
fn nothing(ty: &Type) -> Result<Val> {
    Ok(match ty {
        Type::Bool => Val::Bool(false),
        Type::S8 => Val::S8(0),
        Type::U8 => Val::U8(0),
        Type::S16 => Val::S16(0),
        Type::U16 => Val::U16(0),
        Type::S32 => Val::S32(0),
        Type::U32 => Val::U32(0),
        Type::S64 => Val::S64(0),
        Type::U64 => Val::U64(0),
        Type::Float32 => Val::Float32(0.0),
        Type::Float64 => Val::Float64(0.0),
        Type::Char => Val::Char(' '),
        Type::String => Val::String(String::new()),
        Type::List(_) => Val::List(Vec::new()),
        Type::Tuple(tuple) => {
            let items = tuple.types().map(|ty| nothing(&ty));
            Val::Tuple(items.collect::<Result<_>>()?)
        }
        Type::Record(record) => {
            let mut fields = Vec::new();
            for field in record.fields() {
                fields.push((field.name.to_owned(), nothing(&field.ty)?));
            }
            Val::Record(fields)
        }
        Type::Variant(variant) => {
            let outcome = variant.cases().find(|case| case.name == "unavailable");
            let Some(case) = outcome.or_else(|| variant.cases().next()) else {
                bail!("a variant without cases");
            };
            let payload = match case.ty {
                Some(Type::String) => Some(Val::String(REASON.to_owned())),
                Some(ty) => Some(nothing(&ty)?),
                None => None,
            };
            Val::Variant(case.name.to_owned(), payload.map(Box::new))
        }
        Type::Enum(names) => Val::Enum(names.names().next().unwrap_or_default().to_owned()),
        Type::Flags(_) => Val::Flags(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Result(result) => match result.err() {
            Some(ty) => Val::Result(Err(Some(Box::new(nothing(&ty)?)))),
            None => Val::Result(Err(None)),
        },
        _ => bail!("{REASON}"),
    })
}

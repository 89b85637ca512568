//! Checks that a component exports what its descriptor says.

use anyhow::{Context as _, bail, ensure};
use luminarys_package::{Descriptor, Method};
use wit_component::{DecodedWasm, decode};
use wit_parser::{Function, Resolve, WorldId, WorldItem, WorldKey};

/// Functions of the C library that the standard library links to.
const LIBC_NAMES: &str = include_str!("libc_names.txt");

/// Fails for the first method whose symbol would replace one of the C library's: `std::net` would then call a free
/// function `send` of the skill to send bytes, with the wrong parameters.
pub(crate) fn check_symbols(descriptor: &Descriptor) -> anyhow::Result<()> {
    let names = LIBC_NAMES.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = names.flat_map(str::split_whitespace).collect();
    for method in &descriptor.methods {
        let export = method.export.as_deref().unwrap_or(&method.name);
        ensure!(
            !names.contains(&export),
            "the world exports the free function `{export}`, which the C library has as well: the linker would mix them up. \
             Give it another name, or export an interface that has it"
        );
    }
    Ok(())
}

/// Fails for the first method that the component does not export with these parameters.
pub(crate) fn check(component: &[u8], descriptor: &Descriptor) -> anyhow::Result<()> {
    let decoded = decode(component).context("reading the built component")?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        bail!("the build made a WIT package, not a component");
    };
    for method in &descriptor.methods {
        let export = method.export.as_deref().unwrap_or(&method.name);
        let function = find(&resolve, world, export).with_context(|| {
            format!(
                "the component does not export {export}, which the WIT world names; is the crate built from that world?"
            )
        })?;
        let built = snake(function.params.iter().map(|param| param.name.as_str()));
        let told = parameters(method);
        ensure!(
            built == told,
            "the component exports {export}({}), the WIT world names {export}({}); is the crate built from that world?",
            built.join(", "),
            told.join(", ")
        );
    }
    Ok(())
}

fn find<'a>(resolve: &'a Resolve, world: WorldId, export: &str) -> Option<&'a Function> {
    let exports = &resolve.worlds[world].exports;
    let Some((interface, name)) = export.split_once('#') else {
        return exports.values().find_map(|item| match item {
            WorldItem::Function(function) if function.name == export => Some(function),
            _ => None,
        });
    };
    exports.iter().find_map(|(key, item)| {
        let WorldItem::Interface { id, .. } = item else {
            return None;
        };
        let named = match key {
            WorldKey::Name(name) => name == interface,
            WorldKey::Interface(id) => resolve.id_of(*id).as_deref() == Some(interface),
        };
        let functions = &resolve.interfaces[*id].functions;
        functions.get(name).filter(|_| named)
    })
}

fn parameters(method: &Method) -> Vec<String> {
    snake(method.params.iter().map(|param| param.name.as_str()))
}

fn snake<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(|name| name.replace('-', "_")).collect()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{LiftLowerAbi, ManglingAndAbi};

    fn component(wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("w.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        let mut module = dummy_module(&resolve, world, abi);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        let mut encoder = ComponentEncoder::default().module(&module).unwrap();
        encoder.encode().unwrap()
    }

    fn descriptor(export: &str, params: &[&str]) -> Descriptor {
        let params: Vec<_> = params
            .iter()
            .map(|name| serde_json::json!({ "name": name }))
            .collect();
        let descriptor = serde_json::json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0",
            "abi": "typed", "methods": [{ "name": "m", "export": export, "params": params }] });
        serde_json::from_value(descriptor).unwrap()
    }

    #[test]
    fn exports_are_found_and_missed() {
        let component = component(
            "package a:b@1.0.0;
            interface i { read-all: func(the-path: string); }
            world w { export i; export free: func(); export j: interface { f: func(x: u8); } }",
        );
        let rows = [
            ("free", &[][..], None),
            ("a:b/i@1.0.0#read-all", &["the_path"], None),
            ("j#f", &["x"], None),
            ("j#f", &["y"], Some("j#f(x)")),
            ("j#f", &[], Some("names j#f()")),
            ("i#read-all", &["the_path"], Some("i#read-all")),
            ("a:b/i@2.0.0#read-all", &["the_path"], Some("2.0.0")),
            ("gone", &[], Some("gone")),
            ("i", &[], Some("does not export i,")),
        ];
        each_row(rows, |(export, params, part)| {
            let outcome = check(&component, &descriptor(export, params));
            let printed = outcome.err().map(|error| error.to_string());
            match part {
                None => assert_eq!(printed, None, "{export}"),
                Some(part) => assert!(printed.unwrap_or_default().contains(part), "{export}"),
            }
        });
        assert!(check(b"\0asm\x01\0\0\0", &descriptor("free", &[])).is_err());
    }
}

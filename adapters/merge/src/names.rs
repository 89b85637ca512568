//! Names of functions, for backtraces: the skill's, and those of what was added.

use std::collections::BTreeMap;

use wasm_encoder::{NameMap, NameSection};
use wasmparser::{BinaryReader, Name, NameSectionReader};

use crate::module::Module;

/// The name section, for functions at their new places. `place` says where a function of the skill is.
pub(crate) fn section(
    skill: &Module<'_>,
    place: impl Fn(u32) -> u32,
    added: impl Iterator<Item = (u32, String)>,
) -> NameSection {
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    let mut own_name = None;
    for (name, data) in &skill.customs {
        if *name != "name" {
            continue;
        }
        // A broken name section harms nobody: what can be read of it is kept.
        for subsection in NameSectionReader::new(BinaryReader::new(data, 0)) {
            match subsection {
                Ok(Name::Module { name, .. }) => own_name = Some(name),
                Ok(Name::Function(map)) => {
                    for naming in map.into_iter().map_while(Result::ok) {
                        let imported = (naming.index as usize) < skill.imports.len();
                        let known =
                            (naming.index as usize) < skill.imports.len() + skill.functions.len();
                        if !imported && known {
                            names.insert(place(naming.index), naming.name.to_owned());
                        }
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
    names.extend(added);
    let mut map = NameMap::new();
    for (index, name) in &names {
        map.append(*index, name);
    }
    let mut section = NameSection::new();
    section.module(own_name.unwrap_or("skill"));
    section.functions(&map);
    section
}

/// What a module was written in, as its custom sections and imports tell.
pub(crate) fn language(module: &Module<'_>) -> Option<&'static str> {
    for (name, data) in &module.customs {
        match *name {
            "go:buildid" | "go.buildid" => return Some("go"),
            "sourceMappingURL" => return Some("assemblyscript"),
            "producers" => {
                let reader = BinaryReader::new(data, 0);
                let section = wasmparser::ProducersSectionReader::new(reader);
                for field in section.into_iter().flatten().flatten() {
                    for value in field.values.into_iter().flatten() {
                        match (field.name, value.name) {
                            ("language", "Rust") => return Some("rust"),
                            ("language", "Go") => return Some("go"),
                            ("processed-by", "TinyGo") => return Some("go"),
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let is_assembly_script = module.imports.iter().any(|import| {
        let ty = &module.types[import.ty as usize];
        (import.module, import.name) == ("env", "abort") && ty.params().len() == 4
    });
    is_assembly_script.then_some("assemblyscript")
}

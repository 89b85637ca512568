//! Function names for backtraces: those of the skill and of the added functions.

use std::collections::BTreeMap;

use wasm_encoder::{NameMap, NameSection};
use wasmparser::{BinaryReader, Name, NameSectionReader};

use crate::module::Module;

/// Returns the name section for functions at their new indices. `place` maps the index of a skill's function.
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
        // An invalid name section does no harm: the readable part is kept.
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

/// Detects a module's language by its custom sections and imports.
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

//! Encodes both modules as one, according to a layout.

use std::collections::HashMap;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataCountSection, DataSection, ElementSection,
    EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection, ImportSection,
    MemorySection, TableSection, TypeSection,
};
use wasmparser::ExternalKind;

use crate::data::{self, MAX_SEGMENTS, Segment};
use crate::error::AdaptError;
use crate::layout::{Layout, for_skill};
use crate::module::Module;
use crate::names;
use crate::stubs::{BRIDGE_MEMORY, SKILL_MEMORY, Stub};

/// Maps the indices of one module to the merged one.
struct Moved<'a> {
    types: u32,
    functions: &'a HashMap<u32, u32>,
    tables: u32,
    memory: u32,
    globals: u32,
    elements: u32,
    data: u32,
}

/// A function that does not exist, or was considered unreachable.
#[derive(Debug, thiserror::Error)]
#[error("there is no function {0}")]
struct Unknown(u32);

type Index = Result<u32, reencode::Error<Unknown>>;

impl Reencode for Moved<'_> {
    type Error = Unknown;

    fn type_index(&mut self, index: u32) -> Index {
        Ok(index + self.types)
    }
    fn function_index(&mut self, index: u32) -> Index {
        let moved = self.functions.get(&index).copied();
        moved.ok_or(reencode::Error::UserError(Unknown(index)))
    }
    fn table_index(&mut self, index: u32) -> Index {
        Ok(index + self.tables)
    }
    fn memory_index(&mut self, index: u32) -> Index {
        Ok(index + self.memory)
    }
    fn global_index(&mut self, index: u32) -> Index {
        Ok(index + self.globals)
    }
    fn element_index(&mut self, index: u32) -> Index {
        Ok(index + self.elements)
    }
    fn data_index(&mut self, index: u32) -> Index {
        Ok(index + self.data)
    }
}

/// Returns the merged module.
///
/// # Errors
/// [`AdaptError::Malformed`], [`AdaptError::Segments`], [`AdaptError::Invalid`]
pub(crate) fn encode(
    skill: &Module<'_>,
    bridge: &Module<'_>,
    layout: &Layout,
    stubs: &[Stub],
) -> Result<Vec<u8>, AdaptError> {
    let count = |section: Option<u32>| section.unwrap_or_default();
    let bridge_data = count(bridge.data_section.as_ref().map(|section| section.count()));
    let mut of_bridge = Moved {
        types: 0,
        functions: &layout.bridge,
        tables: 0,
        memory: BRIDGE_MEMORY,
        globals: 0,
        elements: 0,
        data: 0,
    };
    let mut of_skill = Moved {
        types: bridge.types.len() as u32,
        functions: &layout.skill,
        tables: count(bridge.table_section.as_ref().map(|section| section.count())),
        memory: SKILL_MEMORY,
        globals: count(
            bridge
                .global_section
                .as_ref()
                .map(|section| section.count()),
        ),
        elements: count(
            bridge
                .element_section
                .as_ref()
                .map(|section| section.count()),
        ),
        data: bridge_data,
    };
    let failed = |error: reencode::Error<Unknown>| AdaptError::Invalid(error.to_string());

    let (mut types, mut tables, mut memories) = (
        TypeSection::new(),
        TableSection::new(),
        MemorySection::new(),
    );
    let (mut globals, mut elements, mut data) = (
        GlobalSection::new(),
        ElementSection::new(),
        DataSection::new(),
    );
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for index in &layout.kept_functions {
        let defined = *index as usize - bridge.imports.len();
        functions.function(bridge.functions[defined]);
        of_bridge
            .parse_function_body(&mut code, bridge.code[defined].clone())
            .map_err(failed)?;
    }
    for (ty, body) in skill.functions.iter().zip(&skill.code) {
        functions.function(*ty + of_skill.types);
        of_skill
            .parse_function_body(&mut code, body.clone())
            .map_err(failed)?;
    }
    for (moved, module) in [(&mut of_bridge, bridge), (&mut of_skill, skill)] {
        if let Some(section) = &module.type_section {
            moved
                .parse_type_section(&mut types, section.clone())
                .map_err(failed)?;
        }
        if let Some(section) = &module.table_section {
            moved
                .parse_table_section(&mut tables, section.clone())
                .map_err(failed)?;
        }
        if let Some(memory) = module.memory {
            memories.memory(moved.memory_type(memory).map_err(failed)?);
        }
        if let Some(section) = &module.global_section {
            moved
                .parse_global_section(&mut globals, section.clone())
                .map_err(failed)?;
        }
        if let Some(section) = &module.element_section {
            moved
                .parse_element_section(&mut elements, section.clone())
                .map_err(failed)?;
        }
    }
    if let Some(section) = &bridge.data_section {
        of_bridge
            .parse_data_section(&mut data, section.clone())
            .map_err(failed)?;
    }
    for segment in data::segments(skill)? {
        match segment {
            Segment::Kept(kept) => of_skill.parse_data(&mut data, kept).map_err(failed)?,
            Segment::Joined(place, bytes) => {
                let place = ConstExpr::i32_const(place.cast_signed());
                data.active(SKILL_MEMORY, &place, bytes);
            }
        }
    }
    if data.len() > MAX_SEGMENTS {
        return Err(AdaptError::Segments {
            count: data.len(),
            most: MAX_SEGMENTS,
        });
    }
    for stub in stubs {
        functions.function(types.len());
        types
            .ty()
            .function(stub.params.iter().copied(), stub.results.iter().copied());
        code.function(&stub.body);
    }
    let mut imports = ImportSection::new();
    for index in &layout.kept_imports {
        let import = &bridge.imports[*index as usize];
        imports.import(import.module, import.name, EntityType::Function(import.ty));
    }

    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables);
    module
        .section(&memories)
        .section(&globals)
        .section(&exports(bridge, layout, stubs));
    if !elements.is_empty() {
        module.section(&elements);
    }
    let data_count = DataCountSection { count: data.len() };
    module.section(&data_count).section(&code).section(&data);
    let added = stubs
        .iter()
        .zip(layout.stubs..)
        .map(|(stub, index)| (index, stub.name.clone()));
    let exported = bridge
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func);
    let exported = exported.filter_map(|export| {
        Some((
            *layout.bridge.get(&export.index)?,
            format!("bridge.{}", export.name),
        ))
    });
    let place = |index: u32| layout.skill[&index];
    module.section(&names::section(skill, place, exported.chain(added)));
    for (name, data) in &bridge.customs {
        if name.starts_with("component-type") {
            module.section(&CustomSection {
                name: (*name).into(),
                data: (*data).into(),
            });
        }
    }
    Ok(module.finish())
}

/// Writes the exports of the bridge for the component, its memory, and the initialiser.
fn exports(bridge: &Module<'_>, layout: &Layout, stubs: &[Stub]) -> ExportSection {
    let mut section = ExportSection::new();
    for export in &bridge.exports {
        match export.kind {
            ExternalKind::Memory => {
                section.export(export.name, ExportKind::Memory, BRIDGE_MEMORY);
            }
            ExternalKind::Func if !for_skill(export.name) && export.name != "_initialize" => {
                section.export(export.name, ExportKind::Func, layout.bridge[&export.index]);
            }
            _ => {}
        }
    }
    // The last of the stubs.
    let initialise = layout.stubs + stubs.len() as u32 - 1;
    section.export("_initialize", ExportKind::Func, initialise);
    section
}

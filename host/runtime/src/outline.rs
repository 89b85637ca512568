//! The outline of a component: its imports, exports and types without its code. Compiling it takes milliseconds for a
//! component of any size, and wasmtime reports the same types for both.
//!
//! Core modules keep what the surrounding component refers to: types, imports, exports, and the exported definitions,
//! with functions that trap. An outline is never run.

use wasm_encoder::{CodeSection, ExportKind, ExportSection, FunctionSection, RawSection, Section};
use wasmparser::{
    BinaryReader, BinaryReaderError, ConstExpr, ExportSectionReader, ExternalKind,
    FunctionSectionReader, GlobalSectionReader, ImportSectionReader, Operator, TableInit,
    TableSectionReader, TypeRef,
};

/// The length of a header: magic, version, layer.
const HEADER: usize = 8;

/// Components nested more deeply are kept whole.
const MAX_DEPTH: usize = 16;

/// Section ids of a component.
mod component {
    pub const CUSTOM: u8 = 0;
    pub const CORE_MODULE: u8 = 1;
    pub const COMPONENT: u8 = 4;
}

/// Section ids of a core module.
mod module {
    pub const CUSTOM: u8 = 0;
    pub const IMPORT: u8 = 2;
    pub const FUNCTION: u8 = 3;
    pub const TABLE: u8 = 4;
    pub const GLOBAL: u8 = 6;
    pub const EXPORT: u8 = 7;
    pub const START: u8 = 8;
    pub const ELEMENT: u8 = 9;
    pub const CODE: u8 = 10;
    pub const DATA: u8 = 11;
    pub const DATA_COUNT: u8 = 12;
}

type Result<T> = std::result::Result<T, BinaryReaderError>;

/// Builds the outline of the component `bytes`. Does not validate the rest of it, which wasmtime does.
///
/// # Errors
/// An error when `bytes` does not encode a component.
pub(crate) fn outline(bytes: &[u8]) -> Result<Vec<u8>> {
    outline_component(bytes, MAX_DEPTH)
}

fn outline_component(bytes: &[u8], depth: usize) -> Result<Vec<u8>> {
    let Some(depth) = depth.checked_sub(1) else {
        return Ok(bytes.to_owned());
    };
    let (mut made, sections) = split(bytes)?;
    for (id, data) in sections {
        match id {
            component::CUSTOM => {}
            component::CORE_MODULE => append(&mut made, id, &outline_module(data)?),
            component::COMPONENT => append(&mut made, id, &outline_component(data, depth)?),
            _ => append(&mut made, id, data),
        }
    }
    Ok(made)
}

fn outline_module(bytes: &[u8]) -> Result<Vec<u8>> {
    let (mut made, sections) = split(bytes)?;
    let functions = Functions::read(&sections)?;
    for (id, data) in sections {
        match id {
            module::CUSTOM
            | module::START
            | module::ELEMENT
            | module::DATA
            | module::DATA_COUNT => {}
            module::FUNCTION => functions.declarations().append_to(&mut made),
            module::EXPORT => functions.exports(data)?.append_to(&mut made),
            module::CODE => functions.bodies().append_to(&mut made),
            _ => append(&mut made, id, data),
        }
    }
    Ok(made)
}

/// The functions of a core module, and those that its outline keeps.
#[derive(Default)]
struct Functions {
    imported: u32,
    /// The type of each kept function, by its index among the module's own functions; sorted.
    kept: Vec<(u32, u32)>,
}

impl Functions {
    fn read(sections: &[(u8, &[u8])]) -> Result<Self> {
        let mut functions = Self::default();
        let (mut types, mut named) = (Vec::new(), Vec::new());
        for (id, data) in sections {
            let reader = BinaryReader::new(data, 0);
            match *id {
                module::IMPORT => {
                    for import in ImportSectionReader::new(reader)?.into_imports() {
                        let is_function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        functions.imported += u32::from(is_function);
                    }
                }
                module::FUNCTION => {
                    types = FunctionSectionReader::new(reader)?
                        .into_iter()
                        .collect::<Result<Vec<u32>>>()?;
                }
                module::TABLE => {
                    for table in TableSectionReader::new(reader)? {
                        if let TableInit::Expr(init) = table?.init {
                            refer(&init, &mut named)?;
                        }
                    }
                }
                module::GLOBAL => {
                    for global in GlobalSectionReader::new(reader)? {
                        refer(&global?.init_expr, &mut named)?;
                    }
                }
                _ => {}
            }
        }
        // Expressions, which are kept unchanged, contain their indices.
        let keeps_all = !named.is_empty();
        let exports = sections.iter().find(|(id, _)| *id == module::EXPORT);
        let mut exported = Vec::new();
        if let Some((_, data)) = exports {
            for export in ExportSectionReader::new(BinaryReader::new(data, 0))? {
                let export = export?;
                if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                    exported.extend(export.index.checked_sub(functions.imported));
                }
            }
        }
        exported.sort_unstable();
        let types = (0..).zip(types);
        functions.kept = types
            .filter(|(index, _)| keeps_all || exported.binary_search(index).is_ok())
            .collect();
        Ok(functions)
    }

    fn declarations(&self) -> FunctionSection {
        let mut section = FunctionSection::new();
        for (_, ty) in &self.kept {
            section.function(*ty);
        }
        section
    }

    fn bodies(&self) -> CodeSection {
        let mut section = CodeSection::new();
        for _ in &self.kept {
            let mut body = wasm_encoder::Function::new([]);
            body.instructions().unreachable().end();
            section.function(&body);
        }
        section
    }

    fn exports(&self, data: &[u8]) -> Result<ExportSection> {
        let mut section = ExportSection::new();
        for export in ExportSectionReader::new(BinaryReader::new(data, 0))? {
            let export = export?;
            let (kind, index) = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    (ExportKind::Func, self.index(export.index))
                }
                ExternalKind::Table => (ExportKind::Table, export.index),
                ExternalKind::Memory => (ExportKind::Memory, export.index),
                ExternalKind::Global => (ExportKind::Global, export.index),
                ExternalKind::Tag => (ExportKind::Tag, export.index),
            };
            section.export(export.name, kind, index);
        }
        Ok(section)
    }

    /// Returns the index of a function in the outline. An index out of range stays out of range.
    fn index(&self, index: u32) -> u32 {
        let Some(defined) = index.checked_sub(self.imported) else {
            return index;
        };
        let place = self
            .kept
            .binary_search_by_key(&defined, |(index, _)| *index);
        place.map_or(u32::MAX, |place| {
            u32::try_from(place).map_or(u32::MAX, |place| self.imported + place)
        })
    }
}

/// Adds the functions that `expression` refers to.
fn refer(expression: &ConstExpr<'_>, named: &mut Vec<u32>) -> Result<()> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator? {
            named.push(function_index);
        }
    }
    Ok(())
}

/// Splits a component or a module into its header and its sections.
#[expect(clippy::type_complexity, reason = "a header and pairs")]
fn split(bytes: &[u8]) -> Result<(Vec<u8>, Vec<(u8, &[u8])>)> {
    let mut reader = BinaryReader::new(bytes, 0);
    let header = reader.read_bytes(HEADER)?.to_owned();
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()?;
        sections.push((id, reader.read_bytes(size as usize)?));
    }
    Ok((header, sections))
}

fn append(to: &mut Vec<u8>, id: u8, data: &[u8]) {
    RawSection { id, data }.append_to(to);
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;

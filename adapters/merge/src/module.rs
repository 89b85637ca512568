//! The sections of a core module, read but not changed.

use wasmparser::{
    DataSectionReader, ElementSectionReader, Export, ExternalKind, FuncType, FunctionBody,
    GlobalSectionReader, MemoryType, Parser, Payload, TableSectionReader, TypeRef,
    TypeSectionReader,
};

use crate::error::AdaptError;

/// An imported function.
pub(crate) struct FunctionImport<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub ty: u32,
}

/// A core module that imports functions only and has one memory.
#[derive(Default)]
pub(crate) struct Module<'a> {
    pub types: Vec<FuncType>,
    pub type_section: Option<TypeSectionReader<'a>>,
    pub imports: Vec<FunctionImport<'a>>,
    /// The types of the functions that it defines.
    pub functions: Vec<u32>,
    pub table_section: Option<TableSectionReader<'a>>,
    pub memory: Option<MemoryType>,
    pub global_section: Option<GlobalSectionReader<'a>>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub element_section: Option<ElementSectionReader<'a>>,
    pub data_section: Option<DataSectionReader<'a>>,
    pub code: Vec<FunctionBody<'a>>,
    pub customs: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Module<'a> {
    /// Reads `bytes`.
    ///
    /// # Errors
    /// [`AdaptError`] if it is not valid, or uses features that cannot be merged.
    pub fn read(bytes: &'a [u8]) -> Result<Self, AdaptError> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    module.type_section = Some(section.clone());
                    for ty in section.into_iter_err_on_gc_types() {
                        module.types.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        module.import(import?)?;
                    }
                }
                Payload::FunctionSection(section) => {
                    module.functions = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(section) => module.table_section = Some(section),
                Payload::MemorySection(section) => {
                    for memory in section {
                        if module.memory.replace(memory?).is_some() {
                            return Err(AdaptError::Feature("several memories"));
                        }
                    }
                }
                Payload::GlobalSection(section) => module.global_section = Some(section),
                Payload::ExportSection(section) => {
                    module.exports = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::StartSection { func, .. } => module.start = Some(func),
                Payload::ElementSection(section) => module.element_section = Some(section),
                Payload::DataSection(section) => module.data_section = Some(section),
                Payload::CodeSectionEntry(body) => module.code.push(body),
                Payload::CustomSection(section) => {
                    module.customs.push((section.name(), section.data()));
                }
                Payload::TagSection(_) => return Err(AdaptError::Feature("exceptions")),
                _ => {}
            }
        }
        match module.memory {
            None => Err(AdaptError::Feature("no memory")),
            Some(memory) if memory.shared => Err(AdaptError::Feature("a shared memory (threads)")),
            Some(memory) if memory.memory64 => Err(AdaptError::Feature("a memory of 64 bits")),
            Some(_) => Ok(module),
        }
    }

    fn import(&mut self, import: wasmparser::Import<'a>) -> Result<(), AdaptError> {
        let kind = match import.ty {
            TypeRef::Func(ty) => {
                self.imports.push(FunctionImport {
                    module: import.module,
                    name: import.name,
                    ty,
                });
                return Ok(());
            }
            TypeRef::Memory(_) => "memory",
            TypeRef::Table(_) => "table",
            TypeRef::Global(_) => "global",
            _ => "tag",
        };
        Err(AdaptError::ImportKind {
            kind,
            module: import.module.to_owned(),
            name: import.name.to_owned(),
        })
    }

    /// Returns the index of an exported function.
    pub fn exported(&self, name: &str) -> Option<u32> {
        let mut exports = self.exports.iter();
        let found =
            exports.find(|export| export.kind == ExternalKind::Func && export.name == name)?;
        Some(found.index)
    }

    /// Returns the type of a function.
    pub fn signature(&self, function: u32) -> Option<&FuncType> {
        let imported = self.imports.len();
        let ty = match (function as usize).checked_sub(imported) {
            None => self.imports.get(function as usize)?.ty,
            Some(defined) => *self.functions.get(defined)?,
        };
        self.types.get(ty as usize)
    }
}

/// Formats a type: `(i32, i32) -> i64`.
pub(crate) fn shown(ty: &FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
        let each: Vec<String> = types.iter().map(ToString::to_string).collect();
        each.join(", ")
    };
    match ty.results() {
        [] => format!("({})", list(ty.params())),
        [one] => format!("({}) -> {one}", list(ty.params())),
        more => format!("({}) -> ({})", list(ty.params()), list(more)),
    }
}

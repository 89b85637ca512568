//! A generated component with one function of any type.

use anyhow::{Context as _, Result, anyhow};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function as Body,
    FunctionSection, GlobalSection, GlobalType, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{Component, Func, Instance, Linker, Val};
use wasmtime::{Config, Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// The number of padding parameters. Their 16 flat values make the canonical ABI pass all parameters in memory, so that
/// a function that returns its only core argument returns its first parameter.
const PADDING: usize = 8;

/// The address of the first allocation.
pub const FIRST: u32 = 1024;

pub struct Function {
    store: Store<()>,
    function: Func,
    at: Func,
}

pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_map(true);
    config.wasm_component_model_fixed_length_lists(true);
    config.wasm_component_model_async(true);
    Engine::new(&config).map_err(|error| anyhow!("{error:?}"))
}

impl Function {
    /// Builds `f: func(x: PARAMETER, padding…) -> RESULT` with the declarations `types`, and `g: func(pointer: u32) ->
    /// RESULT`, which returns the value at `pointer`.
    pub fn new(engine: &Engine, types: &str, parameter: &str, result: &str) -> Result<Self> {
        let padding: String = (0..PADDING)
            .map(|index| format!(", padding{index}: option<u64>"))
            .collect();
        let wit = format!(
            "package t:t; interface api {{ {types}\n f: func(x: {parameter}{padding}) -> {result};
             g: func(pointer: u32) -> {result}; }}
             world w {{ export api; }}"
        );
        let (mut store, instance) = instantiate(engine, &wit, |_| core_module())?;
        Ok(Self {
            function: exported(&mut store, &instance, "f")?,
            at: exported(&mut store, &instance, "g")?,
            store,
        })
    }

    /// Builds `func(x: TY, padding…) -> tuple<TY, option<u64>>`, which returns its argument.
    pub fn identity(engine: &Engine, types: &str, ty: &str) -> Result<Self> {
        Self::new(engine, types, ty, &format!("tuple<{ty}, option<u64>>"))
    }

    pub fn ty(&self) -> ComponentFunc {
        self.function.ty(&self.store)
    }

    /// Returns the function `g`, and the store to call it in.
    pub fn at(&mut self) -> (Func, &mut Store<()>) {
        (self.at, &mut self.store)
    }

    /// Calls an identity function: through the component's memory and back.
    pub fn call(&mut self, arguments: &[Val]) -> Result<Val> {
        let mut results = [Val::Bool(false)];
        self.function
            .call(&mut self.store, arguments, &mut results)
            .map_err(|error| anyhow!("{error:?}"))?;
        let [result] = results;
        Ok(result)
    }
}

/// Builds and instantiates a component that exports the world `w` of `wit`, from the module that `module` builds for
/// its types.
pub fn instantiate(
    engine: &Engine,
    wit: &str,
    module: impl FnOnce(&Resolve) -> Vec<u8>,
) -> Result<(Store<()>, Instance)> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("t.wit", wit)
        .with_context(|| wit.to_owned())?;
    let world = resolve.select_world(&[package], Some("w"))?;
    let mut module = module(&resolve);
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default()
        .module(&module)?
        .encode()
        .with_context(|| wit.to_owned())?;
    let made = |error: wasmtime::Error| anyhow!("{error:?}: {wit}");
    let component = Component::new(engine, component).map_err(made)?;
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine)
        .instantiate(&mut store, &component)
        .map_err(made)?;
    Ok((store, instance))
}

/// Returns a function of the interface `t:t/api`.
pub fn exported(store: &mut Store<()>, instance: &Instance, name: &str) -> Result<Func> {
    let interface = instance
        .get_export_index(&mut *store, None, "t:t/api")
        .context("no interface")?;
    let index = instance
        .get_export_index(&mut *store, Some(&interface), name)
        .context("no function")?;
    instance.get_func(&mut *store, index).context("no function")
}

/// Returns a value as arguments of the identity function.
pub fn padded(value: Val) -> Vec<Val> {
    let padding = std::iter::repeat_n(Val::Option(None), PADDING);
    std::iter::once(value).chain(padding).collect()
}

fn core_module() -> Vec<u8> {
    let mut identity = Body::new([]);
    identity.instructions().local_get(0).end();
    let names = ["t:t/api#f", "t:t/api#g"];
    module(&[ValType::I32], &[ValType::I32], &identity, &names, &LARGE)
}

/// The memory of a module.
pub struct Memory<'a> {
    /// Its size in pages of 64 KiB.
    pub pages: u64,
    /// The data at the address of the first allocation.
    pub data: &'a [u8],
}

/// A memory that is large enough for every test.
pub const LARGE: Memory<'static> = Memory {
    pages: 256,
    data: &[],
};

/// Builds a module with memory, an allocator, and a function that is exported under `functions_of_first`.
pub fn module(
    params: &[ValType],
    results: &[ValType],
    first: &Body,
    functions_of_first: &[&str],
    memory: &Memory<'_>,
) -> Vec<u8> {
    let mut types = TypeSection::new();
    types
        .ty()
        .function(params.iter().copied(), results.iter().copied());
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: memory.pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let next = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    globals.global(next, &ConstExpr::i32_const(FIRST.cast_signed()));
    let mut exports = ExportSection::new();
    for name in functions_of_first {
        exports.export(name, ExportKind::Func, 0);
    }
    exports.export("cabi_realloc", ExportKind::Func, 1);
    exports.export("memory", ExportKind::Memory, 0);
    // Aligns `next` upwards, advances it and returns the old value; nothing is ever freed.
    let mut allocate = Body::new([(1, ValType::I32)]);
    let mut code = allocate.instructions();
    code.global_get(0)
        .local_get(2)
        .i32_add()
        .i32_const(1)
        .i32_sub();
    code.i32_const(0)
        .local_get(2)
        .i32_sub()
        .i32_and()
        .local_tee(4);
    code.local_get(3).i32_add().global_set(0).local_get(4).end();
    let mut code = CodeSection::new();
    code.function(first).function(&allocate);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code);
    if !memory.data.is_empty() {
        let mut segments = DataSection::new();
        let start = ConstExpr::i32_const(FIRST.cast_signed());
        segments.active(0, &start, memory.data.iter().copied());
        module.section(&segments);
    }
    module.finish()
}

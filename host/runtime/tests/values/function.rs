//! A component with one function of any type, made on the spot.

use anyhow::{Context as _, Result, anyhow};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function as Body, FunctionSection,
    GlobalSection, GlobalType, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{Component, Func, Linker, Val};
use wasmtime::{Config, Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// Parameters that nobody passes. With 16 flat values of their own they make the canonical ABI pass all parameters
/// through memory, so that a function which returns its only core argument returns its first parameter.
const PADDING: usize = 8;

pub struct Function {
    store: Store<()>,
    function: Func,
}

pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_map(true);
    config.wasm_component_model_fixed_length_lists(true);
    config.wasm_component_model_async(true);
    Engine::new(&config).map_err(|error| anyhow!("{error:?}"))
}

impl Function {
    /// `f: func(x: PARAMETER, padding…) -> RESULT` beside the declarations `types`.
    pub fn new(engine: &Engine, types: &str, parameter: &str, result: &str) -> Result<Self> {
        let padding: String = (0..PADDING)
            .map(|index| format!(", padding{index}: option<u64>"))
            .collect();
        let wit = format!(
            "package t:t; interface api {{ {types}\n f: func(x: {parameter}{padding}) -> {result}; }}
             world w {{ export api; }}"
        );
        let mut resolve = Resolve::default();
        let package = resolve
            .push_str("t.wit", &wit)
            .with_context(|| wit.clone())?;
        let world = resolve.select_world(&[package], Some("w"))?;
        let mut module = core_module();
        wit_component::embed_component_metadata(
            &mut module,
            &resolve,
            world,
            StringEncoding::UTF8,
        )?;
        let component = ComponentEncoder::default()
            .module(&module)?
            .encode()
            .with_context(|| wit.clone())?;
        let made = |error: wasmtime::Error| anyhow!("{error:?}: {wit}");
        let component = Component::new(engine, component).map_err(made)?;
        let mut store = Store::new(engine, ());
        let instance = Linker::new(engine)
            .instantiate(&mut store, &component)
            .map_err(made)?;
        let interface = instance
            .get_export_index(&mut store, None, "t:t/api")
            .context("no interface")?;
        let index = instance
            .get_export_index(&mut store, Some(&interface), "f")
            .context("no function")?;
        let function = instance
            .get_func(&mut store, index)
            .context("no function")?;
        Ok(Self { store, function })
    }

    /// `func(x: TY, padding…) -> tuple<TY, option<u64>>`, which returns what it is given.
    pub fn identity(engine: &Engine, types: &str, ty: &str) -> Result<Self> {
        Self::new(engine, types, ty, &format!("tuple<{ty}, option<u64>>"))
    }

    pub fn ty(&self) -> ComponentFunc {
        self.function.ty(&self.store)
    }

    /// Calls an identity: through the component's memory and back.
    pub fn call(&mut self, arguments: &[Val]) -> Result<Val> {
        let mut results = [Val::Bool(false)];
        self.function
            .call(&mut self.store, arguments, &mut results)
            .map_err(|error| anyhow!("{error:?}"))?;
        let [result] = results;
        Ok(result)
    }
}

/// A value as the identity's arguments.
pub fn padded(value: Val) -> Vec<Val> {
    let padding = std::iter::repeat_n(Val::Option(None), PADDING);
    std::iter::once(value).chain(padding).collect()
}

fn core_module() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 256,
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
    globals.global(next, &ConstExpr::i32_const(1024));
    let mut exports = ExportSection::new();
    exports.export("t:t/api#f", ExportKind::Func, 0);
    exports.export("cabi_realloc", ExportKind::Func, 1);
    exports.export("memory", ExportKind::Memory, 0);
    let mut identity = Body::new([]);
    identity.instructions().local_get(0).end();
    // Aligns `next` upwards, moves it on and returns where it stood; nothing is ever freed.
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
    code.function(&identity).function(&allocate);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code);
    module.finish()
}

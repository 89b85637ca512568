//! A call of the echo skill, cold (a new instance) and warm (a kept one), beside the same call on bare wasmtime with
//! the same engine settings. Needs `target/skills/echo.skill`: run `scripts/build-guests` first.

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::Package;
use luminarys_runtime::{CallContext, Limits, Runtime, RuntimeOptions, Skill};
use serde_json::json;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

fn package() -> Package {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/skills/echo.skill"
    ));
    let bytes = std::fs::read(&path).expect("scripts/build-guests makes target/skills/echo.skill");
    Package::read(bytes).expect("the package is whole")
}

fn ours(runtime: &Runtime, isolation: Isolation) -> Skill {
    let manifest = Manifest::parse("bench.yaml", "id: bench\npath: echo.skill\n", &|_| None)
        .expect("a manifest");
    let grants = Arc::new(Grants::open(&manifest).expect("grants"));
    let limits = Limits {
        isolation,
        ..Limits::default()
    };
    runtime
        .load("bench", &package(), grants, limits)
        .expect("the skill loads")
}

struct Bare {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn bare_store(engine: &Engine) -> Store<Bare> {
    let mut store = Store::new(
        engine,
        Bare {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
        },
    );
    store.set_epoch_deadline(u64::MAX / 2);
    store
}

fn bench(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let runtime = Runtime::new(RuntimeOptions::default()).expect("the engine");

    let mut config = Config::new();
    config.epoch_interruption(true);
    let mut pool = PoolingAllocationConfig::new();
    pool.pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10);
    config.allocation_strategy(pool);
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::from_binary(&engine, package().bytes()).expect("a component");
    let mut linker: Linker<Bare> = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("wasi");
    linker
        .define_unknown_imports_as_traps(&component)
        .expect("traps");
    let pre = linker.instantiate_pre(&component).expect("linked");
    let index = component.get_export_index(None, "echo").expect("echo");

    let mut group = criterion.benchmark_group("cold");
    group.bench_function("bare wasmtime", |bencher| {
        bencher.to_async(&tokio).iter(async || {
            let mut store = bare_store(&engine);
            let instance = pre
                .instantiate_async(&mut store)
                .await
                .expect("an instance");
            let echo = instance
                .get_typed_func::<(&str,), (String,)>(&mut store, index)
                .expect("echo");
            echo.call_async(&mut store, ("a message of 24 bytes...",))
                .await
                .expect("an echo")
        });
    });
    let skill = ours(&runtime, Isolation::Call);
    group.bench_function("luminarys", |bencher| {
        bencher.to_async(&tokio).iter(|| call(&skill))
    });
    group.finish();

    let mut group = criterion.benchmark_group("warm");
    let (store, echo) = tokio.block_on(async {
        let mut store = bare_store(&engine);
        let instance = pre
            .instantiate_async(&mut store)
            .await
            .expect("an instance");
        let echo = instance
            .get_typed_func::<(&str,), (String,)>(&mut store, index)
            .expect("echo");
        (store, echo)
    });
    let store = tokio::sync::Mutex::new(store);
    group.bench_function("bare wasmtime", |bencher| {
        bencher.to_async(&tokio).iter(async || {
            let mut store = store.lock().await;
            echo.call_async(&mut *store, ("a message of 24 bytes...",))
                .await
                .expect("an echo")
        });
    });
    let skill = ours(&runtime, Isolation::Skill);
    group.bench_function("luminarys", |bencher| {
        bencher.to_async(&tokio).iter(|| call(&skill))
    });
    group.finish();
}

async fn call(skill: &Skill) {
    let arguments = json!({ "message": "a message of 24 bytes..." });
    skill
        .call("echo", arguments, CallContext::new(""))
        .await
        .expect("an echo");
}

criterion_group!(benches, bench);
criterion_main!(benches);

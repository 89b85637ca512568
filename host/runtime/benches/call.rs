//! A call of the echo skill, cold (a new instance) and warm (a kept one), beside the same call on bare wasmtime with
//! the same engine settings. Needs `target/skills/echo.skill`: run `scripts/build-guests` first.

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::Package;
use luminarys_runtime::{CallContext, Limits, Runtime, RuntimeOptions, Skill};
use serde_json::json;
use wasmtime::component::{
    Component, ComponentExportIndex, InstancePre, Linker, ResourceTable, TypedFunc,
};
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

const MESSAGE: &str = "a message of 24 bytes...";

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

/// wasmtime alone, with the engine's settings that matter for speed.
struct Bare {
    pre: InstancePre<BareState>,
    echo: ComponentExportIndex,
}

type Echo = TypedFunc<(&'static str,), (String,)>;

impl Bare {
    fn new(component_model_async: bool) -> Self {
        let mut config = Config::new();
        config.epoch_interruption(true);
        config.wasm_component_model_async(component_model_async);
        let mut pool = PoolingAllocationConfig::new();
        pool.pagemap_scan(Enabled::Auto)
            .linear_memory_keep_resident(64 << 10)
            .table_keep_resident(16 << 10);
        config.allocation_strategy(pool);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::from_binary(&engine, package().bytes()).expect("a component");
        let mut linker: Linker<BareState> = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("wasi");
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("traps");
        Self {
            pre: linker.instantiate_pre(&component).expect("linked"),
            echo: component.get_export_index(None, "echo").expect("echo"),
        }
    }

    async fn instantiate(&self) -> (Store<BareState>, Echo) {
        let state = BareState {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
        };
        let mut store = Store::new(self.pre.engine(), state);
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.pre.instantiate_async(&mut store).await;
        let echo = instance
            .expect("an instance")
            .get_typed_func(&mut store, self.echo)
            .expect("echo");
        (store, echo)
    }
}

struct BareState {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for BareState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn bench(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let runtime = Runtime::new(RuntimeOptions::default()).expect("the engine");

    let bare = Bare::new(false);
    // What WASI 0.3 asks of an engine costs each call something, whoever makes it.
    let bare_async = Bare::new(true);
    let ours_cold = ours(&runtime, Isolation::Call);
    let ours_warm = ours(&runtime, Isolation::Skill);

    let mut group = criterion.benchmark_group("cold");
    for (name, bare) in [("bare", &bare), ("bare, for WASI 0.3", &bare_async)] {
        group.bench_function(name, |bencher| {
            bencher.to_async(&tokio).iter(async || {
                let (mut store, echo) = bare.instantiate().await;
                echo.call_async(&mut store, (MESSAGE,))
                    .await
                    .expect("an echo")
            });
        });
    }
    group.bench_function("luminarys", |bencher| {
        bencher.to_async(&tokio).iter(|| call(&ours_cold))
    });
    group.finish();

    let mut group = criterion.benchmark_group("warm");
    for (name, bare) in [("bare", &bare), ("bare, for WASI 0.3", &bare_async)] {
        let (store, echo) = tokio.block_on(bare.instantiate());
        let store = tokio::sync::Mutex::new(store);
        group.bench_function(name, |bencher| {
            bencher.to_async(&tokio).iter(async || {
                let mut store = store.lock().await;
                echo.call_async(&mut *store, (MESSAGE,))
                    .await
                    .expect("an echo")
            });
        });
    }
    group.bench_function("luminarys", |bencher| {
        bencher.to_async(&tokio).iter(|| call(&ours_warm))
    });
    group.finish();
}

async fn call(skill: &Skill) {
    let arguments = json!({ "message": MESSAGE });
    skill
        .call("echo", arguments, CallContext::new(""))
        .await
        .expect("an echo");
}

criterion_group!(benches, bench);
criterion_main!(benches);

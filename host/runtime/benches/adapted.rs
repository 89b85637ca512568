//! Skills of the older ABI, adapted, beside the typed skill with the same methods: an echo of 24 bytes, a file of 1 MiB read,
//! and adapting itself. Needs the packages that `scripts/build-guests` makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::Package;
use luminarys_runtime::{CallContext, Limits, Runtime, RuntimeOptions, Skill};
use serde_json::{Value, json};

const MESSAGE: &str = "a message of 24 bytes...";
const SKILLS: [&str; 4] = [
    "matrix",
    "legacy-rust",
    "legacy-go",
    "legacy-assemblyscript",
];
const MEBIBYTE: usize = 1 << 20;

fn made(name: &str) -> Vec<u8> {
    let skills = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/skills");
    let path = PathBuf::from(skills).join(name);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run scripts/build-guests", path.display()))
}

fn load(runtime: &Runtime, name: &str, granted: &Path) -> Skill {
    let granted = granted.display();
    let manifest = format!(
        "id: bench\npath: bench.skill\npermissions: {{fs: {{enabled: true, dirs: [\"{granted}:ro\"]}}}}\n"
    );
    let manifest = Manifest::parse("bench.yaml", &manifest, &|_| None).expect("a manifest");
    let grants = Arc::new(Grants::open(&manifest).expect("grants"));
    let limits = Limits {
        isolation: Isolation::Skill,
        ..Limits::default()
    };
    let package = Package::read(made(&format!("{name}.skill"))).expect("the package is whole");
    runtime
        .load("bench", &package, grants, limits)
        .expect("the skill loads")
}

async fn call(skill: &Skill, method: &str, arguments: &Value) -> Value {
    let context = CallContext::new("");
    skill
        .call(method, arguments.clone(), context)
        .await
        .expect("an answer")
        .value
}

fn bench(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let data = tempfile::tempdir().expect("a directory");
    let options = RuntimeOptions {
        data_dir: Some(data.path().join("data")),
        ..RuntimeOptions::default()
    };
    let runtime = Runtime::new(options).expect("the engine");
    let file = data.path().join("file");
    std::fs::write(&file, vec![b'x'; MEBIBYTE]).expect("a file");
    let skills = SKILLS.map(|name| (name, load(&runtime, name, data.path())));

    let mut group = criterion.benchmark_group("echo");
    for (name, skill) in &skills {
        let arguments = json!({ "message": MESSAGE });
        group.bench_function(*name, |bencher| {
            bencher
                .to_async(&tokio)
                .iter(|| call(skill, "echo", &arguments));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(MEBIBYTE as u64));
    for (name, skill) in &skills {
        let arguments = json!({ "path": file });
        assert_eq!(
            tokio.block_on(call(skill, "measure", &arguments)),
            json!(MEBIBYTE)
        );
        group.bench_function(*name, |bencher| {
            bencher
                .to_async(&tokio)
                .iter(|| call(skill, "measure", &arguments));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("adapt");
    group.sample_size(20);
    for name in ["legacy-rust", "legacy-assemblyscript"] {
        let module = made(&format!("{name}.module.wasm"));
        group.throughput(Throughput::Bytes(module.len() as u64));
        group.bench_function(format!("{name}, merged"), |bencher| {
            bencher.iter(|| luminarys_merge::adapt(&module).expect("adapted").component);
        });
        group.bench_function(format!("{name}, merged and asked"), |bencher| {
            bencher.iter_batched(
                || (),
                |()| {
                    let adapted = luminarys_merge::adapt(&module).expect("adapted");
                    luminarys_merge::describe(&adapted.component).expect("described")
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().without_plots();
    targets = bench
}
criterion_main!(benches);

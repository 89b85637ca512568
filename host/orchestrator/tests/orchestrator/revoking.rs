//! What is revoked ends at once, whatever else is being loaded.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use luminarys_orchestrator::Settings;
use serde_json::json;

use crate::common::{World, manifest, package, problem, until};

/// A registry that accepts connections and never says a word.
struct Silent {
    address: String,
    _connections: Arc<Mutex<Vec<std::net::TcpStream>>>,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = connections.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                kept.lock().unwrap().push(stream);
            }
        });
        Self {
            address,
            _connections: connections,
        }
    }

    /// The manifest of a skill whose package is there.
    fn manifest(&self, id: &str) -> String {
        let digest = "0".repeat(64);
        let address = &self.address;
        format!("id: {id}\npath: oci://{address}/team/{id}@sha256:{digest}\n")
    }

    fn allow(&self, mut settings: Settings) -> Settings {
        settings.plain_http_registries = vec![self.address.clone()];
        settings
    }
}

fn needs_token(world: &World) {
    let requirements = json!([{ "kind": "env", "pattern": "TOKEN" }]);
    world.write("numbers.skill", package(&world.key, "1.0.0", requirements));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_registry_does_not_hold_a_revocation() {
    let world = World::new();
    let registry = Silent::start();
    needs_token(&world);
    world.write("a.yaml", manifest("a", "env: {TOKEN: x}"));
    let orchestrator = world.start(&["a.yaml"]).await;
    assert!(orchestrator.skill("a").unwrap().running);
    world.write("a.yaml", manifest("a", ""));
    world.write("slow.yaml", registry.manifest("slow"));
    let settings = registry.allow(world.settings(&["a.yaml", "slow.yaml"]));
    let reloading = {
        let orchestrator = orchestrator.clone();
        tokio::spawn(async move { orchestrator.reload(settings).await })
    };
    until("the grant is gone", || {
        !orchestrator.skill("a").unwrap().running
    })
    .await;
    let slow = orchestrator.skill("slow").unwrap();
    assert_eq!(problem(&slow), "", "it was waited for");
    reloading.abort();
}

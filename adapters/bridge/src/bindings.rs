//! The world of the bridge, as wit-bindgen generates it.

#![allow(missing_docs, reason = "generated; documented in wit/")]

wit_bindgen::generate!({
    path: ["../../wit", "wit"],
    world: "luminarys:bridge/bridge",
    generate_all,
});

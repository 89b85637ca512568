//! What wit-bindgen makes of the exports. The imports come with the SDK.

#![allow(missing_docs, reason = "generated; documented in the WIT file")]

use luminarys_sdk::wit_bindgen;

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "luminarys-engines:js-engine/js-engine",
    runtime_path: "luminarys_sdk::wit_bindgen::rt",
    pub_export_macro: true,
    generate_all,
});

//! What wit-bindgen makes of the interfaces in `wit/`: the imports, no export. A skill's own bindings come beside them.

#![allow(
    missing_docs,
    unsafe_code,
    reason = "generated; documented in the WIT files"
)]

wit_bindgen::generate!({
    path: "../../../wit",
    inline: "
        package luminarys-sdk:guest;

        world guest {
            include luminarys:skill/imports@1.0.0;
        }
    ",
    world: "luminarys-sdk:guest/guest",
    // These are written by hand, so that errors have `Display` and `Error`.
    with: {
        "luminarys:skill/types@1.0.0": crate::skill::types,
        "luminarys:skill/skills@1.0.0/failure": crate::error::Failure,
    },
    generate_all,
});

//! The C library of Debian's toolchain for WASI has no sockets, so that the standard library has none either.

fn main() {
    println!("cargo:rerun-if-env-changed=GUEST_SOCKETS");
    println!("cargo:rustc-check-cfg=cfg(without_sockets)");
    if std::env::var("GUEST_SOCKETS").is_ok_and(|sockets| sockets == "none") {
        println!("cargo:rustc-cfg=without_sockets");
    }
}

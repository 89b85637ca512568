#!/usr/bin/env bash
# Finds or installs the toolchain for Rust guests, and prints it as shell assignments:
#
#   eval "$(scripts/guest-toolchain)"
#   "$LMSK_CARGO" build --release --target "$GUEST_TARGET" $LMSK_CARGO_FLAGS
#
# `lmsk build` reads the same variables.
#
# rustup's own target is tried first, since users have it. If rustup's server cannot be reached, Debian's
# rustc-web, cargo-web, rust-web-src and wasi-libc are used, with the standard library built from source.
# GUEST_TOOLCHAIN=rustup or =debian selects one of them.
#
# GUEST_C=1 adds a C compiler, for crates with C in them: that of WASI_SDK_PATH, or a clang of this machine with the headers
# of Debian's wasi-libc.
set -euo pipefail

target=${GUEST_TARGET:-wasm32-wasip2}
choice=${GUEST_TOOLCHAIN:-any}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf 'guest-toolchain: %s\n' "$*" >&2; }

emit() { # name value: one assignment, quoted for eval
  printf 'export %s=%q\n' "$1" "$2"
}

have_rustup_target() {
  [ "$choice" != debian ] && command -v rustup >/dev/null 2>&1 && rustup target list --installed 2>/dev/null | grep -qx "$target"
}

case $choice in
any | rustup | debian) ;;
*)
  say "GUEST_TOOLCHAIN is '$choice': any, rustup or debian"
  exit 2
  ;;
esac

if [ "$choice" != debian ] && ! have_rustup_target && command -v rustup >/dev/null 2>&1; then
  say "adding $target with rustup"
  timeout 60 rustup target add "$target" >&2 || say "rustup could not fetch $target; trying the system's packages"
fi

install() { # packages of Debian, those that are missing
  local missing=() sudo=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null 2>&1 || return 1
  say "installing ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

c_compiler() {
  local suffix=${target//-/_}
  if [ -n "${WASI_SDK_PATH:-}" ]; then
    emit "CC_$suffix" "$WASI_SDK_PATH/bin/clang"
    emit "AR_$suffix" "$WASI_SDK_PATH/bin/llvm-ar"
    emit "CFLAGS_$suffix" "--sysroot=$WASI_SDK_PATH/share/wasi-sysroot"
    return
  fi
  install clang-19 llvm-19 wasi-libc || {
    say "no C compiler for $target: set WASI_SDK_PATH to a WASI SDK (https://github.com/WebAssembly/wasi-sdk)"
    exit 1
  }
  emit "CC_$suffix" clang-19
  emit "AR_$suffix" llvm-ar-19
  # Its headers only: the library itself comes with the Rust target, or from the same package.
  emit "CFLAGS_$suffix" "-nostdlibinc -isystem/usr/include/wasm32-wasi"
}

[ -z "${GUEST_C:-}" ] || c_compiler
emit GUEST_TARGET "$target"
emit CARGO_TARGET_DIR "${GUEST_TARGET_DIR:-$root/guest-templates/target}"
if have_rustup_target; then
  emit LMSK_CARGO cargo
  emit LMSK_CARGO_FLAGS ""
  exit 0
fi
if [ "$choice" = rustup ]; then
  say "rustup has no $target here"
  exit 1
fi

install rustc-web cargo-web rust-web-src wasi-libc || {
  say "no way to build for $target: run 'rustup target add $target'"
  exit 1
}

# The linkers come with rustup's toolchain; RUSTC is unset so that the wrapper below does not answer.
linkers=$(env -u RUSTC rustc --print sysroot)/lib/rustlib/$(env -u RUSTC rustc -vV | sed -n 's/^host: //p')/bin
[ -x "$linkers/wasm-component-ld" ] || {
  say "$linkers has no wasm-component-ld"
  exit 1
}
libc=/usr/lib/wasm32-wasi
flags="-Clink-self-contained=no -Clink-arg=-L$libc -Clink-arg=$libc/crt1-reactor.o -Clink-arg=-lc"
case $target in
wasm32-wasip2)
  linker=$linkers/wasm-component-ld
  flags+=" -Clink-arg=--wasm-ld-path=$linkers/gcc-ld/wasm-ld"
  ;;
wasm32-wasip1) linker=$linkers/rust-lld ;;
wasm32-unknown-unknown)
  linker=$linkers/rust-lld
  flags=
  ;;
*)
  say "unknown target $target"
  exit 1
  ;;
esac
name=$(printf '%s' "$target" | tr 'a-z-' 'A-Z_')
emit LMSK_CARGO /usr/bin/cargo
emit LMSK_CARGO_FLAGS "-Zbuild-std=std,panic_abort"
emit RUSTC /usr/bin/rustc
emit RUSTC_BOOTSTRAP 1
# This libc has no sockets: guests that need them can use the interfaces of WASI instead.
emit GUEST_SOCKETS none
emit "CARGO_TARGET_${name}_LINKER" "$linker"
emit "CARGO_TARGET_${name}_RUSTFLAGS" "$flags"

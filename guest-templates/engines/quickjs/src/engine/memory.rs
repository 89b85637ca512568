//! The memory of programs.

use std::mem::MaybeUninit;

use rquickjs::{Ctx, qjs};

/// Memory of programs. The rest of what an instance may have is for the glue, so that it can still say what happened.
pub(super) const LIMIT: usize = 192 << 20;
/// Memory beyond that, once a program has ended: for its value, or for its error.
pub(super) const SPARE: usize = 24 << 20;
/// Memory in use that is more than the engine's own, and from which a thrown `null` means that there was none left for an error.
pub(super) const MUCH: i64 = 16 << 20;

/// Sets the limit while the runtime is locked, as it is while a program runs.
pub(super) fn limit(ctx: &Ctx, bytes: usize) {
    // SAFETY: the context lives, and with it its runtime.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetMemoryLimit(runtime, bytes as qjs::size_t);
    }
}

/// Whether much memory is in use.
pub(super) fn is_much_used(ctx: &Ctx) -> bool {
    let mut usage = MaybeUninit::uninit();
    // SAFETY: the function fills the structure.
    let usage = unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_ComputeMemoryUsage(runtime, usage.as_mut_ptr());
        usage.assume_init()
    };
    usage.malloc_size > MUCH
}

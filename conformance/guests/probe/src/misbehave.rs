//! What no skill should do. `black_box` keeps the compiler from seeing through it.

use std::hint::black_box;

/// Recurses until the stack is full. Frames are small, so that it is the engine's stack and not the one in memory.
pub fn descend(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    black_box(descend(depth + 1)) + 1
}

/// Never returns.
pub fn spin() {
    let mut turns = 0_u64;
    while black_box(turns) != u64::MAX {
        turns = black_box(turns.wrapping_add(1) & 0xffff);
    }
}

/// Allocates and touches memory until the allocator gives up, which aborts.
pub fn fill_memory() {
    loop {
        std::mem::forget(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Allocates and touches `bytes`; returns how many were touched.
pub fn allocate(bytes: u64) -> u64 {
    let Ok(length) = usize::try_from(bytes) else {
        return fill_all();
    };
    black_box(vec![1_u8; length]).len() as u64
}

/// More than the address space: all there is.
fn fill_all() -> u64 {
    fill_memory();
    0
}

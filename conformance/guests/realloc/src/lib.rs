//! A skill whose allocator never answers, for arguments of certain lengths.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:realloc/realloc", generate_all });

struct Hostile;

// SAFETY: everything is the system's allocator's, but for three sizes of byte strings, which are the point of this
// skill and which only the host's passing of an argument asks for.
unsafe impl GlobalAlloc for Hostile {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match (layout.align(), layout.size()) {
            (1, 4_001) => while black_box(true) {},
            (1, 4_002) => {
                while core::arch::wasm32::memory_grow(0, 1) != usize::MAX {}
                return std::ptr::null_mut();
            }
            (1, 4_003) => return black_box(usize::MAX - 4_096) as *mut u8,
            _ => {}
        }
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Hostile = Hostile;

struct Skill;

impl Guest for Skill {
    fn length(text: String) -> u64 {
        text.len() as u64
    }
}

export!(Skill);

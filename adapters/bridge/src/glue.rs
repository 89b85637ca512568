//! The skill's memory and its exports. Every pointer and length is the skill's word, and is checked against its memory.

use std::cell::Cell;

use crate::fault::fail;

#[cfg(target_arch = "wasm32")]
mod imports {
    // The merge makes these: one instruction each, or an export of the skill.
    #[link(wasm_import_module = "glue")]
    unsafe extern "C" {
        pub safe fn alloc(length: u32) -> u32;
        pub safe fn free(pointer: u32);
        pub safe fn handle(pointer: u32, length: u32) -> u64;
        pub safe fn describe() -> u64;
        /// Pages of the skill's memory.
        pub safe fn pages() -> u32;
        pub fn copy_in(destination: u32, source: *const u8, length: u32);
        pub fn copy_out(destination: *mut u8, source: u32, length: u32);
    }
}

/// Natively there is no skill.
#[cfg(not(target_arch = "wasm32"))]
mod imports {
    pub fn alloc(_: u32) -> u32 {
        0
    }
    pub fn free(_: u32) {}
    pub fn handle(_: u32, _: u32) -> u64 {
        0
    }
    pub fn describe() -> u64 {
        0
    }
    pub fn pages() -> u32 {
        0
    }
    pub unsafe fn copy_in(_: u32, _: *const u8, _: u32) {}
    pub unsafe fn copy_out(_: *mut u8, _: u32, _: u32) {}
}

thread_local! {
    /// The reply that the skill was last given: nobody else frees it.
    static LAST_REPLY: Cell<u32> = const { Cell::new(0) };
    /// Whether the skill's allocator runs: it must not ask for anything then.
    static ALLOCATING: Cell<bool> = const { Cell::new(false) };
}

/// Bytes in the skill's memory.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub pointer: u32,
    pub length: u32,
}

impl Place {
    /// A pointer in the upper and a length in the lower half, as the ABI packs them.
    fn unpack(packed: u64) -> Self {
        Self {
            pointer: (packed >> 32) as u32,
            length: packed as u32,
        }
    }

    fn pack(self) -> u64 {
        u64::from(self.pointer) << 32 | u64::from(self.length)
    }

    fn is_inside(self) -> bool {
        u64::from(self.pointer) + u64::from(self.length) <= u64::from(imports::pages()) << 16
    }

    /// What is there; none when it is outside of the skill's memory, or too much for this one's.
    pub fn read(self) -> Option<Vec<u8>> {
        if !self.is_inside() {
            return None;
        }
        let length = self.length as usize;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).ok()?;
        // Safety: there is room for `length` bytes, and exactly those are written.
        unsafe {
            imports::copy_out(bytes.as_mut_ptr(), self.pointer, self.length);
            bytes.set_len(length);
        }
        Some(bytes)
    }

    /// What is there, told as `what` when it cannot be read.
    fn take(self, what: &str) -> Vec<u8> {
        self.read().unwrap_or_else(|| {
            let Self { pointer, length } = self;
            let memory = u64::from(imports::pages()) << 16;
            fail(&format!(
                "{what} is said to be {length} bytes at {pointer}, which cannot be read: the skill's memory has {memory} bytes"
            ))
        })
    }
}

/// Writes into the skill's memory; whether it fits there.
#[must_use]
pub fn write(pointer: u32, bytes: &[u8]) -> bool {
    let Ok(length) = u32::try_from(bytes.len()) else {
        return false;
    };
    if !(Place { pointer, length }).is_inside() {
        return false;
    }
    // Safety: `bytes` has `length` bytes; the destination is in another memory.
    unsafe { imports::copy_in(pointer, bytes.as_ptr(), length) };
    true
}

/// Puts `parts`, one after the other, where the skill's allocator says.
fn give(parts: [&[u8]; 2], what: &str) -> Place {
    let total = parts[0].len() + parts[1].len();
    let Ok(length) = u32::try_from(total) else {
        fail(&format!(
            "{what} of {total} bytes is too large for the skill"
        ))
    };
    ALLOCATING.set(true);
    let pointer = imports::alloc(length);
    ALLOCATING.set(false);
    let second = pointer.wrapping_add(parts[0].len() as u32);
    let fits = Place { pointer, length }.is_inside() && pointer != 0;
    if !fits || !write(pointer, parts[0]) || !write(second, parts[1]) {
        fail(&format!(
            "the skill's skill_alloc returned {pointer} for {length} bytes, where they do not fit"
        ));
    }
    Place { pointer, length }
}

fn free(pointer: u32) {
    if pointer != 0 {
        imports::free(pointer);
    }
}

/// What the skill asks for, copied before anything else of it runs; the reply to its last question is freed.
pub fn request(pointer: u32, length: u32) -> Vec<u8> {
    if ALLOCATING.get() {
        fail("the skill's skill_alloc calls a function of the host, which must not be");
    }
    let request = Place { pointer, length }.take("a request of the skill");
    free(LAST_REPLY.replace(0));
    request
}

/// A reply in two parts, as the ABI returns it.
pub fn reply(head: &[u8], tail: &[u8]) -> u64 {
    let place = give([head, tail], "a reply");
    LAST_REPLY.set(place.pointer);
    place.pack()
}

/// Lets the skill handle a request.
pub fn handle(request: &[u8]) -> Vec<u8> {
    let place = give([request, &[]], "a request");
    let result = Place::unpack(imports::handle(place.pointer, place.length));
    // Before anything else of the skill runs: its buffers may be the same one.
    let response = collect(result, "the skill's response");
    free(place.pointer);
    response
}

/// The skill's description of itself.
pub fn describe(most: u32) -> Vec<u8> {
    let result = Place::unpack(imports::describe());
    if result.length > most {
        fail(&format!(
            "the skill describes itself in {} bytes; at most {most} are read",
            result.length
        ));
    }
    collect(result, "the skill's description")
}

/// What a call of the skill returned; that and the last reply are freed.
fn collect(result: Place, what: &str) -> Vec<u8> {
    let bytes = result.take(what);
    free(result.pointer);
    free(LAST_REPLY.replace(0));
    bytes
}

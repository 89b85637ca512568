//! Arguments and variables (none), clocks, random bytes, ending.

use super::errno::Errno;
use super::functions;
use super::memory::{store, store_u32, store_u64};
use crate::bindings::wasi::clocks0_2_12::{monotonic_clock, wall_clock};
use crate::bindings::wasi::random0_2_12::random;
use crate::fault::fail;

const REALTIME: u32 = 0;
/// The monotonic clock, and those of the process and the thread: there is no other time to give.
const FIRST_STEADY: u32 = 1;
const LAST_STEADY: u32 = 3;
/// Bytes asked of the host at once.
const RANDOM_PART: u32 = 64 << 10;

functions! {
    args_sizes_get(count: u32, size: u32) {
        store_u32(count, 0)?;
        store_u32(size, 0)
    }
    args_get(_places: u32, _buffer: u32) {
        Ok(())
    }
    environ_sizes_get(count: u32, size: u32) {
        store_u32(count, 0)?;
        store_u32(size, 0)
    }
    environ_get(_places: u32, _buffer: u32) {
        Ok(())
    }
    clock_time_get(clock: u32, _precision: u64, out: u32) {
        store_u64(out, time(clock)?)
    }
    clock_res_get(clock: u32, out: u32) {
        let resolution = match clock {
            REALTIME => {
                let resolution = wall_clock::resolution();
                nanoseconds(resolution.seconds, resolution.nanoseconds)
            }
            FIRST_STEADY..=LAST_STEADY => monotonic_clock::resolution(),
            _ => return Err(Errno::Inval),
        };
        store_u64(out, resolution)
    }
    random_get(pointer: u32, length: u32) {
        let mut done = 0;
        while done < length {
            let part = (length - done).min(RANDOM_PART);
            let place = pointer.checked_add(done).ok_or(Errno::Fault)?;
            store(place, &random::get_random_bytes(part.into()))?;
            done += part;
        }
        Ok(())
    }
    sched_yield() {
        Ok(())
    }
    proc_raise(_signal: u32) {
        Err(Errno::Notsup)
    }
    sock_accept(_socket: u32, _flags: u32, _out: u32) {
        Err(Errno::Badf)
    }
    sock_recv(_socket: u32, _pieces: u32, _count: u32, _flags: u32, _size: u32, _out: u32) {
        Err(Errno::Badf)
    }
    sock_send(_socket: u32, _pieces: u32, _count: u32, _flags: u32, _size: u32) {
        Err(Errno::Badf)
    }
    sock_shutdown(_socket: u32, _how: u32) {
        Err(Errno::Badf)
    }
}

#[unsafe(export_name = "wasi_proc_exit")]
extern "C" fn proc_exit(code: u32) {
    super::output::flush();
    fail(&format!("the skill called exit({code})"))
}

fn nanoseconds(seconds: u64, nanoseconds: u32) -> u64 {
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds.into())
}

/// A clock's time in nanoseconds.
pub fn time(clock: u32) -> Result<u64, Errno> {
    match clock {
        REALTIME => {
            let now = wall_clock::now();
            Ok(nanoseconds(now.seconds, now.nanoseconds))
        }
        FIRST_STEADY..=LAST_STEADY => Ok(monotonic_clock::now()),
        _ => Err(Errno::Inval),
    }
}

//! `poll_oneoff`: waits for clocks, as long as it takes. Files and output are always ready.

use super::errno::Errno;
use super::functions;
use super::memory::{load, store, store_u32};
use super::process::time;
use crate::bindings::wasi::clocks0_2_12::monotonic_clock::subscribe_duration;
use crate::bindings::wasi::io::poll::{Pollable, poll};

const MAX_SUBSCRIPTIONS: u32 = 4096;
/// Bytes of a subscription and of an event.
const SUBSCRIPTION: u32 = 48;
const EVENT: usize = 32;
const CLOCK: u8 = 0;
/// The flag of a clock's subscription that names a moment rather than a duration.
const ABSOLUTE: u16 = 1;
/// More than any file has to be read.
const PLENTY: u64 = 1 << 16;

functions! {
    poll_oneoff(subscriptions: u32, events: u32, count: u32, out: u32) {
        if count == 0 || count > MAX_SUBSCRIPTIONS {
            return Err(Errno::Inval);
        }
        let subscriptions = load(subscriptions, count * SUBSCRIPTION)?;
        let subscriptions: Vec<&[u8]> = subscriptions.chunks_exact(SUBSCRIPTION as usize).collect();
        let mut ready: Vec<usize> = positions(&subscriptions, |kind| kind != CLOCK);
        if ready.is_empty() {
            let clocks: Vec<Pollable> = subscriptions.iter().map(|one| clock(one)).collect::<Result<_, _>>()?;
            ready = poll(&clocks.iter().collect::<Vec<_>>()).into_iter().map(|index| index as usize).collect();
        }
        let mut written = Vec::with_capacity(ready.len() * EVENT);
        for index in &ready {
            written.extend(event(subscriptions[*index]));
        }
        store(events, &written)?;
        store_u32(out, ready.len() as u32)
    }
}

fn kind(subscription: &[u8]) -> u8 {
    subscription[8]
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut number = [0; N];
    number.copy_from_slice(&bytes[at..at + N]);
    number
}

fn positions(subscriptions: &[&[u8]], wanted: impl Fn(u8) -> bool) -> Vec<usize> {
    let each = subscriptions.iter().enumerate();
    each.filter(|(_, one)| wanted(kind(one)))
        .map(|(index, _)| index)
        .collect()
}

/// Ready when the time of a subscription has come.
fn clock(subscription: &[u8]) -> Result<Pollable, Errno> {
    let id = u32::from_le_bytes(number(subscription, 16));
    let timeout = u64::from_le_bytes(number(subscription, 24));
    let flags = u16::from_le_bytes(number(subscription, 40));
    let left = match flags & ABSOLUTE {
        0 => timeout,
        _ => timeout.saturating_sub(time(id)?),
    };
    Ok(subscribe_duration(left))
}

/// What is told of a subscription that is ready.
fn event(subscription: &[u8]) -> [u8; EVENT] {
    let mut event = [0; EVENT];
    event[..8].copy_from_slice(&subscription[..8]);
    event[10] = kind(subscription);
    if kind(subscription) != CLOCK {
        event[16..24].copy_from_slice(&PLENTY.to_le_bytes());
    }
    event
}

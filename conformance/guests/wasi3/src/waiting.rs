//! Waiting, counted while it lasts.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use crate::wasi::clocks0_3_0::monotonic_clock::wait_for;

thread_local! {
    /// Who waits now, and the most that ever did since this was last zero.
    static NOW: Cell<u32> = const { Cell::new(0) };
    static MOST: Cell<u32> = const { Cell::new(0) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

async fn wait(milliseconds: u64) {
    NOW.set(NOW.get() + 1);
    MOST.set(MOST.get().max(NOW.get()));
    wait_for(milliseconds * 1_000_000).await;
    NOW.set(NOW.get() - 1);
}

pub async fn together(count: u32, milliseconds: u64) -> u32 {
    MOST.set(0);
    let mut waits: Vec<_> = (0..count)
        .map(|_| Some(Box::pin(wait(milliseconds))))
        .collect();
    poll_fn(|context| {
        for wait in &mut waits {
            if let Some(running) = wait
                && running.as_mut().poll(context).is_ready()
            {
                *wait = None;
            }
        }
        if waits.iter().all(Option::is_none) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    MOST.get()
}

pub async fn alone(milliseconds: u64) -> String {
    let before = CALLS.get();
    CALLS.set(before + 1);
    wait(milliseconds).await;
    format!("{} at once, {before} before", MOST.get())
}

//! Tool calls that wait.

use std::mem;

use rquickjs::Function;

use super::helpers::Kept;
use crate::Request;

/// Calls that wait at once.
pub(super) const MAX_WAITING: usize = 10_000;
/// Bytes of their arguments.
pub(super) const MAX_BYTES: usize = 64 << 20;
/// Calls of one batch, which is what the host takes.
const BATCH: usize = 1_000;
/// Bytes of arguments of one batch.
const BATCH_BYTES: usize = 16 << 20;

#[derive(Default)]
pub(super) struct Calls {
    waiting: Vec<Waiting>,
    pub bytes: usize,
}

pub(super) struct Waiting {
    pub request: Request,
    pub resolve: Kept<Function<'static>>,
    pub reject: Kept<Function<'static>>,
}

impl Calls {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn add(&mut self, call: Waiting) {
        self.bytes += call.request.arguments.len();
        self.waiting.push(call);
    }

    /// Takes as many as one batch may have.
    pub fn take(&mut self) -> Vec<Waiting> {
        let mut bytes = 0;
        let count = self.waiting.iter().take(BATCH).take_while(|call| {
            bytes += call.request.arguments.len();
            bytes <= BATCH_BYTES
        });
        // One alone may be larger: the host says so.
        let count = count.count().max(1).min(self.waiting.len());
        let rest = self.waiting.split_off(count);
        let taken = mem::replace(&mut self.waiting, rest);
        let gone: usize = taken.iter().map(|call| call.request.arguments.len()).sum();
        self.bytes -= gone;
        taken
    }
}

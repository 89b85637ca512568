//! Runs work that may block. The only place that takes threads for it.
//!
//! Each skill has a [`Lane`] of a few threads, first come first served. All skills together may use only a part of the
//! process's threads, so that the host always has some for itself. Work whose caller is gone keeps its thread until it ends:
//! cancelling calls does not give a skill more threads.
//!
//! - `lane`: the threads of one skill, or of the host for one purpose

mod lane;

pub use lane::{BLOCKING_THREADS, BlockingError, Lane, Place};

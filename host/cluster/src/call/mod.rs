//! Calls of methods on other nodes: at most once, unless the caller says that a method may be repeated.
//!
//! - `head`: what a call begins with, its end, reports; `failure`: why it has no result; `client`: makes calls; `serve`: serves those of others; `parts`: receives
//!   arguments and results
//!
//! Over the link, the caller sends the arguments in parts; the other node sends reports of progress at any time, then how the
//! call has ended, then the result in parts.

mod client;
mod failure;
mod head;
mod parts;
mod serve;

#[cfg(test)]
mod charging_tests;
#[cfg(test)]
mod repeating_tests;
#[cfg(test)]
mod tests;

pub use client::{CallError, CallOptions, Receiver, call, call_any};
pub use failure::{CallFailure, Denied, FailureKind};
pub(crate) use head::End;
pub use head::{CallHead, Caller, HeadError, Narrowed, Report};
pub(crate) use parts::{PartsError, receive_parts};
pub use serve::{
    Admitted, Charged, Executed, Executing, Executor, MAX_ARGUMENTS_OF_NODE, Reporter, serve_calls,
};

/// A part of the arguments.
const ARGUMENTS: u8 = 1;
/// A report of progress.
const REPORT: u8 = 2;
/// How the call has ended.
const END: u8 = 3;
/// A part of the result.
const RESULT: u8 = 4;
/// The largest part of arguments and results, in bytes.
const PART: usize = 256 << 10;
/// How much may be on its way in one direction once both sides know that the call takes place.
const WINDOW: u32 = 1 << 20;

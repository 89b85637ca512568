//! Counts what the host holds for its skills, in bytes and descriptors. Everything held is charged to an account of the
//! call or the skill and to the host's, for as long as it is held; a charge that would exceed one of them fails.
//!
//! - `account`: one budget, and charges to it
//! - `answer`: the charge of an answer that is being put together; `content`: bytes that a skill hands over
//! - `host`: the accounts of one host and its skills; `machine`: how much memory and how many descriptors there are

mod account;
mod answer;
mod content;
mod host;
mod machine;
#[cfg(test)]
mod tests;

pub use account::{Account, Charge, Exhausted, Holder};
pub use answer::Answer;
pub use content::Content;
pub use host::{Accounts, Held, HostLimits, SkillAccounts};

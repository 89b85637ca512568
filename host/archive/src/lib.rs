//! Archives that nobody vouches for, and trees of files that become archives and come out of them.
//!
//! - `read`: an archive from beginning to end, entry by entry: `member`, shown by `visit`
//! - `format`, `tarball`, `zipped`: the formats; `codepage`: old names in zip
//! - `names`: what an entry may be called, and what is left out; `plan`: all entries, checked against each other
//! - `budget`: how large an archive may become; `error`: why it is not read
//! - `tree`: packing and unpacking. Nothing else here opens, makes or changes a file: bytes come in, entries go out.

mod budget;
mod codepage;
mod error;
mod format;
mod member;
mod names;
mod plan;
mod read;
mod tarball;
mod tree;
mod visit;
mod zipped;

pub use budget::Budget;
pub use error::{Error, broken};
pub use format::Format;
pub use member::{Member, MemberKind};
pub use names::{Exclude, stays};
pub use plan::Plan;
pub use read::read;
pub use tree::{Done, Limits, Options, Reading, pack};
pub use visit::Visit;

//! From what a compiler made to what the host runs. `kind` tells what a file is, which decides the way there:
//! components go as they are, modules with a component type are encoded, modules of the older ABI are to be merged
//! with the bridge. `describe` asks a dynamic component what it is.

mod describe;
mod kind;

pub use describe::{DYNAMIC, DescribeError, describe};
pub use kind::{Kind, KindError, kind};

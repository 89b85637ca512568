//! From what a compiler made to what the host runs. `kind` tells what a file is, which decides the way there:
//! components go as they are, modules with a component type are encoded, modules of the older ABI are adapted.
//!
//! - `adapt`: a skill of the older ABI and the bridge become one module, and that a component
//! - `module`, `resolve`, `reachable`: what is read, who answers which import, what of the bridge is needed
//! - `layout`, `stubs`, `names`, `encode`: where everything goes, what is added, what it is called, the result
//! - `data`: the skill's data segments, neighbours joined
//! - `describe`: asks a dynamic component what it is, in a sandbox whose imports are `unavailable`

mod adapt;
mod data;
mod describe;
mod encode;
mod error;
mod kind;
mod layout;
mod module;
mod names;
mod reachable;
mod resolve;
mod stubs;
mod unavailable;

pub use adapt::{Adapted, adapt};
pub use describe::{DYNAMIC, DescribeError, describe};
pub use error::AdaptError;
pub use kind::{Kind, KindError, kind};

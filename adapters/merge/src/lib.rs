//! Converts a compiler's output to a component. `kind` detects what a file is, which decides how:
//! components are used as they are, modules with a component type are encoded, modules of the older ABI are adapted.
//!
//! - `adapt`: merges a skill of the older ABI with the bridge into one module, and converts that to a component
//! - `module`, `resolve`, `reachable`: parse modules, resolve imports, and find the needed functions of the bridge
//! - `layout`, `stubs`, `names`, `encode`: indices, added functions, the name section, and the result
//! - `data`: joins the skill's data segments
//! - `describe`: runs a dynamic component's `describe` in a sandbox whose imports are `unavailable`

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

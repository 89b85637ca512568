//! Which skills run, and who may call which: manifests and packages become a registry that is replaced as a whole when
//! one of them changes, and every call goes through its policy.
//!
//! - `settings`: what the host's configuration says; `report`: what an operator is told
//! - `orchestrator`: starting, calling, stopping
//! - `policy`: who may call what; `tools`: methods as MCP tools

mod error;
mod orchestrator;
mod policy;
mod report;
mod settings;
mod tools;

pub use error::{InvokeError, StartError};
pub use luminarys_runtime::{CallContext, CallError, Outcome, Progress};
pub use orchestrator::{Orchestrator, WatchGuard};
pub use policy::Origin;
pub use report::{MethodReport, RequirementReport, SkillReport};
pub use settings::Settings;
pub use tools::Tool;

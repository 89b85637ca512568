//! Which skills run, and who may call which: manifests and packages become a registry that is replaced as a whole when
//! one of them changes, and every call goes through its policy.
//!
//! - `settings`: what the host's configuration says; `report`: what an operator is told
//! - `orchestrator`: starting, calling, stopping; `metrics`: counters
//! - `peers`: skills that call skills; `schedules`: calls that wait for their time; `events`:
//!   what they tell each other
//! - `identity`: which packages a manifest authorises; `records`: which were loaded; `authorise`: whether one is to be
//! - `user`: the user's directories
//! - `policy`: who may call what; `tools`: methods as MCP tools; `registry`: all skills at one moment
//! - `authority`: what no skill may change
//! - `files`: reading manifests and packages; `source`: where packages are; `load`: one of them to a skill; `reload`: all of them; `watch`: by itself

mod authorise;
mod authority;
mod error;
mod events;
mod files;
mod identity;
mod linking;
mod load;
mod metrics;
mod offered;
mod orchestrator;
mod peers;
mod policy;
mod records;
mod registry;
mod reload;
mod report;
mod schedules;
mod settings;
mod source;
mod tools;
pub mod user;
mod watch;

pub use authority::{authority_of, authority_of_directories};
pub use error::{InvokeError, StartError};
pub use identity::{Authorised, AuthorisedBy, Identity};
pub use luminarys_runtime::{
    AuditRecord, Audited, BLOCKING_THREADS, CallContext, CallError, Completion, EndpointOptions,
    ExplainError, LanguageModel, ModelError, NetworkOptions, Outcome, Progress, Prompt, ProxyUrl,
    Speaker, Verdict, explain_address, explain_command, explain_path, explain_url,
};
pub use orchestrator::Orchestrator;
pub use policy::Origin;
pub use records::{PackageRecords, Recording};
pub use report::{MethodReport, RequirementReport, SkillReport};
pub use settings::Settings;
pub use tools::Tool;
pub use watch::WatchGuard;

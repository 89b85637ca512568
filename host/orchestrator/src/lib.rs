//! Decides which skills run and who may call them: manifests and packages form a registry that is replaced as a whole
//! when one of them changes, and every call is checked against its policy.
//!
//! - `settings`: the host's configuration; `places`: whether what it names can be used; `report`: what an operator is
//!   told
//! - `orchestrator`: the running skills; `start`: starting; `calls`: who may call, and how calls end; `refuse`: whom
//!   the host's configuration does not let call; `metrics`, `serving`, `cluster_metrics`: counters
//! - `peers`: skills that call skills; `callable`: what one may call; `listed`: what it learns of it; `finding`: what of it
//!   fits a query
//! - `permit`: whether a call may be made; `target`: where its skill runs; `work`: what it does there
//! - `about`: what nodes tell each other of a skill; `remote`: skills of other nodes; `elsewhere`: calls of them;
//!   `remote_failure`: what goes wrong with those; `node`: this
//!   host as a node of a cluster
//! - `exchange`: files that skills exchange with other nodes
//! - `scheduled`: calls that wait for their time, and what keeps them; `schedules`: the data directory, which does; `due`: whose
//!   time has come; `unattended`: calls without a waiting caller
//! - `clustered`: what the nodes of a cluster keep together
//! - `events`: subscriptions; `topics`: patterns of topics; `emit`: delivery to the skills that listen; `queue`: events that wait;
//!   `router`: which node delivers them; `received`: events of other nodes
//! - `identity`: which packages a manifest authorises; `records`: which were loaded; `authorise`: whether one is to be
//! - `user`: the user's directories
//! - `policy`: who may call what; `tools`: methods as MCP tools; `registry`: all skills at one moment; `entry`: one
//!   manifest among them; `deployed`: a skill that runs, and its end; `linking`: who provides what others import
//! - `authority`: what no skill may change
//! - `reload`: from settings to what runs; `current`: what runs now; `reading`: the manifests; `interim`: what runs
//!   until a package is loaded; `publish`: putting skills in service and ending them; `watch`: all of that when files
//!   change
//! - `loads`: packages that are being loaded; `steps`: what is told of it; `loading`: loading one; `load`: from a package to a skill;
//!   `requirements`: whether its grants meet them; `compile_queue`: which is compiled next; `readiness`: what calls
//!   wait for
//! - `files`: reading manifests and packages; `hanging`: files that do not answer; `source`: where packages are;
//!   `packages`: pulling them from registries

mod about;
mod authorise;
mod authority;
mod callable;
mod calls;
mod cluster_metrics;
mod clustered;
mod compile_queue;
mod current;
mod deployed;
mod due;
mod elsewhere;
mod emit;
mod entry;
mod error;
mod events;
#[cfg(test)]
mod eventually;
mod exchange;
mod files;
mod finding;
mod hanging;
mod identity;
mod instructions;
mod interim;
mod linking;
mod listed;
mod load;
mod loading;
mod loads;
mod metrics;
mod node;
mod offered;
mod orchestrator;
mod packages;
mod peers;
mod permit;
mod places;
mod policy;
mod publish;
mod queue;
mod readiness;
mod reading;
mod received;
mod records;
mod refuse;
mod registry;
mod reload;
mod remote;
mod remote_failure;
mod report;
mod reported;
mod requirements;
mod router;
mod scheduled;
mod schedules;
mod serving;
mod settings;
mod source;
mod start;
mod steps;
mod target;
mod tool_names;
mod tools;
mod topics;
mod unattended;
pub mod user;
mod watch;
mod work;

pub use about::{AboutError, MAX_ABOUT, MethodAbout, SkillAbout};
pub use authorise::Acceptance;
pub use authority::{authority_of, authority_of_directories};
pub use cluster_metrics::{ClusterMetrics, NodeState};
pub use clustered::Clustered;
pub use error::{InvokeError, StartError};
pub use identity::{Authorised, AuthorisedBy, Identity, digest};
pub use luminarys_grants::{Denial, Narrowing};
pub use luminarys_runtime::values::{Form, NamedForm};
pub use luminarys_runtime::{
    Asked, AuditOptions, AuditRecord, Audited, BLOCKING_THREADS, CallContext, CallError, Changes,
    Charge, Cluster, ClusterError, ClusterNode, Completion, EndpointOptions, Errand, Event,
    Exchange, Exhausted, FetchError, Fetcher, FsError, FsErrorKind, HostLimits, IncomingFile,
    IncomingPlace, LanguageModel, MAX_KEPT, ModelError, Moved, NetworkOptions, NodePolicy, OnMoved,
    Outcome, OutgoingFile, Page, Progress, ProgressSink, Prompt, ProxyUrl, RemoteEntry,
    RuntimeError, Schedule, SetupError, SharedStore, SharedStoreError, SharedStoreSlot, Speaker,
    Verdict, explain, is_secure,
};
pub use node::Offered;
pub use orchestrator::Orchestrator;
pub use places::PlaceProblem;
pub use policy::{Origin, between};
pub use received::EventError;
pub use records::{PackageRecords, Recording};
pub use remote::{Remote, RemoteCall, RemoteSkill};
pub use remote_failure::{RemoteFailure, RemoteFailureKind};
pub use report::{MethodReport, RequirementReport, SkillReport};
pub use router::{EventRouter, Routed};
pub use scheduled::{
    Abandoned, MAX_SCHEDULED, ScheduleError, ScheduleName, ScheduleStore, ScheduledCall, Taken,
};
pub use serving::ServingMetrics;
pub use settings::Settings;
pub use steps::LoadStep;
pub use tools::Tool;
pub use topics::TopicPattern;
pub use watch::WatchGuard;

//! Connects hosts on several machines over NATS.
//!
//! - `names`: clusters, nodes and instances; `subjects`: where their messages go
//! - `connection`: the connection to NATS; `error`: its errors, and those of links; `streams`: the cluster's streams and buckets;
//!   `refusals`: warnings of what others send; `shares`: how much each other node may have
//! - `link`: messages between two nodes, in order and bounded
//! - `call`: calls of methods on other nodes
//! - `describe`: what a node tells of an instance that it runs
//! - `members`: which nodes there are, and what they run
//! - `transfer`: files from one node to another; `events`: events from one node to another
//! - `state`: namespaces of the store that all nodes share
//! - `durability`: what the servers' settings promise
//! - `claims`: firings of schedules, each made by one node
//! - `untrusted`: what other nodes send, for tests with many inputs
//! - `settings`: the host's configuration; `credentials`: keys of nodes; `permissions`: what the NATS server lets each do;
//!   `nsc`: the same for servers with signed tokens

mod call;
mod claims;
mod connection;
mod credentials;
mod describe;
mod durability;
mod error;
mod events;
mod link;
mod members;
mod names;
mod nsc;
mod permissions;
mod refusals;
mod settings;
mod shares;
mod state;
mod streams;
mod subjects;
mod transfer;
mod untrusted;

pub use call::{
    Admitted, CallError, CallFailure, CallHead, CallOptions, Caller, Charged, Denied, Executed,
    Executing, Executor, FailureKind, HeadError, MAX_ARGUMENTS_OF_NODE, Narrowed, Receiver, Report,
    Reporter, call, call_any, serve_calls,
};
pub use claims::{
    Claim, ClaimError, Claims, Firing, KEPT, MAX_EARLINESS, MAX_LATENESS, MAX_SCHEDULE,
    RecordError, Standing, Unfinished,
};
pub use connection::{Connection, check_credentials};
pub use credentials::{KeyError, NodeKey, is_public_key, public_key_of};
pub use describe::{DescribeError, Describer, MAX_DESCRIPTION, describe, serve_descriptions};
pub use durability::{Durability, KeptStream, durability};
pub use error::{ConnectError, LEAST_MAX_PAYLOAD, LinkError, OLDEST_SERVER, ResetReason};
pub use events::{
    EventsError, EventsFrom, EventsTo, MAX_EVENT, MAX_SUBSCRIPTIONS, NodeEvent, ReceivedEvents,
    Subscribed,
};
pub use link::{
    FIRST_WINDOW, FrameError, Incoming, Link, Links, MAX_HEAD, MAX_LINKS, MAX_LINKS_OF_PEER,
    MAX_MESSAGE, MAX_PAYLOAD, MAX_WINDOW, Message, Purpose, SILENCE, VERSION, check_permitted,
    connect_links,
};
pub use members::{
    LEASE, Lease, LeaseError, MAX_LEASE, MAX_OFFERS, Member, Members, MembersError, Offer, RENEWAL,
    look_at_members,
};
pub use names::{ClusterName, InstanceName, MAX_NAME, NameError, NodeName};
pub use nsc::nsc_commands;
pub use permissions::{Identity, PermissionsError, permissions, publish_rules, subscribe_rules};
pub use refusals::Refusals;
pub use settings::{
    ClusterSection, ClusterSettings, Credentials, FileTransferSection, NatsSection, SettingsError,
    TlsSection,
};
pub use state::{
    BlobId, EntryError, Log, LogError, MAX_CONTENT, MAX_SHARED, Replica, SharedState, StateError,
    StreamLog,
};
pub use streams::StreamError;
pub use subjects::{LinkId, Subjects};
pub use transfer::{
    Arrived, FileHead, FileHeadError, Files, Listed, MAX_LISTED, MAX_PATH, MAX_TRANSFERS,
    OnProgress, OpenWriting, Operation, Reading, Transfer, TransferError, TransferFailure,
    TransferFailureKind, TransferId, Writing, fetch_file, list_files, send_file, serve_transfers,
};
pub use untrusted::Untrusted;

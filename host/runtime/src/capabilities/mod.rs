//! The capabilities: a folder for each WIT interface, with its state and its functions. This file lists them.

pub(crate) mod archive;
pub(crate) mod context;
pub(crate) mod events;
pub(crate) mod filesystem;
pub(crate) mod http;
mod list;
pub(crate) mod llm;
mod log;
pub(crate) mod log_rate;
pub(crate) mod shell;
mod skills;
pub(crate) mod store;
pub(crate) mod system;
pub(crate) mod tcp;
mod timeout;
pub(crate) mod transfer;
mod types;
pub(crate) mod websocket;

list::capabilities! {
    archive: archive::ArchiveCapability,
    context: context::ContextCapability,
    events: events::EventsCapability,
    filesystem: filesystem::FilesystemCapability,
    http: http::HttpCapability,
    llm: llm::LlmCapability,
    log: log::LogCapability,
    shell: shell::ShellCapability,
    skills: skills::SkillsCapability,
    store: store::StoreCapability,
    system: system::SystemCapability,
    tcp: tcp::TcpCapability,
    transfer: transfer::TransferCapability,
    types: types::TypesCapability,
    websocket: websocket::WebsocketCapability,
}

//! The types that requests, answers and events have.

pub use super::commands::{BatchItem, BatchItemResult, BatchResult, Command, CommandType};
pub use super::entrypoint::{InvokeRequest, InvokeResponse, VERSION};
pub use super::filesystem::{
    AllowedDir, DirEntry, FsReadLinesRequest, GlobEntry, GlobOptions, GrepFileMatch, GrepLineMatch,
    GrepOptions, GrepRange, TextFileContent, perm,
};
pub use super::llm::{HistoryMessage, PromptRequest, PromptResponse};
pub use super::shell::{ShellExecRequest, ShellExecResult};
pub use super::system::{DiskUsageResult, SysInfoResult, TimeNowResult};
pub use super::tcp::{TcpRequestOptions, TcpRequestResult};
pub use crate::error::SkillError;

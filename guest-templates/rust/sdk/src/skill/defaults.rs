//! Options of which nothing is set: the host's defaults hold.

use super::{archive, filesystem, http, llm, shell, tcp, websocket};

/// `Default` for records of which every field has one.
macro_rules! default {
    ($($record:path { $($field:ident),* $(,)? })*) => { $(
        impl Default for $record {
            fn default() -> Self {
                Self { $($field: Default::default()),* }
            }
        }
    )* };
}

default! {
    archive::Options { format, exclude, strip }
    filesystem::GrepOptions {
        fixed, case_insensitive, include, exclude, type_filter, ignore_dirs, max_depth, max_count,
        with_lines, filename_only,
    }
    filesystem::GlobOptions { hidden, ignore_dirs, max_depth, only_files, only_dirs }
    http::Request {
        method, url, headers, cookies, body, timeout_ms, max_response_bytes, follow_redirects, use_jar,
    }
    llm::Prompt { system, messages, max_tokens, temperature, stop }
    shell::Options { directory, timeout_ms, input, grep, tail }
    tcp::Options { tls, insecure, server_name, timeout_ms }
    websocket::Options { headers, insecure, timeout_ms }
}

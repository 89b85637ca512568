//! Records of which nothing is filled in. Options are resources, which `new` makes with the host's defaults.

use super::{http, llm};

/// `Default` for generated records of which every field has one.
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
    http::Request { method, url, headers, cookies, body }
    llm::Prompt { system, messages }
}

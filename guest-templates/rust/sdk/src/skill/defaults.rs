//! Defaults of records: every field empty. Options are resources, which `new` makes with the host's defaults.

use super::{http, llm};

impl Default for http::Request {
    fn default() -> Self {
        Self {
            method: String::new(),
            url: String::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body: Vec::new(),
        }
    }
}

impl Default for llm::Prompt {
    fn default() -> Self {
        Self {
            system: None,
            messages: Vec::new(),
        }
    }
}

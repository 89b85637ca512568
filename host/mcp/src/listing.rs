//! Pages of the list of tools.

use std::sync::atomic::{AtomicBool, Ordering};

use luminarys_orchestrator::Tool as HostTool;

use crate::content;

/// Tools in one page of the list.
const PAGE: usize = 500;
/// How much memory the descriptions in one page may take, in bytes; one tool alone may take more.
const PAGE_BYTES: usize = 4 << 20;

/// Whether the operator has been told that a tool is left out.
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// A page of the list.
pub(crate) struct Page<'t> {
    /// Its tools.
    pub tools: Vec<&'t HostTool>,
    /// How much memory their descriptions take, in bytes.
    pub bytes: usize,
    /// Where the next page begins.
    pub next: usize,
}

/// Returns the page that begins at `start`. A tool whose description alone takes more than `most` bytes is left out: its client
/// would get no list at all.
pub(crate) fn page<'t>(tools: &[&'t HostTool], start: usize, most: usize) -> Page<'t> {
    let mut page = Page {
        tools: Vec::new(),
        bytes: 0,
        next: start,
    };
    for tool in tools.iter().skip(start).take(PAGE) {
        let bytes = content::described(tool);
        if bytes > most {
            if !IS_TOLD.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    tool = %tool.name, bytes, most,
                    "a tool is not listed: its description takes too much memory"
                );
            }
        } else if page.tools.is_empty() || page.bytes + bytes <= most.min(PAGE_BYTES) {
            page.tools.push(tool);
            page.bytes += bytes;
        } else {
            break;
        }
        page.next += 1;
    }
    page
}

#[cfg(test)]
mod tests {
    use luminarys_package::Effects;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn tool(number: usize, length: usize) -> HostTool {
        HostTool {
            name: format!("tool{number}"),
            description: "x".repeat(length),
            skill: "skill".to_owned(),
            method: None,
            title: String::new(),
            input_schema: json!({ "type": "object" }),
            output_schema: None,
            wraps_result: false,
            effects: Effects::default(),
        }
    }

    proptest! {
        #[test]
        fn pages_have_each_tool_that_fits_once(
            lengths in proptest::collection::vec(0..4_000_usize, 0..40), most in 1_000..20_000_usize,
        ) {
            let tools: Vec<HostTool> = lengths.iter().enumerate().map(|(at, it)| tool(at, *it)).collect();
            let all: Vec<&HostTool> = tools.iter().collect();
            let (mut listed, mut start) = (Vec::new(), 0);
            while start < all.len() {
                let page = page(&all, start, most);
                prop_assert!(page.bytes <= most && page.next > start);
                listed.extend(page.tools.iter().map(|tool| tool.name.clone()));
                start = page.next;
            }
            let fit = all.iter().filter(|tool| content::described(tool) <= most);
            prop_assert_eq!(listed, fit.map(|tool| tool.name.clone()).collect::<Vec<_>>());
        }
    }
}

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

/// What the cursor of a further page begins with. The name of the last tool of the page before follows, so that it holds for
/// another node as well, and when tools come and go.
const AFTER: &str = "after:";

/// A page of the list.
pub(crate) struct Page<'t> {
    /// Its tools.
    pub tools: Vec<&'t HostTool>,
    /// How much memory their descriptions take, in bytes.
    pub bytes: usize,
    /// The cursor of the next page; none when this is the last one.
    pub next: Option<String>,
}

/// Returns a page of the tools, the first one without `cursor`. All together are in the given order, pages are in the order of
/// their names. A tool whose description alone takes more than `most` bytes is left out: its client would get no list at all.
/// None for what is not a cursor.
pub(crate) fn page<'t>(
    mut tools: Vec<&'t HostTool>,
    cursor: Option<&str>,
    most: usize,
) -> Option<Page<'t>> {
    let start = match cursor {
        None => {
            let all = take(&tools, most);
            if all.next.is_none() {
                return Some(all);
            }
            tools.sort_by(|one, other| one.name.cmp(&other.name));
            0
        }
        Some(cursor) => {
            let last = cursor.strip_prefix(AFTER)?;
            tools.sort_by(|one, other| one.name.cmp(&other.name));
            tools.partition_point(|tool| &*tool.name <= last)
        }
    };
    Some(take(&tools[start..], most))
}

/// Returns the page with the first of these tools.
fn take<'t>(tools: &[&'t HostTool], most: usize) -> Page<'t> {
    let mut page = Page {
        tools: Vec::new(),
        bytes: 0,
        next: None,
    };
    let mut last = None;
    for (number, tool) in tools.iter().enumerate() {
        let bytes = content::described(tool);
        if bytes > most {
            if !IS_TOLD.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    tool = %tool.name, bytes, most,
                    "a tool is not listed: its description takes too much memory"
                );
            }
        } else if number < PAGE
            && (page.tools.is_empty() || page.bytes + bytes <= most.min(PAGE_BYTES))
        {
            page.tools.push(tool);
            page.bytes += bytes;
        } else {
            page.next = last.map(|last: &HostTool| format!("{AFTER}{}", last.name));
            break;
        }
        last = Some(*tool);
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

    fn names(tools: &[&HostTool]) -> Vec<String> {
        tools.iter().map(|tool| tool.name.clone()).collect()
    }

    /// Lists page by page; before each page, `change` says which tools there are.
    fn pages(most: usize, mut change: impl FnMut() -> Vec<HostTool>) -> Vec<String> {
        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let all = change();
            let page = page(all.iter().collect(), cursor.as_deref(), most).unwrap();
            assert!(page.bytes <= most);
            listed.extend(names(&page.tools));
            cursor = page.next;
            if cursor.is_none() {
                return listed;
            }
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_none() {
        let tools = [tool(0, 1)];
        for cursor in ["", "0", "after", "AFTER:tool0"] {
            assert!(page(tools.iter().collect(), Some(cursor), 1_000).is_none());
        }
        let last = page(tools.iter().collect(), Some("after:tool0"), 1_000).unwrap();
        assert!(last.tools.is_empty() && last.next.is_none());
    }

    proptest! {
        #[test]
        fn pages_have_each_tool_that_fits_once(
            lengths in proptest::collection::vec(0..4_000_usize, 0..40), most in 1_000..20_000_usize,
        ) {
            let all = || -> Vec<HostTool> {
                lengths.iter().enumerate().map(|(at, it)| tool(at, *it)).collect()
            };
            let mut listed = pages(most, all);
            let mut fit: Vec<String> = all()
                .iter()
                .filter(|tool| content::described(tool) <= most)
                .map(|tool| tool.name.clone())
                .collect();
            listed.sort();
            fit.sort();
            prop_assert_eq!(listed, fit);
        }

        #[test]
        fn tools_that_stay_are_listed_once_whatever_comes_and_goes(
            stay in proptest::collection::vec(any::<bool>(), 1..60), seed in any::<u64>(),
        ) {
            let mut seed = seed;
            let mut change = || -> Vec<HostTool> {
                let there = stay.iter().enumerate().filter(|(_, stays)| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    **stays || seed >> 63 == 1
                });
                there.map(|(at, _)| tool(at, 500)).collect()
            };
            let listed = pages(4 * content::described(&tool(10, 500)), &mut change);
            for (at, stays) in stay.iter().enumerate() {
                let count = listed.iter().filter(|name| **name == tool(at, 0).name).count();
                prop_assert!(count <= 1 && (count == 1 || !stays), "{at}: {count}");
            }
        }
    }
}

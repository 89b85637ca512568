//! The nesting of markup, before it is parsed: the grammar of HTML looks at all open elements for each tag, so its time grows
//! with their number.

use std::collections::HashMap;

/// How many open elements all tags together stand in at most: about a second of work.
const MOST: usize = 40_000_000;

/// Says whether elements of a name are never open, or end where the next one begins: these do not nest without others between.
fn is_flat(name: &str) -> bool {
    let is_void = matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "command"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    );
    is_void
        || matches!(
            name,
            "p" | "li"
                | "dt"
                | "dd"
                | "option"
                | "optgroup"
                | "tr"
                | "td"
                | "th"
                | "rb"
                | "rt"
                | "rp"
                | "colgroup"
                | "thead"
                | "tbody"
                | "tfoot"
        )
}

/// Refuses markup whose tags stand in too many open elements.
///
/// # Errors
/// Fails for it; the text says where and what the limit is.
pub fn check(text: &str) -> Result<(), String> {
    let (mut open, mut counts) = (Vec::<String>::new(), HashMap::<String, usize>::new());
    let (mut at, mut sum) = (0, 0_usize);
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let rest = &text[start + 1..];
        at = start + 1;
        if rest.starts_with("!--") {
            at = rest.find("-->").map_or(text.len(), |end| at + end);
            continue;
        }
        let (is_end, rest) = match rest.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let length = rest
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '-' || letter == ':'))
            .unwrap_or(rest.len());
        if length == 0 {
            continue;
        }
        sum = sum.saturating_add(open.len());
        if sum > MOST {
            let line = text[..start].matches('\n').count() + 1;
            return Err(format!(
                "line {line}: {} elements are open here, and the tags so far stand in {MOST} open elements together, which is the limit; close elements, or give a part of the source",
                open.len()
            ));
        }
        let name = rest[..length].to_ascii_lowercase();
        if is_end {
            end(&name, &mut open, &mut counts);
            continue;
        }
        if is_flat(&name) {
            continue;
        }
        // What stands in these is text.
        if name == "script" || name == "style" {
            let close = format!("</{name}");
            at = find_any_case(text, at, &close).unwrap_or(text.len());
            continue;
        }
        let tag = rest.find(['<', '>']).map_or(rest, |end| &rest[..end]);
        if !tag.ends_with('/') {
            *counts.entry(name.clone()).or_default() += 1;
            open.push(name);
        }
    }
    Ok(())
}

/// Ends an element with all in it; one that is not open ends nothing.
fn end(name: &str, open: &mut Vec<String>, counts: &mut HashMap<String, usize>) {
    while counts.get(name).is_some_and(|count| *count > 0) {
        let Some(last) = open.pop() else { return };
        if let Some(count) = counts.get_mut(&last) {
            *count -= 1;
        }
        if last == name {
            return;
        }
    }
}

/// Returns where an ASCII text in lower case stands at or after a byte, in any case.
fn find_any_case(text: &str, from: usize, wanted: &str) -> Option<usize> {
    let windows = text.as_bytes()[from..].windows(wanted.len());
    let mut windows = windows.map(|window| window.eq_ignore_ascii_case(wanted.as_bytes()));
    windows.position(|is_same| is_same).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn open_elements_are_bounded() {
        let deep = "<a>".repeat(10_000);
        let rows: &[(String, bool)] = &[
            (deep.clone(), false),
            ("<div>".repeat(10_000), false),
            ("<a></b>".repeat(10_000), false),
            ("<A ".repeat(10_000), false),
            (
                format!("{}\n{}", "<a>".repeat(500), "<b></b>".repeat(50_000)),
                false,
            ),
            ("<a>".repeat(5_000), true),
            ("<a></a>".repeat(20_000), true),
            ("<a><b></a>".repeat(20_000), true),
            ("<p>".repeat(20_000), true),
            ("<br>".repeat(20_000), true),
            ("<ul><li>a<li>b</ul>".repeat(20_000), true),
            ("<table><tr><td>a<td>b</table>".repeat(20_000), true),
            ("<path/>".repeat(20_000), true),
            (format!("<!--{deep}-->"), true),
            (format!("<SCRIPT>{deep}</Script>"), true),
            ("< ".repeat(20_000), true),
            ("</a>".repeat(20_000), true),
            (format!("<a>{}", "é".repeat(10)), true),
        ];
        let wrong: Vec<_> = rows
            .iter()
            .filter(|(text, is_right)| check(text).is_ok() != *is_right)
            .map(|(text, _)| &text[..text.len().min(20)])
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let error = check(&format!("\n\n{deep}")).unwrap_err();
        assert!(
            error.starts_with("line 3: ") && error.contains("which is the limit"),
            "{error}"
        );
    }
}

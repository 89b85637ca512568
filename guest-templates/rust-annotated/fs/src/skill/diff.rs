//! Showing what changed.

use similar::{ChangeTag, TextDiff};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// What is said of a new file.
pub fn created(path: &str, content: &str) -> String {
    format!(
        "Created new file: {path}\n\n{}",
        unified(path, "", content).text
    )
}

/// What is said of a file that was there.
pub fn changed(verb: &str, path: &str, before: &str, after: &str) -> String {
    let diff = unified(path, before, after);
    format!(
        "{verb} {path} (+{}/-{} lines)\n\n{}",
        diff.added, diff.removed, diff.text
    )
}

struct Unified {
    text: String,
    added: usize,
    removed: usize,
}

/// The difference as a unified diff. Both counts stand in every hunk header, and an empty side begins at 1.
fn unified(path: &str, before: &str, after: &str) -> Unified {
    let name = path.rsplit('/').next().unwrap_or(path);
    let diff = TextDiff::from_lines(before, after);
    let mut result = Unified {
        text: String::new(),
        added: 0,
        removed: 0,
    };
    for hunk in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let (old, new) = (
            first.old_range().start..last.old_range().end,
            first.new_range().start..last.new_range().end,
        );
        result.text += &format!(
            "@@ -{},{} +{},{} @@\n",
            old.start + 1,
            old.len(),
            new.start + 1,
            new.len()
        );
        for change in hunk
            .iter()
            .flat_map(|operation| diff.iter_changes(operation))
        {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => {
                    result.removed += 1;
                    '-'
                }
                ChangeTag::Insert => {
                    result.added += 1;
                    '+'
                }
            };
            result.text.push(sign);
            result.text += change.value().trim_end_matches('\n');
            result.text.push('\n');
            if change.missing_newline() {
                result.text += "\\ No newline at end of file\n";
            }
        }
    }
    result.text = match result.text.trim_end_matches('\n') {
        "" => "(no changes)".to_owned(),
        hunks => format!("--- {name} (original)\n+++ {name} (modified)\n{hunks}"),
    };
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_its_hunk() {
        for (before, after, counts, hunk) in [
            (
                "a\nb\nc\n",
                "a\nX\nc\n",
                (1, 1),
                "@@ -1,3 +1,3 @@\n a\n-b\n+X\n c",
            ),
            ("", "a\n", (1, 0), "@@ -1,0 +1,1 @@\n+a"),
            ("a\n", "", (0, 1), "@@ -1,1 +1,0 @@\n-a"),
            (
                "a",
                "a\n",
                (1, 1),
                "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a",
            ),
            (
                "1\n2\n3\n4\n5\n6\n",
                "1\n2\n3\n4\n5\nx\n",
                (1, 1),
                "@@ -3,4 +3,4 @@\n 3\n 4\n 5\n-6\n+x",
            ),
        ] {
            let diff = unified("/data/f.txt", before, after);
            assert_eq!((diff.added, diff.removed), counts);
            let expected = format!("--- f.txt (original)\n+++ f.txt (modified)\n{hunk}");
            assert_eq!(diff.text, expected);
        }
        assert_eq!(unified("f", "a\n", "a\n").text, "(no changes)");
    }

    #[test]
    fn what_is_said_names_the_file() {
        let said = created("/d/f", "a\n");
        assert!(
            said.starts_with("Created new file: /d/f\n\n--- f"),
            "{said}"
        );
        let said = changed("Wrote", "/d/f", "a\n", "a\nb\n");
        assert!(said.starts_with("Wrote /d/f (+1/-0 lines)\n\n"), "{said}");
    }
}

//! The instructions that a client gives its model about this server: the skills and their purposes.

use luminarys_text::{share, visible};

/// The maximum length, in bytes: some clients cut longer text, and it takes context in every session.
const MAX_BYTES: usize = 2 << 10;

/// Marks an omission.
const LEFT_OUT: &str = "…";

const HEAD: &str = "Each tool is a method of a sandboxed skill. What a skill may touch is granted by the operator; a call that is not \
                    granted fails with a message that says what would allow it. Skills:";

/// A skill with tools.
pub(crate) struct Described<'a> {
    /// The prefix of its tools' names, or the name of its only tool.
    pub tools: &'a str,
    /// Its purpose, according to its author or the operator.
    pub description: &'a str,
}

/// Returns the text for `skills`, one line each, or an empty text without skills. Long descriptions are cut, and
/// share the room that short ones leave.
pub(crate) fn instructions(skills: &[Described<'_>]) -> String {
    if skills.is_empty() {
        return String::new();
    }
    let more = |count: usize| format!("\n- and {count} more");
    let mut lines: Vec<(String, String)> = skills
        .iter()
        .map(|skill| {
            let words: Vec<&str> = skill.description.split_whitespace().collect();
            let about = visible(&words.join(" ")).into_owned();
            (format!("\n- {}", skill.tools), about)
        })
        .collect();
    // Names alone may be too much.
    let mut room = MAX_BYTES - HEAD.len() - more(skills.len()).len();
    let mut fitting = 0;
    for (name, _) in &lines {
        let Some(left) = room.checked_sub(name.len() + ": ".len() + LEFT_OUT.len()) else {
            break;
        };
        room = left;
        fitting += 1;
    }
    lines.truncate(fitting);
    let most = share(lines.iter().map(|(_, about)| about.len()), room);
    let mut text = HEAD.to_owned();
    for (name, about) in &lines {
        text.push_str(name);
        let shown = &about[..about.floor_char_boundary(most.min(about.len()))];
        if !shown.is_empty() {
            text.push_str(": ");
            text.push_str(shown);
        }
        if shown.len() < about.len() {
            text.push_str(LEFT_OUT);
        }
    }
    if fitting < skills.len() {
        text.push_str(&more(skills.len() - fitting));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_line_per_skill() {
        assert_eq!(instructions(&[]), "");
        let skills = [
            Described {
                tools: "files_*",
                description: " Reads files.\n\tAnd writes them.\u{202e} ",
            },
            Described {
                tools: "bare",
                description: "",
            },
        ];
        let text = instructions(&skills);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "- files_*: Reads files. And writes them.\\u{202e}",
                "- bare"
            ]
        );
    }

    proptest! {
        #[test]
        fn it_is_never_too_long_and_short_descriptions_are_whole(
            skills in proptest::collection::vec(("[a-z_]{1,60}", "(?s).{0,500}"), 0..50),
        ) {
            let described: Vec<Described> = skills
                .iter()
                .map(|(tools, description)| Described { tools, description })
                .collect();
            let text = instructions(&described);
            prop_assert!(text.len() <= MAX_BYTES, "{}", text.len());
            prop_assert!(text.lines().count() <= skills.len() + 1);
            if skills.len() <= 10 {
                for (tools, description) in &skills {
                    let words: Vec<&str> = description.split_whitespace().collect();
                    let about = visible(&words.join(" ")).into_owned();
                    let line = format!("- {tools}: {about}");
                    prop_assert!(about.is_empty() || about.len() > 80 || text.lines().any(|it| it == line));
                }
            }
        }
    }
}

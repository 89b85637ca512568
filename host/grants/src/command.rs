//! Splits a command line into words as a POSIX shell does, and rejects everything that only a shell could carry out.

use crate::denial::excerpt;

/// The maximum length of a command, in bytes.
const MAX_COMMAND: usize = 128 << 10;
/// The maximum number of words.
const MAX_WORDS: usize = 4096;

/// Splits `line` into words.
///
/// # Errors
/// A message that names the first construct that only a shell could carry out.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    if line.len() > MAX_COMMAND {
        return Err(format!(
            "a command of {} bytes; at most {MAX_COMMAND} are run",
            line.len()
        ));
    }
    if let Some(found) = expansion(line) {
        return Err(format!(
            "the word {} holds {:?}, {} of a shell, and there is none; quote it to pass it on as it stands",
            excerpt(found.word),
            found.sign,
            found.name
        ));
    }
    let words = shlex::split(line).ok_or("a quote is not closed, or a backslash ends the line")?;
    check(words)
}

/// Returns `line` in the form that the allowlist is matched against.
///
/// # Errors
/// As [`split`].
pub fn canonical(line: &str) -> Result<String, String> {
    Ok(join(&split(line)?))
}

/// Checks that `words` can be passed to a program.
///
/// # Errors
/// A message that describes the problem.
pub fn check(words: Vec<String>) -> Result<Vec<String>, String> {
    let bytes: usize = words.iter().map(|word| word.len() + 1).sum();
    if words.len() > MAX_WORDS || bytes > MAX_COMMAND {
        return Err(format!(
            "a command of {} words and {bytes} bytes; at most {MAX_WORDS} and {MAX_COMMAND} are run",
            words.len()
        ));
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("a word holds a NUL".to_owned());
    }
    if words.first().is_none_or(String::is_empty) {
        return Err("it names no program".to_owned());
    }
    Ok(words)
}

/// Joins the words into one line, quoted if a shell needs quotes: the form that the allowlist is matched against.
pub fn join(words: &[String]) -> String {
    // Fails for NUL only, which `check` rejects.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

/// A construct that a shell would expand or execute.
struct Expansion<'a> {
    /// The word that contains it, as written.
    word: &'a str,
    sign: char,
    /// Its name.
    name: &'static str,
}

type Rest<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// Finds the first construct that a shell would expand or execute.
///
/// Quoted text never counts: a shell would expand `$` and backquotes in double quotes, but here they are plain text.
fn expansion(line: &str) -> Option<Expansion<'_>> {
    let mut rest = line.char_indices().peekable();
    let mut start = 0;
    let mut first_word = true;
    let mut seen_in_word = String::new();
    // No brace before this position expands: one that does not expand contains none that does. Scanning again would
    // take quadratic time.
    let mut plain_braces = 0;
    while let Some((at, c)) = rest.next() {
        let starts = at == start;
        let next = rest.peek().map(|(_, next)| *next);
        let found = match c {
            ' ' | '\t' => {
                start = at + 1;
                first_word = first_word && seen_in_word.is_empty();
                seen_in_word.clear();
                continue;
            }
            '\\' if next == Some('\n') => Some("a line continuation"),
            '\n' | '\r' => Some("a line end, which is an operator"),
            '|' => Some("the pipe"),
            ';' => Some("the separator"),
            '&' => Some("an operator for the background or for lists"),
            '<' | '>' => Some("a redirection"),
            '(' | ')' => Some("a subshell"),
            '$' => Some("a substitution"),
            '`' => Some("a command substitution"),
            '*' | '?' | '[' => Some("a pattern for names of files"),
            '~' if starts => Some("a home directory"),
            '#' if starts => Some("a comment"),
            '!' if starts && matches!(next, None | Some(' ' | '\t')) => Some("a negation"),
            '{' if at >= plain_braces => match braces(&line[at + 1..]) {
                Ok(()) => Some("a brace expansion"),
                Err(length) => {
                    plain_braces = at + 1 + length;
                    None
                }
            },
            '=' if first_word && is_name(&seen_in_word) => Some("an assignment"),
            _ => None,
        };
        if let Some(name) = found {
            return Some(Expansion {
                word: word(&line[start..]),
                sign: c,
                name,
            });
        }
        skip_quoted(c, &mut rest);
        seen_in_word.push(c);
    }
    None
}

/// Skips what `c` quotes: the rest of a quotation, or the character after a backslash.
fn skip_quoted(c: char, rest: &mut Rest<'_>) {
    match c {
        '\\' => {
            rest.next();
        }
        '\'' => {
            rest.find(|(_, c)| *c == '\'');
        }
        '"' => {
            while let Some((_, c)) = rest.next() {
                match c {
                    '"' => return,
                    '\\' => {
                        rest.next();
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Returns the first word of `line`, as written: up to an unquoted blank.
fn word(line: &str) -> &str {
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if matches!(c, ' ' | '\t') {
            return &line[..at];
        }
        skip_quoted(c, &mut rest);
    }
    line
}

/// Checks that what follows a brace makes it `{a,b}` or `{1..3}`.
///
/// # Errors
/// The number of bytes scanned without a match.
fn braces(rest: &str) -> Result<(), usize> {
    let end = rest.find(|c: char| c == '}' || c.is_whitespace());
    let end = end.unwrap_or(rest.len());
    let inside = &rest[..end];
    let expands = rest[end..].starts_with('}') && (inside.contains(',') || inside.contains(".."));
    if expands { Ok(()) } else { Err(end) }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn words_as_a_shell_splits_them() {
        let rows = [
            ("git status", &["git", "status"][..]),
            ("  git\t status  ", &["git", "status"]),
            (
                r#"git commit -m "a \"b\" c""#,
                &["git", "commit", "-m", "a \"b\" c"],
            ),
            ("echo 'a|b;c&d$e`f`*?[~'", &["echo", "a|b;c&d$e`f`*?[~"]),
            (
                r"echo \$HOME a\ b \* \~",
                &["echo", "$HOME", "a b", "*", "~"],
            ),
            ("echo a'b'\"c\"d", &["echo", "abcd"]),
            ("echo '' \"\"", &["echo", "", ""]),
            (
                "echo a~b c=d #e".trim_end_matches(" #e"),
                &["echo", "a~b", "c=d"],
            ),
            ("a{b} {}", &["a{b}", "{}"]),
            ("echo a#b hi!", &["echo", "a#b", "hi!"]),
            ("echo 'x\ny'", &["echo", "x\ny"]),
            ("echo \"a\nb\"", &["echo", "a\nb"]),
            (
                r#"git commit -m "costs $5 and `x`""#,
                &["git", "commit", "-m", "costs $5 and `x`"],
            ),
            (r#"echo "$(a) ${b}"c"$d""#, &["echo", "$(a) ${b}c$d"]),
            (
                r#"echo "*?[~{a,b}|;&<>()#!"'"'"#,
                &["echo", "*?[~{a,b}|;&<>()#!\""],
            ),
            // As in POSIX: the backslash is removed before these four and kept before others.
            (
                r#"echo "\$a \`b\` \"c\" \\d""#,
                &["echo", "$a `b` \"c\" \\d"],
            ),
            (r#"echo "\\$a \n \* \'""#, &["echo", r"\$a \n \* \'"]),
            ("echo \"a\\\nb\"", &["echo", "ab"]),
        ];
        each_row(rows, |(line, expected)| {
            assert_eq!(split(line).unwrap(), expected, "{line}");
        });
    }

    #[test]
    fn shell_constructs_are_rejected_by_name() {
        let rows = [
            ("a | b", "pipe"),
            ("a;b", "separator"),
            ("a && b", "operator"),
            ("a &", "operator"),
            ("a > b", "redirection"),
            ("a <b", "redirection"),
            ("a 2>&1", "redirection"),
            ("(a)", "subshell"),
            ("a $(b)", "substitution"),
            ("a $IFS", "substitution"),
            ("a ${IFS}", "substitution"),
            ("a \"b\"$c", "substitution"),
            ("a \"b\\\"\"$c", "substitution"),
            ("a `b`", "command substitution"),
            ("a \"b\"`c`", "command substitution"),
            ("a *", "pattern"),
            ("a b?", "pattern"),
            ("a [b]", "pattern"),
            ("a ~/b", "home directory"),
            ("a #b", "comment"),
            ("! a", "negation"),
            ("a {b,c}", "brace expansion"),
            ("a {1..3}", "brace expansion"),
            ("A=b c", "assignment"),
            ("a\nb", "line end"),
            ("a\rb", "line end"),
            ("a \\\nb", "line continuation"),
            ("a 'b", "not closed"),
            ("a \"b", "not closed"),
            ("a \\", "backslash"),
            ("", "no program"),
            ("''", "no program"),
            ("a b\0c", "NUL"),
        ];
        each_row(rows, |(line, name)| {
            let error = split(line).unwrap_err();
            assert!(error.contains(name), "{line:?}: {error}");
        });
    }

    #[test]
    fn a_refusal_shows_the_whole_word() {
        let rows = [
            ("echo $HOME/x y", r#"the word "$HOME/x" holds '$'"#),
            (r#"a --b="c d"$e\ f g"#, r#""--b=\"c d\"$e\\ f" holds '$'"#),
            ("a 'b' c|d", r#""c|d" holds '|'"#),
            ("a\nb", r#""a\nb" holds '\n'"#),
            ("é*", r#""é*" holds '*'"#),
        ];
        each_row(rows, |(line, part)| {
            let error = split(line).unwrap_err();
            assert!(error.contains(part), "{line:?}: {error}");
        });
        assert!(split(&"$".repeat(5_000)).unwrap_err().len() < 1_200);
    }

    #[test]
    fn the_longest_line_is_split_in_linear_time() {
        let most = MAX_COMMAND - 4;
        let rows = [
            format!("a {}", "{".repeat(most)),
            format!("a {}}}", "{".repeat(most - 1)),
            format!("a {}", "{}".repeat(most / 2)),
        ];
        each_row(rows, |line| {
            let started = std::time::Instant::now();
            assert!(split(&line).is_ok());
            assert!(started.elapsed().as_secs() < 5, "{:?}", &line[..9]);
        });
        assert!(split("a {{b,c}").is_err() && split("a {b} {c,d}").is_err());
    }

    #[test]
    fn joined_words_split_into_the_same() {
        // Every word of up to three of the characters with a meaning.
        let letters = [
            "", "a", " ", "'", "\"", "\\", "$", "`", "*", "~", "#", "!", "{", ",", "}", "=", "|",
            "\n", "\r", "é",
        ];
        for one in letters {
            for two in letters {
                for three in letters {
                    let word = format!("{one}{two}{three}");
                    let words = [format!("p{word}"), word.clone(), word];
                    let line = join(&words);
                    assert_eq!(split(&line).as_deref(), Ok(&words[..]), "{line}");
                    assert_eq!(canonical(&line), Ok(line));
                }
            }
        }
    }
}

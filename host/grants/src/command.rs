//! From a line to words, as a POSIX shell splits them, where nothing is left for a shell to do.

/// The longest command, in bytes.
const MAX_COMMAND: usize = 128 << 10;
/// The most words.
const MAX_WORDS: usize = 4096;

/// Splits `line`.
///
/// # Errors
/// What there is in it that only a shell could carry out, by its name.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    if line.len() > MAX_COMMAND {
        return Err(format!(
            "a command of {} bytes; at most {MAX_COMMAND} are run",
            line.len()
        ));
    }
    if let Some((text, name)) = expansion(line) {
        return Err(format!(
            "{text:?} is {name} of a shell, and there is none; quote it to pass it on as it stands"
        ));
    }
    let words = shlex::split(line).ok_or("a quote is not closed, or a backslash ends the line")?;
    check(words)
}

/// A line as the allowlist is matched against it.
///
/// # Errors
/// As [`split`].
pub fn canonical(line: &str) -> Result<String, String> {
    Ok(join(&split(line)?))
}

/// Words that can be passed on.
///
/// # Errors
/// What is wrong with them.
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

/// The words on one line, quoted as far as a shell would need it: what the allowlist is matched against.
pub fn join(words: &[String]) -> String {
    // Fails for NUL only, which `check` has refused.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

/// The first place where a shell would do more than split, and what it is called.
fn expansion(line: &str) -> Option<(String, &'static str)> {
    let mut rest = line.chars().peekable();
    let mut at_start = true;
    let mut first_word = true;
    let mut seen_in_word = String::new();
    while let Some(c) = rest.next() {
        let starts = std::mem::replace(&mut at_start, false);
        let found = match c {
            '\'' => {
                rest.by_ref().find(|c| *c == '\'');
                None
            }
            '"' => in_double_quotes(&mut rest),
            '\\' => match rest.next() {
                Some('\n') => Some("a line continuation"),
                _ => None,
            },
            ' ' | '\t' => {
                at_start = true;
                first_word = first_word && seen_in_word.is_empty();
                seen_in_word.clear();
                continue;
            }
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
            '!' if starts && matches!(rest.peek(), None | Some(' ' | '\t')) => Some("a negation"),
            '{' if braces(&mut rest.clone()) => Some("a brace expansion"),
            '=' if first_word && is_name(&seen_in_word) => Some("an assignment"),
            _ => None,
        };
        if let Some(name) = found {
            return Some((c.to_string(), name));
        }
        seen_in_word.push(c);
    }
    None
}

/// Reads to the closing quote; inside, a shell still substitutes.
fn in_double_quotes(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<&'static str> {
    while let Some(c) = rest.next() {
        match c {
            '"' => return None,
            '\\' => {
                rest.next();
            }
            '$' => return Some("text with a substitution"),
            '`' => return Some("text with a command substitution"),
            _ => {}
        }
    }
    None
}

/// Whether what follows a brace makes it `{a,b}` or `{1..3}`.
fn braces(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let inside: String = rest.take_while(|c| !c.is_whitespace()).collect();
    let closed = inside.split_once('}');
    closed.is_some_and(|(inside, _)| inside.contains(',') || inside.contains(".."))
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_a_shell_splits_them() {
        for (line, expected) in [
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
        ] {
            assert_eq!(split(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_a_shell_would_do_is_refused_by_name() {
        for (line, name) in [
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
            ("a \"$b\"", "substitution"),
            ("a `b`", "command substitution"),
            ("a \"`b`\"", "command substitution"),
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
        ] {
            let error = split(line).unwrap_err();
            assert!(error.contains(name), "{line:?}: {error}");
        }
    }

    #[test]
    fn joined_words_split_into_the_same() {
        for words in [
            &["a", "b c", "", "d'e", "$f", "*", "\n", "~"][..],
            &["git", "x=y"],
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(shlex::split(&join(&words)).unwrap(), words);
        }
    }
}

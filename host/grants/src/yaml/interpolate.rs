//! `${NAME}` in the values of configurations and manifests: replaced after parsing, so that no value can inject YAML.
//!
//! `${N}` must be set; `${N:-d}` is `d` when unset or empty, `${N-d}` when unset; `${N:?m}` and `${N?m}` fail with `m`
//! likewise; `$$` is a dollar sign, as is a `$` before anything else. `d` and `m` may hold variables too.

/// The maximum nesting depth of defaults.
const MAX_DEPTH: usize = 16;

/// Replaces the variables in `text` with the values that `get` returns.
///
/// # Errors
/// A message about an unset variable or invalid syntax; it shows names of variables, and never `text` itself.
pub fn interpolate(text: &str, get: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    replace(text, get, 0)
}

fn replace(
    text: &str,
    get: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Result<String, String> {
    if depth > MAX_DEPTH {
        return Err(format!("`${{` is nested more than {MAX_DEPTH} deep"));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            // The text itself stays out of the message: it may hold a secret.
            let end = closing(after).ok_or("a `${` is not closed with `}`")?;
            out.push_str(&variable(&after[..end], get, depth)?);
            rest = &after[end + 1..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the position of the brace that closes an open `${`, skipping nested ones.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut rest = 0;
    while let Some(found) = text[rest..].find(['$', '}']) {
        let at = rest + found;
        rest = at + 1;
        match (text[at..].starts_with('}'), open) {
            (true, 0) => return Some(at),
            (true, _) => open -= 1,
            (false, _) if text[rest..].starts_with('{') => {
                open += 1;
                rest += 1;
            }
            // An escaped dollar sign starts no variable.
            (false, _) if text[rest..].starts_with('$') => rest += 1,
            (false, _) => {}
        }
    }
    None
}

fn variable(
    inner: &str,
    get: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Result<String, String> {
    let end = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a `${` is not followed by the name of a variable".to_owned());
    }
    let (value, operator) = match operator.strip_prefix(':') {
        // A colon must be followed by an operator.
        Some("") => return Err(not_understood(name)),
        Some(operator) => (get(name).filter(|value| !value.is_empty()), operator),
        None => (get(name), operator),
    };
    let operator = match operator.chars().next() {
        None => None,
        Some(sign @ ('-' | '?')) => Some((sign, &operator[1..])),
        Some(_) => return Err(not_understood(name)),
    };
    match (value, operator) {
        (Some(value), _) => Ok(value),
        (None, Some(('-', default))) => replace(default, get, depth + 1),
        (None, Some((_, message))) if !message.is_empty() => {
            Err(format!("{name}: {}", replace(message, get, depth + 1)?))
        }
        (None, _) => Err(format!(
            "the variable {name} is not set; set it, or give a default: ${{{name}:-default}}, or ${{{name}:-}} for nothing"
        )),
    }
}

fn not_understood(name: &str) -> String {
    format!(
        "`${{{name}…}}` is not understood; after the name may stand `:-` or `-` and a default, `:?` or `?` and a message"
    )
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::interpolate;

    fn run(text: &str) -> Result<String, String> {
        interpolate(text, &|name| match name {
            "SET" => Some("v".to_owned()),
            "EMPTY" => Some(String::new()),
            "ODD" => Some("${SET}: [x]\n".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn values() {
        let rows = [
            ("", ""),
            ("plain", "plain"),
            ("a${SET}b", "avb"),
            ("${SET}${SET}", "vv"),
            ("${EMPTY}", ""),
            ("${SET:-d}", "v"),
            ("${SET-d}", "v"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${NONE-d}", "d"),
            ("${NONE:-d}", "d"),
            ("${NONE:-}", ""),
            ("${NONE-}", ""),
            ("${NONE:--}", "-"),
            ("${NONE:-a:b?c}", "a:b?c"),
            ("${NONE:-${SET}}", "v"),
            ("${NONE:-${EMPTY:-${NONE-x}}y}z", "xyz"),
            ("${NONE:-$${x}", "${x"),
            ("${SET:-${NONE:?never asked}}", "v"),
            ("${SET:?m}", "v"),
            ("${EMPTY?m}", ""),
            ("$$", "$"),
            ("$${SET}", "${SET}"),
            ("$$${SET}", "$v"),
            ("$", "$"),
            ("$SET 5$", "$SET 5$"),
            ("ä${SET}ö", "ävö"),
            // The value of a variable is not interpolated.
            ("${ODD}", "${SET}: [x]\n"),
        ];
        each_row(rows, |(text, expected)| {
            assert_eq!(run(text).as_deref(), Ok(expected), "{text}");
        });
    }

    #[test]
    fn errors() {
        let rows = [
            ("${NONE:?set it}", "NONE: set it"),
            ("${EMPTY:?set it}", "EMPTY: set it"),
            ("${NONE?set it}", "NONE: set it"),
            ("${NONE:?see ${SET}}", "NONE: see v"),
            ("${NONE?}", "NONE is not set"),
            ("${EMPTY:?}", "EMPTY is not set"),
            (
                "${NONE}",
                "NONE is not set; set it, or give a default: ${NONE:-default}, or ${NONE:-} for nothing",
            ),
            ("${SET", "not closed"),
            ("${NONE:-${SET}", "not closed"),
            ("${}", "name of a variable"),
            ("${ SET}", "name of a variable"),
            ("${1A}", "name of a variable"),
            ("${SET:}", "not understood"),
            ("${SET+x}", "not understood"),
            ("${SET:+x}", "not understood"),
            ("${NONEä}", "not understood"),
        ];
        each_row(rows, |(text, part)| {
            let error = run(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        });
        let deep = format!("{}x{}", "${NONE:-".repeat(10_000), "}".repeat(10_000));
        assert!(run(&deep).unwrap_err().contains("nested"));
    }
}

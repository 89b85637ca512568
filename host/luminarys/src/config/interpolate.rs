//! `${NAME}` in configuration values: after parsing, so that no value can add YAML of its own.
//!
//! `${N}` must be set; `${N:-d}` is `d` when unset or empty, `${N-d}` when unset; `${N:?m}` and `${N?m}` fail with `m`
//! likewise; `$$` is a dollar sign.

/// `text` with its variables replaced.
///
/// # Errors
/// What is not set, or not closed.
pub(crate) fn interpolate(
    text: &str,
    get: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = after
                .find('}')
                .ok_or_else(|| format!("`${{` in {text:?} is not closed"))?;
            out.push_str(&variable(&after[..end], get)?);
            rest = &after[end + 1..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn variable(inner: &str, get: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let end = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    if name.is_empty() {
        return Err(format!("`${{{inner}}}` names no variable"));
    }
    let (value, operator) = match operator.strip_prefix(':') {
        Some(operator) => (get(name).filter(|value| !value.is_empty()), operator),
        None => (get(name), operator),
    };
    match (value, operator.split_at_checked(1)) {
        (Some(value), _) => Ok(value),
        (None, Some(("-", default))) => Ok(default.to_owned()),
        (None, Some(("?", message))) if !message.is_empty() => Err(format!("{name}: {message}")),
        (None, None | Some(("?", _))) => Err(format!("the variable {name} is not set")),
        (None, Some(_)) => Err(format!(
            "`${{{inner}}}` is not understood; known: :- - :? ?"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::interpolate;

    #[test]
    fn forms() {
        let get = |name: &str| match name {
            "SET" => Some("v".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("a${SET}b", Ok("avb")),
            ("${SET:-d}", Ok("v")),
            ("${EMPTY:-d}", Ok("d")),
            ("${EMPTY-d}", Ok("")),
            ("${NONE-d}", Ok("d")),
            ("${NONE:-}", Ok("")),
            ("$$${SET}$", Ok("$v$")),
            ("${NONE:?set it}", Err("NONE: set it")),
            ("${EMPTY:?set it}", Err("EMPTY: set it")),
            ("${EMPTY?set it}", Ok("")),
            ("${NONE?}", Err("the variable NONE is not set")),
            ("${NONE}", Err("the variable NONE is not set")),
            ("${SET", Err("`${` in \"${SET\" is not closed")),
            ("${}", Err("`${}` names no variable")),
            (
                "${NONE+x}",
                Err("`${NONE+x}` is not understood; known: :- - :? ?"),
            ),
        ] {
            let found = interpolate(text, &get);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}

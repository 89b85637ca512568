//! Prints for `console`.

use std::rc::Rc;

use rquickjs::function::{Func, Rest};
use rquickjs::{Coerced, Ctx, FromJs as _, Object, Result, Value};

use super::helpers::Helpers;
use super::inspect::shown;
use super::kinds::Kind;
use super::state::State;
use super::text::cut;

/// `native.print(level, indent, ...values)`; a level of no text has no prefix.
pub(super) fn install<'js>(native: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let own = state.clone();
    let print = move |ctx: Ctx<'js>, level: String, indent: u32, values: Rest<Value<'js>>| {
        print(&ctx, &own, &level, indent, &values)
    };
    native.set("print", Func::from(print))?;
    let own = state.clone();
    let show = move |ctx: Ctx<'js>, value: Value<'js>| shown(&own.helpers(&ctx)?, &value);
    native.set("show", Func::from(show))
}

fn print<'js>(
    ctx: &Ctx<'js>,
    state: &State,
    level: &str,
    indent: u32,
    values: &[Value<'js>],
) -> Result<()> {
    let helpers = state.helpers(ctx)?;
    let mut text = String::new();
    if state.plain.get() {
        let texts: Result<Vec<String>> =
            values.iter().map(|value| plain(&helpers, value)).collect();
        text = texts?.join(" ");
    } else {
        if !level.is_empty() {
            text = format!("[{level}] ");
        }
        text += &formatted(&helpers, values)?;
        let margin = "  ".repeat(indent.min(20) as usize);
        if !margin.is_empty() {
            text = text
                .lines()
                .map(|line| format!("{margin}{line}"))
                .collect::<Vec<_>>()
                .join("\n");
        }
    }
    state.output.borrow_mut().line(text);
    Ok(())
}

/// As `String(value)`.
fn plain<'js>(helpers: &Helpers<'js>, value: &Value<'js>) -> Result<String> {
    if Kind::of(value) == Kind::Symbol {
        return shown(helpers, value);
    }
    let text = Coerced::<rquickjs::String>::from_js(value.ctx(), value.clone())?;
    cut(helpers, &text.0.into_value(), 64 << 10)
}

/// The values with blanks between them; of a text first, `%s` and the like are replaced.
fn formatted<'js>(helpers: &Helpers<'js>, values: &[Value<'js>]) -> Result<String> {
    let mut rest = values;
    let mut parts = Vec::new();
    if let [first, others @ ..] = values
        && first.is_string()
        && !others.is_empty()
    {
        let format = shown(helpers, first)?;
        let (text, used) = replaced(helpers, &format, others)?;
        parts.push(text);
        rest = &others[used..];
    }
    for value in rest {
        parts.push(shown(helpers, value)?);
    }
    Ok(parts.join(" "))
}

fn replaced<'js>(
    helpers: &Helpers<'js>,
    format: &str,
    values: &[Value<'js>],
) -> Result<(String, usize)> {
    let (mut text, mut used) = (String::new(), 0);
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        let code = match (letter, letters.peek()) {
            ('%', Some(code @ ('s' | 'd' | 'i' | 'f' | 'j' | 'o' | 'O' | 'c' | '%'))) => *code,
            _ => {
                text.push(letter);
                continue;
            }
        };
        if code == '%' {
            letters.next();
            text.push('%');
            continue;
        }
        let Some(value) = values.get(used) else {
            text.push(letter);
            continue;
        };
        letters.next();
        used += 1;
        match code {
            'c' => {}
            'd' | 'i' | 'f' if value.is_number() => {
                let number = value.as_number().unwrap_or_default();
                let number = if code == 'i' { number.trunc() } else { number };
                text += &number.to_string();
            }
            'd' | 'i' | 'f' => text += "NaN",
            _ => text += &shown(helpers, value)?,
        }
    }
    Ok((text, used))
}

//! `import` of files: by absolute path, or relative to the file that imports.

use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Exception, Module, Result};

use super::state::State;
use crate::program::{Kind, prepare};

pub(super) struct Resolve;

impl Resolver for Resolve {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let folder = base.rsplit_once('/').map(|(folder, _)| folder);
        let path = match (name.starts_with('/'), name.starts_with('.'), folder) {
            (true, ..) => name.to_owned(),
            (_, true, Some(folder)) => format!("{folder}/{name}"),
            _ => {
                let text = format!(
                    "cannot import {name:?}: there are no packages; a file is imported by its absolute path, where permissions.fs of this skill's manifest grants it"
                );
                return Err(Exception::throw_type(ctx, &text));
            }
        };
        Ok(normal(&path))
    }
}

/// The path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(super) struct Load(pub Rc<State>);

impl Loader for Load {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let content = super::files::checked(ctx, self.0.host.read(name))?;
        let text = String::from_utf8_lossy(&content);
        let text = match name.ends_with(".json") {
            true => json(&text).map_err(|error| {
                Exception::throw_syntax(ctx, &format!("{name} is not JSON: {error}"))
            })?,
            false => text.into_owned(),
        };
        let source = prepare(&text, Kind::of_file(name));
        let source = source.map_err(|text| {
            let text = text.replace("program:", &format!("{name}:"));
            Exception::throw_syntax(ctx, text.trim_start_matches("SyntaxError: "))
        })?;
        let source = self.0.sources.borrow_mut().add(name, source);
        Module::declare(ctx.clone(), name, source.code.as_str())
    }
}

/// The module of a text of JSON. As an expression of JavaScript the text would have another meaning: `__proto__`.
fn json(text: &str) -> serde_json::Result<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)?;
    Ok(format!(
        "export default JSON.parse({})",
        serde_json::to_string(text)?
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_made_normal() {
        let rows = [("/a/./b", "/a/b"), ("/a/../../b", "/b"), ("/a//b/", "/a/b")];
        assert!(
            rows.iter()
                .all(|(path, wanted)| super::normal(path) == *wanted)
        );
    }
}

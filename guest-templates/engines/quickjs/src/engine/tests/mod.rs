//! Programs and what comes of them.

mod hostile;
mod printed;
mod sessions;
mod surroundings;
mod values;

use std::cell::RefCell;
use std::rc::Rc;

use super::{Engine, Options};
use crate::{Entry, Fetch, Fetched, Host, Request};

/// A host with one skill, `my-notes`, and what was asked of it.
#[derive(Clone, Default)]
struct Fake {
    batches: Rc<RefCell<Vec<Vec<Request>>>>,
}

impl Host for Fake {
    fn batch(&self, requests: &[Request]) -> Result<Vec<Result<String, String>>, String> {
        self.batches.borrow_mut().push(requests.to_vec());
        let answer = |request: &Request| match (&*request.skill, &*request.method) {
            ("my-notes", "echo") | (_, "inspect") => Ok(request.arguments.clone()),
            ("my-notes", "fail") => Err("my words".to_owned()),
            (skill, _) => Err(format!("permission denied: skills {skill}")),
        };
        Ok(requests.iter().map(answer).collect())
    }

    fn skills(&self) -> Vec<String> {
        ["my-notes", "constructor", "a-b", "a_b", "x-y_z", "x_y-z"]
            .map(str::to_owned)
            .to_vec()
    }

    fn methods(&self, _: &str) -> Vec<String> {
        ["echo", "fail", "inspect", "then"]
            .map(str::to_owned)
            .to_vec()
    }

    fn fetch(&self, request: &Fetch) -> Result<Fetched, String> {
        if !request.url.starts_with("https://ok.example/") {
            return Err(format!("permission denied: http {}", request.url));
        }
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let headers: Vec<String> = headers.collect();
        let body = format!(
            "{} {} {}",
            request.method,
            headers.join(","),
            String::from_utf8_lossy(&request.body)
        );
        Ok(Fetched {
            status: 200,
            url: request.url.clone(),
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: body.into_bytes(),
            truncated: false,
        })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "/lib/a.ts" => Ok(
                b"import { b } from './b.mjs'; export const a: number = b + 1; export default 'd'"
                    .to_vec(),
            ),
            "/lib/b.mjs" => Ok(b"export const b = 1".to_vec()),
            "/lib/c.json" => Ok(b"{\"c\": [3], \"__proto__\": 4}".to_vec()),
            "/lib/code.json" => Ok(b"(() => 5)()".to_vec()),
            "/lib/less.js" => Ok(b"let a = 1, b = 2, c = 3; export const d = a<b>(c)".to_vec()),
            "/lib/broken.ts" => Ok(b"export const a = 1;\nexport enum B { c }".to_vec()),
            "/lib/shapes.ts" => {
                Ok(b"export interface Shape { a: number } export const unit: Shape = { a: 1 }".to_vec())
            }
            "/lib/uses.ts" => Ok(
                b"import { Shape, unit } from './shapes.ts'; export const double = (s: Shape) => s.a * 2 * unit.a"
                    .to_vec(),
            ),
            "/lib/misses.ts" => {
                Ok(b"import { Shape } from './shapes.ts'; export const shape = Shape".to_vec())
            }
            "/bytes" => Ok(vec![0, 255, 65]),
            _ => Err(format!("permission denied: filesystem {path}")),
        }
    }

    fn write(&self, path: &str, _: &[u8], _: bool) -> Result<(), String> {
        Err(format!("permission denied: filesystem {path}"))
    }

    fn remove(&self, path: &str) -> Result<(), String> {
        self.write(path, b"", false)
    }

    fn list(&self, _: &str) -> Result<Vec<Entry>, String> {
        Ok(vec![Entry {
            name: "a".to_owned(),
            kind: "file",
            size: 3,
            modified: None,
        }])
    }

    fn stat(&self, path: &str) -> Result<Entry, String> {
        let found = self.list(path)?.pop();
        found.ok_or_else(|| format!("not found: {path}"))
    }

    fn glob(&self, pattern: &str, _: Option<&str>) -> Result<Vec<String>, String> {
        Ok(vec![pattern.replace('*', "a")])
    }
}

/// The value, `→` and the output; or the error.
fn shown(engine: &mut Engine, program: &str, options: &Options) -> String {
    match engine.run(program, options) {
        Ok(outcome) if outcome.output.is_empty() => outcome.value.unwrap_or_default(),
        Ok(outcome) => format!("{}→{}", outcome.value.unwrap_or_default(), outcome.output),
        Err(error) => format!("error: {error}"),
    }
}

/// Runs each row, and reports all that differ. A wanted text that ends with `…` is a beginning.
fn each_row(rows: &[(&str, &str)]) {
    let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
    let mut failed = Vec::new();
    for (program, wanted) in rows {
        let options = Options {
            input: Some(r#"{"a": [1, 2]}"#),
            ..Options::default()
        };
        let got = shown(&mut engine, program, &options);
        let is_met = match wanted.strip_suffix('…') {
            Some(beginning) => got.starts_with(beginning),
            None => got == *wanted,
        };
        if !is_met {
            failed.push(format!("{program}\n  wanted {wanted:?}\n  got    {got:?}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

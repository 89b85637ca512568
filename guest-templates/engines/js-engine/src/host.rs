//! Tools, files and the network of programs: what the manifest grants this skill.

use luminarys_quickjs::{Entry, Fetch, Fetched, Host, Request};
use luminarys_sdk::skill::filesystem::{self, FileKind, GlobOptions};
use luminarys_sdk::skill::http::{self, Header, RequestOptions};
use luminarys_sdk::skill::{entries, skills};

/// Methods that are asked for at once.
const PAGE: u32 = 1_000;

/// The skill's imports.
pub(crate) struct Imports;

impl Host for Imports {
    fn batch(&self, requests: &[Request]) -> Result<Vec<Result<String, String>>, String> {
        let calls: Vec<skills::Request> = requests.iter().map(call).collect();
        if let [one] = calls.as_slice() {
            let answer = skills::invoke(one);
            return Ok(vec![
                answer.map(|outcome| outcome.value).map_err(String::from),
            ]);
        }
        let answers = skills::batch(&calls, 0)?;
        let answers = answers.into_iter();
        Ok(answers
            .map(|answer| answer.map(|outcome| outcome.value).map_err(String::from))
            .collect())
    }

    fn skills(&self) -> Vec<String> {
        skills::callable_skills()
    }

    fn methods(&self, skill: &str) -> Vec<String> {
        let mut names = Vec::new();
        for page in 0.. {
            let found = skills::find("", page * PAGE, PAGE).methods;
            // They come by skill: what follows the skill's own is not asked for.
            let is_last = found.last().is_none_or(|last| last.skill.as_str() > skill);
            let own = found.into_iter().filter(|found| found.skill == skill);
            names.extend(own.map(|found| found.method));
            if is_last {
                break;
            }
        }
        names
    }

    fn fetch(&self, request: &Fetch) -> Result<Fetched, String> {
        let options = RequestOptions::new();
        options.set_follow_redirects(request.follow);
        if let Some(timeout) = request.timeout {
            options.set_timeout(timeout);
        }
        let headers = request.headers.iter();
        let request = http::Request {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: headers
                .map(|(name, value)| Header::new(name, value))
                .collect(),
            body: request.body.clone(),
            ..http::Request::default()
        };
        let answer = http::send(&request, Some(&options))?;
        let headers = answer.headers.iter();
        let headers = headers.map(|header| (header.name.clone(), header.text().into_owned()));
        Ok(Fetched {
            status: answer.status,
            url: answer.url,
            headers: headers.collect(),
            body: answer.body,
            truncated: answer.truncated,
        })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Ok(filesystem::read(path)?)
    }

    fn write(&self, path: &str, content: &[u8], append: bool) -> Result<(), String> {
        match append {
            true => filesystem::append(path, content)?,
            false => filesystem::write(path, content)?,
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), String> {
        Ok(filesystem::delete(path)?)
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, String> {
        let found = entries(path, None).map(|found| found.map(entry).map_err(String::from));
        found.collect()
    }

    fn stat(&self, path: &str) -> Result<Entry, String> {
        Ok(entry(filesystem::stat(path)?))
    }

    fn glob(&self, pattern: &str, directory: Option<&str>) -> Result<Vec<String>, String> {
        let options = GlobOptions::new();
        let found = filesystem::glob(&[pattern.to_owned()], directory, Some(&options))?;
        Ok(found.into_iter().map(|found| found.path).collect())
    }
}

fn call(request: &Request) -> skills::Request {
    skills::Request {
        skill: request.skill.clone(),
        method: request.method.clone(),
        arguments: request.arguments.clone(),
    }
}

fn entry(found: filesystem::Entry) -> Entry {
    let kind = match found.kind {
        FileKind::File => "file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symlink",
        FileKind::Other => "other",
    };
    Entry {
        name: found.name,
        kind,
        size: found.size,
        modified: found.details.map(|details| details.modified),
    }
}

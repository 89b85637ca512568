//! One method for each capability. The skills in `../legacy` have the same methods and give the same answers.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:matrix/matrix", generate_all });

#[path = "../../text.rs"]
mod text;

use luminarys::skill::filesystem::{self, Access, FileKind, ListOptions};
use luminarys::skill::shell::{self, Command, End, RunOptions};
use luminarys::skill::{archive, context, http, system, tcp};
use text::text;

struct Matrix;

type Text = Result<String, String>;

fn done(result: Result<(), luminarys::skill::types::Error>) -> Text {
    result.map(|()| "done".to_owned()).map_err(text)
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn joined(lines: impl Iterator<Item = String>) -> Text {
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn options() -> archive::Options {
    let options = archive::Options::new();
    options.set_exclude(&[".git".to_owned()]);
    options
}

impl Guest for Matrix {
    fn echo(message: String) -> Text {
        Ok(message)
    }
    fn reverse(message: String) -> Text {
        Ok(message.chars().rev().collect())
    }
    fn ping() -> Text {
        Ok("pong".to_owned())
    }
    fn count(text: String) -> Result<i64, String> {
        Ok(text.split_whitespace().count() as i64)
    }
    fn half(number: f64) -> Result<f64, String> {
        Ok(number / 2.0)
    }
    fn negate(flag: bool) -> Result<bool, String> {
        Ok(!flag)
    }
    fn fail(text: String) -> Text {
        Err(text)
    }
    fn read_text(path: String) -> Text {
        filesystem::read(&path).map(utf8).map_err(text)
    }
    fn measure(path: String) -> Result<i64, String> {
        filesystem::read(&path)
            .map(|content| content.len() as i64)
            .map_err(text)
    }
    fn write_text(path: String, content: String) -> Text {
        done(filesystem::write(&path, content.as_bytes()))
    }
    fn make(path: String) -> Text {
        done(filesystem::mkdir(&path))
    }
    fn names(path: String) -> Text {
        let page = filesystem::list(&path, None, None).map_err(text)?;
        joined(page.entries.into_iter().map(|entry| match entry.kind {
            FileKind::Directory => format!("{}/", entry.name),
            _ => format!("{} {}", entry.name, entry.size),
        }))
    }
    fn details(path: String) -> Text {
        let options = ListOptions::new();
        options.set_details(true);
        let page = filesystem::list(&path, None, Some(&options)).map_err(text)?;
        joined(page.entries.into_iter().filter_map(|entry| {
            let details = entry.details?;
            Some(format!(
                "{} {} {}",
                details.mode_string, details.mode, entry.name
            ))
        }))
    }
    fn lines_of(path: String, offset: Option<i64>, limit: Option<i64>) -> Text {
        let number = |number: Option<i64>| number.unwrap_or(0) as u64;
        let found = filesystem::read_lines(&path, number(offset), number(limit)).map_err(text)?;
        Ok(format!(
            "{} {} {}\n{}",
            found.offset,
            found.total,
            found.truncated,
            found.lines.join("\n")
        ))
    }
    fn search(pattern: String, path: String) -> Text {
        let found = filesystem::grep(&pattern, Some(&path), None).map_err(text)?;
        joined(found.into_iter().flat_map(|file| {
            let path = file.path;
            file.matches.into_iter().map(move |found| {
                let range = &found.ranges[0];
                let line = found.line.unwrap_or_default();
                format!(
                    "{path}:{}:{}-{}:{line}",
                    found.line_number, range.start, range.end
                )
            })
        }))
    }
    fn find(pattern: String, path: String) -> Text {
        let found = filesystem::glob(&[pattern], Some(&path), None).map_err(text)?;
        joined(
            found
                .into_iter()
                .map(|one| format!("{}{}", one.path, if one.is_dir { "/" } else { "" })),
        )
    }
    fn copy_file(source: String, dest: String) -> Text {
        done(filesystem::copy(&source, &dest))
    }
    fn remove_path(path: String) -> Text {
        done(filesystem::delete(&path))
    }
    fn set_mode(path: String, mode: i64) -> Text {
        done(filesystem::chmod(&path, mode as u32, false))
    }
    fn roots() -> Text {
        joined(filesystem::allowed_dirs().into_iter().map(|dir| {
            let mode = if dir.access == Access::ReadWrite {
                "rw"
            } else {
                "ro"
            };
            format!("{} {mode}", dir.path)
        }))
    }
    fn variable(key: String) -> Text {
        Ok(system::env(&key).unwrap_or_default())
    }
    fn fetch(url: String) -> Text {
        let response = http::get(&url).map_err(text)?;
        Ok(format!("{} {}", response.status, utf8(response.body)))
    }
    fn submit(url: String, content: String) -> Text {
        let response = http::post(&url, content.as_bytes(), "text/plain").map_err(text)?;
        Ok(format!("{} {}", response.status, utf8(response.body)))
    }
    fn execute(command: String, directory: Option<String>) -> Text {
        let options = RunOptions::new();
        if let Some(path) = directory {
            options.set_directory(&path);
        }
        let finished = shell::run(&Command::Line(command), Some(&options)).map_err(text)?;
        let code = match finished.end {
            End::Exit(code) => code,
            End::Signal(signal) => 128 + signal,
        };
        Ok(format!("{code}\n{}", finished.output))
    }
    fn talk(address: String, data: String) -> Text {
        let options = tcp::ConnectOptions::new();
        options.set_timeout(2000);
        let max = Some(data.len() as u32);
        tcp::request(&address, data.as_bytes(), max, Some(&options))
            .map(utf8)
            .map_err(text)
    }
    fn pack(source: String, output: String) -> Text {
        let done = archive::pack(&source, &output, Some(&options())).map_err(text)?;
        Ok(done.files.to_string())
    }
    fn unpack(archive: String, dest: String) -> Text {
        let done = archive::unpack(&archive, &dest, Some(&options())).map_err(text)?;
        Ok(done.files.to_string())
    }
    fn contents(archive: String) -> Text {
        let entries = archive::entries(&archive, Some(&options())).map_err(text)?;
        joined(
            entries
                .into_iter()
                .map(|entry| format!("{} {}", entry.name, entry.size)),
        )
    }
    fn hint(text: String) -> Text {
        context::set_text(&text);
        Ok("done".to_owned())
    }
    fn remember(text: String) -> Text {
        done(context::set_state(text.as_bytes()))
    }
    fn recall() -> Text {
        context::get_state().map(utf8).map_err(text)
    }
    fn machine() -> Text {
        Ok(system::info().os)
    }
    fn clock() -> Result<i64, String> {
        Ok(system::time_now().instant / 100_000_000_000)
    }
    fn disk(path: String) -> Result<bool, String> {
        system::disk_usage(Some(&path))
            .map(|disk| disk.total > 0)
            .map_err(text)
    }
}

export!(Matrix);

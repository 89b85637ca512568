//! The methods.

use luminarys_sdk::prelude::*;
use rmpv::Value;

use crate::Arguments;

type Outcome = Result<Value, SkillError>;

fn done(result: Result<(), SkillError>) -> Outcome {
    result.map(|()| "done".into())
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn joined(lines: impl Iterator<Item = String>) -> Outcome {
    Ok(lines.collect::<Vec<_>>().join("\n").into())
}

pub fn call(
    request: &InvokeRequest,
    arguments: &Arguments,
    response: &mut InvokeResponse,
) -> Outcome {
    let text = |name: &str| arguments.text(name);
    match request.method.as_str() {
        "echo" => Ok(text("message").into()),
        "reverse" => Ok(text("message").chars().rev().collect::<String>().into()),
        "ping" => Ok("pong".into()),
        "count" => Ok((text("text").split_whitespace().count() as i64).into()),
        "half" => Ok((arguments.float("number") / 2.0).into()),
        "negate" => Ok((!arguments.flag("flag")).into()),
        "fail" => Err(SkillError(text("text"))),
        "hint" => {
            Context::new(request, response).set_llm_context(text("text"));
            Ok("done".into())
        }
        "remember" => {
            response.state = text("text").into_bytes();
            Ok("done".into())
        }
        "recall" => Ok(utf8(&request.state).into()),
        "variable" => Ok(get_env(&text("key")).into()),
        "machine" => Ok(sys_info()?.os.into()),
        "clock" => Ok((time_now()?.unix / 100_000_000).into()),
        "disk" => Ok((disk_usage(&text("path"))?.total_bytes > 0).into()),
        "fetch" => {
            let answer = http_get(&text("url"), 0, 0)?;
            Ok(format!("{} {}", answer.status, utf8(&answer.body)).into())
        }
        "submit" => {
            let answer = http_post(
                &text("url"),
                text("content").into_bytes(),
                "text/plain",
                0,
                0,
            )?;
            Ok(format!("{} {}", answer.status, utf8(&answer.body)).into())
        }
        "execute" => {
            let result = shell_exec(&ShellExecRequest {
                command: text("command"),
                workdir: text("directory"),
                ..Default::default()
            })?;
            Ok(format!("{}\n{}", result.exit_code, result.output).into())
        }
        "talk" => {
            let data = text("data").into_bytes();
            let options = TcpRequestOptions {
                addr: text("address"),
                max_bytes: data.len() as i64,
                data,
                timeout_ms: 2000,
                ..Default::default()
            };
            Ok(utf8(&tcp_request(&options)?.data).into())
        }
        "pack" => Ok(archive_pack(&text("source"), &text("output"), "", ".git")?
            .files_count
            .to_string()
            .into()),
        "unpack" => Ok(
            archive_unpack(&text("archive"), &text("dest"), "", ".git", 0)?
                .to_string()
                .into(),
        ),
        "contents" => {
            let entries = archive_list(&text("archive"), "", ".git")?;
            joined(
                entries
                    .into_iter()
                    .map(|entry| format!("{} {}", entry.name, entry.size)),
            )
        }
        _ => files(request, arguments),
    }
}

fn files(request: &InvokeRequest, arguments: &Arguments) -> Outcome {
    let text = |name: &str| arguments.text(name);
    match request.method.as_str() {
        "read_text" => Ok(utf8(&fs_read(&text("path"))?).into()),
        "measure" => Ok((fs_read(&text("path"))?.len() as i64).into()),
        "write_text" => done(fs_write(&text("path"), text("content").into_bytes())),
        "make" => done(fs_mkdir(&text("path"))),
        "copy_file" => done(fs_copy(&text("source"), &text("dest"))),
        "remove_path" => done(fs_delete(&text("path"))),
        "set_mode" => done(fs_chmod(
            &text("path"),
            arguments.integer("mode") as u32,
            false,
        )),
        "names" => joined(fs_ls(&text("path"), false)?.into_iter().map(
            |entry| match entry.is_dir {
                true => format!("{}/", entry.name),
                false => format!("{} {}", entry.name, entry.size),
            },
        )),
        "details" => joined(
            fs_ls(&text("path"), true)?
                .into_iter()
                .map(|entry| format!("{} {} {}", entry.mode_str, entry.mode, entry.name)),
        ),
        "lines_of" => {
            let found = fs_read_lines(FsReadLinesRequest {
                path: text("path"),
                offset: arguments.integer("offset"),
                limit: arguments.integer("limit"),
            })?;
            let (offset, total, truncated) = (found.offset, found.total_lines, found.is_truncated);
            Ok(format!("{offset} {total} {truncated}\n{}", found.lines.join("\n")).into())
        }
        "search" => {
            let found = fs_grep(GrepOptions {
                pattern: text("pattern"),
                path: text("path"),
                with_lines: true,
                ..Default::default()
            })?;
            joined(found.into_iter().flat_map(|file| {
                let path = file.path;
                file.matches.into_iter().map(move |found| {
                    let range = &found.ranges[0];
                    format!(
                        "{path}:{}:{}-{}:{}",
                        found.line_num, range.start, range.end, found.line
                    )
                })
            }))
        }
        "find" => {
            let found = fs_glob(GlobOptions {
                patterns: vec![text("pattern")],
                path: text("path"),
                ..Default::default()
            })?;
            joined(
                found
                    .into_iter()
                    .map(|one| format!("{}{}", one.path, if one.is_dir { "/" } else { "" })),
            )
        }
        "roots" => joined(
            fs_allowed_dirs()?
                .into_iter()
                .map(|dir| format!("{} {}", dir.path, dir.mode)),
        ),
        other => Err(SkillError(format!("unknown method: {other}"))),
    }
}

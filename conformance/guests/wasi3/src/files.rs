//! `wasi:filesystem` 0.3, function by function.

use crate::wasi::filesystem0_3_0::preopens::get_directories;
use crate::wasi::filesystem0_3_0::types::{
    Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::wit_stream;

fn text(error: ErrorCode) -> String {
    format!("{error:?}")
}

/// The granted directory that holds `path`, and the rest of the path.
fn place(path: &str) -> Result<(Descriptor, String), String> {
    let granted = get_directories().into_iter();
    let beneath = granted.filter_map(|(directory, name)| {
        let rest = path.strip_prefix(&name)?.strip_prefix('/')?;
        Some((name.len(), directory, rest.to_owned()))
    });
    let longest = beneath.max_by_key(|(length, ..)| *length);
    longest
        .map(|(_, directory, rest)| (directory, rest))
        .ok_or_else(|| "no directory".to_owned())
}

pub async fn attempt(how: &str, path: &str, other: &str) -> Result<String, String> {
    let (directory, rest) = place(path)?;
    let follow = PathFlags::SYMLINK_FOLLOW;
    let (none, read, write) = (
        OpenFlags::empty(),
        DescriptorFlags::READ,
        DescriptorFlags::WRITE,
    );
    let done = match how {
        "read" => {
            let file = directory.open_at(follow, rest, none, read).await;
            let (stream, end) = file.map_err(text)?.read_via_stream(0);
            let bytes = stream.collect().await;
            end.await.map_err(text)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        "list" => {
            let opened = directory.open_at(follow, rest, OpenFlags::DIRECTORY, read);
            let (stream, end) = opened.await.map_err(text)?.read_directory();
            let entries = stream.collect().await;
            end.await.map_err(text)?;
            let mut names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
            names.sort();
            return Ok(names.join(" "));
        }
        "leave" => {
            let opened = directory.open_at(follow, rest, OpenFlags::DIRECTORY, read);
            let opened = opened.await.map_err(text)?;
            let count = other.parse().map_err(|_| "no number".to_owned())?;
            let streams: Vec<_> = (0..count).map(|_| opened.read_directory()).collect();
            let stat = opened.stat().await.map_err(text)?;
            return Ok(format!("{} unread, {:?}", streams.len(), stat.type_));
        }
        "stat" => {
            let stat = directory.stat_at(follow, rest).await.map_err(text)?;
            return Ok(format!("{} bytes, {} names", stat.size, stat.link_count));
        }
        "write" | "append" => {
            let flags = match how {
                "write" => OpenFlags::CREATE | OpenFlags::TRUNCATE,
                _ => none,
            };
            let file = directory.open_at(follow, rest, flags, write).await;
            let file = file.map_err(text)?;
            let (mut sender, receiver) = wit_stream::new();
            let end = match how {
                "write" => file.write_via_stream(receiver, 0),
                _ => file.append_via_stream(receiver),
            };
            sender.write_all(other.as_bytes().to_vec()).await;
            drop(sender);
            end.await
        }
        "set-size" => {
            let file = directory.open_at(follow, rest, none, read).await;
            file.map_err(text)?.set_size(0).await
        }
        "set-times" => {
            let now = NewTimestamp::Now;
            directory.set_times_at(follow, rest, now, now).await
        }
        "mkdir" => directory.create_directory_at(rest).await,
        "rmdir" => directory.remove_directory_at(rest).await,
        "unlink" => directory.unlink_file_at(rest).await,
        "rename" => {
            let (to, name) = place(other)?;
            directory.rename_at(rest, &to, name).await
        }
        "link" => {
            let (to, name) = place(other)?;
            directory.link_at(PathFlags::empty(), rest, &to, name).await
        }
        "symlink" => directory.symlink_at(other.to_owned(), rest).await,
        "readlink" => return directory.readlink_at(rest).await.map_err(text),
        other => return Err(format!("nothing is called {other}")),
    };
    done.map(|()| "done".to_owned()).map_err(text)
}

//! The methods of `matrix`, written for the older SDK. The same source is built for both ABIs.
//!
//! @skill:id      ai.luminarys.conformance.moved
//! @skill:name    "Moved"
//! @skill:version 1.0.0
//! @skill:desc    "One source on two ABIs."

use luminarys_sdk::prelude::*;

fn done(result: Result<(), SkillError>) -> Result<String, SkillError> {
    result.map(|()| "done".to_owned())
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// @skill:method echo "Returns the message."
/// @skill:param message required "The message"
pub fn echo(message: String) -> Result<String, SkillError> {
    Ok(message)
}

/// @skill:method reverse "Turns the message round."
/// @skill:param message required "The message"
pub fn reverse(message: String) -> Result<String, SkillError> {
    Ok(message.chars().rev().collect())
}

/// @skill:method ping "Answers."
pub fn ping(_ctx: &luminarys_sdk::Context) -> Result<String, SkillError> {
    Ok("pong".to_owned())
}

/// @skill:method count "Counts words."
/// @skill:param text required "The text"
pub fn count(text: String) -> Result<i64, SkillError> {
    Ok(text.split_whitespace().count() as i64)
}

/// @skill:method half "Halves a number."
/// @skill:param number required "The number"
pub fn half(number: f64) -> Result<f64, SkillError> {
    Ok(number / 2.0)
}

/// @skill:method negate "Turns a flag round."
/// @skill:param flag required "The flag"
pub fn negate(flag: bool) -> Result<bool, SkillError> {
    Ok(!flag)
}

/// @skill:method fail "Fails."
/// @skill:param text required "The text"
pub fn fail(text: String) -> Result<String, SkillError> {
    Err(SkillError(text))
}

/// @skill:method hint "Tells the model something."
/// @skill:param text required "The text"
pub fn hint(ctx: &mut Context, text: String) -> Result<String, SkillError> {
    ctx.set_llm_context(text);
    Ok("done".to_owned())
}

/// @skill:method read_text "Reads a file."
/// @skill:param path required "The path"
pub fn read_text(path: String) -> Result<String, SkillError> {
    Ok(utf8(&fs_read(&path)?))
}

/// @skill:method measure "Measures a file."
/// @skill:param path required "The path"
pub fn measure(path: String) -> Result<i64, SkillError> {
    Ok(fs_read(&path)?.len() as i64)
}

/// @skill:method write_text "Writes a file."
/// @skill:param path required "The path"
/// @skill:param content required "The content"
pub fn write_text(path: String, content: String) -> Result<String, SkillError> {
    done(fs_write(&path, content.into_bytes()))
}

/// @skill:method make "Makes a directory."
/// @skill:param path required "The path"
pub fn make(path: String) -> Result<String, SkillError> {
    done(fs_mkdir(&path))
}

/// @skill:method names "Lists a directory."
/// @skill:param path required "The path"
pub fn names(path: String) -> Result<String, SkillError> {
    let entries = fs_ls(&path, false)?;
    Ok(joined(entries.iter().map(|entry| match entry.is_dir {
        true => format!("{}/", entry.name),
        false => format!("{} {}", entry.name, entry.size),
    })))
}

/// @skill:method details "Lists a directory with modes."
/// @skill:param path required "The path"
pub fn details(path: String) -> Result<String, SkillError> {
    let entries = fs_ls(&path, true)?;
    Ok(joined(entries.iter().map(|entry| {
        format!("{} {} {}", entry.mode_str, entry.mode, entry.name)
    })))
}

/// @skill:method lines_of "Reads lines."
/// @skill:param path required "The path"
/// @skill:param offset optional "The offset"
/// @skill:param limit optional "The limit"
pub fn lines_of(path: String, offset: i64, limit: i64) -> Result<String, SkillError> {
    let found = fs_read_lines(FsReadLinesRequest {
        path,
        offset,
        limit,
    })?;
    let (offset, total, truncated) = (found.offset, found.total_lines, found.is_truncated);
    Ok(format!(
        "{offset} {total} {truncated}\n{}",
        found.lines.join("\n")
    ))
}

/// @skill:method search "Searches files."
/// @skill:param pattern required "The pattern"
/// @skill:param path required "The path"
pub fn search(pattern: String, path: String) -> Result<String, SkillError> {
    let found = fs_grep(GrepOptions {
        pattern,
        path,
        with_lines: true,
        ..Default::default()
    })?;
    Ok(joined(found.into_iter().flat_map(|file| {
        let path = file.path;
        file.matches.into_iter().map(move |found| {
            let range = &found.ranges[0];
            format!(
                "{path}:{}:{}-{}:{}",
                found.line_num, range.start, range.end, found.line
            )
        })
    })))
}

/// @skill:method find "Finds files."
/// @skill:param pattern required "The pattern"
/// @skill:param path required "The path"
pub fn find(pattern: String, path: String) -> Result<String, SkillError> {
    let found = fs_glob(GlobOptions {
        patterns: vec![pattern],
        path,
        ..Default::default()
    })?;
    Ok(joined(found.iter().map(|one| {
        format!("{}{}", one.path, if one.is_dir { "/" } else { "" })
    })))
}

/// @skill:method copy_file "Copies a file."
/// @skill:param source required "The source"
/// @skill:param dest required "The dest"
pub fn copy_file(source: String, dest: String) -> Result<String, SkillError> {
    done(fs_copy(&source, &dest))
}

/// @skill:method remove_path "Removes a file."
/// @skill:param path required "The path"
pub fn remove_path(path: String) -> Result<String, SkillError> {
    done(fs_delete(&path))
}

/// @skill:method set_mode "Sets permission bits."
/// @skill:param path required "The path"
/// @skill:param mode required "The mode"
pub fn set_mode(path: String, mode: i64) -> Result<String, SkillError> {
    done(fs_chmod(&path, mode as u32, false))
}

/// @skill:method roots "Lists what is granted."
pub fn roots() -> Result<String, SkillError> {
    let dirs = fs_allowed_dirs()?;
    Ok(joined(
        dirs.iter().map(|dir| format!("{} {}", dir.path, dir.mode)),
    ))
}

/// @skill:method variable "Reads a variable."
/// @skill:param key required "The key"
pub fn variable(key: String) -> Result<String, SkillError> {
    Ok(get_env(&key))
}

/// @skill:method fetch "Fetches a URL."
/// @skill:param url required "The url"
pub fn fetch(url: String) -> Result<String, SkillError> {
    let answer = http_get(&url, 0, 0)?;
    Ok(format!("{} {}", answer.status, utf8(&answer.body)))
}

/// @skill:method submit "Sends to a URL."
/// @skill:param url required "The url"
/// @skill:param content required "The content"
pub fn submit(url: String, content: String) -> Result<String, SkillError> {
    let answer = http_post(&url, content.into_bytes(), "text/plain", 0, 0)?;
    Ok(format!("{} {}", answer.status, utf8(&answer.body)))
}

/// @skill:method execute "Runs a command."
/// @skill:param command required "The command"
/// @skill:param directory optional "The directory"
pub fn execute(command: String, directory: String) -> Result<String, SkillError> {
    let result = shell_exec(&ShellExecRequest {
        command,
        workdir: directory,
        ..Default::default()
    })?;
    Ok(format!("{}\n{}", result.exit_code, result.output))
}

/// @skill:method talk "Talks over TCP."
/// @skill:param address required "The address"
/// @skill:param data required "The data"
pub fn talk(address: String, data: String) -> Result<String, SkillError> {
    let data = data.into_bytes();
    let reply = tcp_request(&TcpRequestOptions {
        addr: address,
        max_bytes: data.len() as i64,
        data,
        timeout_ms: 2000,
        ..Default::default()
    })?;
    Ok(utf8(&reply.data))
}

/// @skill:method pack "Packs a directory."
/// @skill:param source required "The source"
/// @skill:param output required "The output"
pub fn pack(source: String, output: String) -> Result<String, SkillError> {
    Ok(archive_pack(&source, &output, "", ".git")?
        .files_count
        .to_string())
}

/// @skill:method unpack "Unpacks an archive."
/// @skill:param archive required "The archive"
/// @skill:param dest required "The dest"
pub fn unpack(archive: String, dest: String) -> Result<String, SkillError> {
    Ok(archive_unpack(&archive, &dest, "", ".git", 0)?.to_string())
}

/// @skill:method contents "Lists an archive."
/// @skill:param archive required "The archive"
pub fn contents(archive: String) -> Result<String, SkillError> {
    let entries = archive_list(&archive, "", ".git")?;
    Ok(joined(
        entries
            .iter()
            .map(|entry| format!("{} {}", entry.name, entry.size)),
    ))
}

/// @skill:method machine "Names the system."
pub fn machine() -> Result<String, SkillError> {
    Ok(sys_info()?.os)
}

/// @skill:method clock "Tells the time, roughly."
pub fn clock() -> Result<i64, SkillError> {
    Ok(time_now()?.unix / 100_000_000)
}

/// @skill:method disk "Whether there is a disk."
/// @skill:param path required "The path"
pub fn disk(path: String) -> Result<bool, SkillError> {
    Ok(disk_usage(&path)?.total_bytes > 0)
}

/// @skill:method bytes "Returns bytes twice."
/// @skill:param data required "The data"
pub fn bytes(data: Vec<u8>) -> Result<Vec<u8>, SkillError> {
    Ok(data.repeat(2))
}

/// @skill:method defaults "Shows what is given when nothing is."
/// @skill:param text optional "The text" default:"a \"b\""
/// @skill:param number optional "The number" default:-3
/// @skill:param ratio optional "The ratio" default:1
/// @skill:param flag optional "The flag" default:true
/// @skill:param choice optional "The choice" default:one enum:one|two
/// @skill:param plain optional "The plain"
pub fn defaults(
    text: String,
    number: i64,
    ratio: f64,
    flag: bool,
    choice: String,
    plain: String,
) -> Result<String, SkillError> {
    Ok(format!("{text} {number} {ratio} {flag} {choice} {plain:?}"))
}

/// @skill:method nothing "Returns nothing."
pub fn nothing() -> Result<(), SkillError> {
    Ok(())
}

/// @skill:method hidden "Is not listed."
/// @skill:internal
pub fn hidden() -> Result<String, SkillError> {
    Ok("hidden".to_owned())
}

//! `luminarys connect`

mod over_http;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use luminarys_clients::{ALL, Client, Merge, Merged, Places, Server, Transport, check_name};
use luminarys_grants::command;
use luminarys_text::visible;
use serde_json::{Value, json};

use crate::cli::Connect;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) fn run(
    find: &dyn Fn() -> anyhow::Result<Config>,
    arguments: &Connect,
) -> anyhow::Result<u8> {
    let places = Places::own()
        .context("there is no home directory, so the clients' files cannot be found")?;
    let Some(id) = &arguments.client else {
        return list(&places, arguments);
    };
    let client = Client::named(id).context("no client has this name")?;
    check_name(&arguments.name)?;
    let config = find()?;
    let Some(configuration) = &config.file else {
        bail!(
            "no configuration was found for the client to use; create one with `luminarys init`, or name one with --config"
        );
    };
    let configuration = std::path::absolute(configuration)?;
    let server = Server {
        name: arguments.name.clone(),
        transport: match arguments.http {
            true => over_http::transport(&config.http, arguments)?,
            false => by_stdio(&configuration)?,
        },
    };
    let file = file(client, &places, arguments)?;
    let merge = Merge::new(client, &server, &file);
    if arguments.write {
        // Clients keep secrets in the user's files; a project's file is shared.
        let mode = match arguments.project && !arguments.http {
            true => 0o644,
            false => 0o600,
        };
        let merged = merge?.write(arguments.force, mode)?;
        warn_of_node(&config, arguments);
        warn_if_shared(&server, &file);
        return written(client, &server, &file, &configuration, merged, arguments);
    }
    let state = merge.and_then(|merge| merge.look());
    let entry = client.entry(&server);
    let text = client.format.fresh(&client.path(&server.name), &entry)?;
    if arguments.json {
        // With the token, which the user asked for.
        let printed = json!({
            "client": client.id,
            "file": file,
            "key": client.path(&server.name),
            "entry": entry,
            "text": text,
            "state": state.as_ref().ok(),
            "problem": state.as_ref().err().map(ToString::to_string),
        });
        output::print_result(&format!("{}\n", luminarys_text::to_json_pretty(&printed)?))?;
        return Ok(exit::OK);
    }
    output::print_result(&text)?;
    notes(client, &server, arguments);
    warn_of_node(&config, arguments);
    match state {
        Ok(_) => output::tell(format_args!(
            "add this to {}, or have --write merge it",
            file.display()
        )),
        Err(problem) => output::tell(format_args!(
            "add this to {}; --write cannot merge it: {problem}",
            file.display()
        )),
    }
    Ok(exit::OK)
}

/// Reports what was done, and the next step.
fn written(
    client: &Client,
    server: &Server,
    file: &Path,
    configuration: &Path,
    merged: Merged,
    arguments: &Connect,
) -> anyhow::Result<u8> {
    if arguments.json {
        output::print_json(&json!({
            "client": client.id,
            "file": file,
            "key": client.path(&server.name),
            "merged": merged,
        }))?;
        return Ok(exit::OK);
    }
    let (name, shown) = (&server.name, file.display());
    let done = match merged {
        Merged::Created => format!("created {shown} with {name}"),
        Merged::Added => format!("added {name} to {shown}; nothing else in it was changed"),
        Merged::Replaced => {
            format!("replaced {name} in {shown}; nothing else in it was changed")
        }
        Merged::Unchanged => format!("{shown} has {name} already; nothing was changed"),
    };
    let mut text = format!("{}\nthen: {}\n", visible(&done), client.afterwards);
    if arguments.http {
        let words = ["luminarys", "serve", "--config"].map(str::to_owned);
        let words = [&words[..], &[configuration.display().to_string()]].concat();
        let serve = command::join(&words);
        writeln!(text, "the host must be running: {}", visible(&serve))?;
    }
    output::print(&text)?;
    notes(client, server, arguments);
    Ok(exit::OK)
}

fn notes(client: &Client, server: &Server, arguments: &Connect) {
    let Transport::Http { token, .. } = &server.transport else {
        return;
    };
    if let Some(note) = client.over_http {
        output::tell(format_args!("{}: {note}", client.title));
    }
    if arguments.project && token.is_some() {
        output::tell("the token is in this file, so do not share it with the project");
    }
}

/// Warns that a second process of a node is no part of its cluster.
fn warn_of_node(config: &Config, arguments: &Connect) {
    if let Some(cluster) = config.cluster.as_ref().filter(|_| !arguments.http) {
        output::tell(format_args!(
            "this host is node {} of a cluster: while `luminarys serve` runs as this node, a host that a client starts has only its \
             own skills; --http connects the client to the one that runs",
            cluster.node
        ));
    }
}

/// Warns if users other than the owner can read a token.
fn warn_if_shared(server: &Server, file: &Path) {
    let has_token = matches!(&server.transport, Transport::Http { token: Some(_), .. });
    let mode = std::fs::metadata(file).map(|found| found.permissions().mode());
    if has_token && mode.is_ok_and(|mode| mode & 0o077 != 0) {
        let words = [
            "chmod".to_owned(),
            "600".to_owned(),
            file.display().to_string(),
        ];
        output::tell(format_args!(
            "other users of this machine can read the token in {}; to prevent that, run: {}",
            file.display(),
            command::join(&words)
        ));
    }
}

/// The client starts this program.
fn by_stdio(configuration: &Path) -> anyhow::Result<Transport> {
    let command = own_program()?;
    let text = |path: &Path| {
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| {
            format!(
                "{}: a path in a client's configuration must be UTF-8",
                path.display()
            )
        })
    };
    Ok(Transport::Stdio {
        command: text(&command)?,
        args: vec![
            "serve".to_owned(),
            "--stdio".to_owned(),
            "--config".to_owned(),
            text(configuration)?,
        ],
    })
}

fn file(client: &Client, places: &Places, arguments: &Connect) -> anyhow::Result<PathBuf> {
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None if arguments.project => {
            let directory =
                std::env::current_dir().context("the current directory is not known")?;
            client.file_of_project(&directory).with_context(|| {
                format!(
                    "{} has no configuration per project; leave out --project",
                    client.title
                )
            })?
        }
        None => client.file(places),
    };
    Ok(std::path::absolute(file)?)
}

/// Returns this program's path as it was started, which may be a symbolic link that leads to a newer version later.
fn own_program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let real = std::fs::canonicalize(&own).context("the file of this program no longer exists")?;
    let called = std::env::args_os().next().unwrap_or_default();
    let is_own = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|path| path == real);
    let found = match Path::new(&called).components().count() {
        1 => in_path(&called).find(is_own),
        _ => std::path::absolute(&called).ok().filter(is_own),
    };
    Ok(found.unwrap_or(own))
}

fn in_path(name: &OsStr) -> impl Iterator<Item = PathBuf> {
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&directories).collect();
    let directories = directories.into_iter().filter(|it| it.is_absolute());
    directories.map(move |directory| directory.join(name))
}

/// Lists the clients, whether they are installed, and whether they have a server of this name.
fn list(places: &Places, arguments: &Connect) -> anyhow::Result<u8> {
    let mut rows = Vec::new();
    for client in &ALL {
        let file = client.file(places);
        let text = luminarys_edit::TextFile::open(&file).ok();
        let path = client.path(&arguments.name);
        let entry = text.and_then(|text| client.format.get(text.text()?, &path).ok()?);
        rows.push((client, client.is_found(places), entry.is_some(), file));
    }
    if arguments.json {
        let rows = rows.iter().map(|(client, is_found, is_connected, file)| {
            json!({
                "client": client.id,
                "title": client.title,
                "found": is_found,
                "connected": is_connected,
                "file": file,
                "project_file": client.project_file,
            })
        });
        output::print_json(&Value::Array(rows.collect()))?;
        return Ok(exit::OK);
    }
    let paint = Paint::new();
    let mut text = String::new();
    for (client, is_found, is_connected, file) in &rows {
        let state = match (is_found, is_connected) {
            (_, true) => paint.good("connected"),
            (true, false) => paint.strong("found    "),
            (false, false) => "         ".to_owned(),
        };
        let file = file.display().to_string();
        writeln!(text, "{:<15} {state}  {}", client.id, visible(&file))?;
    }
    output::print(&text)?;
    output::tell(
        "`luminarys connect CLIENT` prints the entry for a client, --write merges it into its file",
    );
    Ok(exit::OK)
}

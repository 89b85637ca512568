//! Files between the nodes of a cluster, as methods.

mod place;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:file-transfer/file-transfer", generate_all });

use exports::luminarys_rust::file_transfer::files::Guest;
use luminarys::skill::types::Error;
use luminarys::skill::{filesystem, transfer};

use place::Place;

struct FileTransfer;

type Answer = Result<String, String>;

fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => {
            let (target, suggestion) = (denial.target, denial.suggestion);
            // Where nothing that a manifest could say would allow it, there is a reason in place of a line.
            let prefixes = ["none: ", "none in a manifest: "];
            match prefixes.iter().find_map(|it| suggestion.strip_prefix(it)) {
                Some(reason) => format!("denied: {target}: {reason}"),
                None => {
                    format!("denied: {target}; to allow it, the manifest needs {suggestion}")
                }
            }
        }
        Error::NotFound(text)
        | Error::AlreadyExists(text)
        | Error::Invalid(text)
        | Error::TooLarge(text)
        | Error::LimitExceeded(text)
        | Error::Timeout(text)
        | Error::Closed(text)
        | Error::Unavailable(text)
        | Error::Io(text) => text,
    }
}

/// Where a path leads, with the node that the skill runs on left out.
fn place(path: &str) -> Result<Place, String> {
    let place = Place::parse(path)?;
    let Place::There { node, path } = &place else {
        return Ok(place);
    };
    let nodes = transfer::nodes().map_err(text)?;
    let is_this = nodes.iter().any(|it| it.is_this && it.name == *node);
    Ok(match is_this {
        true => Place::Here(path.clone()),
        false => place,
    })
}

/// A size, or `dir`, and a name.
fn line(size: Option<u64>, name: &str) -> String {
    match size {
        Some(size) => format!("{size:>12}  {name}"),
        None => format!("{:>12}  {name}", "dir"),
    }
}

impl Guest for FileTransfer {
    fn copy(source: String, dest: String) -> Answer {
        let how = match (place(&source)?, place(&dest)?) {
            (Place::Here(from), Place::Here(to)) => {
                filesystem::copy(&from, &to).map_err(text)?;
                "local".to_owned()
            }
            (Place::Here(from), Place::There { node, path }) => {
                transfer::send(&node, &from, &path).map_err(text)?;
                format!("local → {node}")
            }
            (Place::There { node, path }, Place::Here(to)) => {
                transfer::receive(&node, &path, &to).map_err(text)?;
                format!("{node} → local")
            }
            (Place::There { .. }, Place::There { .. }) => return Err(place::BOTH.to_owned()),
        };
        Ok(format!("copied {source} → {dest} ({how})"))
    }

    fn list(path: String) -> Answer {
        let mut lines = Vec::new();
        match place(&path)? {
            Place::Here(path) => {
                let mut after: Option<String> = None;
                loop {
                    let page = filesystem::list(&path, after.as_deref(), None).map_err(text)?;
                    for entry in page.entries {
                        let is_directory = entry.kind == filesystem::FileKind::Directory;
                        lines.push(line((!is_directory).then_some(entry.size), &entry.name));
                    }
                    match page.next {
                        Some(next) => after = Some(next),
                        None => break,
                    }
                }
            }
            Place::There { node, path } => {
                for entry in transfer::list(&node, &path).map_err(text)? {
                    let name = entry.path.rsplit('/').next().unwrap_or_default();
                    lines.push(line(entry.size, name));
                }
            }
        }
        Ok(lines.join("\n"))
    }

    fn nodes() -> Answer {
        let nodes = transfer::nodes().map_err(text)?;
        let lines = nodes.iter().map(|node| {
            let mark = if node.is_this { "*" } else { "" };
            format!("{}{mark}: {}", node.name, node.skills.join(", "))
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}

export!(FileTransfer);

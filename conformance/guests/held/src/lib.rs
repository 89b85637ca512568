//! Keeps what one call opens, by every road on which something can be written, and writes to it in another call.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:held/held", generate_all });

mod ahead;
mod fed;
mod socket;
mod upload;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;

use luminarys::skill::{tcp, websocket};
use wasi::filesystem0_2_12::preopens::get_directories;
use wasi::filesystem0_2_12::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasi::io::streams::OutputStream;

enum Held {
    StdFile(File),
    Descriptor(Descriptor),
    FileStream(OutputStream),
    Fed(fed::Fed),
    Socket(socket::Socket),
    Upload(upload::Upload),
    Connection(tcp::Connection),
    Websocket(websocket::Connection),
}

thread_local! {
    static HELD: RefCell<BTreeMap<u8, Held>> = const { RefCell::new(BTreeMap::new()) };
}

fn text(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn take(what: Thing) -> Result<Held, String> {
    let taken = HELD.with_borrow_mut(|held| held.remove(&(what as u8)));
    taken.ok_or_else(|| "nothing is open".to_owned())
}

fn keep(what: Thing, held: Held) {
    HELD.with_borrow_mut(|all| all.insert(what as u8, held));
}

fn descriptor(path: &str) -> Result<Descriptor, String> {
    for (directory, name) in get_directories() {
        if let Some(rest) = path.strip_prefix(&name) {
            let rest = rest.trim_start_matches('/');
            let (flags, write) = (OpenFlags::empty(), DescriptorFlags::WRITE);
            return directory
                .open_at(PathFlags::empty(), rest, flags, write)
                .map_err(text);
        }
    }
    Err("no directory".to_owned())
}

async fn open(what: Thing, target: String) -> Result<(), String> {
    let held = match what {
        Thing::StdFile => Held::StdFile(
            OpenOptions::new()
                .write(true)
                .open(target)
                .map_err(|error| error.to_string())?,
        ),
        Thing::Descriptor => Held::Descriptor(descriptor(&target)?),
        Thing::FileStream => {
            let stream = descriptor(&target)?.append_via_stream();
            Held::FileStream(stream.map_err(text)?)
        }
        Thing::Fed => Held::Fed(fed::open(&target).await?),
        Thing::Socket => Held::Socket(socket::open(&target)?),
        Thing::Upload => Held::Upload(upload::begin(&target)?),
        Thing::Connection => Held::Connection(tcp::connect(&target, None).map_err(text)?),
        Thing::Websocket => Held::Websocket(websocket::connect(&target, None).map_err(text)?),
    };
    keep(what, held);
    Ok(())
}

async fn write(what: Thing, data: String) -> Result<(), String> {
    let mut held = take(what)?;
    let bytes = data.as_bytes();
    let written = match &mut held {
        Held::StdFile(file) => file.write_all(bytes).map_err(|error| error.to_string()),
        Held::Descriptor(descriptor) => descriptor.write(bytes, 0).map(drop).map_err(text),
        Held::FileStream(stream) => stream.blocking_write_and_flush(bytes).map_err(text),
        Held::Fed(fed) => fed.write(bytes).await,
        Held::Socket(socket) => socket.write(bytes),
        Held::Upload(upload) => upload.write(bytes),
        Held::Connection(connection) => connection.write(bytes).map_err(text),
        Held::Websocket(connection) => {
            let message = websocket::Message::Text(data.clone());
            connection.write(&message).map_err(text)
        }
    };
    keep(what, held);
    written
}

async fn close(what: Thing) -> Result<String, String> {
    match take(what)? {
        Held::Fed(fed) => fed.close().await,
        Held::Upload(upload) => upload.finish(),
        held => {
            drop(held);
            Ok("closed".to_owned())
        }
    }
}

struct Skill;

impl Guest for Skill {
    async fn begin(what: Thing, target: String) -> Result<(), String> {
        open(what, target).await
    }

    async fn look(what: Thing, target: String) -> Result<(), String> {
        open(what, target).await
    }

    async fn put(what: Thing, text: String) -> Result<(), String> {
        write(what, text).await
    }

    async fn smuggle(what: Thing, text: String) -> Result<(), String> {
        write(what, text).await
    }

    async fn finish(what: Thing) -> Result<String, String> {
        close(what).await
    }

    async fn settle(what: Thing) -> Result<String, String> {
        close(what).await
    }

    fn tried() -> Vec<String> {
        ahead::tried()
    }
}

export!(Skill);

//! Tries, before any call, what a call with the manifest's grants could do.

use std::cell::RefCell;

use crate::Skill;
use crate::exports::luminarys::skill::prepared::Guest;
use crate::luminarys::skill::{context, skills, store, tcp};
use crate::wasi::filesystem0_2_12::preopens::get_directories;

thread_local! {
    static TRIED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub fn tried() -> Vec<String> {
    TRIED.take()
}

fn note(what: &str, came: Result<(), String>) {
    let line = match came {
        Ok(()) => format!("{what}: done"),
        Err(error) => format!("{what}: {error}"),
    };
    TRIED.with_borrow_mut(|tried| tried.push(line));
}

impl Guest for Skill {
    fn prepare() {
        let text = |error| format!("{error:?}");
        for (_, directory) in get_directories() {
            let path = |name: &str| format!("{directory}/{name}");
            let io = |error: std::io::Error| error.to_string();
            note(
                "write",
                std::fs::write(path("written"), "ahead").map_err(io),
            );
            note("create", std::fs::create_dir(path("created")).map_err(io));
            note("remove", std::fs::remove_file(path("kept")).map_err(io));
            let address = std::fs::read_to_string(path("address"));
            let connect = |address: String| tcp::connect(&address, None).map(drop).map_err(text);
            note("connect", address.map_err(io).and_then(connect));
        }
        note("store", store::set(None, "ahead", b"1").map_err(text));
        note("defer", skills::defer("tried", "{}").map_err(text));
        let request = skills::Request {
            skill: "echo".to_owned(),
            method: "ping".to_owned(),
            arguments: "{}".to_owned(),
        };
        let invoked = skills::invoke(&request).map(drop);
        note("invoke", invoked.map_err(|error| format!("{error:?}")));
        match std::env::var("PREPARE").as_deref() {
            Ok("retire") => context::retire(),
            Ok("open") => {
                for (_, directory) in get_directories() {
                    std::mem::forget(std::fs::File::open(format!("{directory}/kept")));
                }
            }
            Ok("wait") => std::thread::sleep(std::time::Duration::from_secs(50)),
            _ => {}
        }
    }
}

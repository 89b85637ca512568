//! What others do to a file that is being received.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::tests::{KEY, Scratch};

#[test]
fn what_others_put_in_the_place_is_replaced() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let name = format!("out/.luminarys-part-{KEY}");
    let secret = scratch.path("secret/key");
    let put: [&dyn Fn(&str); 3] = [
        &|path| symlink(&secret, path).unwrap(),
        &|path| fs::hard_link(&secret, path).unwrap(),
        &|path| {
            let path = Path::new(path);
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            let kind = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
        },
    ];
    for put in put {
        put(&scratch.path(&name));
        let mut incoming = files.incoming(&scratch.path("out/a"), KEY).unwrap();
        assert_eq!(incoming.received(), 0);
        incoming.append(b"alpha").unwrap();
        incoming.commit().unwrap();
        assert_eq!(fs::read_to_string(&secret).unwrap(), "key");
        assert_eq!(fs::read_to_string(scratch.path("out/a")).unwrap(), "alpha");
    }
}

#[test]
fn only_what_was_received_gets_the_name() {
    let scratch = Scratch::new();
    let part = scratch.path(&format!("out/.luminarys-part-{KEY}"));
    let other = scratch.path("out/other");
    let file = scratch.path("out/a");
    fs::write(&file, "before").unwrap();
    let replace: [&dyn Fn(); 2] = [
        &|| {
            fs::write(&other, "evil").unwrap();
            fs::rename(&other, &part).unwrap();
        },
        &|| fs::remove_file(&part).unwrap(),
    ];
    for replace in replace {
        let files = scratch.files();
        let mut incoming = files.incoming(&file, KEY).unwrap();
        incoming.append(b"alpha").unwrap();
        replace();
        let error = incoming.commit().unwrap_err().to_string();
        assert!(
            error.contains("another program has replaced what was received"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
        let _ = fs::remove_file(&part);
    }
}

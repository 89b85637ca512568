//! Links and directories exchanged while calls run. Bounded by counts, not by time: whatever the interleaving, nothing
//! may come from outside or go there.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::*;
use crate::GrepOptions;

/// Runs `calls` while pairs of names are exchanged as fast as can be.
fn exchanging(pairs: &[(String, String)], calls: impl FnOnce()) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Ends the exchange also when a call's assertion fails.
        let _end = End(&done);
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for (one, other) in pairs {
                    let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
                }
            }
        });
        calls();
    });
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn arena() -> (Place, Vec<(String, String)>) {
    let place = Place::new();
    place.file("root/good/canary.txt", "fine");
    place.file("root/file", "fine");
    place.link("root/bad", "{}/outside");
    place.link("root/evil", "{}/outside/canary.txt");
    let pairs = [("good", "bad"), ("file", "evil")]
        .map(|(one, other)| {
            (
                place.path(&format!("root/{one}")),
                place.path(&format!("root/{other}")),
            )
        })
        .to_vec();
    (place, pairs)
}

#[test]
fn readers_never_see_what_is_outside() {
    let (place, pairs) = arena();
    let files = place.files(&["root:rw"]);
    let (below, file) = (place.path("root/good/canary.txt"), place.path("root/file"));
    let mut read = 0;
    exchanging(&pairs, || {
        for _ in 0..10_000 {
            for path in [&below, &file] {
                if let Ok(bytes) = files.read(path) {
                    assert_eq!(bytes, b"fine");
                    read += 1;
                }
            }
        }
        for _ in 0..300 {
            let found = files.grep(
                "CANARY",
                Some(&place.path("root")),
                &GrepOptions::default(),
                &wanted,
            );
            assert!(found.is_ok_and(|found| found.is_empty()));
        }
    });
    // The race was one: some calls found what they asked for.
    assert!(read > 0);
    place.outside_is_untouched();
}

#[test]
fn writers_never_reach_what_is_outside() {
    let (place, pairs) = arena();
    let files = place.files(&["root:rw"]);
    let (below, file) = (place.path("root/good/canary.txt"), place.path("root/file"));
    let copy = place.path("root/good/copy");
    let mut written = 0;
    exchanging(&pairs, || {
        for round in 0..4000 {
            for path in [&below, &file] {
                written += usize::from(files.append(path, b"x").is_ok());
                let _ = files.chmod(path, 0o640, false, &wanted);
                // Not on the file itself: writing would put a file in the place of the link, and end the race.
                if round % 4 == 0 && path == &below {
                    written += usize::from(files.write(path, b"fine").is_ok());
                    let _ = files.copy(&file, &copy, &wanted);
                    let _ = files.create(&copy, b"new");
                    let _ = files.rename(&copy, &place.path("root/good/moved"), &wanted);
                }
                let _ = files.delete(&copy, &wanted);
                let _ = files.delete(&place.path("root/good/moved"), &wanted);
            }
        }
    });
    assert!(written > 0);
    place.outside_is_untouched();
    for name in ["root", "root/good", "root/bad"] {
        place.no_leftovers(name);
    }
}

#[test]
fn trees_are_removed_without_following() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    place.link("root/evil", "{}/outside");
    for _ in 0..200 {
        for index in 0..8 {
            place.file(&format!("root/tree/sub/{index}/f"), "fine");
        }
        let pairs = [(place.path("root/tree/sub"), place.path("root/evil"))];
        exchanging(&pairs, || {
            let _ = files.delete(&place.path("root/tree"), &wanted);
            let _ = files.chmod(&place.path("root"), 0o755, true, &wanted);
        });
        place.outside_is_untouched();
        // Puts the link back in its place for the next round.
        let evil = place.path("root/evil");
        if !fs::symlink_metadata(&evil).is_ok_and(|is| is.is_symlink()) {
            let _ = fs::remove_dir_all(&evil);
            let _ = fs::remove_file(place.path("root/tree/sub"));
            place.link("root/evil", "{}/outside");
        }
    }
}

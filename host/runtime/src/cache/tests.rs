use std::fs;
use std::path::{Path, PathBuf};

use luminarys_testing::each_row;
use sha2::{Digest as _, Sha256};
use wasm_encoder::{ComponentExportKind, ComponentExportSection, Module, ModuleSection};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::directory::{self, CodeError, Directory, Place};
use super::key::{HostKey, KeyError};
use super::private::PrivateCode;
use super::{CompileCache, hash_of};

/// Builds a component whose only export is called `name`.
fn package(name: &str) -> Vec<u8> {
    let mut component = wasm_encoder::Component::new();
    component.section(&ModuleSection(&Module::new()));
    let mut exports = ComponentExportSection::new();
    exports.export(name, ComponentExportKind::Module, 0, None);
    component.section(&exports);
    component.finish()
}

fn export_of(engine: &Engine, component: &Component) -> String {
    let exports = component.component_type();
    let names = exports.exports(engine).map(|(name, _)| name.to_owned());
    names.collect()
}

/// A directory with a cache and a key beside it.
struct Host {
    place: tempfile::TempDir,
    engine: Engine,
}

impl Host {
    fn new() -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            engine: Engine::default(),
        }
    }

    fn cache(&self) -> PathBuf {
        self.place.path().join("cache")
    }

    fn key(&self) -> PathBuf {
        self.place.path().join("keys/cache.key")
    }

    fn directory(&self) -> Directory {
        directory::make(&self.cache()).unwrap();
        let key = HostKey::open(&self.key(), &self.cache()).unwrap();
        Directory::open(&self.cache(), key).unwrap()
    }

    fn place_of(&self, package: &[u8]) -> Place {
        Place {
            content_hash: Sha256::digest(package).into(),
            engine_hash: hash_of(&self.engine),
        }
    }

    /// Returns the export of the component that a newly started host runs for `package`.
    fn run(&self, package: &[u8]) -> String {
        let cache = CompileCache::new(Some(&self.cache()), Some(&self.key()), &self.engine);
        let hash = Sha256::digest(package).into();
        let made = cache.component(&self.engine, package, &hash, |_| ());
        export_of(&self.engine, &made.unwrap().0)
    }

    /// Returns the export of the cached component of `package`.
    fn kept(&self, package: &[u8]) -> Result<Option<String>, CodeError> {
        let loaded = self
            .directory()
            .load(&self.engine, &self.place_of(package))?;
        Ok(loaded.map(|component| export_of(&self.engine, &component)))
    }
}

#[test]
fn compiled_code_is_cached() {
    let host = Host::new();
    let one = package("one");
    assert!(host.kept(&one).unwrap().is_none());
    assert_eq!(host.run(&one), "one");
    assert_eq!(host.kept(&one).unwrap().as_deref(), Some("one"));
    assert_eq!(host.run(&one), "one");
}

#[test]
fn a_compilation_is_told_and_happens_once() {
    let host = Host::new();
    let one = package("one");
    let hash = Sha256::digest(&one).into();
    let compile = |directory: Option<&Path>| {
        let cache = CompileCache::new(directory, Some(&host.key()), &host.engine);
        let mut told = None;
        let made = cache.component(&host.engine, &one, &hash, |bytes| told = Some(bytes));
        let (component, compilation) = made.unwrap();
        assert_eq!(export_of(&host.engine, &component), "one");
        (told, compilation.map(|it| it.kept))
    };
    let cache = host.cache();
    assert_eq!(compile(None), (Some(one.len()), Some(false)));
    assert_eq!(compile(Some(&cache)), (Some(one.len()), Some(true)));
    assert_eq!(compile(Some(&cache)), (None, None));
    // What cannot be kept runs all the same.
    let file = host.directory().path_of(&host.place_of(&one));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(compile(Some(&cache)), (Some(one.len()), Some(false)));
}

#[test]
fn only_code_that_this_host_wrote_for_this_package_runs() {
    type Damage = fn(&Host, &Path, &[u8]) -> Vec<u8>;
    let cases: [(&str, Damage); 13] = [
        ("empty", |_, _, _| Vec::new()),
        ("a part of the head", |_, _, file| file[..20].to_vec()),
        ("the head alone", |_, _, file| file[..48].to_vec()),
        ("cut in half", |_, _, file| file[..file.len() / 2].to_vec()),
        ("without its last byte", |_, _, file| {
            file[..file.len() - 1].to_vec()
        }),
        ("with a byte more", |_, _, file| [file, b"\0"].concat()),
        ("another magic word", |_, _, file| flipped(file, 15)),
        ("another tag", |_, _, file| flipped(file, 16)),
        ("other code", |_, _, file| flipped(file, file.len() / 2)),
        ("the code without its head", |_, _, file| {
            file[48..].to_vec()
        }),
        ("another package's file", |host, _, _| {
            let two = package("two");
            host.run(&two);
            fs::read(host.directory().path_of(&host.place_of(&two))).unwrap()
        }),
        ("another engine's file", |host, path, _| {
            let other = Place {
                engine_hash: [7; 32],
                ..host.place_of(&package("one"))
            };
            let two = Component::new(&host.engine, package("two")).unwrap();
            host.directory()
                .keep(&other, &two.serialize().unwrap())
                .unwrap();
            let written = host.directory().path_of(&other);
            assert_ne!(written, path);
            fs::read(written).unwrap()
        }),
        ("another host's file", |host, _, _| {
            let other = Host {
                place: tempfile::tempdir().unwrap(),
                engine: host.engine.clone(),
            };
            let (one, two) = (package("one"), package("two"));
            // Native code chosen by the forger, stored as that of the package.
            let code = Component::new(&host.engine, two).unwrap().serialize();
            let place = other.place_of(&one);
            other.directory().keep(&place, &code.unwrap()).unwrap();
            fs::read(other.directory().path_of(&place)).unwrap()
        }),
    ];
    each_row(cases, |(name, damage)| {
        let host = Host::new();
        let one = package("one");
        host.run(&one);
        let path = host.directory().path_of(&host.place_of(&one));
        let damaged = damage(&host, &path, &fs::read(&path).unwrap());
        fs::write(&path, damaged).unwrap();
        let refused = host.kept(&one);
        assert!(
            matches!(refused, Err(CodeError::Forged | CodeError::Format)),
            "{name}: {refused:?}"
        );
        assert_eq!(host.run(&one), "one", "{name}");
        // It was replaced by authentic code.
        assert_eq!(host.kept(&one).unwrap().as_deref(), Some("one"), "{name}");
    });
}

fn flipped(file: &[u8], position: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    file[position] ^= 1;
    file
}

#[test]
fn a_pipe_does_not_block() {
    let one = package("one");
    let host = Host::new();
    host.run(&one);
    let path = host.directory().path_of(&host.place_of(&one));
    let rows = [
        |path: &Path| fs::create_dir(path).unwrap(),
        |path: &Path| rustix::fs::mkfifoat(rustix::fs::CWD, path, 0o600.into()).unwrap(),
        |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
    ];
    each_row(rows, |make| {
        drop(fs::remove_dir(&path).or_else(|_| fs::remove_file(&path)));
        make(&path);
        assert!(host.kept(&one).is_err());
        assert_eq!(host.run(&one), "one");
    });
}

#[test]
fn verified_code_cannot_change() {
    let host = Host::new();
    let path = host.place.path().join("code");
    let compiled = |name| {
        let component = Component::new(&host.engine, package(name)).unwrap();
        component.serialize().unwrap()
    };
    let (one, two) = (compiled("one"), compiled("two"));
    fs::write(&path, &one).unwrap();
    let mut file = fs::File::open(&path).unwrap();
    let mut copy = PrivateCode::copy(&mut file, 1 << 20).unwrap();
    // Written in place: a mapping of the file would change as well.
    fs::write(&path, &two).unwrap();
    let expected: [u8; 32] = Sha256::digest(&one).into();
    assert_eq!(copy.hash().unwrap(), expected);
    #[cfg(target_os = "linux")]
    if let PrivateCode::Sealed(memory) = &copy {
        use std::os::fd::AsRawFd as _;
        let again = format!("/proc/self/fd/{}", memory.as_raw_fd());
        let written = fs::write(again, &two);
        assert!(written.is_err(), "the copy can be written to");
    }
    // SAFETY: it was compiled above.
    let component = unsafe { copy.component(&host.engine) }.unwrap();
    assert_eq!(export_of(&host.engine, &component), "one");
    let mut file = fs::File::open(&path).unwrap();
    assert!(PrivateCode::copy(&mut file, 10).is_err());
}

#[test]
fn files_without_a_tag_are_removed() {
    let host = Host::new();
    let one = package("one");
    host.run(&one);
    let name = "0".repeat(64);
    let names = [
        (format!("{name}.cwasm"), false),
        (format!("{name}.xxh3"), false),
        ("mine.cwasm".to_owned(), true),
        ("oci".to_owned(), true),
    ];
    for (name, _) in &names {
        fs::write(host.cache().join(name), "x").unwrap();
    }
    assert_eq!(host.kept(&one).unwrap().as_deref(), Some("one"));
    for (name, stays) in names {
        assert_eq!(host.cache().join(&name).exists(), stays, "{name}");
    }
}

#[test]
fn hosts_that_start_together_share_key_and_code() {
    let host = Host::new();
    let one = package("one");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(host.run(&one), "one"));
        }
    });
    assert_eq!(host.kept(&one).unwrap().as_deref(), Some("one"));
    let files = |path: PathBuf| fs::read_dir(path).unwrap().count();
    assert_eq!(
        (files(host.cache()), files(host.place.path().join("keys"))),
        (1, 1)
    );
}

#[test]
fn a_key_that_others_could_use_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    type Damage = fn(&Path);
    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let cases: [(&str, Damage); 6] = [
        ("others may read or write", |path| mode(path, 0o604)),
        ("others may read or write", |path| mode(path, 0o620)),
        ("bytes long", |path| fs::write(path, "short").unwrap()),
        ("bytes long", |path| fs::write(path, [1; 64]).unwrap()),
        ("not a file", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("read", |path| {
            let elsewhere = path.with_extension("elsewhere");
            fs::rename(path, &elsewhere).unwrap();
            std::os::unix::fs::symlink(elsewhere, path).unwrap();
        }),
    ];
    each_row(cases, |(reason, spoil)| {
        let host = Host::new();
        let one = package("one");
        host.run(&one);
        spoil(&host.key());
        let error = HostKey::open(&host.key(), &host.cache()).err().unwrap();
        let message = error.to_string();
        assert!(message.contains(reason), "{reason}: {message}");
        assert!(message.contains("cache.key"), "{message}");
        // Skills run nevertheless.
        assert_eq!(host.run(&one), "one", "{reason}");
    });
}

#[test]
fn another_users_key_is_refused() {
    let host = Host::new();
    host.directory();
    let refused = if rustix::process::geteuid().is_root() {
        let other = rustix::fs::Uid::from_raw(1);
        rustix::fs::chown(host.key(), Some(other), None).unwrap();
        HostKey::open(&host.key(), &host.cache())
    } else {
        // Readable by everyone, and owned by root.
        HostKey::open(Path::new("/etc/passwd"), &host.cache())
    };
    let message = refused.err().unwrap().to_string();
    assert!(message.contains("belongs to user"), "{message}");
}

#[test]
fn a_key_within_the_cache_is_refused() {
    let host = Host::new();
    host.directory();
    let link = host.place.path().join("link");
    std::os::unix::fs::symlink(host.cache(), &link).unwrap();
    let rows = [host.cache().join("cache.key"), link.join("deep/cache.key")];
    each_row(rows, |path| {
        let refused = HostKey::open(&path, &host.cache());
        assert!(matches!(refused, Err(KeyError::InCache(_))));
        assert!(!path.exists());
    });
    assert_eq!(fs::read_dir(host.cache()).unwrap().count(), 0);
}

//! Compiled code on disk, so that a skill is compiled once a machine rather than once a start.
//!
//! A compiled file is native code: it is run as it is found. Only files in the cache directory are ever loaded, and
//! the directory is used only when nobody but its owner may write there. Beside each file stands its checksum, so that
//! a damaged one is compiled anew instead of run; it guards against damage, not against those who may write there.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A directory of compiled components.
pub(crate) struct CompileCache {
    directory: Option<PathBuf>,
    /// Engine version and settings, as wasmtime tells them apart.
    engine_hash: [u8; 32],
    /// Those in use, by their package's hash.
    shared: Mutex<HashMap<[u8; 32], Weak<Component>>>,
}

impl CompileCache {
    /// A cache in `directory`, made when absent; without one, or with one that others may write to, nothing is kept.
    pub fn new(directory: Option<&Path>, engine: &Engine) -> Self {
        let mut hasher = HashInto(Sha256::new());
        std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
        let directory = directory.and_then(|path| match usable(path) {
            Ok(()) => Some(path.to_owned()),
            Err(reason) => {
                tracing::warn!(path = %path.display(), "compiled code is not kept: {reason}");
                None
            }
        });
        Self {
            directory,
            engine_hash: hasher.0.finalize().into(),
            shared: Mutex::default(),
        }
    }

    /// The component compiled from `bytes`: the one that another skill of the same package runs on, else taken from the
    /// directory when it is there and intact.
    ///
    /// # Errors
    /// wasmtime's, when `bytes` is not a component it accepts. Trouble with the cache is logged, never an error.
    pub fn component(
        &self,
        engine: &Engine,
        bytes: &[u8],
        content_hash: &[u8; 32],
    ) -> wasmtime::Result<Arc<Component>> {
        let lock = || self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = lock().get(content_hash).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        let made = Arc::new(self.make(engine, bytes, content_hash)?);
        let mut shared = lock();
        shared.retain(|_, component| component.strong_count() > 0);
        shared.insert(*content_hash, Arc::downgrade(&made));
        Ok(made)
    }

    fn make(
        &self,
        engine: &Engine,
        bytes: &[u8],
        content_hash: &[u8; 32],
    ) -> wasmtime::Result<Component> {
        let Some(directory) = &self.directory else {
            return Component::from_binary(engine, bytes);
        };
        let mut key = Sha256::new();
        key.update(content_hash);
        key.update(self.engine_hash);
        let path = directory.join(format!("{}.cwasm", hex(&key.finalize())));
        match load(engine, &path) {
            Ok(Some(component)) => return Ok(component),
            Ok(None) => {}
            Err(reason) => {
                tracing::warn!(path = %path.display(), "a damaged cache file is replaced: {reason}")
            }
        }
        let component = Component::from_binary(engine, bytes)?;
        if let Err(error) = component
            .serialize()
            .map_err(std::io::Error::other)
            .and_then(|code| keep(&path, &code))
        {
            tracing::warn!(path = %path.display(), "compiled code could not be kept: {error}");
        }
        Ok(component)
    }
}

fn usable(path: &Path) -> Result<(), String> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
        builder
            .mode(0o700)
            .create(path)
            .map_err(|error| error.to_string())?;
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if metadata.mode() & 0o022 != 0 {
            return Err("others may write to the directory; run chmod go-w on it".to_owned());
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err("the directory belongs to another user".to_owned());
        }
    }
    #[cfg(not(unix))]
    builder.create(path).map_err(|error| error.to_string())?;
    Ok(())
}

/// None when there is nothing cached; an error tells what is wrong with what is.
fn load(engine: &Engine, path: &Path) -> Result<Option<Component>, String> {
    let Ok(expected) = fs::read(path.with_extension("xxh3")) else {
        return Ok(None);
    };
    let failed = |error: std::io::Error| error.to_string();
    let mut file = fs::File::open(path).map_err(failed)?;
    if checksum_of(&mut file).map_err(failed)?[..] != expected[..] {
        return Err("its checksum does not match".to_owned());
    }
    // SAFETY: the file was written by `keep` in a directory that only this user can write to, and is what was
    // written there; wasmtime itself refuses code of another version or other settings.
    unsafe { Component::deserialize_file(engine, path) }
        .map(Some)
        .map_err(|error| format!("{error:#}"))
}

fn keep(path: &Path, code: &[u8]) -> std::io::Result<()> {
    // The checksum last: a file without one does not count.
    write_atomically(path, code)?;
    write_atomically(&path.with_extension("xxh3"), &checksum(code))
}

fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let result = fs::File::create(&temporary).and_then(|mut file| file.write_all(bytes));
    result
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| drop(fs::remove_file(&temporary)))
}

fn checksum(code: &[u8]) -> [u8; 16] {
    xxhash_rust::xxh3::xxh3_128(code).to_le_bytes()
}

/// The same of a file, which is mapped later rather than read into memory.
fn checksum_of(file: &mut fs::File) -> std::io::Result<[u8; 16]> {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    let mut buffer = [0; 32 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.digest128().to_le_bytes()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Feeds what `Hash` yields to SHA-256: unlike the standard hasher, the same in every process.
struct HashInto(Sha256);

impl std::hash::Hasher for HashInto {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest
            .iter()
            .take(8)
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}

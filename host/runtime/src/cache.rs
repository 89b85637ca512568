//! Compiled code on disk, so that a skill is compiled once per machine rather than at every start.
//!
//! Compiled code is native code: anyone who can replace it can run code in the host. A cache file is therefore run only
//! if it carries a tag made with this host's key, which lies outside the cache directory; everything else is
//! recompiled.
//!
//! - `key`: the host's key; `directory`: the files and their authentication; `private`: the copy that is verified and
//!   run; `heap`: gives back what the compiler used

mod directory;
mod heap;
mod key;
mod private;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::{Duration, Instant};

use directory::{CodeError, Directory, Place};
use key::HostKey;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) use heap::give_back;
pub use key::unusable_key;

/// How a compilation went.
#[derive(Clone, Copy, Debug)]
pub struct Compilation {
    /// The time that it took.
    pub took: Duration,
    /// Whether the cache has the code now.
    pub kept: bool,
}

impl Compilation {
    fn since(started: Instant, kept: bool) -> Self {
        Self {
            took: started.elapsed(),
            kept,
        }
    }
}

/// Compiled components in a directory.
pub(crate) struct CompileCache {
    directory: Option<Directory>,
    /// The hash of the engine's version and settings.
    engine_hash: [u8; 32],
}

impl CompileCache {
    /// Opens the cache in `directory`, whose files are authenticated with the key in the file `key`. Creates both when
    /// absent. If either is `None` or accessible to others, nothing is cached.
    pub fn new(directory: Option<&Path>, key: Option<&Path>, engine: &Engine) -> Self {
        let directory = directory.and_then(|path| match open(path, key) {
            Ok(directory) => Some(directory),
            Err(reason) => {
                tracing::warn!(path = %path.display(), "compiled code is not kept: {reason}");
                None
            }
        });
        Self {
            directory,
            engine_hash: hash_of(engine),
        }
    }

    /// Returns the component from the directory if it is there and authentic, or compiles `bytes`: `begins` is called
    /// before, with their number, and how it went is returned too.
    ///
    /// What was compiled is run from the directory as well: the copy in the file is mapped.
    ///
    /// # Errors
    /// wasmtime's, when `bytes` is not a valid component. Failures of the cache are logged only.
    pub fn component(
        &self,
        engine: &Engine,
        bytes: &[u8],
        content_hash: &[u8; 32],
        begins: impl FnOnce(usize),
    ) -> wasmtime::Result<(Component, Option<Compilation>)> {
        let Some(directory) = &self.directory else {
            begins(bytes.len());
            let started = Instant::now();
            let component = Component::from_binary(engine, bytes)?;
            return Ok((component, Some(Compilation::since(started, false))));
        };
        let place = Place {
            content_hash: *content_hash,
            engine_hash: self.engine_hash,
        };
        let file = directory.path_of(&place);
        match directory.load(engine, &place) {
            Ok(Some(component)) => return Ok((component, None)),
            Ok(None) => {}
            Err(error) => tracing::warn!(
                path = %file.display(),
                "a file of compiled code is unusable and is replaced: {error}"
            ),
        }
        begins(bytes.len());
        let started = Instant::now();
        let code = engine.precompile_component(bytes)?;
        let kept = directory.keep(&place, &code).map_err(CodeError::Io);
        let loaded = kept.and_then(|()| directory.load(engine, &place));
        let loaded = loaded.unwrap_or_else(|error| {
            tracing::warn!(path = %file.display(), "compiled code could not be kept: {error}");
            None
        });
        let kept = loaded.is_some();
        let component = match loaded {
            Some(component) => component,
            // SAFETY: wasmtime has just compiled it.
            None => unsafe { Component::deserialize(engine, &code) }?,
        };
        Ok((component, Some(Compilation::since(started, kept))))
    }
}

fn open(directory: &Path, key: Option<&Path>) -> Result<Directory, String> {
    let key = key.ok_or("it has no key file; name one with `runtime.cache_key`")?;
    directory::make(directory)?;
    let key = HostKey::open(key, directory).map_err(|error| error.to_string())?;
    Directory::open(directory, key).map_err(|error| error.to_string())
}

/// Returns the SHA-256 hash of the engine's version and settings.
fn hash_of(engine: &Engine) -> [u8; 32] {
    let mut hasher = HashInto(Sha256::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hasher.0.finalize().into()
}

/// A hasher that feeds SHA-256: unlike the standard hasher, it is the same in every process.
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

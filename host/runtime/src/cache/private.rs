//! A copy of a file that no other process can change, so that the verified code is the code that runs.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiled code that is private to this process.
pub(super) enum PrivateCode {
    /// A sealed file in memory. wasmtime maps it, so that instances share one copy.
    #[cfg(target_os = "linux")]
    Sealed(File),
    /// On systems without such files.
    Bytes(Vec<u8>),
}

impl PrivateCode {
    /// Copies the rest of `file`, at most `limit` bytes.
    ///
    /// # Errors
    /// The operating system's, or an error for a longer file.
    pub fn copy(file: &mut File, limit: u64) -> std::io::Result<Self> {
        let mut rest = file.take(limit + 1);
        #[cfg(target_os = "linux")]
        if let Some(mut memory) = sealable() {
            let copied = std::io::copy(&mut rest, &mut memory)?;
            within(copied, limit)?;
            use rustix::fs::SealFlags;
            let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
            rustix::fs::fcntl_add_seals(&memory, seals)?;
            memory.seek(SeekFrom::Start(0))?;
            return Ok(Self::Sealed(memory));
        }
        let mut bytes = Vec::new();
        let copied = rest.read_to_end(&mut bytes)?;
        within(copied as u64, limit)?;
        Ok(Self::Bytes(bytes))
    }

    /// Returns the SHA-256 hash of the code.
    ///
    /// # Errors
    /// The operating system's.
    pub fn hash(&mut self) -> std::io::Result<[u8; 32]> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Sealed(memory) => {
                let mut hasher = Sha256::new();
                let mut buffer = vec![0; 256 << 10];
                loop {
                    match memory.read(&mut buffer)? {
                        0 => return Ok(hasher.finalize().into()),
                        count => hasher.update(&buffer[..count]),
                    }
                }
            }
            Self::Bytes(bytes) => Ok(Sha256::digest(bytes).into()),
        }
    }

    /// Deserialises the code to a component.
    ///
    /// # Errors
    /// wasmtime's, when another version or other settings compiled the code.
    ///
    /// # Safety
    /// wasmtime must have compiled the code.
    pub unsafe fn component(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Sealed(memory) => {
                use std::os::fd::AsRawFd as _;
                let path = format!("{OPEN_FILES}/{}", memory.as_raw_fd());
                // SAFETY: guaranteed by the caller; the path leads to our own open file, which is sealed.
                unsafe { Component::deserialize_file(engine, path) }
            }
            // SAFETY: guaranteed by the caller.
            Self::Bytes(bytes) => unsafe { Component::deserialize(engine, bytes) },
        }
    }
}

/// The directory with the paths of this process's open files.
#[cfg(target_os = "linux")]
const OPEN_FILES: &str = "/proc/self/fd";

/// Creates a file in memory that can be sealed. Returns `None` if the kernel does not support it or offers no path to
/// it.
#[cfg(target_os = "linux")]
fn sealable() -> Option<File> {
    use rustix::fs::MemfdFlags;
    if !std::path::Path::new(OPEN_FILES).is_dir() {
        return None;
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Some(
        rustix::fs::memfd_create("luminarys-code", flags)
            .ok()?
            .into(),
    )
}

fn within(size: u64, limit: u64) -> std::io::Result<()> {
    match size > limit {
        true => Err(std::io::Error::other(format!("it is over {limit} bytes"))),
        false => Ok(()),
    }
}

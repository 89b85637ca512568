//! The functions of `archive`.

use luminarys_archive::{Done, Format, Limits, MemberKind, Reading, pack};
use wasmtime::component::Resource;

use super::resources::{ArchiveOptions, Given};
use super::state::ArchiveCapability;
use crate::bindings::luminarys::skill::archive as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::blocking;
use crate::environment::View;

/// The memory of a list entry in addition to its name, in bytes.
const ENTRY: u64 = 64;

impl View<'_, ArchiveCapability> {
    fn limits(&self) -> Limits {
        Limits {
            entries: self.shared.limits.max_archive_entries,
            bytes: self.shared.limits.max_archive_bytes,
        }
    }
}

impl wit::Host for View<'_, ArchiveCapability> {
    async fn pack(
        &mut self,
        source: String,
        output: String,
        options: Option<Resource<ArchiveOptions>>,
    ) -> Result<wit::Done, Error> {
        let limits = self.limits();
        let options = self.options(options, Given::default())?;
        let packed = blocking(self, move |files, cancelled| {
            let options = options.ready(&output)?;
            pack(files, limits, &source, &output, &options, cancelled)
        });
        packed.await.map(done)
    }

    async fn unpack(
        &mut self,
        archive: String,
        destination: String,
        options: Option<Resource<ArchiveOptions>>,
    ) -> Result<wit::Done, Error> {
        let limits = self.limits();
        let options = self.options(options, Given::default())?;
        let unpacked = blocking(self, move |files, cancelled| {
            let reading = Reading {
                files,
                limits,
                archive: &archive,
                options: &options.ready(&archive)?,
                cancelled,
            };
            reading.unpack(&destination)
        });
        unpacked.await.map(done)
    }

    async fn entries(
        &mut self,
        archive: String,
        options: Option<Resource<ArchiveOptions>>,
    ) -> Result<Vec<wit::Entry>, Error> {
        let limits = self.limits();
        let options = self.options(options, Given::default())?;
        blocking(self, move |files, cancelled| {
            let reading = Reading {
                files,
                limits,
                archive: &archive,
                options: &options.ready(&archive)?,
                cancelled,
            };
            let mut entries = Vec::new();
            let mut bytes = 0;
            reading.each(&mut |member, _| {
                bytes += ENTRY + member.name.len() as u64;
                files.charge(bytes, "the list of entries")?;
                let (kind, target) = match member.kind {
                    MemberKind::Directory => (wit::Kind::Directory, None),
                    MemberKind::Link(target) => (wit::Kind::Link, Some(target)),
                    MemberKind::File | MemberKind::Same(_) => (wit::Kind::File, None),
                };
                entries.push(wit::Entry {
                    name: member.name,
                    kind,
                    size: member.size,
                    mode: member.mode,
                    modified: member.modified.map(|seconds| seconds.saturating_mul(1_000)),
                    target,
                });
                Ok(())
            })?;
            Ok(entries)
        })
        .await
    }
}

fn done(done: Done) -> wit::Done {
    wit::Done {
        files: done.files,
        bytes: done.bytes,
        skipped: done.skipped,
        format: match done.format {
            Format::Tar => wit::Format::Tar,
            Format::TarGz => wit::Format::TarGz,
            Format::TarZst => wit::Format::TarZst,
            Format::Zip => wit::Format::Zip,
        },
    }
}

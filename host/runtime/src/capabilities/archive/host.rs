//! `archive` towards the guest.

use luminarys_archive::{Done, Format, Limits, MemberKind, Options, Reading, pack};

use super::state::ArchiveCapability;
use crate::bindings::luminarys::skill::archive as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::blocking;
use crate::environment::View;

/// What an entry of a list takes beside its name, in bytes.
const ENTRY: u64 = 64;

impl View<'_, ArchiveCapability> {
    fn archive_limits(&self) -> Limits {
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
        options: wit::Options,
    ) -> Result<wit::Done, Error> {
        let limits = self.archive_limits();
        let packed = blocking(self, move |files, cancelled| {
            let options = read_options(&options, &output)?;
            pack(files, limits, &source, &output, &options, cancelled)
        });
        packed.await.map(done)
    }

    async fn unpack(
        &mut self,
        archive: String,
        destination: String,
        options: wit::Options,
    ) -> Result<wit::Done, Error> {
        let limits = self.archive_limits();
        let unpacked = blocking(self, move |files, cancelled| {
            let reading = Reading {
                files,
                limits,
                archive: &archive,
                options: &read_options(&options, &archive)?,
                cancelled,
            };
            reading.unpack(&destination)
        });
        unpacked.await.map(done)
    }

    async fn entries(
        &mut self,
        archive: String,
        options: wit::Options,
    ) -> Result<Vec<wit::Entry>, Error> {
        let limits = self.archive_limits();
        blocking(self, move |files, cancelled| {
            let reading = Reading {
                files,
                limits,
                archive: &archive,
                options: &read_options(&options, &archive)?,
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
                    modified: member.modified,
                    target,
                });
                Ok(())
            })?;
            Ok(entries)
        })
        .await
    }
}

fn read_options(
    options: &wit::Options,
    archive: &str,
) -> Result<Options, luminarys_archive::Error> {
    let format = options.format.map(|format| match format {
        wit::Format::Tar => Format::Tar,
        wit::Format::TarGz => Format::TarGz,
        wit::Format::TarZst => Format::TarZst,
        wit::Format::Zip => Format::Zip,
    });
    Options::new(format, archive, &options.exclude, options.strip)
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

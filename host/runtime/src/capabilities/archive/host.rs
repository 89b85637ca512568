//! `archive` towards the guest.

use luminarys_archive::{Exclude, MemberKind};

use super::state::ArchiveCapability;
use super::unpack::Reading;
use super::{format_of, pack};
use crate::bindings::luminarys::skill::archive as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::blocking;
use crate::environment::View;

/// What an entry of a list takes beside its name, in bytes.
const ENTRY: u64 = 64;

impl wit::Host for View<'_, ArchiveCapability> {
    async fn pack(
        &mut self,
        source: String,
        output: String,
        options: wit::Options,
    ) -> Result<wit::Done, Error> {
        let limits = self.shared.limits.clone();
        blocking(self, move |files, cancelled| {
            let exclude = Exclude::new(&options.exclude)?;
            let format = format_of(options.format, &output)?;
            pack::pack(
                files, &limits, &source, &output, format, &exclude, cancelled,
            )
        })
        .await
    }

    async fn unpack(
        &mut self,
        archive: String,
        destination: String,
        options: wit::Options,
    ) -> Result<wit::Done, Error> {
        let limits = self.shared.limits.clone();
        blocking(self, move |files, cancelled| {
            let reading = Reading::new(files, &limits, &archive, &options, cancelled)?;
            reading.unpack(&destination)
        })
        .await
    }

    async fn entries(
        &mut self,
        archive: String,
        options: wit::Options,
    ) -> Result<Vec<wit::Entry>, Error> {
        let limits = self.shared.limits.clone();
        blocking(self, move |files, cancelled| {
            let reading = Reading::new(files, &limits, &archive, &options, cancelled)?;
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

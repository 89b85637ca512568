//! The setters of options.

use luminarys_archive::Format;

use super::resources::Given;
use super::state::ArchiveCapability;
use crate::bindings::luminarys::skill::archive as wit;
use crate::environment::options;
use crate::options::OptionValue;

impl OptionValue for wit::Format {}

impl From<wit::Format> for Format {
    fn from(format: wit::Format) -> Self {
        match format {
            wit::Format::Tar => Self::Tar,
            wit::Format::TarGz => Self::TarGz,
            wit::Format::TarZst => Self::TarZst,
            wit::Format::Zip => Self::Zip,
        }
    }
}

options! {
    wit::HostOptions, ArchiveCapability, Given {
        set_format: wit::Format => |given, value| given.format = Some(value.into());
        set_exclude: Vec<String> => |given, value| given.exclude = value;
        set_strip: u32 => |given, value| given.strip = value;
    }
}

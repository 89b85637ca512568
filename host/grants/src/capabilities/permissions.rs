//! `permissions`: one key per capability.

use serde::Deserialize;

use super::*;
use crate::section::{Reader, Section, Written};
use crate::yaml::YamlError;

macro_rules! define {
    (
        files { $files:ident: $raw_files:ident, $files_section:ident => $($_:tt)* }
        permissions { $($key:ident: $raw:ident, $section:ident => $field:ident: $grants:ident;)* }
        manifest { $($rest:tt)* }
    ) => {
        /// `permissions` as written.
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct RawPermissions {
            $files: $raw_files,
            $($key: $raw,)*
        }

        /// The `permissions` section. A capability that is not named has its default grants, which are empty for most.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Permissions {
            #[doc = concat!("`permissions.", stringify!($files), "`")]
            pub $files: $files_section,
            $(
                #[doc = concat!("`permissions.", stringify!($key), "`")]
                pub $key: $section,
            )*
        }

        impl RawPermissions {
            /// Reads the sections, and checks every pattern in them.
            ///
            /// # Errors
            /// [`YamlError`] at the first invalid entry.
            pub fn read(self, reader: &Reader<'_>) -> Result<Permissions, YamlError> {
                Ok(Permissions {
                    $files: self.$files.read(reader)?,
                    $($key: self.$key.read(reader)?,)*
                })
            }

            /// Adds the grants of a line that a denial offered.
            pub fn add(&mut self, line: Self) {
                self.$files.add(line.$files);
                $(self.$key.add(line.$key);)*
            }
        }

        impl Permissions {
            /// Returns the sections, in the order of the list.
            pub(crate) fn sections(&self) -> Vec<&dyn Section> {
                vec![&self.$files, $(&self.$key,)*]
            }
        }
    };
}

super::capabilities!(define);

//! Names in zip from before Unicode.

use std::borrow::Cow;

use zip::System;

/// The upper half of code page 437.
const UPPER: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}\
";

/// How the name of an entry is written.
pub(crate) struct Origin {
    /// Whether the entry says that its name is UTF-8.
    pub is_unicode: bool,
    pub system: System,
    /// Of the program that made it.
    pub version: (u8, u8),
}

impl Origin {
    /// Turns a name into UTF-8 as Info-ZIP does: the programs of these systems wrote code page 437, all others as they liked.
    pub fn decode<'a>(&self, name: &'a [u8]) -> Cow<'a, [u8]> {
        let is_old = match self.system {
            System::Dos | System::Os2 => true,
            System::WindowsNTFS => self.version == (5, 0),
            _ => false,
        };
        if self.is_unicode || !is_old || name.is_ascii() {
            return Cow::Borrowed(name);
        }
        let decoded = name.iter().map(|byte| match byte {
            0..0x80 => char::from(*byte),
            _ => UPPER.chars().nth(usize::from(byte - 0x80)).unwrap_or('?'),
        });
        Cow::Owned(decoded.collect::<String>().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn names_are_decoded_as_info_zip_does() {
        let utf8 = "\u{fc}".as_bytes();
        let rows = [
            (
                false,
                System::Dos,
                (2, 0),
                &b"\x81"[..],
                "\u{fc}".as_bytes(),
            ),
            (
                false,
                System::Dos,
                (2, 0),
                utf8,
                "\u{251c}\u{255d}".as_bytes(),
            ),
            (
                false,
                System::Os2,
                (2, 0),
                b"\xe1\xff",
                "\u{df}\u{a0}".as_bytes(),
            ),
            (
                false,
                System::WindowsNTFS,
                (5, 0),
                b"\x81",
                "\u{fc}".as_bytes(),
            ),
            (false, System::WindowsNTFS, (6, 3), utf8, utf8),
            (false, System::Unix, (3, 0), utf8, utf8),
            (false, System::Unix, (3, 0), b"\x81", b"\x81"),
            (true, System::Dos, (2, 0), utf8, utf8),
            (false, System::Dos, (2, 0), b"a~\x7f/", b"a~\x7f/"),
        ];
        each_row(rows, |(is_unicode, system, version, name, expected)| {
            let origin = Origin {
                is_unicode,
                system,
                version,
            };
            assert_eq!(origin.decode(name), expected, "{system:?} {name:?}");
        });
    }

    #[test]
    fn the_code_page_is_whole() {
        assert_eq!(UPPER.chars().count(), 128);
        assert!(UPPER.starts_with('\u{c7}') && UPPER.ends_with('\u{a0}'));
    }
}

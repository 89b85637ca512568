//! The forms of a secret in text: itself and its lines, each plain, escaped, percent-encoded, in base64
//! and in hexadecimal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{visible, visible_text};

/// The minimum length of a secret in characters: shorter ones would match everywhere.
pub const SHORTEST: usize = 4;
/// The minimum length of a single line of a secret in characters.
const SHORTEST_LINE: usize = 8;

/// The longest secret, or line of one, of which all forms are known, in bytes. For longer ones only the common forms
/// are, since an automaton takes about fifty bytes for each of theirs.
const LONG: usize = 8 << 10;

/// Characters that JavaScript's `encodeURIComponent` keeps; Rust's and Go's encoders keep the same or fewer.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// Keeps the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// `application/x-www-form-urlencoded`, whose spaces are `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');
// The parts of a URL, by the sets of <https://url.spec.whatwg.org/#percent-encoded-bytes>.
const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const SPECIAL_QUERY: &AsciiSet = &QUERY.add(b'\'');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');
/// The set before 2024.
const OLDER_PATH: &AsciiSet = &PATH.remove(b'^');
const SEGMENT: &AsciiSet = &PATH.add(b'/').add(b'%');
const USER: &AsciiSet = &PATH
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'|');

/// Whether `secret` is too short to be replaced, not counting white space around it.
pub fn is_too_short(secret: &str) -> bool {
    secret.trim().chars().count() < SHORTEST
}

/// Adds every form of `secret` to `forms`, without white space around it, which programs add and remove.
pub(super) fn add(forms: &mut BTreeSet<Vec<u8>>, secret: &str) {
    if is_too_short(secret) {
        return;
    }
    let whole = secret.trim();
    spellings(forms, whole);
    let breaks = ['\n', '\r'];
    if !whole.contains(breaks) {
        return;
    }
    spellings(forms, &whole.replace("\r\n", "\n"));
    // URL parsers remove them.
    spellings(forms, &whole.replace(['\n', '\r', '\t'], ""));
    let lines = whole.split(breaks).map(str::trim);
    let telling = lines.filter(|line| line.chars().count() >= SHORTEST_LINE && !is_boundary(line));
    telling.for_each(|line| spellings(forms, line));
}

/// Whether a line is the begin or end mark of a PEM block.
fn is_boundary(line: &str) -> bool {
    let is = |kind| line.starts_with(kind) && line.ends_with("-----");
    is("-----BEGIN ") || is("-----END ")
}

fn spellings(forms: &mut BTreeSet<Vec<u8>>, text: &str) {
    let mut add = |form: String| {
        // Very short ones would match everywhere.
        if form.len() >= SHORTEST {
            forms.insert(form.into_bytes());
        }
    };
    if text.len() > LONG {
        json(text).into_iter().take(1).for_each(&mut add);
        add(inner(&format!("{text:?}")));
        add(utf8_percent_encode(text, UNRESERVED).to_string());
        base64(text.as_bytes(), &[STANDARD_NO_PAD], &mut add);
        return add(text.to_owned());
    }
    for escaped in escapes(text) {
        // A message quoted in a message.
        json(&escaped).into_iter().for_each(&mut add);
        add(inner(&format!("{escaped:?}")));
        add(escaped);
    }
    add(text.to_owned());
    // As the host of a URL.
    add(text.to_ascii_lowercase());
    percent(text, &mut add);
    base64(
        text.as_bytes(),
        &[STANDARD_NO_PAD, URL_SAFE_NO_PAD],
        &mut add,
    );
    let mut hexadecimal = String::new();
    for byte in text.as_bytes() {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    add(hexadecimal.to_uppercase());
    add(hexadecimal);
}

/// Returns the text without the first and last character, which are quotes.
fn inner(quoted: &str) -> String {
    let rest = quoted.get(1..).unwrap_or_default();
    rest.get(..rest.len().saturating_sub(1))
        .unwrap_or_default()
        .to_owned()
}

/// Returns the escaped forms, without quotes.
fn escapes(text: &str) -> Vec<String> {
    let mut all = json(text);
    all.push(inner(&format!("{text:?}")));
    all.push(text.escape_debug().to_string());
    all.push(text.escape_default().to_string());
    // Python, Go and C.
    all.push(controls(text, |out, c| match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
    }));
    // tracing's formatter for text.
    all.push(controls(text, |out, c| match c {
        '\x1b' | '\x07' | '\x08' | '\x0c' | '\x7f' => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        '\u{80}'..='\u{9f}' => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }));
    all.push(controls(text, |out, c| match c {
        '\n' | '\r' | '\t' => out.extend(c.escape_default()),
        c => out.extend(c.escape_unicode()),
    }));
    all.push(visible(text).into_owned());
    all.push(visible_text(text).into_owned());
    // With only hidden characters escaped.
    all.push(text.chars().fold(String::new(), |mut out, c| {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
        out
    }));
    all
}

/// Returns `text` with control characters written by `escape`, and nothing else changed.
fn controls(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns `text` as a JSON string: plain, for HTML pages, and with ASCII characters only.
fn json(text: &str) -> Vec<String> {
    let plain = inner(&Value::String(text.to_owned()).to_string());
    let html = plain
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let slashes = plain.replace('/', "\\/");
    let mut ascii = String::with_capacity(plain.len());
    let mut units = [0; 2];
    for c in plain.chars() {
        if c.is_ascii() && c != '\x7f' {
            ascii.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    vec![plain, html, slashes, ascii]
}

fn percent(text: &str, add: &mut impl FnMut(String)) {
    let sets = [
        NON_ALPHANUMERIC,
        COMPONENT,
        UNRESERVED,
        FRAGMENT,
        SPECIAL_QUERY,
        QUERY,
        PATH,
        OLDER_PATH,
        SEGMENT,
        USER,
    ];
    // URL parsers treat a backslash in a path as a slash.
    let slashes = text.replace('\\', "/");
    let encoded = [text, &slashes].into_iter();
    let encoded =
        encoded.flat_map(|text| sets.map(|set| utf8_percent_encode(text, set).to_string()));
    let form = utf8_percent_encode(text, FORM).to_string();
    let form = form.replace(' ', "+");
    for upper in encoded.chain([form]) {
        add(lower_digits(&upper));
        add(upper);
    }
}

/// Returns percent-encoded text with lower-case digits.
fn lower_digits(encoded: &str) -> String {
    let mut left = 0;
    let digit = |c: char| {
        if c == '%' {
            left = 2;
        } else if left > 0 {
            left -= 1;
            return c.to_ascii_lowercase();
        }
        c
    };
    encoded.chars().map(digit).collect()
}

/// Returns the whole in base64, and for each of the three alignments among other bytes the part that does not depend on
/// them.
fn base64(bytes: &[u8], engines: &[GeneralPurpose], add: &mut impl FnMut(String)) {
    for engine in engines {
        add(engine.encode(bytes));
        // A character has six bits: those with bits of the preceding byte are left out.
        for (before, mixed) in [(0, 0), (1, 2), (2, 3)] {
            let mut placed = vec![0; before];
            placed.extend_from_slice(bytes);
            let own = placed.len() * 8 / 6;
            let encoded = engine.encode(&placed);
            add(encoded.get(mixed..own).unwrap_or_default().to_owned());
        }
    }
}

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use luminarys_testing::each_row;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\nAwEHBG0wawIBAQQgqLk0mJ3b+/5y\nabc=\n-----END PRIVATE KEY-----";

fn knowing(secrets: &[&str]) -> (Redactor, Registered) {
    let redactor = Redactor::default();
    let registered = redactor.register(secrets);
    (redactor, registered)
}

/// Encodings of a secret, computed independently of `forms`.
fn spelled(secret: &str) -> Vec<String> {
    let quoted = |text: String| text[1..text.len() - 1].to_owned();
    let json = quoted(serde_json::to_string(secret).unwrap());
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let form = secret.bytes().map(|byte| match byte {
        b' ' => "+".to_owned(),
        b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    vec![
        secret.to_owned(),
        quoted(serde_json::to_string(&json).unwrap()),
        json,
        quoted(format!("{secret:?}")),
        quoted(format!("{:?}", format!("{secret:?}"))[2..].to_owned()),
        secret.escape_debug().to_string(),
        secret.escape_default().to_string(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        form.collect(),
        STANDARD.encode(secret),
        URL_SAFE.encode(secret),
        hexadecimal.to_uppercase(),
        hexadecimal,
    ]
}

/// Returns all matches of all forms, with overlapping ones merged, by a naive search.
fn places(text: &[u8], secrets: &[String]) -> Vec<Range<usize>> {
    let mut all = std::collections::BTreeSet::new();
    secrets
        .iter()
        .for_each(|secret| forms::add(&mut all, secret));
    all.insert(MARK.as_bytes().to_vec());
    let mut found: Vec<Range<usize>> = Vec::new();
    for form in &all {
        let windows = text.windows(form.len()).enumerate();
        let equal = windows.filter(|(_, window)| window == form);
        found.extend(equal.map(|(at, _)| at..at + form.len()));
    }
    found.sort_by_key(|one| (one.start, one.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for one in found {
        match merged.last_mut() {
            Some(last) if one.start < last.end => last.end = last.end.max(one.end),
            _ => merged.push(one),
        }
    }
    merged
}

fn naively(text: &str, secrets: &[String]) -> String {
    let mut out = Vec::new();
    let mut from = 0;
    for place in places(text.as_bytes(), secrets) {
        out.extend_from_slice(&text.as_bytes()[from..place.start]);
        out.extend_from_slice(MARK.as_bytes());
        from = place.end;
    }
    out.extend_from_slice(&text.as_bytes()[from..]);
    String::from_utf8(out).unwrap()
}

fn streamed(redactor: &Redactor, text: &[u8], sizes: &[usize]) -> String {
    let mut stream = redactor.stream();
    let (mut out, mut rest) = (Vec::new(), text);
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        stream.push(piece, &mut out);
        let shown = [&out[..], &stream.tail(usize::MAX)].concat();
        assert!(shown.len() <= text.len() * 8 + 8);
        rest = after;
    }
    let tail = stream.tail(usize::MAX);
    let before = out.len();
    stream.finish(&mut out);
    assert_eq!(&out[before..], &tail[..]);
    String::from_utf8(out).unwrap()
}

/// Secrets made of characters that escaping or encoding changes.
fn secret() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        prop::char::range('a', 'c'),
        prop::sample::select(vec![
            '"', '\'', '\\', '/', '%', '+', '=', ' ', '&', '<', '?', '#', ':', '@', '\n', '\r',
            '\t', '\x1b', '\x7f', '\0', '\u{9b}', 'ä', '€', '😀', '\u{202e}'
        ]),
        any::<char>(),
    ];
    prop::collection::vec(character, 4..24)
        .prop_map(|all| all.into_iter().collect::<String>())
        .prop_filter("a secret of white space is none", |text| {
            !is_too_short(text)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_form_survives_any_split_of_the_text(
        secret in secret(),
        before in "[a-c\"% \\\\ä]{0,12}",
        after in "[a-c\"% \\\\ä]{0,12}",
        sizes in prop::collection::vec(1_usize..9, 1..5),
    ) {
        let (redactor, _registered) = knowing(&[&secret]);
        for form in spelled(secret.trim()) {
            let text = format!("{before}{form}{after}{form}");
            let redacted = redactor.redact(&text);
            prop_assert!(!redacted.contains(&form), "{form:?} in {redacted:?}");
            prop_assert_eq!(streamed(&redactor, text.as_bytes(), &sizes), redacted);
        }
    }

    #[test]
    fn exactly_the_forms_are_replaced(
        secrets in prop::collection::vec(secret(), 1..4),
        text in prop::collection::vec(prop_oneof!["[a-c\"\\\\n]{1,6}", Just("[0]".to_owned()), Just("[1]".to_owned())], 0..8),
        sizes in prop::collection::vec(1_usize..9, 1..5),
    ) {
        let mut text = text.concat();
        for (number, secret) in secrets.iter().enumerate() {
            text = text.replace(&format!("[{number}]"), secret);
        }
        let all: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let (redactor, _registered) = knowing(&all);
        let expected = naively(&text, &secrets);
        prop_assert_eq!(redactor.redact(&text), expected.as_str());
        prop_assert_eq!(redactor.redact(&expected), expected.as_str());
        prop_assert_eq!(streamed(&redactor, text.as_bytes(), &sizes), expected);
        if places(text.as_bytes(), &secrets).is_empty() {
            prop_assert!(matches!(redactor.redact(&text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn base64_of_a_secret_among_other_bytes_is_replaced(
        secret in secret(),
        before in prop::collection::vec(any::<u8>(), 0..7),
        after in prop::collection::vec(any::<u8>(), 0..7),
    ) {
        let secret = secret.trim();
        let (redactor, _registered) = knowing(&[secret]);
        let bytes = [&before[..], secret.as_bytes(), &after[..]].concat();
        for engine in [STANDARD, URL_SAFE] {
            let text = engine.encode(&bytes);
            // The characters with only bits of the secret.
            let (from, to) = (before.len() * 8, (before.len() + secret.len()) * 8);
            let own: String = text.char_indices()
                .filter(|(at, _)| at * 6 >= from && (at + 1) * 6 <= to)
                .map(|(_, c)| c)
                .collect();
            let redacted = redactor.redact(&text);
            prop_assert!(redacted.contains(MARK) && !redacted.contains(&own), "{own} in {redacted}");
        }
    }

    #[test]
    fn no_string_of_json_contains_a_secret(secret in secret(), before in secret_part(), after in secret_part()) {
        let (redactor, _registered) = knowing(&[&secret]);
        let outcome = format!("{before}{secret}{after}");
        let mut value = json!({ "message": outcome.clone(), outcome.clone(): [1, { "b": secret.clone() }] });
        redactor.redact_json(&mut value);
        let message = value["message"].as_str().unwrap();
        prop_assert_eq!(message, redactor.redact(&outcome));
        let members: Vec<&String> = value.as_object().unwrap().keys().collect();
        prop_assert_eq!(members, ["message", message]);
        prop_assert!(!value.to_string().contains(&serde_json::to_string(&secret).unwrap()));
    }

    #[test]
    fn nothing_is_replaced_without_secrets(text in any::<String>()) {
        let redactor = Redactor::default();
        prop_assert!(matches!(redactor.redact(&text), Cow::Borrowed(same) if same == text));
        prop_assert_eq!(streamed(&redactor, text.as_bytes(), &[3]), text);
    }
}

fn secret_part() -> impl Strategy<Value = String> {
    "[a-c\"\\\\\n]{0,6}"
}

#[test]
fn lines_of_a_secret_are_secrets() {
    let (redactor, _registered) = knowing(&[PEM]);
    assert_eq!(redactor.redact(PEM), MARK);
    assert_eq!(
        redactor.redact(&PEM.replace('\n', "\r\n")),
        "-----BEGIN PRIVATE KEY-----\r\n[secret]\r\n[secret]\r\nabc=\r\n-----END PRIVATE KEY-----"
    );
    for line in PEM.lines() {
        let expected = match line.len() {
            ..8 => line,
            _ if line.starts_with("-----") => line,
            _ => MARK,
        };
        assert_eq!(redactor.redact(line), expected);
    }
    // Printed in pieces it is still one secret.
    let text = format!("it is {PEM}!\n");
    for size in 1..text.len() {
        assert_eq!(
            streamed(&redactor, text.as_bytes(), &[size]),
            "it is [secret]!\n"
        );
    }
}

#[test]
fn a_long_secret_is_known_in_the_common_forms() {
    let secret = format!(
        "{}\"\u{e4}\n{}",
        "a/b+".repeat(4 << 10),
        "line two/".repeat(2 << 10)
    );
    let (redactor, _registered) = knowing(&[&secret]);
    for form in spelled(&secret).into_iter().take(1).chain([
        serde_json::to_string(&secret)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
        STANDARD.encode(&secret),
    ]) {
        assert_eq!(
            redactor.redact(&format!("<{form}>")).replace('=', ""),
            "<[secret]>"
        );
        assert_eq!(
            streamed(&redactor, format!("<{form}>").as_bytes(), &[1000]).replace('=', ""),
            "<[secret]>"
        );
    }
    assert_eq!(redactor.redact(&"line two/".repeat(2 << 10)), MARK);
}

#[test]
fn output_of_formatters_is_redacted() {
    let rows = [
        ("pass\"word\\1", r#"pass\"word\\1"#),
        ("pass\"word\\1", r#"pass\\\"word\\\\1"#),
        ("a<b>&c", r"a\u003cb\u003e\u0026c"),
        ("a/b/c", r"a\/b\/c"),
        ("pässwörd", r"p\u00e4ssw\u00f6rd"),
        ("😀key!", r"\ud83d\ude00key!"),
        ("key\x1b!", r"key\x1b!"),
        ("key\u{9b}!", r"key\u{9b}!"),
        ("key\x01!\n2", r"key\x01!\n2"),
        ("a\"\u{202e}\x1b\nb", r#"a"\u{202e}\u{1b}\nb"#),
        ("MixedCase", "mixedcase"),
        ("a b/c=d", "a+b%2Fc%3Dd"),
        ("a b/c=d", "a%20b%2fc%3dd"),
        ("a b/c=d", "a%20b/c=d"),
        ("a\nb/c=d", "ab/c=d"),
        (" padded \n", "padded"),
    ];
    each_row(rows, |(secret, form)| {
        let (redactor, _registered) = knowing(&[secret]);
        assert_eq!(
            redactor.redact(&format!("({form})")),
            "([secret])",
            "{secret:?}"
        );
    });
}

#[test]
fn prefixes_of_secrets_are_not_replaced() {
    let (redactor, _registered) = knowing(&["sk-0123456789"]);
    let rows = [
        "sk-012345678",
        "sk-012345678…",
        "k-0123456789",
        "sk-01234567890",
    ];
    each_row(rows, |text| {
        let redacted = redactor.redact(text);
        assert_eq!(
            redacted.contains(MARK),
            text.contains("sk-0123456789"),
            "{redacted}"
        );
    });
}

#[test]
fn redacting_is_idempotent() {
    let (redactor, _registered) = knowing(&["secret", "cret]x"]);
    let rows = [
        ("a secret", "a [secret]"),
        ("a [secret]", "a [secret]"),
        ("[secret]x", "[secret]"),
        ("[secre secret]", "[secre [secret]]"),
    ];
    each_row(rows, |(text, expected)| {
        assert_eq!(redactor.redact(text), expected);
        assert_eq!(streamed(&redactor, text.as_bytes(), &[1]), expected);
    });
}

#[test]
fn overlapping_secrets_leave_nothing() {
    let (redactor, _registered) = knowing(&["abcdef", "defghi", "cdef", "hunter2", "hunter22"]);
    let rows = [
        ("abcdefghi", "[secret]"),
        ("xabcdefghix", "x[secret]x"),
        ("abcdefabcdef", "[secret][secret]"),
        ("hunter2 hunter22", "[secret] [secret]"),
        ("abcdeghi", "abcdeghi"),
    ];
    each_row(rows, |(text, expected)| {
        assert_eq!(redactor.redact(text), expected);
        assert_eq!(streamed(&redactor, text.as_bytes(), &[1]), expected);
    });
}

#[test]
fn short_secrets_are_left_alone() {
    let rows = ["", "abc", " abc\n", "äöü"];
    each_row(rows, |secret| {
        assert!(is_too_short(secret));
        let (redactor, _registered) = knowing(&[secret]);
        assert_eq!(redactor.redact("abc äöü  "), "abc äöü  ");
    });
    assert!(!is_too_short("abcd") && !is_too_short("äöüß"));
}

#[test]
fn no_more_is_held_back_than_the_longest_form() {
    let secret = format!("{}b", "a".repeat(3_000));
    let (redactor, _registered) = knowing(&[&secret]);
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    for _ in 0..100_000 {
        stream.push(b"a", &mut out);
    }
    assert_eq!(out.len(), 100_000 - 3_000);
    assert_eq!(stream.tail(10), b"aaaaaaaaaa");
    stream.push(b"b.", &mut out);
    assert!(out.ends_with(b"aa[secret]."), "{}", out.len());
}

#[test]
fn bytes_that_are_not_text_pass() {
    let (redactor, _registered) = knowing(&["hunter2"]);
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    stream.push(b"\xff\xfehunt", &mut out);
    assert_eq!(out, b"\xff\xfe");
    stream.push(b"er2\xffhunt", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, b"\xff\xfe[secret]\xffhunt");
    // A new stream has begun.
    stream.push(b"er2", &mut out);
    assert!(out.ends_with(b"hunter2"));
}

#[test]
fn text_is_cut_after_its_secrets_are_redacted() {
    let secret = "a-secret-that-is-cut";
    let _registered = Redactor::process().register([secret]);
    assert_eq!(cut("short", 5), "short");
    assert_eq!(cut("äöüäöü", 5), "äöüäö…");
    assert_eq!(cut(&format!("long {secret}!"), 8), "long [se…");
    assert_eq!(cut(&format!("long {secret}!"), 14), "long [secret]!");
}

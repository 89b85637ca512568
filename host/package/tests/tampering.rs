//! Any change of a signed package is rejected, with an error that names the change.

#![allow(clippy::unwrap_used)] // in helpers of tests, which clippy takes for other code

use luminarys_package::{
    Descriptor, Package, PackageError, SecretKey, Trust, Verified, embed, sign,
};
use luminarys_testing::each_row;
use proptest::prelude::*;
use serde_json::json;
use wasm_encoder::{ComponentSection as _, CustomSection};

const EMPTY: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
const SIGNATURE: &str = "luminarys:signature";
const DESCRIPTOR: &str = "luminarys:descriptor";

fn descriptor() -> Descriptor {
    let descriptor = json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.2.3",
        "abi": "typed", "requirements": [{ "kind": "fs", "pattern": "/data", "mode": "ro" }] });
    serde_json::from_value(descriptor).unwrap()
}

fn component() -> Vec<u8> {
    embed(&EMPTY, &descriptor()).unwrap()
}

fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (name, data) = (name.into(), data.into());
    CustomSection { name, data }.append_to_component(&mut out);
    out
}

fn check(bytes: &[u8], trust: &Trust) -> Result<Verified, PackageError> {
    Package::read(bytes.to_vec())?.verify(trust)
}

/// A signed package, whose signer is the only trusted one.
fn signed() -> (Vec<u8>, Trust) {
    let key = SecretKey::generate().unwrap();
    let package = sign(&component(), &key).unwrap();
    (package, Trust::Keys(vec![key.public()]))
}

#[test]
fn a_package_is_trusted_by_its_key_alone() {
    let key = SecretKey::generate().unwrap();
    let other = SecretKey::generate().unwrap().public();
    let package = sign(&component(), &key).unwrap();
    let verified = check(&package, &Trust::Keys(vec![other.clone(), key.public()]));
    assert_eq!(verified.unwrap().signer, Some(key.public()));
    let rows = [vec![other], vec![]];
    each_row(rows, |keys| {
        let refused = check(&package, &Trust::Keys(keys)).unwrap_err();
        let id = key.public().id();
        assert_eq!(refused, PackageError::UntrustedKey(id.clone()));
        let text = refused.to_string();
        assert!(text.contains(&id) && text.contains("`trust`"), "{text}");
    });
    let any = check(&package, &Trust::Any).unwrap();
    assert_eq!(any.signer, Some(key.public()));
    assert_eq!(Package::read(package.clone()).unwrap().bytes(), package);
}

#[test]
fn unsigned_packages_need_trust_any() {
    let (_, trust) = signed();
    assert_eq!(check(&component(), &trust), Err(PackageError::Unsigned));
    let any = check(&component(), &Trust::Any);
    assert_eq!(any, Ok(Verified { signer: None }));
}

#[test]
fn every_flipped_bit_is_rejected() {
    let (package, trust) = signed();
    assert!(check(&package, &trust).is_ok());
    for position in 0..package.len() {
        for bit in 0..8 {
            let mut changed = package.clone();
            changed[position] ^= 1 << bit;
            let outcome = check(&changed, &trust);
            assert!(outcome.is_err(), "byte {position} bit {bit}");
        }
    }
}

#[test]
fn every_truncation_is_rejected() {
    let (package, trust) = signed();
    let unsigned = component().len();
    for length in 0..package.len() {
        let refused = check(&package[..length], &trust).unwrap_err();
        let as_meant = match length {
            0 => matches!(refused, PackageError::NotAComponent(_)),
            // Cut between two sections, it equals an earlier stage of the build.
            8 => refused == PackageError::NoDescriptor,
            length if length == unsigned => refused == PackageError::Unsigned,
            _ => matches!(refused, PackageError::Truncated { .. }),
        };
        assert!(as_meant, "{length} bytes: {refused}");
    }
}

#[test]
fn appended_data_is_rejected() {
    let (package, trust) = signed();
    let note = custom("note", b"x");
    let rows = [&b"x"[..], &[0], &[0; 100], &[0xff; 7], &note, &EMPTY];
    each_row(rows, |more| {
        let refused = check(&[&package[..], more].concat(), &trust);
        assert_eq!(refused, Err(PackageError::Appended), "{more:?}");
    });
    let described = [&package[..], &custom(DESCRIPTOR, b"{}")].concat();
    let refused = check(&described, &trust);
    assert_eq!(refused, Err(PackageError::SecondDescriptor));
}

#[test]
fn a_package_is_signed_once() {
    let other = SecretKey::generate().unwrap();
    let (package, trust) = signed();
    assert_eq!(sign(&package, &other), Err(PackageError::AlreadySigned));
    let described = embed(&package, &descriptor());
    assert_eq!(described, Err(PackageError::AlreadySigned));
    let described = embed(&component(), &descriptor());
    assert_eq!(described, Err(PackageError::SecondDescriptor));

    // Another signature after, before, or in place of the first.
    let second = sign(&component(), &other).unwrap();
    let own = component().len();
    let rows = [
        [&package[..], &second[own..]].concat(),
        [&second[..], &package[own..]].concat(),
    ];
    each_row(rows, |both| {
        assert_eq!(check(&both, &trust), Err(PackageError::SecondSignature));
    });
    let replaced = check(&second, &trust);
    let id = other.public().id();
    assert_eq!(replaced, Err(PackageError::UntrustedKey(id)));
}

#[test]
fn changed_content_is_distinguished_from_a_forged_signature() {
    let (package, trust) = signed();
    let own = component().len();

    // A signature of another file, moved here.
    let note = custom("note", b"x");
    let moved = [&component()[..], &note, &package[own..]].concat();
    let refused = check(&moved, &trust).unwrap_err();
    assert!(
        matches!(refused, PackageError::Modified { .. }),
        "{refused}"
    );

    // In the statement's first and last members, and in the signature before it.
    let opening = br#"{"format":"#;
    let begin = package
        .windows(opening.len())
        .rposition(|window| window == opening);
    let begin = begin.unwrap();
    let rows = [begin + 3, package.len() - 5, begin - 40];
    each_row(rows, |position| {
        let mut forged = package.clone();
        forged[position] ^= 1;
        let refused = check(&forged, &trust);
        assert!(
            matches!(refused, Err(PackageError::BadSignature(_))),
            "{refused:?}"
        );
        let any = check(&forged, &Trust::Any);
        assert_eq!(any, refused, "a wrong signature is never passed over");
    });

    // Not the last section: moved before the descriptor.
    let early = [&EMPTY[..], &package[own..], &component()[8..]].concat();
    assert_eq!(check(&early, &trust), Err(PackageError::Appended));

    let rows = [&b""[..], &[1; 50], &[9; 200], &[0; 97]];
    each_row(rows, |data| {
        let bytes = [&component()[..], &custom(SIGNATURE, data)].concat();
        let refused = check(&bytes, &Trust::Any).unwrap_err();
        assert!(
            matches!(refused, PackageError::MalformedSignature(_)),
            "{refused}"
        );
    });
}

#[test]
fn lengths_have_one_encoding() {
    let (package, trust) = signed();
    let own = component().len();
    let section = &package[own..];
    let last = |byte: &u8| byte & 0x80 == 0;
    let width = section[1..].iter().position(last).unwrap() + 1;
    // The same length with a byte more: the last gets the continuation bit, and a zero follows.
    let mut length = section[1..=width].to_vec();
    length[width - 1] |= 0x80;
    length.push(0);
    let rest = &section[1 + width..];
    let padded = [&component()[..], &[0], &length, rest].concat();
    let refused = check(&padded, &trust).unwrap_err();
    assert!(
        matches!(refused, PackageError::MalformedSignature(_)),
        "{refused}"
    );
}

#[test]
fn a_core_module_is_not_a_package() {
    let (package, trust) = signed();
    // The header is under the hash too, but a relabelled component is refused before that.
    let mut relabelled = package.clone();
    relabelled[4..8].copy_from_slice(&[1, 0, 0, 0]);
    let refused = check(&relabelled, &trust).unwrap_err();
    let expected = PackageError::NotAComponent("it is a core module".to_owned());
    assert_eq!(refused, expected);
    let rows = [&b"#!/bin/sh\n"[..], b"", b"\x7fELF\x02\x01\x01\0"];
    each_row(rows, |bytes| {
        let refused = check(bytes, &trust).unwrap_err();
        assert!(
            matches!(refused, PackageError::NotAComponent(_)),
            "{refused}"
        );
    });
    assert_eq!(check(&EMPTY, &trust), Err(PackageError::NoDescriptor));
    let unknown = [&EMPTY[..], &[99, 0]].concat();
    let refused = check(&unknown, &trust).unwrap_err();
    assert!(
        matches!(refused, PackageError::Truncated { offset: 8, .. }),
        "{refused}"
    );
}

#[test]
fn invalid_descriptors_are_neither_read_nor_written() {
    let mut wrong = descriptor();
    wrong.id = "no-dots".to_owned();
    let refused = embed(&EMPTY, &wrong).unwrap_err();
    assert!(matches!(refused, PackageError::Descriptor(_)), "{refused}");
    let large = vec![b' '; (1 << 20) + 1];
    let rows = [
        &b"{}"[..],
        b"",
        b"\xff",
        b"null",
        br#"{"version":1}"#,
        &large,
    ];
    each_row(rows, |json| {
        let refused = Package::read([&EMPTY[..], &custom(DESCRIPTOR, json)].concat()).unwrap_err();
        assert!(matches!(refused, PackageError::Descriptor(_)), "{refused}");
    });
    let twice = [&component()[..], &component()[8..]].concat();
    let refused = check(&twice, &Trust::Any);
    assert_eq!(refused, Err(PackageError::SecondDescriptor));
}

#[test]
fn large_files_are_rejected_unread() {
    let limit = luminarys_package::MAX_PACKAGE_BYTES;
    let size = limit + 1;
    let refused = Package::read(vec![0; usize::try_from(size).unwrap()]).unwrap_err();
    assert_eq!(refused, PackageError::TooLarge { size, limit });
}

proptest! {
    /// Bytes replaced, removed and inserted anywhere: an error or the original file, and never a panic.
    #[test]
    fn no_edit_survives(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..40,
        put in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (package, trust) = signed();
        let at = at.index(package.len());
        let rest = &package[(at + removed).min(package.len())..];
        let edited = [&package[..at], &put, rest].concat();
        prop_assert_eq!(check(&edited, &trust).is_ok(), edited == package);
    }

    #[test]
    fn any_sections_are_read_or_rejected(sections in prop::collection::vec(
        (
            prop::sample::select(vec![DESCRIPTOR, SIGNATURE, "x"]),
            prop::collection::vec(any::<u8>(), 0..200),
        ),
        0..5,
    )) {
        let mut bytes = component();
        for (name, data) in sections {
            bytes.extend(custom(name, &data));
        }
        prop_assert!(check(&bytes, &Trust::Keys(Vec::new())).is_err());
    }
}

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use luminarys_testing::each_row;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

/// A directory with a certificate, its key, and wrong files in their place.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let now = certificate(2020, 4000);
        place.write("cert", &now.0);
        place.write("key", &now.1);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o600)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles {
            cert: self.path("cert"),
            key: self.path("key"),
        }
    }
}

/// A certificate for these years, and its key.
fn certificate(from: i32, until: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
    parameters.not_before = date_time_ymd(from, 1, 1);
    parameters.not_after = date_time_ymd(until, 1, 1);
    let certificate = parameters.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn a_matching_pair_is_accepted() {
    let place = Place::new();
    assert_eq!(place.files().check().unwrap(), None);
    // A group may read the key, and the certificate is no secret.
    fs::set_permissions(place.path("key"), Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(place.path("cert"), Permissions::from_mode(0o644)).unwrap();
    place.files().check().unwrap();
}

#[test]
fn a_certificate_that_expires_soon_causes_a_warning() {
    let place = Place::new();
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let in_days = |days: u64| {
        let then = std::time::SystemTime::now() + Duration::from_secs(days * 24 * 60 * 60);
        then.into()
    };
    let rows = [(13, true), (15, false)];
    each_row(rows, |(days, is_soon)| {
        parameters.not_after = in_days(days);
        place.write("cert", &parameters.self_signed(&key).unwrap().pem());
        place.write("key", &key.serialize_pem());
        let told = place.files().check().unwrap();
        assert_eq!(told.is_some(), is_soon, "{told:?}");
        let is_named =
            |text: &String| text.contains("http.tls.cert") && text.contains("expires at");
        assert!(told.as_ref().is_none_or(is_named), "{told:?}");
    });
}

#[test]
fn errors_name_the_file_its_key_and_what_is_wrong() {
    let (other, _) = certificate(2020, 4000);
    let (old, old_key) = certificate(2010, 2020);
    let (future, future_key) = certificate(3000, 4000);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let cut = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n";
    let sealed =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let rows = [
        (Some(""), None, CERT_KEY, "has no certificate in PEM"),
        (
            Some("\u{30}\u{82}"),
            None,
            CERT_KEY,
            "has no certificate in PEM",
        ),
        (Some(broken), None, CERT_KEY, "cannot be used"),
        (
            Some(&*other),
            None,
            KEY_KEY,
            "is not the key of the first certificate",
        ),
        (
            Some(&old),
            Some(&*old_key),
            CERT_KEY,
            "expired at 2020-01-01",
        ),
        (
            Some(&future),
            Some(&future_key),
            CERT_KEY,
            "valid only from 3000-01-01",
        ),
        (None, Some(""), KEY_KEY, "has no private key in PEM"),
        (None, Some(&other), KEY_KEY, "has no private key in PEM"),
        (None, Some(broken_key), KEY_KEY, "cannot be used"),
        (None, Some(cut), KEY_KEY, "the PEM in it is damaged"),
        (None, Some(sealed), KEY_KEY, "is encrypted"),
    ];
    each_row(rows, |(cert, key, named, wrong)| {
        let place = Place::new();
        for (name, text) in [("cert", cert), ("key", key)] {
            if let Some(text) = text {
                place.write(name, text);
            }
        }
        let error = place.files().check().unwrap_err();
        let outcome = error.to_string();
        assert!(
            outcome.starts_with(named) && outcome.contains(wrong),
            "{outcome}"
        );
        assert_eq!(error.key(), named);
        let file = place.path(if named == CERT_KEY { "cert" } else { "key" });
        assert!(outcome.contains(&file.display().to_string()), "{outcome}");
        assert!(!outcome.contains("c2VjcmV0"), "{outcome}");
    });
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let rows = [0o644, 0o604, 0o620, 0o602, 0o666];
    each_row(rows, |mode| {
        let place = Place::new();
        fs::set_permissions(place.path("key"), Permissions::from_mode(mode)).unwrap();
        let outcome = place.files().check().unwrap_err().to_string();
        assert!(
            outcome.contains("other users may read or write it"),
            "{outcome}"
        );
        // The command that it offers helps.
        let (_, line) = outcome.split_once("run: ").unwrap();
        let done = std::process::Command::new("sh").args(["-c", line]).status();
        assert!(done.unwrap().success(), "{line}");
        place.files().check().unwrap();
    });
}

#[test]
fn special_files_are_refused() {
    let rows = ["cert", "key"];
    each_row(rows, |name| {
        let place = Place::new();
        fs::remove_file(place.path(name)).unwrap();
        let outcome = place.files().check().unwrap_err().to_string();
        assert!(outcome.contains("cannot be read"), "{outcome}");
        fs::create_dir(place.path(name)).unwrap();
        let outcome = place.files().check().unwrap_err().to_string();
        assert!(outcome.contains("a directory, not a file"), "{outcome}");
    });
}

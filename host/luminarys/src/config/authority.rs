//! Files besides manifests and packages that give skills authority: the configuration and what it names, keys, the
//! host's own program.

use std::path::{Path, PathBuf};

use luminarys_grants::AuthorityPlace;
use luminarys_mcp::TlsFiles;
use luminarys_orchestrator::{Settings, Verdict};

use super::environment::Environment;
use super::paths;

/// Returns the places where a configuration is looked for if none is named: one created there takes precedence.
pub(super) fn of_usual_configurations() -> Vec<AuthorityPlace> {
    let usual = paths::usual_configs();
    let mut places = Vec::new();
    for (position, file) in usual.iter().enumerate() {
        // The first file in a directory decides which one is read.
        let mut first = usual[..position].iter();
        if !first.any(|other| other.parent() == file.parent() && other.exists()) {
            places.extend(of_configuration(file));
        }
    }
    places
}

/// Returns the places of every host: the user's keys, and the program.
pub(super) fn of_host() -> Vec<AuthorityPlace> {
    let mut places = Vec::new();
    let program = std::env::current_exe().ok();
    places.extend(program.map(|file| AuthorityPlace::read_only(file, "the host's own program")));
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    // The private key and the key ring of `lmsk`.
    places.extend(home.map(|home| {
        AuthorityPlace::hidden_directory(home.join(".lmsk"), "the directory of signing keys")
    }));
    places
}

/// Returns the configuration `file`, and the files of variables beside it.
pub(super) fn of_configuration(file: &Path) -> Vec<AuthorityPlace> {
    let mut places = vec![AuthorityPlace::read_only(file, "the host's configuration")];
    let directory = file.parent().unwrap_or(Path::new(""));
    let environment = Environment::files(directory).into_iter();
    places.extend(environment.map(|file| AuthorityPlace::hidden(file, "the host's environment")));
    places
}

/// Returns the public key in `file`, and the private one that `lmsk` puts beside it.
pub(super) fn of_key(file: &Path) -> Vec<AuthorityPlace> {
    let mut places = vec![AuthorityPlace::read_only(file, "a trusted key")];
    if file.extension().is_some_and(|extension| extension == "pub") {
        let private = file.with_extension("");
        places.push(AuthorityPlace {
            only_secret: true,
            ..AuthorityPlace::hidden(private, "a private signing key")
        });
    }
    places
}

/// Returns the files with clients' tokens.
pub(super) fn of_tokens(files: &[PathBuf]) -> Vec<AuthorityPlace> {
    let files = files.iter();
    files
        .map(|file| AuthorityPlace::hidden(file, "a client's token"))
        .collect()
}

/// Returns the server's certificate and its private key.
pub(super) fn of_tls(files: &TlsFiles) -> [AuthorityPlace; 2] {
    [
        AuthorityPlace::read_only(&files.cert, "the host's certificate"),
        AuthorityPlace::hidden(&files.key, "the private key of the host's certificate"),
    ]
}

/// Returns a file that makes this host a node of its cluster.
pub(super) fn of_node(file: PathBuf) -> AuthorityPlace {
    AuthorityPlace::hidden(file, "a key of this node in the cluster")
}

/// Returns the directories and the audit log that `settings` name: protected even if a command uses none of them.
pub(super) fn of_settings(settings: &Settings) -> Vec<AuthorityPlace> {
    let mut places = luminarys_orchestrator::authority_of_directories(settings);
    let kinds = [Verdict::Denied, Verdict::Allowed].into_iter();
    let audit = settings.audit.iter();
    let files = audit.flat_map(|options| kinds.clone().map(|kind| options.file(kind)));
    places.extend(files.filter_map(|file| of_audit(&file)));
    places
}

/// Returns a file of the audit log and its rotated files.
fn of_audit(file: &Path) -> Option<AuthorityPlace> {
    let name = file.file_name()?.to_str()?;
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let pattern = format!("{}*", globset::escape(name));
    let directory = directory.unwrap_or(Path::new("."));
    Some(AuthorityPlace::matching(
        directory,
        pattern,
        "the audit log",
    ))
}

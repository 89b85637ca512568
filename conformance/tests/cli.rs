//! Runs every file in `cases/cli/` as a test: the output of its command lines is compared with the expected text beside
//! it.

use std::path::Path;

use anyhow::ensure;
use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_conformance::transcript;
use luminarys_testing::matches_file;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/cli");
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(&directory)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            let cases = path.with_extension("yaml");
            ensure!(cases.exists(), "{} belongs to no cases", path.display());
            continue;
        }
        let name = name.into_owned();
        trials.push(Trial::test(name, move || {
            let printed = transcript(&path).map_err(|error| Failed::from(format!("{error:#}")))?;
            matches_file(&path.with_extension("expected"), &printed).map_err(Failed::from)
        }));
    }
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&arguments, trials).exit()
}

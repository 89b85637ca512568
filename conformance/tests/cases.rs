//! Runs every case in `cases/` as a test.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_conformance::Machine;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut trials = Vec::new();
    let machines = Machine::all();
    let mut files: Vec<_> = std::fs::read_dir(&directory)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let path = file.path();
        // `cases/cli` is for the test `cli`.
        if path.is_dir() {
            continue;
        }
        let room = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for case in luminarys_conformance::load(&path)? {
            // The confinement of commands depends on the machine.
            let machines = match room.starts_with("shell") {
                true => machines.as_slice(),
                false => &[Machine::This],
            };
            for machine in machines {
                if case.namespaces && !machine.has_namespaces() {
                    continue;
                }
                let on = match machine {
                    Machine::This => String::new(),
                    other => format!(" ({other:?})"),
                };
                let name = format!("{room}::{}{on}", case.name.replace(' ', "_"));
                let mut case = case.clone();
                case.machine = *machine;
                trials.push(Trial::test(name, move || {
                    luminarys_conformance::run(&case)
                        .map_err(|error| Failed::from(format!("{error:#}")))
                }));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}

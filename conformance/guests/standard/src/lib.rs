//! What WASI promises, checked through the standard library. Each method returns what did not hold.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:standard/standard", generate_all });

mod filesystem;
mod process;

struct Skill;

impl Guest for Skill {
    fn filesystem(directory: String) -> Vec<String> {
        collect(&filesystem::CHECKS, |check| check(directory.as_ref()))
    }

    fn read_only(directory: String) -> Vec<String> {
        collect(&filesystem::READ_ONLY, |check| check(directory.as_ref()))
    }

    fn clocks() -> Vec<String> {
        collect(&process::CLOCKS, |check| check())
    }

    fn randomness() -> Vec<String> {
        collect(&process::RANDOM, |check| check())
    }

    fn environment(expected: Vec<(String, String)>) -> Vec<String> {
        collect(&process::ENVIRONMENT, |check| check(&expected))
    }
}

/// What a check of the type `C` is called, and the check.
type Named<C> = (&'static str, C);

fn collect<C>(checks: &[Named<C>], run: impl Fn(&C) -> Result<(), String>) -> Vec<String> {
    let failed = checks.iter().filter_map(|(name, check)| {
        let error = run(check).err()?;
        Some(format!("{name}: {error}"))
    });
    failed.collect()
}

/// That `holds`, or what was found.
fn expect(holds: bool, found: impl std::fmt::Debug) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("found {found:?}"))
    }
}

export!(Skill);

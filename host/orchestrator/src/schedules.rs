//! Scheduled calls in the data directory: one file each, named by time, id and skill, so that
//! they survive restarts, and two hosts that share the directory make each of them once.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use luminarys_runtime::Schedule;

use crate::scheduled::{
    MAX_SCHEDULED, ScheduleError, ScheduleName, ScheduleStore, ScheduledCall, Taken,
};

/// The maximum number of files read from the directory: more than all skills together should have. Other files in it
/// must not fill the memory.
const MAX_FILES: usize = 100_000;

/// The interval for finding schedules added by another host that shares the data directory.
const RESCAN: Duration = Duration::from_secs(15);

/// Returns the name of a schedule's file.
fn file_name(name: &ScheduleName) -> String {
    format!("{}-{}.schedule", name.id(), name.skill())
}

/// Parses a file name; `None` for other files.
fn parse_file_name(file: &str) -> Option<ScheduleName> {
    let text = file.strip_suffix(".schedule")?;
    let (id, skill) = text.split_at_checked(37)?;
    ScheduleName::parse(id, skill.strip_prefix('-')?)
}

/// A directory of schedules.
pub(crate) struct Schedules {
    dir: Dir,
}

impl Schedules {
    /// Opens `data_dir/schedules`, and creates it if missing.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join("schedules");
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        // A host ended between taking a call and making it: at most once means not again.
        for entry in dir.entries()?.take(MAX_FILES) {
            let name = entry?.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(".claimed"))
                && let Err(error) = gone_is_false(dir.remove_file(&name))
            {
                tracing::warn!(file = ?name, "what is left of a schedule cannot be removed: {error}");
            }
        }
        Ok(Self { dir })
    }

    /// Lists all waiting calls, the earliest first; of a directory with more than 100,000 files, those among as many.
    ///
    /// # Errors
    /// The operating system's error.
    fn all(&self) -> io::Result<Vec<ScheduleName>> {
        let mut names = Vec::new();
        let mut entries = self.dir.entries()?;
        for entry in entries.by_ref().take(MAX_FILES) {
            names.extend(entry?.file_name().to_str().and_then(parse_file_name));
        }
        if entries.next().is_some() {
            tracing::warn!(
                "the directory of schedules holds more than {MAX_FILES} files; some are not looked at"
            );
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, file: &str) -> io::Result<Option<ScheduledCall>> {
        // Only a regular file can be a schedule.
        let is_file = self.dir.symlink_metadata(file).map(|found| found.is_file());
        match is_file {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let file = match luminarys_files::open_in(&self.dir, file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_SCHEDULED + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_SCHEDULED {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&bytes).ok())
    }
}

impl ScheduleStore for Schedules {
    /// Lists those of all skills; of a directory with more than 100,000 files, those among as many.
    fn waiting(&self, _: &[String]) -> Result<Vec<ScheduleName>, ScheduleError> {
        Ok(self.all()?)
    }

    fn of(&self, skill: &str) -> Result<Vec<Schedule>, ScheduleError> {
        let mut found = Vec::new();
        for name in self.all()?.into_iter().filter(|it| it.skill() == skill) {
            // A call may have been made or removed meanwhile, and a damaged file does not hide others.
            if let Ok(Some(call)) = self.read(&file_name(&name)) {
                found.push(Schedule {
                    id: name.id(),
                    method: call.method,
                    due: name.due(),
                });
            }
        }
        Ok(found)
    }

    fn add(
        &self,
        skill: &str,
        due: u64,
        call: &ScheduledCall,
        most: u64,
    ) -> Result<String, ScheduleError> {
        let waiting = self.all()?;
        let waiting = waiting.iter().filter(|it| it.skill() == skill).count() as u64;
        if waiting >= most {
            return Err(ScheduleError::Full(waiting));
        }
        let name = ScheduleName::new(due, skill)?;
        let text = serde_json::to_vec(call).map_err(io::Error::from)?;
        let mut file = cap_tempfile::TempFile::new(&self.dir)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.replace(file_name(&name))?;
        Ok(name.id())
    }

    fn remove(&self, skill: &str, id: &str) -> Result<bool, ScheduleError> {
        // An invalid id must not become a file name.
        let Some(name) = ScheduleName::parse(id, skill) else {
            return Ok(false);
        };
        Ok(gone_is_false(self.dir.remove_file(file_name(&name)))?)
    }

    fn take(&self, name: &ScheduleName) -> Result<Taken, ScheduleError> {
        let claimed = format!("{}.claimed", name.id());
        if !gone_is_false(self.dir.rename(file_name(name), &self.dir, &claimed))? {
            return Ok(Taken::Elsewhere);
        }
        let call = self.read(&claimed);
        let removed = gone_is_false(self.dir.remove_file(&claimed));
        let call = call?;
        removed?;
        let damaged = || Taken::Dropped("its file is damaged or too large".to_owned());
        Ok(call.map_or_else(damaged, Taken::Call))
    }

    fn interval(&self) -> Duration {
        RESCAN
    }
}

fn gone_is_false(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use serde_json::json;

    fn call() -> ScheduledCall {
        ScheduledCall {
            method: "m".to_owned(),
            arguments: json!({ "a": 1 }),
        }
    }

    #[test]
    fn schedules_are_kept_in_order_and_claimed_once() {
        let dir = tempfile::tempdir().unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let late = schedules.add("a", 200, &call(), 100).unwrap();
        schedules.add("a", 100, &call(), 100).unwrap();
        schedules.add("a-b", 150, &call(), 100).unwrap();
        std::fs::write(dir.path().join("schedules/other"), "x").unwrap();
        let again = Schedules::open(dir.path()).unwrap();
        let dues = |all: Vec<ScheduleName>| all.iter().map(ScheduleName::due).collect::<Vec<_>>();
        assert_eq!(dues(again.waiting(&[]).unwrap()), [100, 150, 200]);
        let own = again.of("a").unwrap();
        assert_eq!((own.len(), own[1].id.as_str()), (2, late.as_str()));
        let first = again.waiting(&[]).unwrap().remove(0);
        assert_eq!(schedules.take(&first).unwrap(), Taken::Call(call()));
        assert_eq!(again.take(&first).unwrap(), Taken::Elsewhere);
        assert!(!again.remove("a-b", &late).unwrap(), "of another skill");
        assert!(again.remove("a", &late).unwrap());
        assert!(!again.remove("a", &late).unwrap());
        assert_eq!(dues(again.waiting(&[]).unwrap()), [150]);
    }

    #[test]
    fn damaged_files_hide_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let names: Vec<ScheduleName> = (0..5)
            .map(|due| ScheduleName::with_nonce(due, 7, "a"))
            .collect();
        let file = |name| dir.path().join("schedules").join(file_name(name));
        std::fs::write(file(&names[0]), "{").unwrap();
        let large = std::fs::File::create(file(&names[1])).unwrap();
        large.set_len(MAX_SCHEDULED << 10).unwrap();
        std::fs::create_dir(file(&names[2])).unwrap();
        std::os::unix::fs::symlink("/dev/zero", file(&names[3])).unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(file(&names[4]))
            .status();
        assert!(pipe.unwrap().success());
        let good = schedules.add("a", 100, &call(), 100).unwrap();
        let listed = schedules.of("a").unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, good);
        let mut taken = Vec::new();
        for name in schedules.waiting(&[]).unwrap() {
            match schedules.take(&name) {
                Ok(Taken::Call(call)) => taken.push(call),
                Ok(Taken::Elsewhere) => panic!("{name:?} is there"),
                Ok(Taken::Dropped(_)) | Err(_) => {}
            }
        }
        assert_eq!(taken, [call()]);
        assert!(
            schedules.waiting(&[]).unwrap().is_empty(),
            "each is taken out once"
        );
        Schedules::open(dir.path()).expect("what is left keeps no host from starting");
    }

    #[test]
    fn each_skill_has_as_many_as_it_may() {
        let dir = tempfile::tempdir().unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let add = |skill: &str| schedules.add(skill, 100, &call(), 2);
        add("a").unwrap();
        add("a").unwrap();
        assert!(matches!(add("a"), Err(ScheduleError::Full(2))));
        add("b").unwrap();
    }

    #[test]
    fn ids_name_only_schedules() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("precious"), "").unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let rows = [
            "",
            "..",
            "../precious",
            "/etc/passwd",
            "00000000000000000100-zz",
        ];
        each_row(rows, |id| {
            assert!(!schedules.remove("a", id).unwrap(), "{id}");
        });
        assert!(dir.path().join("precious").exists());
    }
}

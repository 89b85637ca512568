//! Scheduled calls: one file each below the data directory, named by time, id and skill, so that
//! they survive restarts, and two hosts that share the directory make each of them once.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use luminarys_runtime::Schedule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The maximum number of files read from the directory: more than all skills together should have. Other files in it
/// must not fill the memory.
const MAX_FILES: usize = 100_000;

/// The largest record, in bytes: the capability limits arguments accordingly.
const MAX_RECORD: u64 = 1 << 20;

/// The content of a schedule's file.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Record {
    pub method: String,
    pub arguments: Value,
}

/// A schedule, as its file name tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// Milliseconds since 1970-01-01 UTC.
    pub due: u64,
    nonce: u64,
    pub skill: String,
}

impl Name {
    #[cfg(test)]
    pub fn new(due: u64, nonce: u64, skill: &str) -> Self {
        Self {
            due,
            nonce,
            skill: skill.to_owned(),
        }
    }

    fn id(&self) -> String {
        format!("{:020}-{:016x}", self.due, self.nonce)
    }

    fn file(&self) -> String {
        format!("{}-{}.schedule", self.id(), self.skill)
    }

    /// Parses a file name; `None` for other files.
    fn parse(file: &str) -> Option<Self> {
        let text = file.strip_suffix(".schedule")?;
        let (due, rest) = text.split_at_checked(20)?;
        let (nonce, skill) = rest.strip_prefix('-')?.split_at_checked(16)?;
        let name = Self {
            due: due.parse().ok()?,
            nonce: u64::from_str_radix(nonce, 16).ok()?,
            skill: skill.strip_prefix('-')?.to_owned(),
        };
        (name.file() == file).then_some(name)
    }
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
    pub fn all(&self) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        let mut entries = self.dir.entries()?;
        for entry in entries.by_ref().take(MAX_FILES) {
            names.extend(entry?.file_name().to_str().and_then(Name::parse));
        }
        if entries.next().is_some() {
            tracing::warn!(
                "the directory of schedules holds more than {MAX_FILES} files; some are not looked at"
            );
        }
        names.sort();
        Ok(names)
    }

    /// Returns those of one skill, the earliest first.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn of(&self, skill: &str) -> io::Result<Vec<Schedule>> {
        let mut found = Vec::new();
        for name in self.all()?.into_iter().filter(|name| name.skill == skill) {
            // A call may have been made or removed meanwhile, and a damaged file does not hide others.
            if let Ok(Some(record)) = self.read(&name.file()) {
                found.push(Schedule {
                    id: name.id(),
                    method: record.method,
                    due: name.due,
                });
            }
        }
        Ok(found)
    }

    /// Stores a schedule, and returns its id. The caller has checked the limit.
    ///
    /// # Errors
    /// The operating system's error; nothing is stored then.
    pub fn add(&self, skill: &str, due: u64, record: &Record) -> io::Result<String> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let name = Name {
            due,
            nonce: u64::from_le_bytes(nonce),
            skill: skill.to_owned(),
        };
        let mut file = cap_tempfile::TempFile::new(&self.dir)?;
        file.write_all(&serde_json::to_vec(record)?)?;
        file.as_file().sync_all()?;
        file.replace(name.file())?;
        Ok(name.id())
    }

    /// Removes the schedule `id` of `skill`, and returns whether it existed.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn remove(&self, skill: &str, id: &str) -> io::Result<bool> {
        // An invalid id must not become a file name.
        let Some(name) = Name::parse(&format!("{id}-{skill}.schedule")) else {
            return Ok(false);
        };
        gone_is_false(self.dir.remove_file(name.file()))
    }

    /// Takes a schedule to make its call; `None` if another host has it. A damaged one is removed as well, and logged.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn claim(&self, name: &Name) -> io::Result<Option<Record>> {
        let claimed = format!("{}.claimed", name.id());
        if !gone_is_false(self.dir.rename(name.file(), &self.dir, &claimed))? {
            return Ok(None);
        }
        let record = self.read(&claimed);
        let removed = gone_is_false(self.dir.remove_file(&claimed));
        let record = record?;
        removed?;
        if record.is_none() {
            let (id, skill) = (name.id(), &name.skill);
            tracing::error!(
                skill,
                id,
                "a schedule is damaged or too large, and is dropped"
            );
        }
        Ok(record)
    }

    fn read(&self, file: &str) -> io::Result<Option<Record>> {
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
        file.take(MAX_RECORD + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_RECORD {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&bytes).ok())
    }
}

fn gone_is_false(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use serde_json::json;

    fn record() -> Record {
        Record {
            method: "m".to_owned(),
            arguments: json!({ "a": 1 }),
        }
    }

    #[test]
    fn schedules_are_kept_in_order_and_claimed_once() {
        let dir = tempfile::tempdir().unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let late = schedules.add("a", 200, &record()).unwrap();
        schedules.add("a", 100, &record()).unwrap();
        schedules.add("a-b", 150, &record()).unwrap();
        std::fs::write(dir.path().join("schedules/other"), "x").unwrap();
        let again = Schedules::open(dir.path()).unwrap();
        let dues = |all: Vec<Name>| all.iter().map(|name| name.due).collect::<Vec<_>>();
        assert_eq!(dues(again.all().unwrap()), [100, 150, 200]);
        let own = again.of("a").unwrap();
        assert_eq!((own.len(), own[1].id.as_str()), (2, late.as_str()));
        let first = again.all().unwrap().remove(0);
        assert_eq!(schedules.claim(&first).unwrap(), Some(record()));
        assert_eq!(again.claim(&first).unwrap(), None);
        assert!(!again.remove("a-b", &late).unwrap(), "of another skill");
        assert!(again.remove("a", &late).unwrap());
        assert!(!again.remove("a", &late).unwrap());
        assert_eq!(dues(again.all().unwrap()), [150]);
    }

    #[test]
    fn damaged_files_hide_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        let names: Vec<Name> = (0..5).map(|due| Name::new(due, 7, "a")).collect();
        let file = |name: &Name| dir.path().join("schedules").join(name.file());
        std::fs::write(file(&names[0]), "{").unwrap();
        let large = std::fs::File::create(file(&names[1])).unwrap();
        large.set_len(MAX_RECORD << 10).unwrap();
        std::fs::create_dir(file(&names[2])).unwrap();
        std::os::unix::fs::symlink("/dev/zero", file(&names[3])).unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(file(&names[4]))
            .status();
        assert!(pipe.unwrap().success());
        let good = schedules.add("a", 100, &record()).unwrap();
        let listed = schedules.of("a").unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, good);
        let mut taken = Vec::new();
        for name in schedules.all().unwrap() {
            taken.extend(schedules.claim(&name).ok().flatten());
        }
        assert_eq!(taken, [record()]);
        assert!(
            schedules.all().unwrap().is_empty(),
            "each is taken out once"
        );
        Schedules::open(dir.path()).expect("what is left keeps no host from starting");
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

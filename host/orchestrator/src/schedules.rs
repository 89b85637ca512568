//! Calls that wait for their time: one file each beneath the data directory, named by when, which and whose, so that
//! they survive restarts and two hosts on one directory run each of them once.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use luminarys_runtime::Schedule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Schedules of one skill that wait at once.
pub(crate) const MAX_SCHEDULES: usize = 1_000;

/// No record is larger: the capability takes no more arguments than fit.
const MAX_RECORD: u64 = 1 << 20;

/// What is kept of a schedule beside its name.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Record {
    pub method: String,
    pub arguments: Value,
}

/// A schedule by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// Milliseconds since 1970-01-01 UTC.
    pub due: u64,
    nonce: u64,
    pub skill: String,
}

impl Name {
    fn id(&self) -> String {
        format!("{:020}-{:016x}", self.due, self.nonce)
    }

    fn file(&self) -> String {
        format!("{}-{}.schedule", self.id(), self.skill)
    }

    /// None for a file that is none of ours.
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
    /// Opens `data_dir/schedules`, made when absent.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join("schedules");
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        // A host that ended between taking one and running it: run once at most means not again.
        for entry in dir.entries()? {
            let name = entry?.file_name();
            if name.to_str().is_some_and(|name| name.ends_with(".claimed")) {
                gone_is_false(dir.remove_file(&name))?;
            }
        }
        Ok(Self { dir })
    }

    /// All that wait, the earliest first.
    ///
    /// # Errors
    /// The operating system's.
    pub fn all(&self) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        for entry in self.dir.entries()? {
            names.extend(entry?.file_name().to_str().and_then(Name::parse));
        }
        names.sort();
        Ok(names)
    }

    /// Those of one skill, the earliest first.
    ///
    /// # Errors
    /// The operating system's.
    pub fn of(&self, skill: &str) -> io::Result<Vec<Schedule>> {
        let mut found = Vec::new();
        for name in self.all()?.into_iter().filter(|name| name.skill == skill) {
            // One may have been run or removed meanwhile.
            if let Some(record) = self.read(&name.file())? {
                found.push(Schedule {
                    id: name.id(),
                    method: record.method,
                    due: name.due,
                });
            }
        }
        Ok(found)
    }

    /// Keeps a schedule; its id. The caller has checked that there is room.
    ///
    /// # Errors
    /// The operating system's; nothing is kept then.
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

    /// Removes the schedule `id` of `skill`; whether it was there.
    ///
    /// # Errors
    /// The operating system's.
    pub fn remove(&self, skill: &str, id: &str) -> io::Result<bool> {
        // What is no id names no file.
        let Some(name) = Name::parse(&format!("{id}-{skill}.schedule")) else {
            return Ok(false);
        };
        gone_is_false(self.dir.remove_file(name.file()))
    }

    /// Takes a schedule out to be run: none when another host has it, or it is not readable.
    ///
    /// # Errors
    /// The operating system's.
    pub fn claim(&self, name: &Name) -> io::Result<Option<Record>> {
        let claimed = format!("{}.claimed", name.id());
        if !gone_is_false(self.dir.rename(name.file(), &self.dir, &claimed))? {
            return Ok(None);
        }
        let record = self.read(&claimed);
        self.dir.remove_file(&claimed)?;
        record
    }

    fn read(&self, file: &str) -> io::Result<Option<Record>> {
        let file = match luminarys_files::open_in(&self.dir, file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_RECORD).read_to_end(&mut bytes)?;
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
    fn an_id_names_nothing_but_a_schedule() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("precious"), "").unwrap();
        let schedules = Schedules::open(dir.path()).unwrap();
        for id in [
            "",
            "..",
            "../precious",
            "/etc/passwd",
            "00000000000000000100-zz",
        ] {
            assert!(!schedules.remove("a", id).unwrap(), "{id}");
        }
        assert!(dir.path().join("precious").exists());
    }
}

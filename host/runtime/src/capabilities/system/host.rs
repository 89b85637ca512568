//! `system`: the machine, the clock, the disk beneath a grant, the manifest's environment.

use super::facts;
use super::state::SystemCapability;
use crate::bindings::luminarys::skill::system::{Disk, Host, SystemInfo, Timestamp};
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::blocking;
use crate::environment::View;

impl Host for View<'_, SystemCapability> {
    fn info(&mut self) -> SystemInfo {
        let info = facts::info();
        SystemInfo {
            os: info.os,
            arch: info.arch,
            hostname: info.hostname,
            num_cpu: info.num_cpu,
        }
    }

    fn time_now(&mut self) -> Timestamp {
        let now = facts::time_now();
        Timestamp {
            instant: now.instant,
            rfc3339: now.rfc3339,
            timezone: now.timezone,
            utc_offset: now.utc_offset,
        }
    }

    async fn disk_usage(&mut self, path: Option<String>) -> Result<Disk, Error> {
        let usage = blocking(self, move |files, _| files.disk_usage(path.as_deref())).await?;
        Ok(Disk {
            total: usage.total,
            free: usage.free,
            used: usage.used,
            used_percent: usage.used_percent,
        })
    }

    fn env(&mut self, key: String) -> Option<String> {
        self.shared.grants.env.get(&key).cloned()
    }
}

//! How much of the machine's memory and how many descriptors this process may use.

use std::fs;

/// The memory of a small machine, in bytes, assumed when the system does not tell.
const UNKNOWN: u64 = 4 << 30;

/// Returns the memory of the machine in bytes, or the limit of this process's control group where that is lower.
pub(crate) fn memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| total(&text))
        .unwrap_or(UNKNOWN);
    // Version 2 within a container, and version 1.
    let limits = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let limits = limits.iter().filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        text.trim().parse::<u64>().ok()
    });
    limits.fold(machine, u64::min)
}

/// Returns how many files and sockets this process may have open.
pub(crate) fn descriptors() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.unwrap_or(u64::MAX)
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_total_of_meminfo_is_read() {
        let text = "MemFree: 1 kB\nMemTotal:       24576 kB\n";
        assert_eq!(total(text), Some(24 << 20));
        let rows = [
            "",
            "MemTotal: x kB",
            "MemTotal: 5",
            "MemTotal: 18446744073709551615 kB",
        ];
        each_row(rows, |text| {
            assert_eq!(total(text), None, "{text}");
        });
        assert!(memory() > 0);
    }
}

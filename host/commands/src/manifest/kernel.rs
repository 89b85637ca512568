//! Granted directories that hold the kernel's settings.

use std::os::fd::OwnedFd;

/// The `f_type` (statfs(2)) of file systems that hold the kernel's settings: proc, sysfs, both versions of cgroup, tracefs,
/// debugfs, securityfs, bpf and efivarfs.
const OF_KERNEL: [u32; 9] = [
    0x9fa0,
    0x6265_6572,
    0x0027_e0eb,
    0x6367_7270,
    0x7472_6163,
    0x6462_6720,
    0x7363_6673,
    0xcafe_4a11,
    0xde5e_81e4,
];

/// Returns whether a granted directory holds the kernel's settings. Commands do not change these: where the host runs as the
/// superuser, they could, without any capability.
///
/// # Errors
/// The operating system's.
pub(crate) fn is_of_kernel(directory: &OwnedFd) -> std::io::Result<bool> {
    let kind = rustix::fs::fstatfs(directory)?.f_type;
    // Some processors sign-extend the number.
    Ok(OF_KERNEL.contains(&(kind as u32)))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_kernels_file_systems_are_recognised() {
        let rows = [
            ("/proc", true),
            ("/proc/sys", true),
            ("/sys", true),
            ("/", false),
        ];
        each_row(rows, |(path, expected)| {
            let handle = std::fs::File::open(path).unwrap().into();
            assert_eq!(is_of_kernel(&handle).unwrap(), expected, "{path}");
        });
    }
}

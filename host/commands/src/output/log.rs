//! The end of a log file.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::collector::Collector;

/// Returns the last lines of a file, at most `limit` bytes of it. Others may read and write it at the same time. Blocking.
///
/// # Errors
/// The operating system's.
pub(crate) fn end_of(log: &File, lines: usize, limit: usize) -> std::io::Result<String> {
    let end = log.metadata()?.len();
    let mut at = end.saturating_sub(limit as u64);
    let mut collector = Collector::new(None, Some(lines), limit);
    let mut buffer = vec![0; 64 << 10];
    while at < end {
        match log.read_at(&mut buffer, at) {
            Ok(0) => break,
            Ok(length) => {
                collector.take(&buffer[..length]);
                at += length as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(collector.finish().0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_log_is_read_concurrently() {
        let mut file = tempfile::tempfile().unwrap();
        for number in 0..50_000 {
            writeln!(file, "{number}").unwrap();
        }
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let end = end_of(&file, 2, 1 << 20).unwrap();
                        assert_eq!(end, "49998\n49999\n");
                        let all = end_of(&file, usize::MAX, 1 << 20).unwrap();
                        assert_eq!(all.lines().count(), 50_000);
                    }
                });
            }
        });
        assert_eq!(end_of(&file, usize::MAX, 7).unwrap(), "\n49999\n");
    }
}

//! The machine's properties that `system` reports, as plain values.

use jiff::Zoned;

/// Properties of the machine.
#[derive(Clone, Debug)]
pub struct Info {
    /// `linux`, `windows` or `darwin`.
    pub os: String,
    /// `amd64`, `arm64`, `riscv64`, …
    pub arch: String,
    /// The host's name.
    pub hostname: String,
    /// Number of processors available to the host.
    pub num_cpu: u32,
}

/// A point in time, with the host's time zone.
#[derive(Clone, Debug)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub instant: i64,
    /// RFC 3339 with the local offset.
    pub rfc3339: String,
    /// IANA name; `UTC` if unknown.
    pub timezone: String,
    /// Seconds east of UTC.
    pub utc_offset: i32,
}

/// Describes the machine.
pub fn info() -> Info {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    Info {
        os: os.to_owned(),
        arch: arch.to_owned(),
        hostname: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        num_cpu: u32::try_from(processors).unwrap_or(u32::MAX),
    }
}

/// Returns the current time.
pub fn time_now() -> Timestamp {
    describe(&Zoned::now())
}

fn describe(now: &Zoned) -> Timestamp {
    let moment = now.timestamp();
    Timestamp {
        // Rounded down, so that it falls within the same second as the text.
        instant: moment
            .as_nanosecond()
            .div_euclid(1_000_000)
            .try_into()
            .unwrap_or(i64::MAX),
        rfc3339: now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        timezone: now.time_zone().iana_name().unwrap_or("UTC").to_owned(),
        utc_offset: now.offset().seconds(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_reported_in_every_form() {
        let moment: Zoned = "2026-05-04T09:30:00.25+03:00[Europe/Riga]".parse().unwrap();
        let told = describe(&moment);
        assert_eq!(told.rfc3339, "2026-05-04T09:30:00+03:00");
        assert_eq!(told.timezone, "Europe/Riga");
        assert_eq!(told.utc_offset, 10800);
        assert_eq!(told.instant, 1_777_876_200_250);
        let before: Zoned = "1969-12-31T23:59:59.9999+00:00[UTC]".parse().unwrap();
        assert_eq!(describe(&before).instant, -1);
    }

    #[test]
    fn every_property_of_the_machine_is_reported() {
        let info = info();
        assert!(!info.os.is_empty() && !info.arch.is_empty() && info.num_cpu > 0);
        assert_ne!(info.arch, "x86_64");
    }
}

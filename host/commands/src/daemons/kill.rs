//! Parses `kill` commands. A skill's daemons run in namespaces of their own, where no other command reaches them: the host
//! sends them the signal instead.

use rustix::process::Signal;

/// What a `kill` command asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kill {
    /// The signal's number; 0 only checks that the process exists.
    pub signal: u8,
    /// Process ids, and whether the process's whole group is meant.
    pub targets: Vec<(i32, bool)>,
}

const NAMES: [(&str, Signal); 13] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("ABRT", Signal::ABORT),
    ("KILL", Signal::KILL),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("ALRM", Signal::ALARM),
    ("TERM", Signal::TERM),
    ("CONT", Signal::CONT),
    ("STOP", Signal::STOP),
    ("TSTP", Signal::TSTP),
    ("WINCH", Signal::WINCH),
];

/// Parses the words of a command. None when it is not `kill`, or uses something that only the program itself supports.
pub(crate) fn parse(words: &[String]) -> Option<Kill> {
    let (program, arguments) = words.split_first()?;
    if !matches!(program.as_str(), "kill" | "/bin/kill" | "/usr/bin/kill") {
        return None;
    }
    let mut signal = None;
    let mut targets = Vec::new();
    let mut only_targets = false;
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let option = argument.strip_prefix('-').filter(|_| !only_targets);
        match option {
            Some("-") => only_targets = true,
            Some("s" | "n" | "-signal") if signal.is_none() => {
                signal = Some(number(arguments.next()?)?);
            }
            Some(named) if signal.is_none() && targets.is_empty() => {
                signal = Some(number(named)?);
            }
            _ => {
                let target: i32 = argument.parse().ok()?;
                targets.push((target.checked_abs()?, target < 0));
            }
        }
    }
    let signal = signal.unwrap_or(15);
    (!targets.is_empty()).then_some(Kill { signal, targets })
}

fn number(text: &str) -> Option<u8> {
    if let Ok(number) = text.parse() {
        return (number <= 64).then_some(number);
    }
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let found = NAMES.iter().find(|(known, _)| *known == name)?;
    u8::try_from(found.1.as_raw()).ok()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn kill_commands_are_parsed() {
        let rows = [
            ("kill 12", Some((15, vec![(12, false)]))),
            (
                "/bin/kill -9 12 13",
                Some((9, vec![(12, false), (13, false)])),
            ),
            ("kill -KILL -12", Some((9, vec![(12, true)]))),
            ("kill -SIGUSR1 12", Some((10, vec![(12, false)]))),
            ("kill -s term -- -12", Some((15, vec![(12, true)]))),
            ("kill --signal 0 12", Some((0, vec![(12, false)]))),
            ("kill -0 12", Some((0, vec![(12, false)]))),
            ("kill -15 -- 12", Some((15, vec![(12, false)]))),
            ("kill", None),
            ("kill -l", None),
            ("kill -65 12", None),
            ("kill -9 x", None),
            ("kill -NOSUCH 12", None),
            ("kill -s", None),
            ("kill -9 -2147483648", None),
            ("./kill 12", None),
            ("pkill 12", None),
        ];
        each_row(rows, |(line, expected)| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let found = parse(&words).map(|kill| (kill.signal, kill.targets));
            assert_eq!(found, expected, "{line}");
        });
    }
}

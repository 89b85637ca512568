//! Filters of system calls (seccomp): calls that are not listed are missing for a command, and of some only a part is allowed.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction,
    SeccompCmpArgLen::{Dword, Qword},
    SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter,
};
use thiserror::Error;

use super::syscalls::{ALLOWED, DENIED, SETRLIMIT};

/// Kinds of namespaces, each a flag of `clone`.
const NAMESPACES: [libc::c_int; 8] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    NEW_TIME,
];
const NEW_TIME: libc::c_int = 0x80;
/// The `fcntl` commands that are refused: leases, for which the host would wait when it opens the file, and watching
/// directories.
const HANDLE_COMMANDS: [libc::c_int; 2] = [libc::F_SETLEASE, libc::F_NOTIFY];
/// The limit of core files.
const CORE: u64 = 4;
/// The `ioctl` requests that put input into a terminal as if a user had typed it.
const TERMINAL_INPUT: [u64; 2] = [libc::TIOCSTI, libc::TIOCLINUX];
/// The kind of a socket, without flags such as `SOCK_CLOEXEC`.
const KIND: u64 = 0xf;
/// Personalities that change only the layout of addresses, and the query for the current one.
const PERSONALITIES: [u64; 4] = [0, 0x0008, 0x0004_0000, 0xffff_ffff];

/// Which sockets a command may create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sockets {
    /// Internet and UNIX sockets: in its own namespaces it reaches only what is granted.
    Any,
    /// Internet sockets only: nothing else keeps it from the machine's UNIX sockets.
    Internet,
    /// None.
    None,
}

/// Why system calls cannot be filtered.
#[derive(Debug, Error)]
pub(crate) enum FilterError {
    /// Filters are not supported on this processor.
    #[error("system calls cannot be filtered on this processor: {0}")]
    Processor(#[from] BackendError),
    /// The kernel does not accept the filter.
    #[error("the kernel does not filter system calls (seccomp): {0}")]
    Kernel(#[from] seccompiler::Error),
}

/// The filters of a command, ready to be applied.
pub(crate) struct Filters([BpfProgram; 3]);

impl Filters {
    /// Compiles them.
    ///
    /// # Errors
    /// [`FilterError::Processor`]
    pub fn new(sockets: Sockets) -> Result<Self, FilterError> {
        let missing = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let allow = SeccompAction::Allow;
        let allowed = program(allowed(sockets)?, missing, allow.clone())?;
        let denied = program(denied(sockets)?, allow, refused)?;
        // Among filters that return an error code, the one applied last wins.
        let ignored = program(ignored()?, SeccompAction::Allow, SeccompAction::Errno(0))?;
        Ok(Self([allowed, denied, ignored]))
    }

    /// Applies them to the calling thread and to all that it starts.
    ///
    /// # Errors
    /// [`FilterError::Kernel`]
    pub fn apply(&self) -> Result<(), FilterError> {
        for filter in &self.0 {
            apply_filter(filter)?;
        }
        Ok(())
    }
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, otherwise, matched, ARCH.try_into()?)?.try_into()
}

/// Returns the rules for what is allowed.
fn allowed(sockets: Sockets) -> Result<Rules, BackendError> {
    let mut rules: Rules = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let kinds: &[(i32, i32, i32)] = match sockets {
        Sockets::None => &[],
        Sockets::Internet => &INTERNET,
        Sockets::Any => &ANY,
    };
    let mut made = Vec::new();
    for (family, kind, protocol) in kinds {
        made.push(rule(&[
            (0, SeccompCmpOp::Eq, number(*family)),
            (1, SeccompCmpOp::MaskedEq(KIND), number(*kind)),
            (2, SeccompCmpOp::Eq, number(*protocol)),
        ])?);
    }
    if !made.is_empty() {
        rules.insert(libc::SYS_socket, made);
    }
    // A datagram socket of a pair can send to any other socket.
    let mut pairs = Vec::new();
    for kind in [libc::SOCK_STREAM, libc::SOCK_SEQPACKET, libc::SOCK_DGRAM] {
        if kind != libc::SOCK_DGRAM || sockets == Sockets::Any {
            pairs.push(rule(&[
                (0, SeccompCmpOp::Eq, number(libc::AF_UNIX)),
                (1, SeccompCmpOp::MaskedEq(KIND), number(kind)),
            ])?);
        }
    }
    rules.insert(libc::SYS_socketpair, pairs);
    // All may be read; this one stays as it is, see `ignored`.
    let other_limits = rule(&[(1, SeccompCmpOp::Ne, CORE)])?;
    let older = rule(&[(0, SeccompCmpOp::Ne, CORE)])?;
    rules.insert(SETRLIMIT, vec![older]);
    let reading = SeccompCondition::new(2, Qword, SeccompCmpOp::Eq, 0)?;
    let reading = SeccompRule::new(vec![reading])?;
    rules.insert(libc::SYS_prlimit64, vec![other_limits, reading]);
    let personalities = PERSONALITIES.iter();
    let personalities = personalities.map(|which| rule(&[(0, SeccompCmpOp::Eq, *which)]));
    rules.insert(
        libc::SYS_personality,
        personalities.collect::<Result<_, _>>()?,
    );
    Ok(rules)
}

const INTERNET: [(i32, i32, i32); 9] = [
    (libc::AF_INET, libc::SOCK_STREAM, 0),
    (libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_TCP),
    (libc::AF_INET, libc::SOCK_DGRAM, 0),
    (libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_UDP),
    (libc::AF_INET6, libc::SOCK_STREAM, 0),
    (libc::AF_INET6, libc::SOCK_STREAM, libc::IPPROTO_TCP),
    (libc::AF_INET6, libc::SOCK_DGRAM, 0),
    (libc::AF_INET6, libc::SOCK_DGRAM, libc::IPPROTO_UDP),
    // Name look-ups ask for the machine's addresses.
    (libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
];

const ANY: [(i32, i32, i32); 12] = [
    INTERNET[0],
    INTERNET[1],
    INTERNET[2],
    INTERNET[3],
    INTERNET[4],
    INTERNET[5],
    INTERNET[6],
    INTERNET[7],
    INTERNET[8],
    (libc::AF_UNIX, libc::SOCK_STREAM, 0),
    (libc::AF_UNIX, libc::SOCK_DGRAM, 0),
    (libc::AF_UNIX, libc::SOCK_SEQPACKET, 0),
];

/// Returns the rules for what is refused although it is listed, and for what programs should see as not permitted rather
/// than missing.
fn denied(sockets: Sockets) -> Result<Rules, BackendError> {
    let mut rules: Rules = DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let spaces = NAMESPACES.map(|space| rule(&[(0, masked(number(space)), number(space))]));
    rules.insert(
        libc::SYS_clone,
        spaces.into_iter().collect::<Result<_, _>>()?,
    );
    let typed = TERMINAL_INPUT.map(|request| rule(&[(1, SeccompCmpOp::Eq, request)]));
    rules.insert(
        libc::SYS_ioctl,
        typed.into_iter().collect::<Result<_, _>>()?,
    );
    let asked = HANDLE_COMMANDS.map(|what| rule(&[(1, SeccompCmpOp::Eq, number(what))]));
    rules.insert(
        libc::SYS_fcntl,
        asked.into_iter().collect::<Result<_, _>>()?,
    );
    let others = |argument: u8| rule(&[(argument, SeccompCmpOp::Ne, 0)]);
    rules.insert(libc::SYS_prlimit64, vec![others(0)?]);
    rules.insert(libc::SYS_setpriority, vec![others(0)?, others(1)?]);
    let process = rule(&[(0, SeccompCmpOp::Ne, 1)])?;
    rules.insert(libc::SYS_ioprio_set, vec![process, others(1)?]);
    // The first process of a command's namespaces has its user, and must not be slowed down.
    for call in [
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setattr,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setscheduler,
    ] {
        rules.insert(call, vec![others(0)?]);
    }
    if sockets == Sockets::None {
        rules.insert(libc::SYS_socket, Vec::new());
    }
    Ok(rules)
}

/// Returns the rules for what succeeds without effect. Scripts disable core files; `supervisor::spawn` says why their limit
/// stays as it is.
fn ignored() -> Result<Rules, BackendError> {
    let older = rule(&[(0, SeccompCmpOp::Eq, CORE)])?;
    let writing = SeccompRule::new(vec![
        SeccompCondition::new(0, Dword, SeccompCmpOp::Eq, 0)?,
        SeccompCondition::new(1, Dword, SeccompCmpOp::Eq, CORE)?,
        SeccompCondition::new(2, Qword, SeccompCmpOp::Ne, 0)?,
    ])?;
    Ok(Rules::from([
        (SETRLIMIT, vec![older]),
        (libc::SYS_prlimit64, vec![writing]),
    ]))
}

fn masked(bits: u64) -> SeccompCmpOp {
    SeccompCmpOp::MaskedEq(bits)
}

fn number(value: i32) -> u64 {
    u64::from(value.cast_unsigned())
}

fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, BackendError> {
    let conditions = conditions.iter().map(|(argument, operation, value)| {
        SeccompCondition::new(*argument, Dword, operation.clone(), *value)
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_lists_are_apart_and_compile() {
        for call in DENIED {
            assert!(!ALLOWED.contains(&call), "{call} is in both lists");
        }
        let rows = [Sockets::Any, Sockets::Internet, Sockets::None];
        each_row(rows, |sockets| {
            assert!(Filters::new(sockets).is_ok());
        });
    }
}

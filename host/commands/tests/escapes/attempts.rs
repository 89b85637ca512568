//! What a hostile command tries.

/// Which of them holds where there are no namespaces too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Everywhere,
    Namespaces,
}
use Where::{Everywhere, Namespaces};

/// What is tried; in capitals the numbers of system calls and what the world has.
pub const ATTEMPTS: [(&str, Where, &str); 70] = [
    // Sockets of the machine.
    (
        "a UNIX socket outside",
        Everywhere,
        "my $s = sock(AF_UNIX, SOCK_STREAM, 0); say_(connect($s, sockaddr_un('OUTSIDE/stream')))",
    ),
    (
        "a UNIX datagram outside",
        Everywhere,
        "my $s = sock(AF_UNIX, SOCK_DGRAM, 0); say_(send($s, 'x', 0, sockaddr_un('OUTSIDE/datagram')))",
    ),
    (
        "a datagram of a pair",
        Everywhere,
        "socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) or say_(0); say_(send($a, 'x', 0, sockaddr_un('OUTSIDE/datagram')))",
    ),
    (
        "an abstract socket",
        Everywhere,
        "my $s = sock(AF_UNIX, SOCK_STREAM, 0); say_(connect($s, pack('Sxa*', AF_UNIX, 'OUTSIDE/abstract')))",
    ),
    (
        "TCP",
        Everywhere,
        "my $s = sock(AF_INET, SOCK_STREAM, 0); say_(connect($s, sockaddr_in(TCPPORT, inet_aton('127.0.0.1'))))",
    ),
    (
        "TCP over IPv6",
        Everywhere,
        "my $s = sock(AF_INET6, SOCK_STREAM, 0); say_(connect($s, pack('SnNa16N', AF_INET6, TCPPORT, 0, pack('x10nC4', 65535, 127, 0, 0, 1), 0)))",
    ),
    (
        "UDP",
        Everywhere,
        "my $s = sock(AF_INET, SOCK_DGRAM, 0); send($s, 'x', 0, sockaddr_in(UDPPORT, inet_aton('127.0.0.1'))); say_(0)",
    ),
    (
        "UDP connected",
        Everywhere,
        "my $s = sock(AF_INET, SOCK_DGRAM, 17); connect($s, sockaddr_in(UDPPORT, inet_aton('127.0.0.1'))); syswrite($s, 'x'); say_(0)",
    ),
    (
        "multipath TCP",
        Everywhere,
        "sock(AF_INET, SOCK_STREAM, 262); say_(1)",
    ),
    (
        "fast open",
        Everywhere,
        "my $s = sock(AF_INET, SOCK_STREAM, 0); say_(send($s, 'x', 0x20000000, sockaddr_in(TCPPORT, inet_aton('127.0.0.1'))))",
    ),
    (
        "listening without an address",
        Everywhere,
        "my $s = sock(AF_INET, SOCK_STREAM, 0); listen($s, 1) or say_(0); my ($port) = sockaddr_in(getsockname($s)); open(my $f, '>', 'port'); print $f $port; close $f; $SIG{ALRM} = sub { say_(0) }; alarm 1; accept(my $c, $s); say_(1)",
    ),
    (
        "raw sockets",
        Everywhere,
        "sock(AF_INET, SOCK_RAW, 1); say_(1)",
    ),
    (
        "SCTP",
        Everywhere,
        "sock(AF_INET, SOCK_STREAM, 132); say_(1)",
    ),
    ("packets", Everywhere, "sock(17, SOCK_RAW, 0x300); say_(1)"),
    (
        "the kernel's cryptography",
        Everywhere,
        "sock(38, SOCK_SEQPACKET, 0); say_(1)",
    ),
    (
        "the hypervisor",
        Everywhere,
        "sock(40, SOCK_STREAM, 0); say_(1)",
    ),
    (
        "audit messages",
        Everywhere,
        "sock(16, SOCK_RAW, 9); say_(1)",
    ),
    (
        "kernel events",
        Everywhere,
        "sock(16, SOCK_RAW, 15); say_(1)",
    ),
    ("Bluetooth", Everywhere, "sock(31, SOCK_RAW, 1); say_(1)"),
    // Files outside.
    (
        "reading",
        Everywhere,
        "say_(open(my $f, '<', 'OUTSIDE/canary'))",
    ),
    (
        "writing",
        Everywhere,
        "say_(open(my $f, '>', 'OUTSIDE/canary'))",
    ),
    (
        "truncating",
        Everywhere,
        "say_(truncate('OUTSIDE/canary', 0))",
    ),
    ("removing", Everywhere, "say_(unlink('OUTSIDE/canary'))"),
    (
        "linking",
        Everywhere,
        "say_(link('OUTSIDE/canary', 'here'))",
    ),
    (
        "renaming",
        Everywhere,
        "say_(rename('OUTSIDE/canary', 'here'))",
    ),
    (
        "a link to it",
        Everywhere,
        "symlink('OUTSIDE/canary', 'way'); say_(open(my $f, '<', 'way'))",
    ),
    ("a mode", Namespaces, "say_(chmod(0777, 'OUTSIDE/canary'))"),
    (
        "a mode through a link",
        Namespaces,
        "symlink('OUTSIDE/canary', 'way2'); say_(chmod(0777, 'way2'))",
    ),
    (
        "an owner",
        Everywhere,
        "say_(chown(12, 12, 'OUTSIDE/canary'))",
    ),
    ("times", Namespaces, "say_(utime(1, 1, 'OUTSIDE/canary'))"),
    (
        "extended attributes",
        Namespaces,
        "my ($p, $n, $v) = ('OUTSIDE/canary', 'user.x', 'y'); call_(SYS_setxattr, $p, $n, $v, 1, 0)",
    ),
    (
        "whether it is there",
        Namespaces,
        "say_(-e 'OUTSIDE/canary')",
    ),
    (
        "watching it",
        Everywhere,
        "my $fd = syscall(SYS_inotify_init1, 0); say_(0) if $fd < 0; my $p = 'OUTSIDE'; call_(SYS_inotify_add_watch, $fd, $p, 0xfff)",
    ),
    (
        "watching a directory by an older way",
        Everywhere,
        "open(my $d, '<', '.') or say_(0); say_(fcntl($d, 1026, 0x80000002))",
    ),
    (
        "a lease, for which all wait who open the file",
        Everywhere,
        "open(my $f, '>', 'leased') or say_(0); say_(fcntl($f, 1024, 1))",
    ),
    ("watching all", Everywhere, "call_(SYS_fanotify_init, 0, 0)"),
    (
        "a handle of it",
        Everywhere,
        "my ($p, $h, $m) = ('OUTSIDE/canary', pack('IIx128', 128, 0), pack('I', 0)); call_(SYS_name_to_handle_at, -100, $p, $h, $m, 0)",
    ),
    (
        "by way of the host",
        Everywhere,
        "say_(open(my $f, '<', '/proc/HOSTPID/root/OUTSIDE/canary'))",
    ),
    (
        "the host's variables",
        Everywhere,
        "say_(open(my $f, '<', '/proc/HOSTPID/environ'))",
    ),
    (
        "the host's handles",
        Everywhere,
        "opendir(my $d, '/proc/HOSTPID/fd') or say_(0); say_(grep { readlink(qq(/proc/HOSTPID/fd/$_)) } readdir $d)",
    ),
    (
        "the kernel's settings",
        Everywhere,
        "say_(open(my $f, '>', '/proc/sys/kernel/core_pattern'))",
    ),
    (
        "the kernel's trigger",
        Everywhere,
        "say_(open(my $f, '>', '/proc/sysrq-trigger'))",
    ),
    (
        "devices",
        Everywhere,
        "my $n = 'disk'; call_(SYS_mknodat, -100, $n, 060600, 2048)",
    ),
    // Processes of the machine.
    ("a signal", Everywhere, "say_(kill('KILL', SIBLING))"),
    (
        "a signal that only asks",
        Everywhere,
        "say_(kill(0, SIBLING))",
    ),
    (
        "a signal by a handle",
        Everywhere,
        "my $fd = syscall(SYS_pidfd_open, SIBLING, 0); say_(0) if $fd < 0; call_(SYS_pidfd_send_signal, $fd, 9, 0, 0)",
    ),
    (
        "tracing",
        Everywhere,
        "call_(SYS_ptrace, 16, SIBLING, 0, 0)",
    ),
    (
        "reading memory",
        Everywhere,
        "my $b = 'x' x 8; my $l = pack('PQ', $b, 8); my $r = pack('QQ', 4096, 8); call_(SYS_process_vm_readv, SIBLING, $l, 1, $r, 1, 0)",
    ),
    (
        "a limit",
        Everywhere,
        "my $l = pack('QQ', 1, 1); call_(SYS_prlimit64, SIBLING, 0, $l, 0)",
    ),
    (
        "reading a limit",
        Everywhere,
        "my $l = pack('QQ', 0, 0); call_(SYS_prlimit64, SIBLING, 0, 0, $l)",
    ),
    (
        "a limit of the supervisor",
        Everywhere,
        "my $l = pack('QQ', 0, 0); call_(SYS_prlimit64, getppid() || 1, 7, $l, 0)",
    ),
    (
        "a priority",
        Everywhere,
        "call_(SYS_setpriority, 0, SIBLING, 19)",
    ),
    (
        "the priority of a user",
        Everywhere,
        "call_(SYS_setpriority, 2, 0, 19)",
    ),
    (
        "processors",
        Everywhere,
        "my $m = pack('Q', 1); call_(SYS_sched_setaffinity, SIBLING, 8, $m)",
    ),
    (
        "a scheduler",
        Everywhere,
        "my $p = pack('I', 0); call_(SYS_sched_setscheduler, SIBLING, 5, $p)",
    ),
    (
        "a scheduler of the first process",
        Everywhere,
        "my $p = pack('I', 0); call_(SYS_sched_setscheduler, getppid(), 3, $p)",
    ),
    (
        "a scheduler of a thread of the first process",
        Everywhere,
        "my ($t) = reverse sort { $a <=> $b } map { m{(\\d+)$} } glob('/proc/' . getppid() . '/task/*'); my $p = pack('I', 0); call_(SYS_sched_setscheduler, $t, 3, $p)",
    ),
    (
        "processors of the first process",
        Everywhere,
        "my $m = pack('Q', 1); call_(SYS_sched_setaffinity, getppid(), 8, $m)",
    ),
    (
        "an input priority",
        Everywhere,
        "call_(SYS_ioprio_set, 1, SIBLING, 0x6000)",
    ),
    (
        "a signal by input and output",
        Everywhere,
        "pipe(my $r, my $w); fcntl($r, 8, getppid()) && fcntl($r, 10, 19) && fcntl($r, 4, 020000) or say_(0); syswrite($w, 'x'); select(undef, undef, undef, 0.1); open(my $f, '<', '/proc/' . getppid() . '/stat') or say_(0); say_(<$f> =~ /[)] T/)",
    ),
    (
        "core files, which the machine's own programs take",
        Everywhere,
        "my $l = pack('QQ', 0, 0); my $o = pack('QQ', 7, 7); syscall(SYS_prlimit64, 0, 4, $l, 0); syscall(SYS_prlimit64, 0, 4, 0, $o); say_((unpack('QQ', $o))[0] != 1)",
    ),
    // What the machine shares.
    (
        "memory that nobody counts",
        Everywhere,
        "my $n = 'x'; call_(SYS_memfd_create, $n, 0)",
    ),
    (
        "shared memory",
        Everywhere,
        "call_(SYS_shmget, 4711, 4096, 01777)",
    ),
    (
        "semaphores",
        Everywhere,
        "call_(SYS_semget, 4711, 1, 01777)",
    ),
    ("messages", Everywhere, "call_(SYS_msgget, 4711, 01777)"),
    ("key rings", Everywhere, "call_(SYS_keyctl, 0, -4, 1)"),
    (
        "input and output rings",
        Everywhere,
        "my $p = qq(\\0) x 120; call_(SYS_io_uring_setup, 8, $p)",
    ),
    ("namespaces", Everywhere, "call_(SYS_unshare, 0x10000000)"),
    (
        "a child in namespaces",
        Everywhere,
        "my $r = syscall(SYS_clone, 0x10000000 | 17, 0, 0, 0, 0); exit if $r == 0; say_($r > 0)",
    ),
    (
        "the newer clone",
        Everywhere,
        "my $p = pack('Q11', 0x10000000, 0, 0, 0, 17); my $r = syscall(SYS_clone3, $p, 88); exit if $r == 0; say_($r > 0)",
    ),
];

pub const NUMBERS: [(&str, libc::c_long); 30] = [
    ("SYS_memfd_create", libc::SYS_memfd_create),
    ("SYS_inotify_add_watch", libc::SYS_inotify_add_watch),
    ("SYS_inotify_init1", libc::SYS_inotify_init1),
    ("SYS_fanotify_init", libc::SYS_fanotify_init),
    ("SYS_name_to_handle_at", libc::SYS_name_to_handle_at),
    ("SYS_setxattr", libc::SYS_setxattr),
    ("SYS_mknodat", libc::SYS_mknodat),
    ("SYS_pidfd_open", libc::SYS_pidfd_open),
    ("SYS_pidfd_send_signal", libc::SYS_pidfd_send_signal),
    ("SYS_ptrace", libc::SYS_ptrace),
    ("SYS_process_vm_readv", libc::SYS_process_vm_readv),
    ("SYS_prlimit64", libc::SYS_prlimit64),
    ("SYS_setpriority", libc::SYS_setpriority),
    ("SYS_sched_setaffinity", libc::SYS_sched_setaffinity),
    ("SYS_sched_setscheduler", libc::SYS_sched_setscheduler),
    ("SYS_ioprio_set", libc::SYS_ioprio_set),
    ("SYS_shmget", libc::SYS_shmget),
    ("SYS_semget", libc::SYS_semget),
    ("SYS_msgget", libc::SYS_msgget),
    ("SYS_keyctl", libc::SYS_keyctl),
    ("SYS_io_uring_setup", libc::SYS_io_uring_setup),
    ("SYS_unshare", libc::SYS_unshare),
    ("SYS_clone3", libc::SYS_clone3),
    ("SYS_clone", libc::SYS_clone),
    ("SYS_mount", libc::SYS_mount),
    ("SYS_setns", libc::SYS_setns),
    ("SYS_chroot", libc::SYS_chroot),
    ("SYS_bpf", libc::SYS_bpf),
    ("SYS_perf_event_open", libc::SYS_perf_event_open),
    ("SYS_userfaultfd", libc::SYS_userfaultfd),
];

//! The list of a manifest's grants.

use crate::manifest::Manifest;

#[test]
fn every_grant_is_listed_with_its_place() {
    let manifest = Manifest::parse(
        "m.yaml",
        "id: a\npath: b\npermissions:\n  fs: {enabled: true, dirs: ['/d:rw', '/e']}\n  http: {enabled: false, allowlist: ['https://x/**']}\n  \
         tcp: {enabled: true}\n  shell: {enabled: true, allowed_dirs: [/d, '/e:ro']}\n  events: {emit: [o], subscribe: ['i/*']}\n  \
         store: {shared: ['team:rw', facts], max_mb: 2}\n  llm: {enabled: true, max_tokens: 5}\n  schedule: {max_scheduled: 7}\n\
         env: {TOKEN: hunter2}\ninvoke_policy: {can_invoke: [c]}\n",
        &|_| None,
    );
    let listed = manifest.unwrap().listed();
    let listed: Vec<String> = listed
        .iter()
        .map(|one| {
            let mode = one.mode.map(|mode| format!(" {mode}")).unwrap_or_default();
            format!("{} {}{mode} by {}", one.kind, one.what, one.rule)
        })
        .collect();
    assert_eq!(
        listed,
        [
            "fs /d rw by m.yaml:4 permissions.fs.dirs[0]",
            "fs /e ro by m.yaml:4 permissions.fs.dirs[1]",
            "tcp private addresses by permissions.tcp.enabled",
            "shell every command by permissions.shell.enabled",
            "shell.dir /d by m.yaml:7 permissions.shell.allowed_dirs[0]",
            "shell.dir /e ro by m.yaml:7 permissions.shell.allowed_dirs[1]",
            "events.emit o by m.yaml:8 permissions.events.emit[0]",
            "events.subscribe i/* by m.yaml:8 permissions.events.subscribe[0]",
            "store team rw by m.yaml:9 permissions.store.shared[0]",
            "store facts ro by m.yaml:9 permissions.store.shared[1]",
            "llm 5 tokens a completion, 20 completions a minute, 100000 tokens an hour by permissions.llm.enabled",
            "schedule 7 scheduled and 100 deferred calls at once by permissions.schedule.enabled",
            "env TOKEN by env.TOKEN",
            "invoke c by invoke_policy.can_invoke",
        ]
    );
}

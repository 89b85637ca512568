//! Daemons of a skill.

use libtest_mimic::Failed;
use luminarys_commands::{CommandError, Exit};

use super::fixture::{Fault, Skill, runs, until};

pub fn bounded() -> Result<(), Failed> {
    let skill = Skill::new("max_daemons: 2");
    let first = skill.start("sh -c 'echo one; echo two; sleep 1000'")?;
    let second = skill.start("sh -c 'exit 3'")?;
    assert_ne!(first.id, second.id);
    until("the second has ended", || {
        skill
            .daemon(&second.id)
            .is_some_and(|daemon| daemon.exit == Some(Exit::Code(3)))
    });
    // A place is free again once what held it has ended.
    let third = skill.start("sleep 1000")?;
    let fourth = skill.start("sleep 1000");
    let is_full = |error: &Fault| {
        matches!(
            error,
            Fault::Command(CommandError::TooManyDaemons { most: 2 })
        )
    };
    assert!(fourth.as_ref().is_err_and(is_full), "{fourth:?}");
    until("the log is written", || {
        skill.commands.log(&first.id).unwrap().read(None).unwrap() == "one\ntwo\n"
    });
    assert_eq!(skill.commands.log(&first.id)?.read(Some(1))?, "two\n");
    assert_eq!(std::fs::read_to_string(&first.log_file)?, "one\ntwo\n");
    for daemon in [&first, &third] {
        let stopped = skill.stop(&daemon.id)?;
        assert_eq!(
            (stopped.pid, stopped.exit),
            (daemon.pid, Some(Exit::Signal(15)))
        );
        assert!(skill.daemon(&daemon.id).is_none());
    }
    let unknown = skill.stop(&first.id);
    assert!(
        matches!(&unknown, Err(CommandError::NoSuchDaemon(id)) if *id == first.id),
        "{unknown:?}"
    );
    let unknown = skill.commands.log(&first.id);
    assert!(
        matches!(&unknown, Err(CommandError::NoSuchDaemon(_))),
        "{unknown:?}"
    );
    Ok(())
}

pub fn signalled() -> Result<(), Failed> {
    let skill = Skill::new("");
    let daemon = skill.start("sleep 1000")?;
    let other = Skill::new("");
    // Only daemons of the skill itself are signalled by the host; `own_signals` sends nothing yet.
    for (skill, line, expected) in [
        (&skill, format!("kill -0 {}", daemon.pid), true),
        (&skill, format!("kill -9 {} 1", daemon.pid), false),
        (&skill, format!("killall {}", daemon.pid), false),
        (&other, format!("kill -9 {}", daemon.pid), false),
    ] {
        let decided = skill.decide(None, &line)?;
        let signals = skill.commands.own_signals(&decided);
        assert_eq!(signals.is_some(), expected, "{line}");
    }
    let decided = skill.decide(None, &format!("kill -USR1 {}", daemon.pid))?;
    let signals = skill.commands.own_signals(&decided).ok_or("no signals")?;
    skill.runtime.block_on(signals.send());
    until("it has ended", || {
        skill
            .daemon(&daemon.id)
            .is_some_and(|daemon| daemon.exit == Some(Exit::Signal(10)))
    });
    // What has ended is no target any more.
    let decided = skill.decide(None, &format!("kill -0 {}", daemon.pid))?;
    assert!(skill.commands.own_signals(&decided).is_none());
    Ok(())
}

pub fn end_with_skill() -> Result<(), Failed> {
    for drops in [false, true] {
        let skill = Skill::new("");
        let mark = format!("{}.{}", 200_000 + std::process::id(), u8::from(drops));
        skill.start(&format!("sh -c 'setsid sleep {mark} & sleep {mark}'"))?;
        until("it runs", || runs(&mark));
        let (commands, _runtime) = (skill.commands, skill.runtime);
        if drops {
            drop(commands);
        } else {
            commands.end();
        }
        until("nothing is left", || !runs(&mark));
    }
    Ok(())
}

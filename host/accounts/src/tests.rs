use proptest::prelude::*;

use crate::{Accounts, Charge, Holder, HostLimits};

fn accounts() -> Accounts {
    Accounts::new(HostLimits {
        held: 100,
        guest_memory: 1000,
        descriptors: 40,
    })
}

fn total(accounts: &Accounts) -> u64 {
    accounts.totals()[0].1
}

#[test]
fn an_error_names_the_limit_and_its_owner() {
    let accounts = accounts();
    let skill = accounts.skill("a", 60, None);
    let other = accounts.skill("b", 60, None);
    let first = skill.held.charge(Holder::Deferred, 60).unwrap();
    let error = skill.held.charge(Holder::Events, 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 bytes more for events would exceed its runtime.max_held_mb of 60 bytes: 60 are held for a already"
    );
    assert_eq!(error.key(), "max_held_mb");
    let error = other.held.charge(Holder::Events, 41).unwrap_err();
    assert_eq!(error.owner, "the host");
    assert_eq!((total(&accounts), other.held.used()), (60, 0));
    let held = accounts.held();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].skill.as_str(), held[0].bytes), ("a", 60));
    drop(first);
    assert_eq!(total(&accounts), 0);
    drop((skill, other));
    assert!(accounts.held().is_empty());
}

proptest! {
    /// However charges are made, grown, shrunk and dropped, no account exceeds its limit, and each is charged exactly what is
    /// held.
    #[test]
    fn accounts_are_charged_what_their_charges_hold(steps in prop::collection::vec((0..3_usize, 0..4_u8, 0..80_u64), 1..200)) {
        let accounts = accounts();
        let skills = [accounts.skill("a", 60, None), accounts.skill("b", 70, None)];
        let call = skills[0].held.part("its runtime.max_host_bytes", 30);
        let accounts_of = [&call, &skills[0].held, &skills[1].held];
        let mut charges: Vec<(usize, Charge)> = Vec::new();
        for (index, step, bytes) in steps {
            match step {
                0 => charges.extend(accounts_of[index].charge(Holder::Buffers, bytes).ok().map(|charge| (index, charge))),
                1 => { charges.pop(); }
                2 => if let Some((_, charge)) = charges.last_mut() { let _ = charge.resize(bytes); }
                _ => if let Some((_, charge)) = charges.first_mut() { charge.shrink(bytes); }
            }
            let held = |of: &[usize]| charges.iter().filter(|(index, _)| of.contains(index)).map(|(_, charge)| charge.bytes()).sum::<u64>();
            prop_assert_eq!(call.used(), held(&[0]));
            for account in accounts_of {
                prop_assert!(account.charge(Holder::Events, account.room() + 1).is_err());
                prop_assert!(account.charge(Holder::Events, account.room()).is_ok());
            }
            prop_assert_eq!(skills[0].held.used(), held(&[0, 1]));
            prop_assert_eq!(skills[1].held.used(), held(&[2]));
            prop_assert_eq!(total(&accounts), held(&[0, 1, 2]));
            prop_assert!(call.used() <= 30 && skills[0].held.used() <= 60 && skills[1].held.used() <= 70 && total(&accounts) <= 100);
        }
        charges.clear();
        prop_assert_eq!(total(&accounts), 0);
    }
}

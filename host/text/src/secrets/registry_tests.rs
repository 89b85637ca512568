use super::*;
use luminarys_testing::each_row;

#[test]
fn a_secret_is_known_while_it_is_registered_and_a_while_longer() {
    let redactor = Redactor::default();
    let first = redactor.register(["hunter2"]);
    let again = redactor.register(["hunter2", "other one"]);
    drop(first);
    let copy = again.clone();
    drop(again);
    assert_eq!(redactor.redact("hunter2"), MARK);
    drop(copy);
    assert_eq!(
        redactor.redact("hunter2, other one"),
        "[secret], [secret]",
        "its text may be on its way"
    );
    for number in 0..100 {
        drop(redactor.register([format!("secret {number}")]));
    }
    assert_eq!(
        redactor.redact("hunter2"),
        "hunter2",
        "what is kept is bounded"
    );
    let _kept = redactor.register(["hunter2"]);
    assert_eq!(redactor.redact("hunter2, secret 99"), "[secret], [secret]");
}

#[test]
fn old_secrets_are_bounded() {
    let rows = [30, 600, 20_000, 60_000];
    each_row(rows, |length| {
        let redactor = Redactor::default();
        let secret = |number: usize| format!("{number:05} {}", "x".repeat(length - 6));
        let mut registered = redactor.register([secret(0)]);
        for number in 1..100 {
            let _old = std::mem::replace(&mut registered, redactor.register([secret(number)]));
        }
        let count = redactor.known().secrets.len() - 1;
        assert_eq!(
            count,
            (RETIRED_BYTES / length).clamp(1, RETIRED),
            "{length}"
        );
        let rows = [(99, true), (98, true), (98 - count, false)];
        each_row(rows, |(number, is_known)| {
            let is_replaced = !redactor.redact(&secret(number)).contains(&secret(number));
            assert_eq!(is_replaced, is_known, "{length} {number}");
        });
    });
}

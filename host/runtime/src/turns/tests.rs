use std::task::Poll;

use proptest::prelude::*;

use super::*;

fn waiter(call: CallId, parent: Option<CallId>, party: &str) -> Waiter {
    Waiter {
        call,
        parent,
        party: [
            party.split('/').next().unwrap_or(party).into(),
            party.into(),
        ],
    }
}

/// Returns the result of `work` after a few turns of the other tasks, or `None` if it still waits.
async fn soon<T>(mut work: impl Future<Output = T> + Unpin) -> Option<T> {
    for _ in 0..1_000 {
        if let Poll::Ready(done) = futures::poll!(&mut work) {
            return Some(done);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn calls_that_wait_for_each_other_are_a_deadlock() {
    let board = Board::default();
    let (a, b) = (Turns::new(&board, "a", 1), Turns::new(&board, "b", 1));
    let _one = a.take(&waiter(1, None, "x")).await.unwrap();
    let _two = b.take(&waiter(2, None, "y")).await.unwrap();
    // Call 1 calls b, which call 2 holds: that wait can end.
    let (inner_one, inner_two) = (waiter(11, Some(1), "x"), waiter(12, Some(2), "y"));
    let mut waits = Box::pin(b.take(&inner_one));
    assert!(soon(&mut waits).await.is_none());
    // Call 2 calls a, which call 1 holds: that wait would never end.
    let deadlock = a.take(&inner_two).await.unwrap_err();
    assert_eq!(
        deadlock.to_string(),
        "a is busy with calls that wait for this one to end: a → b → a"
    );
    // A third call waits and is not part of the deadlock.
    let third = waiter(3, None, "z");
    let mut bystander = Box::pin(b.take(&third));
    assert!(soon(&mut bystander).await.is_none());
    drop(_two);
    let served = waits.await.unwrap();
    drop(served);
    drop(bystander.await.unwrap());
}

#[tokio::test]
async fn a_call_waits_for_a_place_that_another_may_leave() {
    let board = Board::default();
    let (a, b) = (Turns::new(&board, "a", 2), Turns::new(&board, "b", 1));
    let _one = a.take(&waiter(1, None, "x")).await.unwrap();
    let free = a.take(&waiter(9, None, "x")).await.unwrap();
    let _two = b.take(&waiter(2, None, "y")).await.unwrap();
    let inner_one = waiter(11, Some(1), "x");
    let mut waits = Box::pin(b.take(&inner_one));
    assert!(soon(&mut waits).await.is_none());
    let inner_two = waiter(12, Some(2), "y");
    let mut also = Box::pin(a.take(&inner_two));
    assert!(soon(&mut also).await.is_none(), "call 9 may end");
    drop(free);
    drop(also.await.unwrap());
}

#[tokio::test]
async fn parties_are_served_in_rotation() {
    let board = Board::default();
    let turns = Turns::new(&board, "a", 1);
    let held = turns.take(&waiter(0, None, "greedy")).await.unwrap();
    let (order, served) = (std::sync::Mutex::new(Vec::new()), &turns);
    let calls = (1..=8).map(|call| {
        let party = match call {
            1..=5 => "greedy/1",
            6 => "greedy/2",
            _ => "modest",
        };
        let order = &order;
        async move {
            let turn = served.take(&waiter(call, None, party)).await.unwrap();
            order.lock().unwrap().push(call);
            tokio::task::yield_now().await;
            drop(turn);
        }
    });
    let mut all = Box::pin(futures::future::join_all(calls));
    assert!(soon(&mut all).await.is_none());
    drop(held);
    all.await;
    assert_eq!(*order.lock().unwrap(), [1, 7, 6, 8, 2, 3, 4, 5]);
    assert_eq!(board.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_cancelled_wait_leaves_nothing_behind() {
    let board = Board::default();
    let turns = Turns::new(&board, "a", 1);
    let held = turns.take(&waiter(0, None, "x")).await.unwrap();
    let (first, second) = (waiter(1, None, "x"), waiter(2, None, "x"));
    let mut given_up = Box::pin(turns.take(&first));
    let mut waits = Box::pin(turns.take(&second));
    assert!(soon(&mut given_up).await.is_none());
    assert!(soon(&mut waits).await.is_none());
    drop(given_up);
    drop(held);
    drop(waits.await.unwrap());
    // A call that was granted its turn but has not been polled since.
    let held = turns.take(&waiter(3, None, "x")).await.unwrap();
    let fourth = waiter(4, None, "x");
    let mut unread = Box::pin(turns.take(&fourth));
    assert!(soon(&mut unread).await.is_none());
    drop(held);
    drop(unread);
    drop(turns.take(&waiter(5, None, "x")).await.unwrap());
    assert_eq!(board.counts(), (0, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// With any pattern of calls, every call ends with its turn or with a deadlock that names it, and nothing is left
    /// behind.
    #[test]
    fn every_call_ends(
        places in prop::collection::vec(1..3_u32, 2..4),
        roads in prop::collection::vec(prop::collection::vec(0..4_usize, 1..4), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let board = Board::default();
            let turns: Vec<Turns> = places.iter().enumerate().map(|(index, places)| Turns::new(&board, &index.to_string(), *places)).collect();
            let next = std::sync::atomic::AtomicU64::new(1);
            let chains = roads.iter().enumerate().map(|(party, road)| {
                let (turns, next) = (&turns, &next);
                async move {
                    let mut held = Vec::new();
                    let mut parent = None;
                    for place in road {
                        let call = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Ok(turn) = turns[place % turns.len()].take(&waiter(call, parent, &party.to_string())).await else { break };
                        held.push(turn);
                        parent = Some(call);
                        tokio::task::yield_now().await;
                    }
                    // The innermost call ends first.
                    while held.pop().is_some() {}
                }
            });
            let ended = soon(Box::pin(futures::future::join_all(chains))).await;
            prop_assert!(ended.is_some(), "calls wait for ever");
            prop_assert_eq!(board.counts(), (0, 0, 0));
            Ok(())
        })?;
    }
}

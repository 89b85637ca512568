//! Connects to the first of several addresses that responds (RFC 8305): each attempt has a short lead on the next, so that
//! a dead address costs that lead and not the whole timeout.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::net::TcpStream;

/// The lead of each address on the next (RFC 8305, section 8).
const LEAD: Duration = Duration::from_millis(250);

/// Connects to the first of `addresses` that responds; the other attempts are cancelled.
///
/// # Errors
/// The last attempt's, when all fail.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    let stream = first(addresses, || tokio::time::sleep(LEAD), TcpStream::connect).await?;
    // Small messages must not wait for the acknowledgement of the previous one.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Returns the result of the first `attempt` that succeeds. The next one starts when an attempt fails or `lead` is over.
async fn first<T, A: Future<Output = io::Result<T>>, L: Future<Output = ()>>(
    addresses: &[SocketAddr],
    lead: impl Fn() -> L,
    attempt: impl Fn(SocketAddr) -> A,
) -> io::Result<T> {
    let mut left = VecDeque::from(alternating(addresses));
    let mut running = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "there is no address");
    loop {
        if let Some(address) = left.pop_front() {
            running.push(attempt(address));
        }
        tokio::select! {
            biased;
            ended = running.next() => match ended {
                Some(Ok(connection)) => return Ok(connection),
                Some(Err(error)) => failure = error,
                None => return Err(failure),
            },
            () = lead(), if !left.is_empty() => {}
        }
    }
}

/// Returns the addresses with the two families alternating (RFC 8305, section 4). The resolver's order decides which family
/// is first, and is kept within a family.
fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (ours, others): (Vec<_>, Vec<_>) = addresses.iter().partition(|one| one.is_ipv6() == first);
    let mut others = others.into_iter();
    let mut ordered = Vec::with_capacity(addresses.len());
    for address in ours {
        ordered.push(address);
        ordered.extend(others.next());
    }
    ordered.extend(others);
    ordered
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::task::{Context, Poll, Waker};

    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    /// The outcome of an attempt: the milliseconds after which it ends (never when none), and whether it succeeds.
    type Fate = (Option<u64>, bool);

    /// A clock that advances when all work waits for it.
    #[derive(Default)]
    struct Clock {
        now: Cell<u64>,
        waiting: RefCell<Vec<(u64, Waker)>>,
    }

    impl Clock {
        async fn sleep(&self, milliseconds: u64) {
            let end = self.now.get() + milliseconds;
            std::future::poll_fn(|context| {
                if self.now.get() >= end {
                    return Poll::Ready(());
                }
                let waker = context.waker().clone();
                self.waiting.borrow_mut().push((end, waker));
                Poll::Pending
            })
            .await;
        }

        /// Runs `work`; returns none when it waits forever.
        fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
            let mut work = std::pin::pin!(work);
            loop {
                if let Poll::Ready(done) =
                    work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
                {
                    return Some(done);
                }
                let waiting = self.waiting.take();
                self.now.set(waiting.iter().map(|(end, _)| *end).min()?);
                waiting.into_iter().for_each(|(_, waker)| waker.wake());
            }
        }
    }

    fn address(number: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], u16::try_from(number).unwrap() + 1))
    }

    const LEAD_MS: u64 = 250;

    /// Runs a race; returns which address won, after how long, and when each attempt started.
    fn race(fates: &[Fate]) -> (Option<usize>, u64, Vec<u64>) {
        let addresses: Vec<_> = (0..fates.len()).map(address).collect();
        let (clock, begun) = (Clock::default(), RefCell::default());
        let attempt = |address: SocketAddr| {
            Vec::push(&mut begun.borrow_mut(), clock.now.get());
            let number = usize::from(address.port()) - 1;
            let (after, good) = fates[number];
            let clock = &clock;
            async move {
                match after {
                    None => std::future::pending().await,
                    Some(after) => clock.sleep(after).await,
                }
                match good {
                    true => Ok(number),
                    false => Err(io::Error::from(io::ErrorKind::ConnectionRefused)),
                }
            }
        };
        let won = clock.run(first(&addresses, || clock.sleep(LEAD_MS), attempt));
        let won = won.and_then(Result::ok);
        (won, clock.now.get(), begun.take())
    }

    #[test]
    fn a_dead_address_costs_its_lead_only() {
        let rows = [
            (vec![(None, true), (Some(1), true)], Some(1), 251),
            (
                vec![(None, true), (None, true), (Some(1), true)],
                Some(2),
                501,
            ),
            // An address that refuses costs nothing.
            (vec![(Some(2), false), (Some(1), true)], Some(1), 3),
            // A slow address may still win.
            (vec![(Some(300), true), (Some(100), true)], Some(0), 300),
            (vec![(Some(300), false), (Some(100), false)], None, 350),
            (vec![(None, true)], None, 0),
            (vec![], None, 0),
        ];
        each_row(rows, |(fates, won, after)| {
            let (found, took, _) = race(&fates);
            assert_eq!((found, took), (won, after), "{fates:?}");
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// The winner responds within its own time and the leads of the addresses before it, and no attempt waits longer than
        /// one lead.
        #[test]
        fn one_that_answers_is_found(
            fates in prop::collection::vec((prop::option::of(0_u64..2000), any::<bool>()), 1..8),
        ) {
            let (won, took, begun) = race(&fates);
            let best = fates.iter().enumerate().filter_map(|(number, (after, good))| {
                after.filter(|_| *good).map(|after| number as u64 * LEAD_MS + after)
            });
            match best.min() {
                Some(latest) => {
                    prop_assert!(won.is_some());
                    prop_assert!(took <= latest, "{took} ms instead of {latest}");
                }
                None => prop_assert!(won.is_none()),
            }
            for pair in begun.windows(2) {
                prop_assert!(pair[1] - pair[0] <= LEAD_MS);
            }
        }

        /// No address is lost, and no family comes twice while the other waits.
        #[test]
        fn families_take_turns(families in prop::collection::vec(any::<bool>(), 0..12)) {
            let made = |(number, six): (usize, &bool)| {
                let port = u16::try_from(number).unwrap() + 1;
                match six {
                    true => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)),
                    false => SocketAddr::from(([127, 0, 0, 1], port)),
                }
            };
            let given: Vec<_> = families.iter().enumerate().map(made).collect();
            let ordered = alternating(&given);
            prop_assert_eq!(ordered.first(), given.first());
            let fewer = families.iter().filter(|six| **six).count();
            let fewer = fewer.min(families.len() - fewer);
            for pair in ordered.windows(2).take((2 * fewer).saturating_sub(1)) {
                prop_assert_ne!(pair[0].is_ipv6(), pair[1].is_ipv6());
            }
            for six in [true, false] {
                let of = |all: &[SocketAddr]| -> Vec<_> {
                    all.iter().copied().filter(|one| one.is_ipv6() == six).collect()
                };
                prop_assert_eq!(of(&ordered), of(&given));
            }
        }
    }
}

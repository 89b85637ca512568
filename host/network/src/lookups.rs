//! Limits how many names are looked up at once, and for how long: a silent name server delays only the skill that asks it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};
use luminarys_blocking::Lane;
use tokio::sync::Semaphore;

use crate::error::NetworkError;
use crate::resolver::{Answer, Resolver};

/// The timeout of a look-up, with the time that it waits for others of the same skill.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Concurrent look-ups of one skill.
const OF_SKILL: usize = 8;
/// Concurrent look-ups of all skills together.
const OF_SKILLS: usize = 256;

/// One for the process: each look-up takes a socket, or a thread where the system looks names up.
static SKILLS: Semaphore = Semaphore::const_new(OF_SKILLS);

/// The look-ups of one skill, or of the host.
pub(crate) struct Lookups {
    lane: Lane,
    own: Arc<Semaphore>,
    all: Option<&'static Semaphore>,
    /// Look-ups under way: callers that ask for the same name share one.
    running: Mutex<HashMap<String, WeakShared<BoxFuture<'static, Answer>>>>,
}

impl Lookups {
    /// Returns the look-ups of a skill. They share nothing with other skills: the time that a response takes would reveal
    /// what those ask.
    pub fn of_skill() -> Self {
        let threads = u32::try_from(OF_SKILL).unwrap_or(u32::MAX);
        Self::new(Lane::of_skill(threads), Some(&SKILLS))
    }

    /// Returns the look-ups of the host itself.
    pub fn of_host() -> Self {
        let threads = u32::try_from(OF_SKILL).unwrap_or(u32::MAX);
        Self::new(Lane::of_host(threads), None)
    }

    fn new(lane: Lane, all: Option<&'static Semaphore>) -> Self {
        Self {
            lane,
            own: Arc::new(Semaphore::new(OF_SKILL)),
            all,
            running: Mutex::default(),
        }
    }

    /// Looks up the name `host`.
    ///
    /// # Errors
    /// [`NetworkError::NotFound`], or [`NetworkError::Timeout`] that names the servers.
    pub async fn find(&self, resolver: &Resolver, host: &str) -> Answer {
        let found = tokio::time::timeout(TIMEOUT, self.shared(resolver, host)).await;
        found.unwrap_or_else(|_| {
            let seconds = TIMEOUT.as_secs();
            let who = resolver.shown();
            let text = format!("{host}: {who} gave no answer within {seconds} s");
            Err(NetworkError::Timeout(text.into()))
        })
    }

    fn shared(&self, resolver: &Resolver, host: &str) -> Shared<BoxFuture<'static, Answer>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, lookup| {
            lookup
                .upgrade()
                .is_some_and(|lookup| lookup.peek().is_none())
        });
        if let Some(lookup) = running.get(host).and_then(WeakShared::upgrade) {
            return lookup;
        }
        let (own, all) = (self.own.clone(), self.all);
        let lookup = resolver.lookup(&self.lane, host);
        let lookup = async move {
            // Neither is ever closed; a permit is returned when the look-up ends or nobody waits for it.
            let _own = own.acquire().await;
            let _all = match all {
                Some(all) => Some(all.acquire().await),
                None => None,
            };
            lookup.await
        };
        let lookup = lookup.boxed().shared();
        if let Some(weak) = lookup.downgrade() {
            running.insert(host.to_owned(), weak);
        }
        lookup
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    use hickory_resolver::proto::op::Message;
    use hickory_resolver::proto::rr::rdata::A;
    use hickory_resolver::proto::rr::{RData, Record, RecordType};
    use tokio::net::UdpSocket;

    use super::*;

    /// Starts a name server that answers only for names that begin with `good`; returns the names it is asked for.
    async fn server() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let told = asked.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let request = Message::from_vec(&buffer[..length]).unwrap();
                let query = request.queries.first().unwrap().clone();
                let name = query.name().to_ascii();
                if query.query_type() == RecordType::A {
                    told.lock().unwrap().push(name.clone());
                }
                if !name.starts_with("good") {
                    continue;
                }
                let mut response = Message::response(request.metadata.id, request.metadata.op_code);
                response.add_query(query.clone());
                if query.query_type() == RecordType::A {
                    let data = RData::A(A(Ipv4Addr::new(192, 0, 2, 7)));
                    response.add_answer(Record::from_rdata(query.name().clone(), 0, data));
                }
                let response = response.to_vec().unwrap();
                socket.send_to(&response, client).await.unwrap();
            }
        });
        (address, asked)
    }

    fn tokio() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn a_silent_server_delays_no_other_skill_and_is_named() {
        tokio().block_on(async {
            let (address, _) = server().await;
            let resolver = Arc::new(Resolver::new(&[address]).unwrap());
            let all: &'static Semaphore = Box::leak(Box::new(Semaphore::new(OF_SKILL + 1)));
            let make = || Arc::new(Lookups::new(Lane::of_host(1), Some(all)));
            let (hostile, other) = (make(), make());
            let waiting: Vec<_> = (0..600)
                .map(|number| {
                    let (hostile, resolver) = (hostile.clone(), resolver.clone());
                    let name = format!("silent{number}.test");
                    tokio::spawn(async move { hostile.find(&resolver, &name).await })
                })
                .collect();
            while hostile.own.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            let found = other.find(&resolver, "good.test").await.unwrap();
            assert_eq!(found, [IpAddr::from([192, 0, 2, 7])]);
            for waited in waiting {
                let error = waited.await.unwrap().unwrap_err();
                let NetworkError::Timeout(failure) = error else {
                    panic!("{error}");
                };
                let text = failure.to_string();
                assert!(text.contains(&address.to_string()), "{text}");
            }
            assert_eq!(hostile.own.available_permits(), OF_SKILL);
            assert_eq!(all.available_permits(), OF_SKILL + 1);
        });
    }

    #[test]
    fn the_same_name_is_asked_for_once() {
        tokio().block_on(async {
            let (address, asked) = server().await;
            let resolver = Resolver::new(&[address]).unwrap();
            let lookups = Lookups::of_host();
            let all = (0..50).map(|_| lookups.find(&resolver, "good.test"));
            for found in futures::future::join_all(all).await {
                assert_eq!(found.unwrap().len(), 1);
            }
            assert_eq!(*asked.lock().unwrap(), ["good.test."]);
            let other = lookups.find(&resolver, "good2.test");
            assert_eq!(other.await.unwrap().len(), 1);
            assert_eq!(lookups.own.available_permits(), OF_SKILL);
            assert!(lookups.shared(&resolver, "good.test").peek().is_none());
        });
    }
}

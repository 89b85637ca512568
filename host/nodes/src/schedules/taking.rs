//! Taking a call, so that one node makes it, and its end.
//!
//! A call is claimed first, and then moved from those that wait to those that are being made: both are done by compare-and-set, so
//! that one node does them. Only then it is made. Its claim is finished at its end, and it is removed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_cluster::{
    Claim, ClaimError, Claims, Firing, MAX_SHARED, Members, NodeName, Replica, Standing, StateError,
};
use luminarys_orchestrator::{Abandoned, ScheduleError, ScheduleName, ScheduledCall, Taken};
use luminarys_store::StoreError;

use crate::schedules::entries::{self, Made, firing, making, waiting};
use crate::schedules::makers::MISSED;
use crate::state::{Failure, Replicas, explain};

/// How long to wait before trying again to take note of an end.
const PAUSE: Duration = Duration::from_secs(2);

/// A process of a node.
type Maker = (NodeName, String);

/// What taking calls needs of the cluster.
pub(crate) struct Making {
    /// The claims of firings.
    pub claims: Claims,
    /// The nodes that are alive.
    pub members: Members,
    /// This node.
    pub node: NodeName,
}

/// Takes calls for this node.
pub(super) struct Taking {
    replicas: Replicas,
    making: Making,
    hand: Mutex<HashMap<ScheduleName, Held>>,
    /// The calls whose claimers are not alive, though the calls still wait, and since when.
    stuck: Mutex<HashMap<ScheduleName, Instant>>,
}

/// A call that this node has claimed.
struct Held {
    claim: Claim,
    /// Whether it was handed out to be made.
    is_made: bool,
}

impl Taking {
    pub fn new(replicas: Replicas, making: Making) -> Self {
        Self {
            replicas,
            making,
            hand: Mutex::default(),
            stuck: Mutex::default(),
        }
    }

    /// Returns whether the others know that this node is alive.
    pub fn is_member(&self) -> bool {
        *self.making.members.is_member().borrow()
    }

    /// Returns this process of this node.
    pub fn own(&self) -> Maker {
        (self.making.node.clone(), self.making.members.process())
    }

    /// Returns the processes that are alive.
    pub fn alive(&self) -> HashSet<Maker> {
        let members = self.making.members.all().into_iter();
        members.map(|it| (it.node, it.lease.process)).collect()
    }

    /// Returns the calls that are claimed by this node and were not handed out: the servers could not be reached.
    pub fn claimed(&self) -> Vec<ScheduleName> {
        let hand = self.hand();
        let claimed = hand.iter().filter(|(_, held)| !held.is_made);
        claimed.map(|(name, _)| name.clone()).collect()
    }

    fn hand(&self) -> MutexGuard<'_, HashMap<ScheduleName, Held>> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replica(&self, skill: &str) -> Result<Arc<Replica>, ScheduleError> {
        let replica = self.replicas.get(&entries::namespace(skill));
        replica.map_err(ScheduleError::Unavailable)
    }

    /// Takes a call that waits.
    ///
    /// # Errors
    /// [`ScheduleError`]; it is not to be made then.
    pub async fn take(self: &Arc<Self>, name: &ScheduleName) -> Result<Taken, ScheduleError> {
        let is_made = self.hand().get(name).map(|held| held.is_made);
        match is_made {
            Some(true) => return Ok(Taken::Elsewhere),
            Some(false) => {}
            None => match self.making.claims.claim(&firing(name)).await {
                Ok(Some(claim)) => self.hold(name, claim),
                Ok(None) => match self.after_others(name).await? {
                    Some(claim) => self.hold(name, claim),
                    None => return Ok(Taken::Elsewhere),
                },
                Err(ClaimError::TooLate) => return self.drop_late(name).await,
                Err(error) => return Err(unclaimed(error)),
            },
        }
        self.begin(name).await
    }

    /// Takes note of a claim before anything else is done, so that it is not forgotten when that fails.
    fn hold(&self, name: &ScheduleName, claim: Claim) {
        let held = Held {
            claim,
            is_made: false,
        };
        self.hand().insert(name.clone(), held);
        self.stuck().remove(name);
    }

    fn stuck(&self) -> MutexGuard<'_, HashMap<ScheduleName, Instant>> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a call that waits though another process has claimed it, if that is gone: it cannot have made it.
    async fn after_others(&self, name: &ScheduleName) -> Result<Option<Claim>, ScheduleError> {
        match self.standing(&firing(name)).await? {
            Standing::Unfinished(unfinished) => {
                let now = Instant::now();
                let since = *self.stuck().entry(name.clone()).or_insert(now);
                if now.saturating_duration_since(since) < MISSED {
                    return Ok(None);
                }
                let claim = self.making.claims.take_over(&unfinished).await;
                claim.map_err(unclaimed)
            }
            Standing::Over => {
                self.stuck().remove(name);
                // The servers have lost that it was taken.
                self.remove(name, &waiting(name), |_| true).await?;
                Ok(None)
            }
            Standing::Running | Standing::Unclaimed => {
                self.stuck().remove(name);
                Ok(None)
            }
        }
    }

    async fn standing(&self, firing: &Firing) -> Result<Standing, ScheduleError> {
        let alive = self.alive();
        let is_alive =
            |node: &NodeName, process: &str| alive.contains(&(node.clone(), process.to_owned()));
        let standing = self.making.claims.standing(firing, is_alive).await;
        standing.map_err(unclaimed)
    }

    /// Drops a call that is too late to be claimed.
    async fn drop_late(&self, name: &ScheduleName) -> Result<Taken, ScheduleError> {
        let late = ClaimError::TooLate.to_string();
        let was_waiting = self.remove(name, &waiting(name), |_| true).await?;
        let was_made = self.remove(name, &making(name), |_| true).await?;
        match was_waiting || was_made {
            true => Ok(Taken::Dropped(late)),
            false => Ok(Taken::Elsewhere),
        }
    }

    /// Moves a claimed call to those that are being made, and hands it out.
    async fn begin(self: &Arc<Self>, name: &ScheduleName) -> Result<Taken, ScheduleError> {
        let replica = self.replica(name.skill())?;
        let (from, to) = (waiting(name), making(name));
        loop {
            let waits = replica
                .get(&from)
                .await
                .map_err(|it| told(name.skill(), it))?;
            let is_made = replica
                .get(&to)
                .await
                .map_err(|it| told(name.skill(), it))?;
            let call = match (&waits, &is_made) {
                (Some(bytes), _) => entries::parse::<ScheduledCall>(bytes),
                (None, Some(bytes)) => entries::parse::<Made>(bytes).map(|made| made.call),
                // It was unscheduled, or taken by a process that had claimed it before.
                (None, None) => {
                    self.end_later(name);
                    return Ok(Taken::Elsewhere);
                }
            };
            let (node, process) = self.own();
            let made = call.clone().map(|call| Made {
                call,
                node,
                process,
            });
            let made = made.map(|made| serde_json::to_vec(&made)).transpose();
            let made = made.map_err(|error| ScheduleError::Broken(error.to_string()))?;
            let expected = [(from.clone(), waits), (to.clone(), is_made)];
            let changes = [(from.clone(), None), (to.clone(), made)];
            let moved = replica.apply(MAX_SHARED, &expected, &changes).await;
            if moved.map_err(|error| told(name.skill(), error))?.is_none() {
                continue;
            }
            let Some(call) = call else {
                self.end_later(name);
                return Ok(Taken::Dropped("it is damaged or too large".to_owned()));
            };
            if let Some(held) = self.hand().get_mut(name) {
                held.is_made = true;
            }
            return Ok(Taken::Call(call));
        }
    }

    /// Takes a call of a process that is gone, to make it once more.
    ///
    /// # Errors
    /// [`ScheduleError`]; it is not to be made then.
    pub async fn take_over(
        self: &Arc<Self>,
        abandoned: &Abandoned,
    ) -> Result<Taken, ScheduleError> {
        let name = &abandoned.name;
        let claim = match self.standing(&firing(name)).await? {
            Standing::Unfinished(unfinished) => self.making.claims.take_over(&unfinished).await,
            Standing::Unclaimed => self.making.claims.claim(&firing(name)).await,
            Standing::Over => {
                self.remove(name, &making(name), |_| true).await?;
                return Ok(Taken::Elsewhere);
            }
            Standing::Running => return Ok(Taken::Elsewhere),
        };
        match claim {
            Ok(Some(claim)) => {
                self.hold(name, claim);
                self.begin(name).await
            }
            Ok(None) => Ok(Taken::Elsewhere),
            Err(ClaimError::TooLate) => self.drop_late(name).await,
            Err(error) => Err(unclaimed(error)),
        }
    }

    /// Removes a call of a process that is gone. Returns whether this node is to report it.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub async fn give_up(&self, abandoned: &Abandoned) -> Result<bool, ScheduleError> {
        let name = &abandoned.name;
        let is_reporter = match self.standing(&firing(name)).await? {
            Standing::Unfinished(unfinished) => {
                let reported = self.making.claims.report(&unfinished).await;
                let reports = reported.map_err(unclaimed)?;
                if reports && let Err(error) = self.remove(name, &making(name), |_| true).await {
                    // It is removed later: its claim says that it is over.
                    tracing::debug!(%error, "a scheduled call that is reported stays for now");
                }
                return Ok(reports);
            }
            Standing::Over => false,
            Standing::Running => return Ok(false),
            Standing::Unclaimed => true,
        };
        let removed = self.remove(name, &making(name), |_| true).await?;
        Ok(is_reporter && removed)
    }

    /// Takes note of the end of a call, without waiting for it.
    fn end_later(self: &Arc<Self>, name: &ScheduleName) {
        let (this, name) = (self.clone(), name.clone());
        tokio::spawn(async move { this.end(&name).await });
    }

    /// Removes what is damaged of a call that is being made.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub async fn discard(&self, name: &ScheduleName) -> Result<bool, ScheduleError> {
        let is_damaged = |bytes: &[u8]| entries::parse::<Made>(bytes).is_none();
        self.remove(name, &making(name), is_damaged).await
    }

    /// Takes note of the end of a call; tries again until that is done.
    pub async fn end(&self, name: &ScheduleName) {
        let Some(Held { claim, .. }) = self.hand().remove(name) else {
            return;
        };
        loop {
            match self.making.claims.finish(&claim).await {
                Ok(()) => break,
                Err(error @ ClaimError::Unavailable(_)) => {
                    tracing::warn!(%error, "the end of a scheduled call cannot be noted yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(skill = name.skill(), id = name.id(), %error, "a scheduled call");
                    break;
                }
            }
        }
        let own = self.own();
        let is_own = |bytes: &[u8]| {
            let made = entries::parse::<Made>(bytes);
            made.is_some_and(|made| (made.node, made.process) == own)
        };
        while let Err(error) = self.remove(name, &making(name), is_own).await {
            match error {
                ScheduleError::Unavailable(_) => tokio::time::sleep(PAUSE).await,
                // It is removed when this process is gone.
                error => {
                    tracing::warn!(%error, "a scheduled call that has ended cannot be removed");
                    return;
                }
            }
        }
    }

    /// Removes a key of a call while its value is accepted. Returns whether this removed it.
    async fn remove(
        &self,
        name: &ScheduleName,
        key: &str,
        accept: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, ScheduleError> {
        let replica = self.replica(name.skill())?;
        loop {
            let found = replica
                .get(key)
                .await
                .map_err(|it| told(name.skill(), it))?;
            let Some(found) = found.filter(|found| accept(found)) else {
                return Ok(false);
            };
            let expected = [(key.to_owned(), Some(found))];
            let changes = [(key.to_owned(), None)];
            let removed = replica.apply(MAX_SHARED, &expected, &changes).await;
            if removed
                .map_err(|error| told(name.skill(), error))?
                .is_some()
            {
                return Ok(true);
            }
        }
    }
}

fn unclaimed(error: ClaimError) -> ScheduleError {
    match error {
        ClaimError::Unavailable(_) => ScheduleError::Unavailable(error.to_string()),
        error => ScheduleError::Broken(error.to_string()),
    }
}

/// Explains why the scheduled calls of a skill cannot be used.
pub(super) fn told(skill: &str, error: StateError) -> ScheduleError {
    if let StateError::Store(StoreError::TooLarge { bytes, most }) = error {
        return ScheduleError::TooMuch(format!(
            "the scheduled calls of {skill} would hold {bytes} bytes; in a cluster they may have {most}"
        ));
    }
    match explain(
        &format!("the cluster's list of scheduled calls of {skill}"),
        error,
    ) {
        Failure::Unavailable(text) => ScheduleError::Unavailable(text),
        Failure::Full(text) | Failure::Broken(text) => ScheduleError::Broken(text),
    }
}

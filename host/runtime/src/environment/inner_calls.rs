//! The calls of other skills that one call makes: how many, how much they carry, and their progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use luminarys_grants::InvokeLimits;

use crate::call::CallContext;
use crate::peers::PeerError;
use crate::progress::{ProgressSink, WholeCall};

/// The calls of other skills that one call makes.
#[derive(Debug, Default)]
pub(crate) struct InnerCalls {
    limits: InvokeLimits,
    /// Whether there is no call that could be the cause of others.
    are_closed: bool,
    calls: AtomicU64,
    bytes: AtomicU64,
    /// None when nobody asked for the call's progress.
    progress: Option<Arc<WholeCall>>,
}

impl InnerCalls {
    pub fn new(limits: InvokeLimits, outer: &CallContext) -> Self {
        Self {
            limits,
            progress: outer.progress.clone().map(WholeCall::new),
            ..Self::default()
        }
    }

    /// Returns those of an instance that is being prepared, which may make none: no client asked for them, and two such
    /// skills would go on calling each other.
    pub fn closed() -> Self {
        Self {
            are_closed: true,
            ..Self::default()
        }
    }

    /// Counts a call, whatever becomes of it.
    ///
    /// # Errors
    /// [`PeerError::Limit`] when the manifest allows no more in one call, [`PeerError::Unavailable`] when none is allowed.
    pub fn begin(&self) -> Result<(), PeerError> {
        if self.are_closed {
            let why = "other skills cannot be called while an instance is prepared";
            return Err(PeerError::Unavailable(why.to_owned()));
        }
        let most = self.limits.max_calls;
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        if before >= most {
            return Err(PeerError::Limit(format!(
                "one call may make {most} calls of other skills: invoke_policy.max_calls"
            )));
        }
        Ok(())
    }

    /// Counts `bytes` of arguments or of a result.
    ///
    /// # Errors
    /// [`PeerError::Limit`] when they are more than the manifest allows in one call.
    pub fn carry(&self, bytes: u64) -> Result<(), PeerError> {
        let most = self.limits.max_bytes;
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > most {
            return Err(PeerError::Limit(format!(
                "the arguments and results of the calls that one call makes may have {most} bytes: \
                 invoke_policy.max_bytes"
            )));
        }
        Ok(())
    }

    /// Returns the receiver of the progress of a call of `method`, if anybody asked for it.
    pub fn part(&self, skill: &str, method: &str) -> Option<ProgressSink> {
        let whole = self.progress.as_ref()?;
        Some(whole.part(format!("{skill}/{method}")))
    }

    /// Ends reports about these calls: the one that makes them reports for itself.
    pub fn reports_itself(&self) {
        if let Some(whole) = &self.progress {
            whole.reports_itself();
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn limits_are_reached_exactly() {
        let limits = InvokeLimits {
            max_calls: 2,
            max_bytes: 10,
        };
        let inner = InnerCalls::new(limits, &CallContext::new(""));
        assert!(inner.begin().is_ok() && inner.begin().is_ok());
        let error = inner.begin().unwrap_err().to_string();
        assert!(error.ends_with("invoke_policy.max_calls"), "{error}");

        let rows = [
            (&[10][..], true),
            (&[11], false),
            (&[4, 6], true),
            (&[4, 7], false),
            (&[u64::MAX], false),
            (&[1, u64::MAX], false),
        ];
        each_row(rows, |(carried, fits)| {
            let inner = InnerCalls::new(limits, &CallContext::new(""));
            let (last, before) = carried.split_last().unwrap();
            assert!(before.iter().all(|bytes| inner.carry(*bytes).is_ok()));
            let carried = inner.carry(*last);
            assert_eq!(carried.is_ok(), fits, "{carried:?}");
        });
    }
}

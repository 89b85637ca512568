//! Adapts a call to the file engine: its audit log records decisions, and its account is charged for answers.

use std::error::Error;
use std::sync::Arc;

use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_filesystem::{Caller, Filesystem};
use luminarys_grants::Denial;

struct Call {
    audit: Arc<CallAudit>,
    /// `None` for functions whose answers need no charge.
    answer: Option<Answer>,
}

impl Caller for Call {
    fn allowed(&self, path: &str, rule: &str) -> Result<(), Denial> {
        self.audit.allowed("filesystem", path, rule)
    }

    fn charge(&self, bytes: u64) -> Result<(), Box<dyn Error + Send + Sync>> {
        let answer = self.answer.as_ref();
        Ok(answer.map_or(Ok(()), |answer| answer.reach(bytes))?)
    }
}

/// Returns `files` for one call, with decisions recorded in `audit`.
pub(crate) fn audited(files: &Filesystem, audit: Arc<CallAudit>) -> Filesystem {
    let answer = None;
    files.for_caller(Arc::new(Call { audit, answer }))
}

/// Returns `files` as [`audited`] does, for a function whose result is charged to `answer`.
pub(super) fn answering(files: &Filesystem, audit: Arc<CallAudit>, answer: Answer) -> Filesystem {
    let answer = Some(answer);
    files.for_caller(Arc::new(Call { audit, answer }))
}

//! A call as files know it: the audit log records its decisions, its account pays for its answers.

use std::error::Error;
use std::sync::Arc;

use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_filesystem::{Caller, Filesystem};
use luminarys_grants::Denial;

struct Call {
    audit: Arc<CallAudit>,
    /// None where nothing is answered that would have to be held.
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

/// Returns `files` for one call, whose decisions go to `audit`.
pub(crate) fn audited(files: &Filesystem, audit: Arc<CallAudit>) -> Filesystem {
    let answer = None;
    files.for_caller(Arc::new(Call { audit, answer }))
}

/// As [`audited`], for a function whose result is charged to `answer`.
pub(super) fn answering(files: &Filesystem, audit: Arc<CallAudit>, answer: Answer) -> Filesystem {
    let answer = Some(answer);
    files.for_caller(Arc::new(Call { audit, answer }))
}

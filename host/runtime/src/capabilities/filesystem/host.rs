//! `filesystem` towards the guest: each function runs on a thread that may block, and its errors become WIT errors.

use std::sync::atomic::Ordering;

use super::{self as files, Filesystem, FsError};
use crate::bindings::luminarys::skill::filesystem as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::store::SkillStore;

/// Runs `work` where it may block. It is told when its call has been given up, and should then return soon.
pub(crate) async fn blocking<T: Send + 'static>(
    store: &mut SkillStore,
    work: impl FnOnce(&Filesystem, &(dyn Fn() -> bool + Sync)) -> Result<T, FsError> + Send + 'static,
) -> Result<T, Error> {
    let shared = store.shared.clone();
    let abandoned = store.call.abandoned.clone();
    let task = tokio::task::spawn_blocking(move || work(&shared.filesystem, &|| abandoned.load(Ordering::Relaxed)));
    match task.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(store, error)),
        Err(error) => Err(Error::Io(error.to_string())),
    }
}

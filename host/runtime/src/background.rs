//! One thread for work that no call waits for. Its priority is low: calls go first where processors are busy.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread, started with the first work. Ends when this is dropped, and drops what is unfinished.
#[derive(Default)]
pub(crate) struct Background(OnceLock<Option<Running>>);

struct Running {
    handle: Handle,
    _ends: oneshot::Sender<()>,
}

impl Background {
    /// Runs `work`, beside what else was given; drops it where the thread cannot be started.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let running = self.0.get_or_init(|| {
            let started = start();
            started
                .inspect_err(|error| {
                    tracing::warn!("the thread for background work could not be started: {error}");
                })
                .ok()
        });
        if let Some(running) = running {
            drop(running.handle.spawn(work));
        }
    }
}

fn start() -> std::io::Result<Running> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let (ends, ended) = oneshot::channel();
    let run = move || {
        lower_priority();
        // Only the end of the sender is awaited.
        let _ = runtime.block_on(ended);
    };
    std::thread::Builder::new()
        .name("background".to_owned())
        .spawn(run)?;
    Ok(Running {
        handle,
        _ends: ends,
    })
}

/// Lowers the priority of this thread. Elsewhere than on Linux, the call would lower that of the process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        /// A tenth of what others get.
        const NICE: i32 = 10;
        if let Err(error) = rustix::process::setpriority_process(None, NICE) {
            tracing::debug!("the priority of background work stays: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn work_runs_beside_other_work_and_ends_with_it() {
        /// Tells when it is dropped.
        struct Dropped(mpsc::Sender<&'static str>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                let _ = self.0.send("dropped");
            }
        }
        let background = Background::default();
        let (sender, receiver) = mpsc::channel();
        let next = || receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        let endless = Dropped(sender.clone());
        background.spawn(async move {
            std::future::pending::<()>().await;
            drop(endless);
        });
        background.spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let _ = sender.send("done");
        });
        assert_eq!(next(), "done");
        drop(background);
        assert_eq!(next(), "dropped");
    }
}

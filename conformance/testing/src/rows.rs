//! Tables whose rows are all checked, so that one run shows every row that fails.

use std::any::Any;
use std::fmt::Debug;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

/// Checks every row, and panics at the end with a list of those for which `check` panicked.
///
/// Panics as well for an empty table, which would check nothing.
#[track_caller]
pub fn each_row<Row: Debug>(rows: impl IntoIterator<Item = Row>, mut check: impl FnMut(Row)) {
    let mut failures = Failures::default();
    for row in rows {
        let shown = format!("{row:?}");
        let outcome = catch_unwind(AssertUnwindSafe(|| check(row)));
        failures.add(shown, outcome);
    }
    failures.report();
}

/// Does what [`each_row`] does with an asynchronous check, one row after the other.
pub async fn each_row_async<Row: Debug>(
    rows: impl IntoIterator<Item = Row>,
    mut check: impl AsyncFnMut(Row),
) {
    let mut failures = Failures::default();
    for row in rows {
        let shown = format!("{row:?}");
        let mut checked = pin!(check(row));
        let outcome = poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| checked.as_mut().poll(context))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => std::task::Poll::Ready(Err(panic)),
            }
        });
        let outcome = outcome.await;
        failures.add(shown, outcome);
    }
    failures.report();
}

#[derive(Default)]
struct Failures {
    rows: usize,
    failed: Vec<String>,
}

impl Failures {
    fn add(&mut self, row: String, outcome: Result<(), Box<dyn Any + Send>>) {
        let position = self.rows;
        self.rows += 1;
        if let Err(panic) = outcome {
            let message = message(&*panic);
            self.failed
                .push(format!("row {position}, {row}: {message}"));
        }
    }

    #[track_caller]
    fn report(self) {
        assert!(self.rows > 0, "the table has no rows");
        assert!(
            self.failed.is_empty(),
            "{} of {} rows failed:\n{}",
            self.failed.len(),
            self.rows,
            self.failed.join("\n")
        );
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panicked")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn failure(run: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        message(&*panic).to_owned()
    }

    #[test]
    fn every_failing_row_is_reported() {
        let mut checked = 0;
        let text = failure(|| {
            each_row([1, 2, 3, 4], |row| {
                checked += 1;
                assert!(row % 2 == 0, "{row} is odd");
            });
        });
        assert_eq!(checked, 4);
        assert_eq!(
            text,
            "2 of 4 rows failed:\nrow 0, 1: 1 is odd\nrow 2, 3: 3 is odd"
        );
        assert_eq!(failure(|| each_row([(); 0], drop)), "the table has no rows");
        each_row([2, 4], |row| assert!(row % 2 == 0));
    }

    #[test]
    fn every_failing_row_of_an_asynchronous_check_is_reported() {
        let text = failure(|| {
            let mut run = pin!(each_row_async(["a", "b", "c"], async |row| {
                let mut is_second = false;
                poll_fn(|context| {
                    context.waker().wake_by_ref();
                    match std::mem::replace(&mut is_second, true) {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    }
                })
                .await;
                assert_eq!(row, "b");
            }));
            let mut context = Context::from_waker(Waker::noop());
            while run.as_mut().poll(&mut context).is_pending() {}
        });
        assert!(
            text.starts_with("2 of 3 rows failed:\nrow 0, \"a\""),
            "{text}"
        );
    }
}

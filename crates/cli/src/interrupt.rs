//! Ctrl-C: the first one stops the work, the second one ends the program at once.

use tokio::signal::ctrl_c;

use crate::ending::Ending;

/// Runs the work to its end. After Ctrl-C, drops it at its next await and returns `None`.
pub fn unless_interrupted<T>(work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    // Pinned on the heap, because the future is large.
    let work = Box::pin(work);
    async move {
        let interrupted = async {
            if ctrl_c().await.is_err() {
                // Without signals, the work runs to its end.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            done = work => Some(done),
            () = interrupted => {
                tokio::spawn(async {
                    if ctrl_c().await.is_ok() {
                        std::process::exit(Ending::Interrupted.number().into());
                    }
                });
                None
            }
        }
    }
}

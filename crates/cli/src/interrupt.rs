//! Ctrl-C: the first one stops the work, the second one ends the program at once.

use tokio::signal::ctrl_c;

use crate::ending::Ending;

/// Does the work until it is done, or until Ctrl-C: then it is dropped where it waits, and the answer is `None`.
pub fn unless_interrupted<T>(work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    // On the heap: the work is a large future.
    let work = Box::pin(work);
    async move {
        let interrupted = async {
            if ctrl_c().await.is_err() {
                // There are no signals here.
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

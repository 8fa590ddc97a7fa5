//! How many writes may be in flight: additive increase, multiplicative decrease, as in TCP.
//!
//! Each successful write adds 1 / window to the window, so a whole window of them adds one. A throttled write halves the window.
//! Importers that share a table converge to equal shares of its capacity without knowing of each other (Chiu and Jain, 1989).

/// Writes in flight at the start. At 10 ms each that is 1,600 a second: less than any table takes, unless it was configured lower.
const START: f64 = 16.0;

/// The factor of the window when a write is throttled.
const DECREASE: f64 = 0.5;

/// The window of writes, and the state that decides its size.
#[derive(Debug)]
pub(crate) struct Aimd {
    window: f64,
    most: f64,
    /// Number of writes that have begun.
    begun: u64,
    /// The value of `begun` when the window was halved last.
    halved_at: u64,
    /// How many of these were throttled.
    throttled: u64,
}

/// The number of a write, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Aimd {
    /// Starts a window of at most `most` writes; it is never smaller than one.
    pub(crate) fn new(most: usize) -> Self {
        let most = f64::from(u32::try_from(most.max(1)).unwrap_or(u32::MAX));
        Self { window: START.min(most), most, begun: 0, halved_at: 0, throttled: 0 }
    }

    /// How many writes may be in flight.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and what a u32 holds")]
    pub(crate) fn window(&self) -> usize {
        self.window as usize
    }

    /// How many writes were begun, each repetition counted.
    pub(crate) fn attempts(&self) -> u64 {
        self.begun
    }

    /// How many of these attempts were throttled.
    pub(crate) fn throttled_attempts(&self) -> u64 {
        self.throttled
    }

    /// A write begins.
    pub(crate) fn begin(&mut self) -> Ticket {
        self.begun += 1;
        Ticket(self.begun)
    }

    /// Notes that a write succeeded.
    pub(crate) fn answered(&mut self) {
        self.window = (self.window + 1.0 / self.window).min(self.most);
    }

    /// Notes that a write was throttled. Writes that were in flight together halve the window once: only a write that began after the
    /// last decrease shows that this decrease was not enough.
    pub(crate) fn throttled(&mut self, ticket: Ticket) {
        self.throttled += 1;
        if ticket.0 > self.halved_at {
            self.window = (self.window * DECREASE).max(1.0);
            self.halved_at = self.begun;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_answers_makes_it_longer_by_about_one_up_to_its_limit() {
        let mut aimd = Aimd::new(20);
        assert_eq!(aimd.window(), 16);
        (0..17).for_each(|_| aimd.answered());
        assert_eq!(aimd.window(), 17);
        (0..1_000).for_each(|_| aimd.answered());
        assert_eq!(aimd.window(), 20);
    }

    #[test]
    fn writes_that_were_throttled_together_halve_it_once() {
        let mut aimd = Aimd::new(64);
        let together: Vec<Ticket> = (0..16).map(|_| aimd.begin()).collect();
        for ticket in &together {
            aimd.throttled(*ticket);
        }
        assert_eq!(aimd.window(), 8);
        let later = aimd.begin();
        aimd.throttled(together[3]);
        aimd.throttled(later);
        assert_eq!(aimd.window(), 4);
        assert_eq!((aimd.attempts(), aimd.throttled_attempts()), (17, 18));
    }

    #[test]
    fn it_never_closes() {
        let mut aimd = Aimd::new(64);
        for _ in 0..100 {
            let ticket = aimd.begin();
            aimd.throttled(ticket);
        }
        assert_eq!(aimd.window(), 1);
        assert_eq!(Aimd::new(0).window(), 1);
    }
}

//! How many writes may be in flight: additive increase, multiplicative decrease, as TCP does with packets.
//!
//! Each write that succeeds adds its share of one, so that a whole window of them makes it longer by one; a write that is
//! throttled halves the window. Importers that share a table come so to equal shares of what it takes, without knowing of
//! each other (Chiu and Jain, 1989).

/// Writes in flight at the start: at 10 ms each that is 1,600 a second, less than any table takes unless it was set up to take
/// less.
const START: f64 = 16.0;

/// By what the window is multiplied when a write is throttled.
const DECREASE: f64 = 0.5;

/// The window, and what decides its size.
#[derive(Debug)]
pub(crate) struct Aimd {
    window: f64,
    most: f64,
    /// How many writes were begun.
    begun: u64,
    /// How many of these were begun when the window was halved last.
    halved_at: u64,
}

/// Which write one is, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Aimd {
    /// A window of at most so many writes, and at least one.
    pub(crate) fn new(most: usize) -> Self {
        let most = f64::from(u32::try_from(most.max(1)).unwrap_or(u32::MAX));
        Self { window: START.min(most), most, begun: 0, halved_at: 0 }
    }

    /// How many writes may be in flight.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and what a u32 holds")]
    pub(crate) fn window(&self) -> usize {
        self.window as usize
    }

    /// A write begins.
    pub(crate) fn begin(&mut self) -> Ticket {
        self.begun += 1;
        Ticket(self.begun)
    }

    /// A write was answered.
    pub(crate) fn answered(&mut self) {
        self.window = (self.window + 1.0 / self.window).min(self.most);
    }

    /// A write was throttled. Those that were in flight together say the same thing once: only one that was begun
    /// after the last decrease says that it was not enough.
    pub(crate) fn throttled(&mut self, ticket: Ticket) {
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

//! A share of the time, for work that clients can ask for without end: lists.
//!
//! What it took counts, whoever asked for it. Work that is done at once is refused when the share is
//! spent; work that can wait is done in turns, one after the other, so that a short one is soon done
//! however many long ones there are, and no core but one is ever busy with it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep_until;

/// It is one part in so many of the time ..
const PARTS: u32 = 4;
/// .. of the last seconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// A turn lasts so long, and one step of work more.
const TURN: Duration = Duration::from_millis(1);

/// The share of one kind of work.
#[derive(Debug)]
pub(super) struct Share {
    /// Until when the share of the work done so far lasts.
    spent_until: Mutex<Option<Instant>>,
    /// Who waits for a turn, the first first.
    line: Semaphore,
}

/// Somebody's turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'s> {
    share: &'s Share,
    begin: Instant,
    _first: Option<SemaphorePermit<'s>>,
}

impl Default for Share {
    fn default() -> Self {
        Self { spent_until: Mutex::new(None), line: Semaphore::new(1) }
    }
}

impl Share {
    /// When there will be some of the share again, if it is spent.
    pub(super) fn spent_until(&self, now: Instant) -> Option<Instant> {
        let until = self.lock(|spent| *spent)?.checked_sub(PATIENCE)?;
        (until > now).then_some(until)
    }

    /// Work took so long.
    pub(super) fn spend(&self, took: Duration, now: Instant) {
        self.lock(|spent| {
            *spent = Some(spent.map_or(now, |until| until.max(now)) + took * PARTS);
        });
    }

    /// Waits for a turn. Cancel safe, but who asks again is the last in the line.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let first = self.line.acquire().await.ok(); // it is never closed
        while let Some(until) = self.spent_until(Instant::now()) {
            sleep_until(until.into()).await;
        }
        Turn { share: self, begin: Instant::now(), _first: first }
    }

    fn lock<T>(&self, act: impl FnOnce(&mut Option<Instant>) -> T) -> T {
        act(&mut self.spent_until.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Turn<'_> {
    pub(super) fn is_over(&self) -> bool {
        self.begin.elapsed() >= TURN
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        self.share.spend(now.saturating_duration_since(self.begin), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_last_seconds() {
        let (share, now) = (Share::default(), Instant::now());
        assert_eq!(share.spent_until(now), None);
        share.spend(PATIENCE / PARTS, now);
        assert_eq!(share.spent_until(now), None);
        share.spend(Duration::from_millis(100), now);
        let until = now + Duration::from_millis(400);
        assert_eq!(share.spent_until(now), Some(until));
        assert_eq!(share.spent_until(until), None);
        // Time in which nothing is done is not saved up.
        let later = now + 100 * PATIENCE;
        share.spend(PATIENCE, later);
        assert_eq!(share.spent_until(later), Some(later + PATIENCE * (PARTS - 1)));
    }

    /// Long work in many tasks takes its share and no more, and each of them gets as much.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn turns_go_round() {
        let share = std::sync::Arc::new(Share::default());
        share.spend(PATIENCE / PARTS, Instant::now());
        let begin = Instant::now();
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let share = std::sync::Arc::clone(&share);
                tokio::spawn(async move {
                    let mut turns = 0;
                    while begin.elapsed() < Duration::from_millis(500) {
                        let turn = share.turn().await;
                        while !turn.is_over() {}
                        turns += 1;
                    }
                    turns
                })
            })
            .collect();
        let mut turns = Vec::new();
        for task in tasks {
            turns.push(task.await.unwrap());
        }
        let (most, least) = (turns.iter().max().unwrap(), turns.iter().min().unwrap());
        assert!(most - least <= 2, "{turns:?}");
        let all: i32 = turns.iter().sum();
        assert!((10..=150).contains(&all), "{turns:?}");
    }
}

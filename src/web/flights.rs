//! Asking once: whoever asks first asks the world, the others wait for its answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers by question, kept as long as this is. Hundreds of connectors that ask the same thing at once make one request.
///
/// A failure is kept too, for all who are at the same try as the one that met it: a second try asks again, once.
pub struct Flights<Question, Reply, Error> {
    seats: Mutex<BTreeMap<Question, Seat<Reply, Error>>>,
}

/// The answer to one question with the try that it was given to; none while it is asked.
type Seat<Reply, Error> = Arc<tokio::sync::Mutex<Option<(u32, Result<Reply, Error>)>>>;

impl<Question: Ord, Reply: Clone, Error: Clone> Flights<Question, Reply, Error> {
    /// Nothing asked yet.
    pub fn new() -> Self {
        Self { seats: Mutex::new(BTreeMap::new()) }
    }

    /// The answer that is known, or what `ask` gives. `attempt` is which try this is for the one who asks, from 1.
    pub async fn once<Asking>(
        &self,
        question: Question,
        attempt: u32,
        ask: impl FnOnce() -> Asking,
    ) -> Result<Reply, Error>
    where
        Asking: Future<Output = Result<Reply, Error>>,
    {
        let seat = {
            let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(seats.entry(question).or_default())
        };
        // Should the one who asks give up, the next one finds the seat free and asks in its place.
        let mut known = seat.lock().await;
        if let Some((tried, reply)) = &*known
            && (reply.is_ok() || *tried >= attempt)
        {
            return reply.clone();
        }
        let reply = ask().await;
        *known = Some((attempt, reply.clone()));
        reply
    }
}

impl<Question: Ord, Reply: Clone, Error: Clone> Default for Flights<Question, Reply, Error> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;

    /// Counts how often the world is asked.
    #[derive(Default)]
    struct World(AtomicU32);

    impl World {
        async fn ask(&self, reply: Result<u32, u32>) -> Result<u32, u32> {
            self.0.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            reply
        }

        fn asked(&self) -> u32 {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn all_who_ask_at_once_share_one_answer() {
        let (world, flights) = (World::default(), Flights::new());
        let ask = || flights.once("q", 1, || world.ask(Ok(7)));
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(7), Ok(7), Ok(7)));
        assert_eq!((flights.once("other", 1, || world.ask(Ok(8))).await, world.asked()), (Ok(8), 2));
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_at_the_same_try_and_asked_again_by_the_next() {
        let (world, flights) = (World::default(), Flights::new());
        let first = || flights.once("q", 1, || world.ask(Err(1)));
        assert_eq!(tokio::join!(first(), first()), (Err(1), Err(1)));
        assert_eq!(world.asked(), 1);
        let second = || flights.once("q", 2, || world.ask(Ok(7)));
        assert_eq!(tokio::join!(second(), second()), (Ok(7), Ok(7)));
        assert_eq!((flights.once("q", 1, || world.ask(Err(9))).await, world.asked()), (Ok(7), 2));
    }

    #[tokio::test]
    async fn one_who_gives_up_leaves_the_question_to_the_next() {
        let (world, flights) = (World::default(), Flights::new());
        let given_up = tokio::time::timeout(Duration::from_millis(1), flights.once("q", 1, || world.ask(Ok(7)))).await;
        assert!(given_up.is_err());
        assert_eq!((flights.once("q", 1, || world.ask(Ok(7))).await, world.asked()), (Ok(7), 2));
    }
}

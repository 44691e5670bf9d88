//! Whether a failed try deserves another, and when.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::base::RunId;
use crate::event::{Failure, StepIndex, UnitIndex};
use crate::plan::RetryPolicy;

/// No pause is longer than this, before jitter.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// The pause before the next try, or `None` if there is none.
///
/// The pause doubles from try to try; up to half of it is jitter, so that a hundred units that a
/// server turned away do not come back in one second. The jitter is drawn from the names of the
/// run, unit, step and try: the same run pauses the same.
pub(super) fn pause(
    policy: &RetryPolicy,
    failure: &Failure,
    attempt: u32,
    (run, unit, step): (&RunId, UnitIndex, StepIndex),
) -> Option<Duration> {
    if attempt >= policy.attempts || !policy.on.contains(&failure.class) {
        return None;
    }
    let doubled = policy.delay.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
    let pause = doubled.min(LONGEST_PAUSE);
    let seed = Sha256::digest(format!("{run}/{}/{}/{attempt}", unit.0, step.0));
    let share = f64::from(seed[0]) / f64::from(u8::MAX);
    Some(pause.mul_f64(1.0 + share / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FailureClass;

    fn at(attempt: u32, class: FailureClass) -> Option<Duration> {
        let policy = RetryPolicy { attempts: 4, on: vec![FailureClass::Network], delay: Duration::from_secs(1) };
        let run = RunId::new("r").unwrap();
        pause(&policy, &Failure::new(class, "x"), attempt, (&run, UnitIndex(1), StepIndex(0)))
    }

    #[test]
    fn pauses_double_and_end() {
        let pauses: Vec<Duration> = (1..4).filter_map(|attempt| at(attempt, FailureClass::Network)).collect();
        assert_eq!(pauses.len(), 3);
        for (pause, least) in pauses.iter().zip([1.0, 2.0, 4.0]) {
            assert!((least..=least * 1.5).contains(&pause.as_secs_f64()), "{pause:?}");
        }
        assert_eq!(at(4, FailureClass::Network), None);
    }

    #[test]
    fn only_the_classes_named_are_tried_again() {
        assert_eq!(at(1, FailureClass::Process), None);
    }

    #[test]
    fn the_same_try_pauses_the_same() {
        assert_eq!(at(2, FailureClass::Network), at(2, FailureClass::Network));
    }
}

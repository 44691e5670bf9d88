//! Who is in which wave. It follows from the options and the order of the run alone, so a resumed run has the same
//! waves.

use crate::base::count;
use crate::connector::{PatternError, Patterns};
use crate::diagnostic::Diagnostic;
use crate::workflow::{RolloutOptions, WaveSize};

/// The waves of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waves {
    /// The wave of each unit.
    of: Vec<usize>,
    /// The units, wave after wave.
    turns: Vec<usize>,
    sizes: Vec<usize>,
}

impl Waves {
    /// Canaries go into the first wave, which grows if there are more of them than it has places; the others follow
    /// in the order of the run. What no wave takes is a wave of its own, and waves without anybody fall away.
    pub(super) fn new(options: &RolloutOptions, units: &[Vec<&str>]) -> Result<Self, PatternError> {
        let patterns = Patterns::new(&options.canary)?;
        let is_canary = |unit: &usize| !options.canary.is_empty() && patterns.accept(&units[*unit]);
        let (canaries, others): (Vec<usize>, Vec<usize>) = (0..units.len()).partition(is_canary);
        let mut wanted = options.waves.iter().map(|size| places(*size, units.len()));
        let first = match wanted.next() {
            Some(first) => first.max(canaries.len()),
            None if canaries.is_empty() => units.len(),
            None => canaries.len(),
        };
        let mut left = units.len();
        let mut sizes: Vec<usize> = Vec::new();
        for size in std::iter::once(first).chain(wanted).chain([usize::MAX]) {
            let size = size.min(left);
            left -= size;
            sizes.extend((size > 0).then_some(size));
        }
        let turns = [canaries, others].concat();
        let numbers = sizes.iter().enumerate().flat_map(|(wave, size)| std::iter::repeat_n(wave, *size));
        let mut of = vec![0; units.len()];
        for (unit, wave) in turns.iter().zip(numbers) {
            of[*unit] = wave;
        }
        Ok(Self { of, turns, sizes })
    }

    pub(super) fn of(&self, unit: usize) -> usize {
        self.of[unit]
    }

    pub(super) fn turns(&self) -> &[usize] {
        &self.turns
    }

    pub(super) fn sizes(&self) -> &[usize] {
        &self.sizes
    }
}

/// How many of these connectors a wave of this size takes.
fn places(size: WaveSize, all: usize) -> usize {
    match size {
        WaveSize::Count(number) => number.get(),
        WaveSize::Percent(share) => (all * usize::from(share)).div_ceil(100),
        WaveSize::Rest => usize::MAX,
    }
}

/// Says that the last waves stay empty. No error: a trial with `--limit 3` is what many begin with.
pub(super) fn too_large(options: &RolloutOptions, all: usize) -> Option<Diagnostic> {
    let sizes: Vec<usize> =
        options.waves.iter().filter(|size| **size != WaveSize::Rest).map(|size| places(*size, all)).collect();
    let asked: usize = sizes.iter().sum();
    let filled = (0..sizes.len()).take_while(|wave| sizes[..*wave].iter().sum::<usize>() < all).count();
    // Percentages are rounded up, which is nobody's mistake.
    let has_empty = filled < sizes.len() && options.waves.iter().any(|size| matches!(size, WaveSize::Count(_)));
    has_empty.then(|| {
        let message = format!(
            "the waves of `rollout` ask for {asked} connectors and the run has {all}: {} of {} stay empty",
            count(sizes.len() - filled, "wave"),
            options.waves.len(),
        );
        Diagnostic::warning("empty-wave", message).hint("Percentages such as `10%` fit runs of every size.")
    })
}

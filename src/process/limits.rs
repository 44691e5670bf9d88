//! What a command may take of the machine, said in the words of programs that every Linux has.
//!
//! `nice` lowers its priority, `prlimit` bounds the memory that each of its processes may ask for, `taskset` the
//! processors that it may use. A program that is not there limits nothing: that a limit cannot be set is no reason not
//! to do the work. Container engines take the same limits as options of their own.

use std::sync::LazyLock;

use crate::workflow::Limits;

/// The program and its arguments, with what limits it in front.
pub(super) fn wrapped(program: String, args: &[String], limits: Limits) -> (String, Vec<String>) {
    let mut words: Vec<String> = Vec::new();
    if let Some(nice) = limits.nice
        && *HAS_NICE
    {
        words.extend(["nice".to_owned(), "-n".to_owned(), nice.to_string()]);
    }
    if let Some(memory) = limits.memory
        && *HAS_PRLIMIT
    {
        words.extend(["prlimit".to_owned(), format!("--data={memory}:{memory}")]);
    }
    if let Some(processors) = limits.cpus.and_then(|cpus| processors(cpus.get())) {
        words.extend(["taskset".to_owned(), "-c".to_owned(), processors]);
    }
    words.push(program);
    words.extend(args.iter().cloned());
    let first = words.remove(0);
    (first, words)
}

/// The first so many of the processors that this process may use; `None` if that is all of them or cannot be said.
fn processors(most: usize) -> Option<String> {
    let allowed = rustix::thread::sched_getaffinity(None).ok().filter(|_| *HAS_TASKSET)?;
    let numbers = (0..rustix::thread::CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number));
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    (most < numbers.len()).then(|| numbers[..most].join(","))
}

static HAS_NICE: LazyLock<bool> = LazyLock::new(|| in_path("nice"));
static HAS_PRLIMIT: LazyLock<bool> = LazyLock::new(|| in_path("prlimit"));
static HAS_TASKSET: LazyLock<bool> = LazyLock::new(|| in_path("taskset"));

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn a_command_without_limits_stands_alone() {
        let args = ["spec".to_owned()];
        assert_eq!(wrapped("main".into(), &args, Limits::default()), ("main".into(), args.to_vec()));
    }

    #[test]
    fn limits_stand_in_front() {
        let limits = Limits { nice: Some(5), memory: Some(1 << 30), cpus: None };
        let (program, args) = wrapped("main".into(), &["spec".to_owned()], limits);
        let words = std::iter::once(program).chain(args).collect::<Vec<_>>().join(" ");
        assert_eq!(words, "nice -n 5 prlimit --data=1073741824:1073741824 main spec");
    }

    #[test]
    fn more_processors_than_there_are_limit_nothing() {
        assert_eq!(processors(NonZeroUsize::MAX.get()), None);
    }
}

//! What a push of some branches looks like as arguments, and how many fit into one.

use super::PushRequest;

/// How many bytes of arguments one push may have. Linux allows two megabytes with its usual stack and 128 KiB with the
/// smallest (execve(2)), and that has to hold the environment as well.
const MOST_BYTES: usize = 96 << 10;

/// The arguments for one branch: its lease, and what goes where.
pub(super) fn arguments(request: &PushRequest) -> [String; 2] {
    let PushRequest { branch, commit, expected } = request;
    let hex = |commit: &Option<_>| commit.as_ref().map(ToString::to_string).unwrap_or_default();
    [format!("--force-with-lease=refs/heads/{branch}:{}", hex(expected)), refspec(branch, &hex(commit))]
}

fn refspec(branch: &str, commit: &str) -> String {
    format!("{commit}:refs/heads/{branch}")
}

/// Splits what is to be pushed into pieces of at most so many branches, each of which fits into one command.
pub(super) fn chunks<'a>(requests: &[&'a PushRequest], most: usize) -> Vec<Vec<&'a PushRequest>> {
    let mut chunks: Vec<Vec<&PushRequest>> = Vec::new();
    let mut bytes = 0;
    for request in requests {
        // Each argument ends with a zero byte and has a pointer.
        let size: usize = arguments(request).iter().map(|argument| argument.len() + 1 + size_of::<usize>()).sum();
        match chunks.last_mut() {
            Some(last) if last.len() < most.max(1) && bytes + size <= MOST_BYTES => {
                last.push(request);
                bytes += size;
            }
            _ => {
                chunks.push(vec![request]);
                bytes = size;
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitId;

    fn request(branch: String) -> PushRequest {
        let commit: CommitId = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
        PushRequest { branch, commit: Some(commit), expected: Some(commit) }
    }

    fn sizes(requests: &[PushRequest], most: usize) -> Vec<usize> {
        let requests: Vec<&PushRequest> = requests.iter().collect();
        let chunks = chunks(&requests, most);
        assert!(chunks.concat().iter().copied().eq(requests), "all of them, in their order");
        chunks.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_chunk_has_at_most_so_many_branches() {
        let requests: Vec<PushRequest> = (0..250).map(|at| request(format!("cutover/x/{at}"))).collect();
        assert_eq!(sizes(&requests, 100), [100, 100, 50]);
        assert_eq!(sizes(&requests[..3], 0), [1, 1, 1]);
        assert_eq!(sizes(&[], 100), [0; 0]);
    }

    #[test]
    fn long_names_make_smaller_chunks() {
        let requests: Vec<PushRequest> = (0..250).map(|at| request(format!("{at}/{}", "x".repeat(1000)))).collect();
        let sizes = sizes(&requests, 100);
        assert!(sizes.iter().all(|size| (30..50).contains(size) || size == sizes.last().unwrap()), "{sizes:?}");
    }

    #[test]
    fn a_branch_that_must_not_exist_has_an_empty_lease_and_one_to_delete_an_empty_source() {
        let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let new = PushRequest { expected: None, ..request("a".to_owned()) };
        assert_eq!(arguments(&new), ["--force-with-lease=refs/heads/a:".to_owned(), format!("{id}:refs/heads/a")]);
        let delete = PushRequest { commit: None, ..request("a".to_owned()) };
        assert_eq!(arguments(&delete), [format!("--force-with-lease=refs/heads/a:{id}"), ":refs/heads/a".to_owned()]);
    }
}

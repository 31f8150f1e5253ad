//! What the system allows this process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files this process may have open now.
pub(crate) fn open_files_max() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// Allows this process as many open files as the system lets it allow itself. The usual first limit
/// of 1,024 is for programs that use `select`; a machine may well have more logs.
pub fn raise_open_files_max() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is refused the limit stays, and is heeded.
    let _unchanged = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_never_lowered() {
        let before = open_files_max();
        raise_open_files_max();
        assert!(open_files_max() >= before);
    }
}

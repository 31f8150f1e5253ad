//! One life of a file: from its creation, or from the last time it was cut, to the next.
//!
//! Identity and offset name an event for good (Elasticsearch's `_id` is made of them). So an
//! identity must never serve two contents: a file that is cut and written again begins a new life,
//! and a life's identity is on disk before its first event leaves.

use std::sync::Arc;

use weir_host::Stat;
use xxhash_rust::xxh3::xxh3_64;

use super::content::Proof;

/// What is remembered of one life, across restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// Names the life for good; never zero.
    pub(super) identity: u64,
    pub(super) device: u64,
    pub(super) inode: u64,
    /// Where it was seen last; for people, not for matching.
    pub(super) path: Arc<str>,
    /// How far everything was delivered, and what the file was like there.
    pub(super) proof: Proof,
    /// An unfinished line was sent as it was (at the end of a `--once` run): what follows up to the
    /// line's end continues it.
    pub(super) mid_line: bool,
    /// The content is gone from its inode; only a copy made elsewhere can go on with this life.
    pub(super) ended: bool,
    /// When it was last seen in a scan: seconds since 1970.
    pub(super) seen: i64,
}

impl Life {
    /// A new life, which begins now.
    pub(super) fn begin(stat: &Stat, path: &str, wall_nanos: i128, counter: u64) -> Self {
        let mut seed = Vec::with_capacity(64);
        seed.extend_from_slice(&stat.device.to_le_bytes());
        seed.extend_from_slice(&stat.inode.to_le_bytes());
        seed.extend_from_slice(&wall_nanos.to_le_bytes());
        seed.extend_from_slice(&counter.to_le_bytes());
        seed.extend_from_slice(&u64::from(std::process::id()).to_le_bytes());
        Self {
            identity: xxh3_64(&seed).max(1),
            device: stat.device,
            inode: stat.inode,
            path: path.into(),
            proof: Proof::default(),
            mid_line: false,
            ended: false,
            seen: seconds(wall_nanos),
        }
    }

    /// Whether it is what lies at this device and inode, as far as numbers tell.
    pub(super) fn is_at(&self, stat: &Stat) -> bool {
        !self.ended && self.device == stat.device && self.inode == stat.inode
    }
}

/// Whole seconds since 1970.
pub(super) fn seconds(wall_nanos: i128) -> i64 {
    i64::try_from(wall_nanos.div_euclid(1_000_000_000)).unwrap_or(i64::MAX)
}

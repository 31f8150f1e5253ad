//! How a member begins: its name in quotes and the colon, compared at once.

/// The first bytes of `"name":`, as two words and what of them counts.
pub(super) struct Lead {
    words: [u64; 2],
    masks: [u64; 2],
    /// How long it is.
    len: usize,
}

impl Lead {
    /// Bytes that the two words hold.
    const HELD: usize = 16;

    /// Of a name that JSON writes as it is.
    pub(super) fn of(name: &str) -> Self {
        let text = format!("\"{name}\":");
        let held = text.len().min(Self::HELD);
        let (mut bytes, mut mask) = ([0; Self::HELD], [0; Self::HELD]);
        bytes[..held].copy_from_slice(&text.as_bytes()[..held]);
        mask[..held].fill(0xFF);
        Self { words: words(bytes), masks: words(mask), len: text.len() }
    }

    /// How long it is, if the text begins with it; `name` is the one it was made of.
    #[inline]
    pub(super) fn is_before(&self, text: &[u8], name: &str) -> Option<usize> {
        let Some((first, rest)) = text.split_first_chunk() else {
            return self.is_before_slowly(text, name);
        };
        let Some(second) = rest.first_chunk() else { return self.is_before_slowly(text, name) };
        let differs = (u64::from_le_bytes(*first) ^ self.words[0]) & self.masks[0]
            | (u64::from_le_bytes(*second) ^ self.words[1]) & self.masks[1];
        if differs != 0 {
            return None;
        }
        if self.len > Self::HELD {
            return self.is_before_slowly(text, name);
        }
        Some(self.len)
    }

    fn is_before_slowly(&self, text: &[u8], name: &str) -> Option<usize> {
        let rest = text.strip_prefix(b"\"")?.strip_prefix(name.as_bytes())?;
        rest.starts_with(b"\":").then_some(self.len)
    }
}

fn words(bytes: [u8; Lead::HELD]) -> [u64; 2] {
    let (words, _) = bytes.as_chunks();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_begins_with_its_name_and_no_other() {
        let names = [
            "",
            "a",
            "level",
            "twelve_bytes",
            "thirteen_char",
            "fourteen_chars",
            "a_much_longer_name_yet",
        ];
        for name in names {
            let lead = Lead::of(name);
            for other in names {
                for rest in ["1", "1,\"more\":\"than sixteen bytes\"}"] {
                    let text = format!("\"{other}\":{rest}");
                    let wanted = (name == other).then_some(name.len() + 3);
                    assert_eq!(lead.is_before(text.as_bytes(), name), wanted, "{name} of {text}");
                    let cut = format!("\"{other}\"");
                    assert_eq!(lead.is_before(cut.as_bytes(), name), None, "{name} of {cut}");
                }
            }
        }
    }
}

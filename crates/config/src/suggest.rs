//! "Did you mean": the nearest name, and the names other log shippers use.

/// Settings as Filebeat, Logstash and Vector call them, and our words for them, best first.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("add_field", &["fields"]),
    ("add_tag", &["tags"]),
    ("address", &["listen", "url"]),
    ("auth", &["username"]),
    ("bind", &["listen"]),
    ("bootstrap_servers", &["brokers"]),
    ("bulk_max_size", &["batch-size", "batch-events"]),
    ("ca_file", &["ca"]),
    ("cacert", &["ca"]),
    ("certificate_authorities", &["ca"]),
    ("close_inactive", &["close-after"]),
    ("compression_level", &["compression"]),
    ("condition", &["when"]),
    ("dest", &["target"]),
    ("destination", &["target"]),
    ("encoding", &["charset", "codec"]),
    ("endpoint", &["url"]),
    ("endpoints", &["url"]),
    ("exclude_files", &["exclude"]),
    ("filename", &["path", "paths"]),
    ("flush_interval", &["batch-timeout"]),
    ("harvester_buffer_size", &["read-size"]),
    ("host", &["url", "listen"]),
    ("hosts", &["url"]),
    ("if", &["when"]),
    ("line_delimiter", &["delimiter", "framing"]),
    ("match", &["pattern", "patterns"]),
    ("max_bytes", &["line-bytes-max", "message-bytes-max", "batch-bytes"]),
    ("max_events", &["batch-size", "batch-events"]),
    ("overwrite_keys", &["overwrite"]),
    ("pass", &["password"]),
    ("path", &["paths"]),
    ("path_glob", &["paths"]),
    ("patterns", &["pattern"]),
    ("patterns_dir", &["definitions"]),
    ("pattern_definitions", &["definitions"]),
    ("port", &["listen"]),
    ("read_from", &["start-at"]),
    ("scan_frequency", &["scan-every"]),
    ("server", &["url"]),
    ("sincedb_path", &["state"]),
    ("source", &["field", "database"]),
    ("ssl", &["tls"]),
    ("start_position", &["start-at"]),
    ("stat_interval", &["scan-every"]),
    ("target_field", &["target"]),
    ("topics", &["topic"]),
    ("uri", &["url"]),
    ("urls", &["url"]),
    ("user", &["username"]),
    ("worker", &["in-flight", "workers"]),
    ("workers", &["in-flight"]),
    // Components.
    ("add_docker_metadata", &["container"]),
    ("add_kubernetes_metadata", &["kubernetes"]),
    ("beats", &["lumberjack"]),
    ("console", &["stdout"]),
    ("container", &["containers", "file"]),
    ("docker", &["containers", "file"]),
    ("elastic", &["elasticsearch"]),
    ("es", &["elasticsearch"]),
    ("filestream", &["file"]),
    ("kv", &["key-value"]),
    ("log", &["file"]),
    ("logstash", &["lumberjack"]),
    ("mutate", &["rename", "set", "convert", "replace"]),
    ("opensearch", &["elasticsearch"]),
    ("tail", &["file"]),
    ("timestamp", &["date"]),
];

/// Our word for what another program calls `name`, if it is among `known`.
#[must_use]
pub fn our_word_for<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let wanted = normalised(name);
    let (_, ours) = OTHER_NAMES.iter().find(|(theirs, _)| normalised(theirs) == wanted)?;
    ours.iter().find_map(|word| known.iter().copied().find(|candidate| candidate == word))
}

/// The name among `known` that was probably meant by `name`.
///
/// In this order: the same letters in another spelling (`batch_size`, `batchSize`), another
/// program's word for it (`hosts`), a slip of the finger (`patern`).
#[must_use]
pub fn did_you_mean<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let wanted = normalised(name);
    let same_letters = known.iter().copied().find(|candidate| normalised(candidate) == wanted);
    same_letters.or_else(|| our_word_for(name, known)).or_else(|| nearest(&wanted, known))
}

/// The closest name, if it is close: one letter in three may differ.
fn nearest<'k>(wanted: &str, known: &[&'k str]) -> Option<&'k str> {
    /// Longer input is not a slip of the finger, and distance costs length times length.
    const LETTERS_MAX: usize = 64;
    if wanted.chars().count() > LETTERS_MAX {
        return None;
    }
    let distance = |candidate: &str| strsim::osa_distance(wanted, &normalised(candidate));
    known
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.chars().count() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Lower case without separators, so that spellings of the same words become equal.
fn normalised(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Names as a sentence has them: "`a`, `b` and `c`".
#[must_use]
pub fn in_words<S: AsRef<str>>(names: &[S], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [all_but_last @ .., last] => format!("{} {conjunction} {last}", all_but_last.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["url", "batch-size", "pattern", "paths", "field", "tls"];

    #[track_caller]
    fn check(given: &str, wanted: Option<&str>) {
        assert_eq!(did_you_mean(given, KNOWN), wanted, "{given}");
    }

    #[test]
    fn slips_spellings_and_foreign_words_are_recognised() {
        check("patern", Some("pattern"));
        check("batch_size", Some("batch-size"));
        check("batchSize", Some("batch-size"));
        check("BATCH-SIZE", Some("batch-size"));
        check("hosts", Some("url"));
        check("endpoint", Some("url"));
        check("bulk_max_size", Some("batch-size"));
        check("match", Some("pattern"));
        check("path", Some("paths"));
        check("source", Some("field"));
        check("ssl", Some("tls"));
    }

    #[test]
    fn something_else_entirely_gets_no_suggestion() {
        check("colour", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }

    #[test]
    fn every_foreign_word_has_a_translation_that_differs() {
        for (theirs, ours) in OTHER_NAMES {
            assert!(!ours.is_empty(), "{theirs} has no translation");
            let is_itself = ours.iter().any(|word| normalised(word) == normalised(theirs));
            assert!(!is_itself, "{theirs} needs no translation");
        }
        assert_eq!(our_word_for("pattern", KNOWN), None);
    }

    #[test]
    fn names_read_like_a_sentence() {
        assert_eq!(in_words::<&str>(&[], "and"), "");
        assert_eq!(in_words(&["a"], "and"), "`a`");
        assert_eq!(in_words(&["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}

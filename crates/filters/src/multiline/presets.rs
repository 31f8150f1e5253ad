//! What lines of stack traces look like that are not the first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::lines::LinePattern;

/// Whose stack traces belong to the line before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Preset {
    /// Java, Kotlin, Scala: exceptions with their causes.
    Java,
    /// Python: tracebacks, also several of one failure.
    Python,
    /// Go: what follows `panic:` or a fatal error, and all goroutines.
    Go,
    /// .NET: exceptions with their inner ones.
    Dotnet,
    /// Ruby: backtraces.
    Ruby,
}

/// `java.io.IOException: text`: a class with its package. A log line begins otherwise.
const JAVA_CLASS: &str = r"(?:[A-Za-z_$][\w$]*[./])+[A-Za-z_$][\w$]*(?:Exception|Error|Throwable|Failure|Fault|Death)\b(?:[:;\s]|$)";

impl Preset {
    /// What such lines begin with.
    fn starts(self) -> Vec<String> {
        let own: &[&str] = match self {
            Self::Java => &[
                r"\s+at\s",
                r"\s+\.\.\.\s*\d+\s(?:more|common frames omitted)",
                r"\s*Caused by: ",
                r"\s*Suppressed: ",
                r"\s*Wrapped by: ",
                r"\s*\[CIRCULAR REFERENCE",
            ],
            Self::Python => &[
                r"Traceback \(most recent call last\):",
                r"\s",
                r"$",
                r"During handling of the above exception",
                r"The above exception was the direct cause",
                // The last line: a class, in its module or with a telling name.
                r"(?:[A-Za-z_]\w*\.)+[A-Z_a-z]\w*(?::\s|$)",
                r"[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group|Timeout|NotFound|DoesNotExist)(?::\s|$)",
                r"\[Previous line repeated ",
            ],
            Self::Go => &[
                r"goroutine \d+ (?:gp=\S+ )?(?:m=\S+ )?(?:mp=\S+ )?\[",
                r"\s",
                r"$",
                r"\[signal ",
                r"created by ",
                r"[\w./\-]+\.\S*\(.*\)$",
                r"panic\(",
                r"exit status \d+$",
                r"runtime\.",
            ],
            Self::Dotnet => &[
                r"\s+at\s",
                r"\s*---> ",
                r"\s*--- End of ",
                r"(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*(?:Exception|Error)\b(?:[:\s(]|$)",
            ],
            Self::Ruby => &[
                r"\s+from\s",
                r"\s+\d+: from ",
                // A frame ends with its method; the first line of a failure goes on behind it.
                r"\S+:\d+:in [`'].*'\s*$",
                r"\s+(?:\S+\.rb|\(irb\)|<internal):?\S*:\d+",
            ],
        };
        let mut starts: Vec<String> = own.iter().map(|start| (*start).to_owned()).collect();
        if self == Self::Java {
            starts.push(JAVA_CLASS.to_owned());
        }
        starts
    }
}

/// What the lines of all these have in common.
pub(super) fn pattern(presets: &[Preset]) -> LinePattern {
    let starts: Vec<String> = presets.iter().flat_map(|preset| preset.starts()).collect();
    // Letters and digits of ASCII are all that these need, and the quicker automaton.
    let text = format!("(?-u)^(?:{})", starts.join("|"));
    regex::bytes::Regex::new(&text).expect("presets are tested").into()
}

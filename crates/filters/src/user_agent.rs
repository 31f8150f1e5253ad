//! The filter `user-agent`.

mod rules;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Deserialize;
use ua_parser::Extractor;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key};
use weir_host::{Host, read_all};

use crate::lookup::{Answer, Loaded, Question, Recall, unreadable};

/// The largest file of rules, in bytes. The project's own has 0.2 MiB.
const RULES_BYTES_MAX: u64 = 8 << 20;

/// How much of an agent's text is looked at. Browsers stay below 300 bytes; a text that is made up
/// to cost time does not cost more of it.
const AGENT_BYTES_MAX: usize = 1024;

/// How many agents are remembered: a few megabytes. Few sites see more different ones in an hour.
const RECENT: usize = 4096;

/// Tells browser, operating system and device from the user agent's text.
///
/// It knows the agents that the uap project has rules for: browsers, crawlers, programs such as
/// `curl`, and some ten thousand devices.
///
/// ```toml
/// type = "user-agent"
/// ```
/// ```json
/// {
///   "user_agent": {
///     "original": "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
///   }
/// }
/// ```
/// becomes
/// ```json
/// {
///   "user_agent": {
///     "original": "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
///     "name": "Firefox",
///     "version": "128.0",
///     "os": {"name": "Windows", "version": "10", "full": "Windows 10"},
///     "device": {"name": "Other"}
///   }
/// }
/// ```
///
/// An agent or a device that is not known is called `Other`; an operating system that is not known
/// is left out.
///
/// ```toml
/// type = "user-agent"
/// field = "agent"
/// target = "client"
/// ```
/// ```json
/// {"agent": "curl/8.5.0"}
/// ```
/// becomes
/// ```json
/// {
///   "agent": "curl/8.5.0",
///   "client": {"name": "curl", "version": "8.5.0", "device": {"name": "Other"}}
/// }
/// ```
///
/// Events without the field pass unchanged, and so do those in which it is empty or `-`, as
/// servers write for a request without an agent. A field that holds something else than text gets
/// the tag `_useragentfailure`. Only the first 1,024 bytes are looked at.
///
/// The rules are built in. `rules` names a newer or an own file of the same form, the project's
/// `regexes.yaml`; it is read when the pipeline starts and again when it changes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UserAgent {
    /// The field with the agent's text. Of a list the first item is looked at.
    #[serde(default = "original")]
    field: FieldPath,
    /// Where `name`, `version`, `os` and `device` are put.
    #[serde(default = "user_agent")]
    target: FieldPath,
    /// A file with rules in the form of the uap project's `regexes.yaml`, used instead of the
    /// built-in ones.
    #[serde(alias = "regexes")]
    rules: Option<PathBuf>,
}

fn original() -> FieldPath {
    FieldPath::try_from("user_agent.original".to_owned()).expect("it is a field's name")
}

fn user_agent() -> FieldPath {
    FieldPath::try_from("user_agent".to_owned()).expect("it is a field's name")
}

impl Configure for UserAgent {
    const NAME: &'static str = "user-agent";
}

impl FilterConfig for UserAgent {
    type Filter = AgentReader;

    fn build(self) -> Result<AgentReader, Diagnostic> {
        Ok(AgentReader {
            field: self.field.key(),
            names: Names::below(self.target),
            agents: Loaded::from_files(self.rules.into_iter().collect()),
        })
    }
}

/// Reads user agents.
#[derive(Debug)]
pub(crate) struct AgentReader {
    field: Key,
    names: Names,
    agents: Loaded<Agents>,
}

impl Filter for AgentReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let agents = self.agents.current();
        let Some(agents) = agents.as_deref() else {
            return Err(FilterError::because("_useragentfailure", "the rules were not read"));
        };
        let text = match Question::of(event.as_ref(), self.field) {
            Question::Text(text) if !text.is_empty() && text != b"-" => text,
            Question::Text(_) | Question::None => return Ok(Keep::Yes),
            Question::Other => {
                let reason = format!("`{}` is not text", self.field);
                return Err(FilterError::because("_useragentfailure", reason));
            }
        };
        let text = &text[..text.len().min(AGENT_BYTES_MAX)];
        let recalled = agents.recent.ask(text, || self.names.answer(&agents.extractor, text));
        recalled.answer().pour(event);
        Ok(Keep::Yes)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.agents.refresh(host, |paths| {
            let extractor = match paths {
                [] => stock()?,
                [path, ..] => Arc::new(read_rules(host, path)?),
            };
            Ok(Agents { extractor, recent: Recall::new(RECENT) })
        })
    }
}

/// Rules, and what they said of agents lately.
struct Agents {
    extractor: Arc<Extractor<'static>>,
    recent: Recall<Answer>,
}

impl std::fmt::Debug for Agents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agents").finish_non_exhaustive()
    }
}

/// The built-in rules, compiled once for all filters.
fn stock() -> Result<Arc<Extractor<'static>>, String> {
    static STOCK: OnceLock<Result<Arc<Extractor<'static>>, String>> = OnceLock::new();
    STOCK.get_or_init(|| rules::compile(rules::STOCK).map(Arc::new)).clone()
}

fn read_rules(host: &Host, path: &Path) -> Result<Extractor<'static>, String> {
    let content =
        read_all(&*host.files, path, RULES_BYTES_MAX).map_err(|why| unreadable(path, &why))?;
    let wrong = |why: &str| format!("the rules in `{}` cannot be used: {why}", path.display());
    let text = String::from_utf8(content).map_err(|_| wrong("the file is not UTF-8"))?;
    rules::compile(&text).map_err(|why| wrong(&why))
}

/// The fields that are set.
#[derive(Debug)]
struct Names {
    name: Key,
    version: Key,
    os_name: Key,
    os_version: Key,
    os_full: Key,
    device_name: Key,
}

impl Names {
    fn below(target: FieldPath) -> Self {
        Self {
            name: target.below("name"),
            version: target.below("version"),
            os_name: target.below("os.name"),
            os_version: target.below("os.version"),
            os_full: target.below("os.full"),
            device_name: target.below("device.name"),
        }
    }

    /// What the rules say of an agent.
    fn answer(&self, extractor: &Extractor<'_>, text: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(text);
        let mut answer = Answer::default();
        match extractor.ua.extract(&text) {
            None => answer.text(self.name, "Other"),
            Some(it) => {
                answer.text(self.name, &it.family);
                answer.text(self.version, &dotted([it.major, it.minor, it.patch, it.patch_minor]));
            }
        }
        // There are rules that say of some crawlers that their system is not known.
        if let Some(it) = extractor.os.extract(&text).filter(|it| it.os != "Other") {
            let parts = [&it.major, &it.minor, &it.patch, &it.patch_minor];
            let version = dotted(parts.map(Option::as_deref));
            answer.text(self.os_name, &it.os);
            answer.text(self.os_version, &version);
            answer.text(self.os_full, format!("{} {version}", it.os).trim_end());
        }
        let device = extractor.dev.extract(&text);
        answer.text(self.device_name, device.as_ref().map_or("Other", |it| &it.device));
        answer
    }
}

/// A version from its parts, up to the first that is missing.
fn dotted(parts: [Option<&str>; 4]) -> String {
    let known = parts.into_iter().map_while(|part| part.filter(|it| !it.is_empty()));
    known.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
